/** What the model is inclined to say with examples in view, measured once for each choice of them. Knows no component. */
import type { Signal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { Example, Inclination, LessonWorker } from '../../protocol/lesson.ts';
import { heard } from './heard.ts';

export type Examples = {
  /** On offer; null until they are known. */
  readonly offered: readonly Example[] | null;
  /** Ids of those in view, in the order in which they stand. */
  readonly shown: readonly string[];
  /** By the ids in view. */
  readonly measured: ReadonlyMap<string, Inclination>;
  readonly asking: boolean;
  readonly failure: Failure | null;
};

export const UNSEEN: Examples = { offered: null, shown: [], measured: new Map(), asking: false, failure: null };

/** The name of a choice of examples among what was measured. */
export const nameOf = (shown: readonly string[]): string => shown.join(' ');

/** Looks the examples up. */
export async function offer(lm: LessonWorker, state: Signal<Examples>, ids: readonly string[]): Promise<void> {
  if (state.value.offered !== null) return;
  const found = await heard(lm.examples(ids));
  state.value = { ...state.value, ...(found.ok ? { offered: found.value } : { failure: found.failure }) };
}

/** Measures choices of examples that were not measured, in their order; whether all of them are. */
async function measure(
  lm: LessonWorker,
  state: Signal<Examples>,
  question: string,
  choices: readonly (readonly string[])[],
): Promise<boolean> {
  for (const shown of choices) {
    if (state.value.measured.has(nameOf(shown))) continue;
    const found = await heard(lm.inclination({ question, shown }));
    if (!found.ok) {
      state.value = { ...state.value, failure: found.failure };
      return false;
    }
    state.value = { ...state.value, measured: new Map([...state.value.measured, [nameOf(shown), found.value]]) };
  }
  return true;
}

/** Measures the model cold and with each example alone, then with those in view; what changes meanwhile is measured too. */
export async function measureAll(lm: LessonWorker, state: Signal<Examples>, question: string, alone: readonly string[]): Promise<void> {
  if (state.value.asking) return;
  state.value = { ...state.value, asking: true, failure: null };
  let goes = await measure(lm, state, question, [[], ...alone.map((id) => [id])]);
  while (goes && !state.value.measured.has(nameOf(state.value.shown))) goes = await measure(lm, state, question, [state.value.shown]);
  state.value = { ...state.value, asking: false };
}
