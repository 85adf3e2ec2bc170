/**
 * What is measured of the open model before its runs: how fast it is here, and how long its answers are. Knows no component, and of models only
 * which one is open.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { OpenedModel, Told } from '../../protocol/lm.ts';
import type { AnswerLengths, ModelWorker, Speeds } from '../../protocol/models.ts';
import type { RunConfig } from '../../run/config.ts';
import { createUnderWay } from './under-way.ts';

type Host = {
  readonly lm: Pick<ModelWorker, 'measure' | 'measureAnswers'>;
  /** The options of the next run. */
  readonly config: ReadonlySignal<RunConfig>;
  readonly opened: ReadonlySignal<OpenedModel | null>;
  readonly busy: () => boolean;
  readonly failed: (failure: Failure) => void;
  /** Told how long the answers of the open model are. */
  readonly sampled: (model: OpenedModel, lengths: AnswerLengths) => void;
};

export type Measuring = ReturnType<typeof createMeasuring>;

export function createMeasuring({ lm, config, opened, busy, failed, sampled }: Host) {
  const what = signal<'time' | 'answers' | null>(null);
  const speeds = signal<Speeds | null>(null);
  const answers = signal<AnswerLengths | null>(null);
  const { far, followed, cancel } = createUnderWay();

  /** What was found of the model that is still open; null when that was cancelled or failed. */
  async function found<P extends string, T>(
    kind: 'time' | 'answers',
    begin: () => Promise<ReadableStream<Told<P, T>>>,
  ): Promise<{ readonly model: OpenedModel; readonly value: T } | null> {
    const { value: model } = opened;
    if (what.value !== null || busy() || model === null) return null;
    what.value = kind;
    const answer = await followed(begin);
    what.value = null;
    if (!answer.ok && answer.failure.code !== 'STOPPED') failed(answer.failure);
    return answer.ok && opened.value === model ? { model, value: answer.value } : null;
  }

  return {
    /** What is being measured; null while nothing is. */
    what: what as ReadonlySignal<'time' | 'answers' | null>,
    far,
    cancel,
    speeds: speeds as ReadonlySignal<Speeds | null>,
    /** Was the time measured? */
    timed: computed(() => speeds.value !== null),
    /** How long the model's own answers were; null before they were sampled. */
    answers: answers as ReadonlySignal<AnswerLengths | null>,

    async time(): Promise<void> {
      const made = await found('time', () => lm.measure(config.value));
      if (made !== null) speeds.value = made.value;
    },

    /** Samples a few answers; the model's runs then begin with a longest answer that cuts about one in ten. */
    async sample(): Promise<void> {
      const made = await found('answers', () => lm.measureAnswers(config.value));
      if (made === null) return;
      answers.value = made.value;
      sampled(made.model, made.value);
    },

    /** Another model is opened: nothing that was measured holds of it. */
    forget(): void {
      cancel();
      [speeds.value, answers.value] = [null, null];
    },
  };
}
