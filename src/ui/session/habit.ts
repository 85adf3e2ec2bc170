/** Samples on their way, a stage at a time: what chapter 3 of the lesson remembers. Knows no component. */
import type { Signal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { LessonWorker, StepTaken, Way } from '../../protocol/lesson.ts';
import { heard } from './heard.ts';

/** The stages of a sample, in their order. */
export const STAGES = ['draw', 'prompt', 'answer', 'filter', 'pair', 'step', 'cold'] as const;
export type Stage = (typeof STAGES)[number];

export type Habit = {
  /** From 1; 0 before the first. */
  readonly sample: number;
  /** How many stages of the sample are in view. */
  readonly stages: number;
  readonly way: Way | null;
  readonly step: StepTaken | null;
  /** How likely the answer to the watched question is, asked cold: of the base, and after every step. */
  readonly watched: readonly number[];
  readonly failure: Failure | null;
};

export const NO_SAMPLE: Habit = { sample: 0, stages: 0, way: null, step: null, watched: [], failure: null };

/** Brings the next stage into view; after the last one, the first of the next sample. Whether it came. */
export async function advance(lm: LessonWorker, state: Signal<Habit>, watch: string): Promise<boolean> {
  const { sample, stages, way } = state.value;
  const go = (change: Partial<Habit>): boolean => {
    state.value = { ...state.value, failure: null, ...change };
    return change.failure === undefined;
  };
  if (way === null || stages === STAGES.length) {
    const taken = await heard(lm.takeSample(sample + 1));
    return go(taken.ok ? { sample: sample + 1, stages: 1, way: taken.value, step: null } : { failure: taken.failure });
  }
  // nothing is learned from what was dropped
  if (STAGES[stages] !== 'step' || way.verdict !== 'kept') return go({ stages: stages + 1 });
  const taken = await heard(lm.takeStep(watch));
  if (!taken.ok) return go({ failure: taken.failure });
  const { other } = taken.value;
  const before = state.value.watched;
  return go({ stages: stages + 1, step: taken.value, watched: [...(before.length === 0 ? [other.before] : before), other.after] });
}
