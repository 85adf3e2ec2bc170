/** Step by step: the run goes on to the next answer, optimiser step or end of a round, and holds there. Play and pause are the same verb. */
import { say, toSay } from '../language/language.ts';
import { resting } from '../page/focus.ts';
import type { Session } from '../session/session.ts';
import type { RunView } from '../session/view.ts';

export const STEPS = [
  { unit: 'sample', label: toSay('answer {@go on by one}'), title: toSay('Go on to the next answer') },
  { unit: 'step', label: toSay('step {@go on by one}'), title: toSay('Go on to the next optimiser step') },
  { unit: 'round', label: toSay('round {@go on by one}'), title: toSay('Go on to the end of this round') },
] as const;

/** The small step of a key: an answer while answers are made or come next, else an optimiser step. */
export function smallStep({ activity }: Pick<RunView, 'activity'>): 'sample' | 'step' {
  const phase = activity?.phase;
  return phase === 'train' || phase === 'measure' || phase === 'validate' ? 'step' : 'sample';
}

/** A title with the key that does the same. */
function keyed(title: string, keys: string | undefined): string {
  return keys === undefined ? title : `${title} (${keys.replace('ArrowRight', '→')})`;
}

export function Steps({ session }: { readonly session: Session }) {
  const view = session.view.value;
  if (view.status !== 'paused' && !session.stepping.value) return null;
  const small = smallStep(view);
  return (
    <div class="steps" role="group" aria-label={say('Go on by one')}>
      <span aria-hidden="true">+1</span>
      {STEPS.map(({ unit, label, title }) => {
        const keys = unit === 'round' ? 'Shift+ArrowRight' : unit === small ? 'ArrowRight' : undefined;
        return (
          <button
            key={unit}
            type="button"
            {...resting(session.pending.value !== null, () => void session.play(unit))}
            {...(keys === undefined ? {} : { 'aria-keyshortcuts': keys })}
            title={keyed(say(title), keys)}
            data-testid={`step-${unit}`}
          >
            {say(label)}
          </button>
        );
      })}
    </div>
  );
}
