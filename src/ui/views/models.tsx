/** Models: where the model and its kit come from, what a run needs of this machine, and what is taken home. */
import { toSay } from '../language/language.ts';
import { Machine } from '../machine/machine.tsx';
import { Model } from '../models/model.tsx';
import { TakeHome } from '../run/take-home.tsx';
import type { Session } from '../session/session.ts';
import type { View } from './view.ts';

function Content({ session }: { readonly session: Session }) {
  return (
    <>
      <Model session={session} />
      <TakeHome session={session} />
      <Machine session={session} />
    </>
  );
}

export const models: View = {
  name: 'models',
  label: toSay('Models'),
  title: toSay('Bring a model of your own, and take home what came of it.'),
  Content,
};
