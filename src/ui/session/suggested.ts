/**
 * Which of the questions on offer the base and the round that is shown answer differently, with the likeliest token each time. Asks the model
 * when nothing else is on its way and somebody looks, once for a round. Knows no component.
 */
import { effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { ChatWorker } from '../../protocol/chat.ts';
import { aboutWorld } from '../../run/worlds.ts';

type Host = {
  readonly lm: Pick<ChatWorker, 'chat'>;
  /** The world of the open bundled model; null for any other. */
  readonly world: ReadonlySignal<string | null>;
  /** Is a run on its way, or the page still looking for one? */
  readonly busy: ReadonlySignal<boolean>;
  /** The run that is shown and its round; null where there is none of this world. */
  readonly shown: ReadonlySignal<{ readonly run: string; readonly round: number } | null>;
};

export function createSuggested({ lm, world, busy, shown }: Host) {
  const changed = signal<ReadonlySet<string>>(new Set());
  /** Has somebody looked? A page that nobody scrolls asks nothing. */
  const seen = signal(false);
  /** What is asked for, or was. */
  let asked = '';

  /** What a model answers; null where it fails. */
  async function answer(question: string, run: string, round: number): Promise<string | null> {
    const events = (await lm.chat({ run, round, system: '', earlier: [], question, seed: 0 })).getReader();
    let text: string | null = null;
    // to its end, so that the turn of the model is given back
    for (;;) {
      const { done, value } = await events.read();
      if (done) return text;
      if (value.type === 'answered') ({ text } = value);
    }
  }

  async function compare(key: string, questions: readonly string[], run: string, round: number): Promise<void> {
    const said: (string | null)[] = [];
    // all of one model, then all of the other: weights are changed once
    for (const who of [
      { run: '', round: 0 },
      { run, round },
    ])
      for (const question of questions) {
        // a run comes first: they are asked again when it rests
        if (busy.peek() && asked === key) asked = '';
        if (asked !== key) return;
        said.push(await answer(question, who.run, who.round));
      }
    if (asked !== key) return;
    const after = said.slice(questions.length);
    changed.value = new Set(questions.filter((_, at) => said[at] !== null && after[at] !== null && said[at] !== after[at]));
  }

  effect(() => {
    const [here, wanted] = [world.value, shown.value];
    const key = here === null || wanted === null ? '' : `${here} ${wanted.run} ${wanted.round}`;
    if (key !== asked) changed.value = new Set();
    if (here === null || wanted === null) asked = '';
    else if (!busy.value && seen.value && key !== asked) {
      asked = key;
      void compare(key, aboutWorld(here)?.suggestions ?? [], wanted.run, wanted.round).catch(() => {}); // nothing is marked then
    }
  });

  return {
    /** Questions whose answers differ; none before it is known. */
    changed: changed as ReadonlySignal<ReadonlySet<string>>,
    look: (): void => void (seen.value = true),
  };
}
