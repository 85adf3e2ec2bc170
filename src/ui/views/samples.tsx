/** Samples: every answer that the model gave itself, what changed its answer, and what else changed. */
import { toSay } from '../language/language.ts';
import { Flips } from '../samples/flips.tsx';
import { ProbesSection } from '../samples/probes.tsx';
import { Samples } from '../samples/samples.tsx';
import type { Session } from '../session/session.ts';
import type { View } from './view.ts';

function Content({ session }: { readonly session: Session }) {
  return (
    <>
      <Samples session={session} />
      <Flips session={session} />
      <ProbesSection session={session} />
    </>
  );
}

export const samples: View = {
  name: 'samples',
  label: toSay('Samples'),
  title: toSay('What it said, what it kept of it, and what became right or wrong.'),
  Content,
};
