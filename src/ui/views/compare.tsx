/** Compare: arms with the same seeds side by side, and the runs that this browser keeps. */
import { toSay } from '../language/language.ts';
import { Compare } from '../compare/compare.tsx';
import { Experiments } from '../compare/experiments.tsx';
import { Runs } from '../run/runs.tsx';
import type { Session } from '../session/session.ts';
import type { View } from './view.ts';

function Content({ session }: { readonly session: Session }) {
  return (
    <>
      <Compare session={session} />
      <Experiments session={session} />
      <Runs session={session} />
    </>
  );
}

export const compare: View = {
  name: 'compare',
  label: toSay('Compare'),
  title: toSay('Does it help? Recipes side by side, with the same seeds and the same questions.'),
  Content,
};
