/**
 * What the story is told with: who speaks in the open bundled model, asked cold and with an example in view, and in the round that is shown.
 * Asks the model when nothing else is on its way, once for each. Knows no component.
 */
import { effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { Voices, VoicesWorker } from '../../protocol/voices.ts';

type Host = {
  readonly lm: VoicesWorker;
  /** The world of the open bundled model, if it has writers; null for any other. */
  readonly world: ReadonlySignal<string | null>;
  /** Is a run on its way, or the page still looking for one? */
  readonly busy: ReadonlySignal<boolean>;
  /** The run that is shown and its round, of which the story tells; null where there is none of this world. */
  readonly shown: ReadonlySignal<{ readonly run: string; readonly round: number } | null>;
};

export function createStory({ lm, world, busy, shown }: Host) {
  const base = signal<Voices | null>(null);
  const after = signal<Voices | null>(null);
  /** Has somebody looked at the story? A page that nobody scrolls asks nothing. */
  const seen = signal(false);
  /** What `base` and `after` are of, or are asked for. */
  const asked = { base: '', after: '' };

  function ask(part: 'base' | 'after', key: string, run: string, round: number): void {
    if (asked[part] === key) return;
    asked[part] = key;
    const kept = part === 'base' ? base : after;
    kept.value = null;
    void lm
      .voices({ run, round })
      .then((answer) => void (asked[part] === key && answer.ok && (kept.value = answer.value)))
      .catch(() => {}); // the story is told without its bars then
  }

  effect(() => {
    const [here, wanted] = [world.value, shown.value];
    if (here === null || wanted === null) [after.value, asked.after] = [null, ''];
    if (here === null) [base.value, asked.base] = [null, ''];
    if (here === null || busy.value || !seen.value) return;
    ask('base', here, '', 0);
    if (wanted !== null) ask('after', `${here} ${wanted.run} ${wanted.round}`, wanted.run, wanted.round);
  });

  return {
    base: base as ReadonlySignal<Voices | null>,
    after: after as ReadonlySignal<Voices | null>,
    look: (): void => void (seen.value = true),
  };
}
