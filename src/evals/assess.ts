/**
 * Everything that is measured of one model in one go: validation, test and out-of-distribution questions, and the extras if asked for.
 * By its answers where the task can grade them, else by its choices among given ones. Knows no rounds and no training.
 */
import type { LanguageModel } from '../contracts/language-model.ts';
import type { HeldOutAnswers, LeftOut, Marks, Measured } from '../contracts/records.ts';
import type { Settings } from '../settings/settings.ts';
import { NOT_TAKEN, takeMeasures } from './measures/take.ts';
import { measure, type Measurement, type SettingName } from './generation.ts';
import { measureByLikelihood } from './likelihood.ts';
import type { ProbeQuestions } from './probe.ts';
import { measureSampled, MOST_SAMPLED } from './sampled.ts';
import { truthfulness } from './truthful.ts';
import type { Question, Task } from '../contracts/task.ts';

/** V, E and O. */
export type QuestionSets = {
  readonly validation: readonly Question[];
  readonly test: readonly Question[];
  /** The questions of E that are asked with demonstrations too, where those take long to read; all of them if not given. */
  readonly inContext?: readonly Question[];
  /** Null where nothing was held out so. */
  readonly outOfDistribution: readonly Question[] | null;
  /** Measurements with demonstrations that do not fit into what the model reads. */
  readonly leftOut?: readonly LeftOut[];
  /** What is asked once at the end, of M_0 and of the returned round; absent where a task has nothing of the kind. */
  readonly probes?: ProbeQuestions;
};

/** Test questions that the extras are taken on. */
const EXTRA_QUESTIONS = 60;

type Progress = { readonly done: number; readonly total: number };

/** What is measured of a model, and the zero-shot answers to V and E by which it was. */
export type Assessed = { readonly measured: Measured; readonly heldOut: HeldOutAnswers };

/** Zero-shot on V and O; zero-, one- and few-shot on E, but for what is left out; sampled where answers are graded. Yields how many are in. */
export async function* assess(
  model: LanguageModel,
  task: Task,
  { validation, test, inContext, outOfDistribution, leftOut = [] }: QuestionSets,
  { seed, maxTokens, measures }: Pick<Settings, 'seed' | 'maxTokens' | 'measures'>,
): AsyncGenerator<Progress, Assessed> {
  const shot = (['oneShot', 'fewShot'] as const).filter((name) => !leftOut.some(({ what }) => what === name));
  let before = 0;
  let total = validation.length + test.length + shot.length * (inContext ?? test).length + (outOfDistribution?.length ?? 0);
  if (task.graded) total += Math.min(MOST_SAMPLED, test.length);
  async function* counted<T>(measuring: AsyncGenerator<Progress, T>): AsyncGenerator<Progress, T> {
    for (let last = 0; ;) {
      const step = await measuring.next();
      if (step.done) {
        before += last;
        return step.value;
      }
      last = step.value.done;
      total = Math.max(total, before + step.value.total);
      yield { done: before + last, total };
    }
  }
  const ask = (questions: readonly Question[], settings: readonly SettingName[]) =>
    counted((task.graded ? measure : measureByLikelihood)(model, task, questions, { settings, seed, maxTokens }));
  const share = ({ shares }: Measurement, name: SettingName): number => shares[name] ?? 0;
  const marks = ({ marks }: Measurement, name: SettingName): Marks => marks[name] ?? '';
  const ifAsked = <T>(name: 'oneShot' | 'fewShot', of: (measured: Measurement, name: SettingName) => T): T | null =>
    shot.includes(name) ? of(shown, name) : null;

  const held = yield* ask(validation, ['zeroShot']);
  const tested = yield* ask(test, inContext === undefined ? ['zeroShot', ...shot] : ['zeroShot']);
  const shown = inContext === undefined ? tested : yield* ask(inContext, shot);
  const outside = outOfDistribution === null ? null : yield* ask(outOfDistribution, ['zeroShot']);
  const sampled = task.graded ? yield* counted(measureSampled(model, task, test, { seed, maxTokens })) : null;
  const extras = measures === 'all' ? yield* counted(takeMeasures(model, task, test.slice(0, EXTRA_QUESTIONS), { seed, maxTokens })) : null;
  const truthful = task.graded ? null : truthfulness(task, test, tested.answers);
  const measured: Measured = {
    scores: {
      zeroShot: share(tested, 'zeroShot'),
      oneShot: ifAsked('oneShot', share),
      fewShot: ifAsked('fewShot', share),
      sampled: sampled?.share ?? null,
    },
    validation: share(held, 'zeroShot'),
    byKind: tested.byKind,
    outOfDistribution: outside === null ? null : share(outside, 'zeroShot'),
    extras: truthful === null ? extras : { ...(extras ?? NOT_TAKEN), ...truthful },
    ...(leftOut.length === 0 ? {} : { leftOut }),
    marks: {
      validation: marks(held, 'zeroShot'),
      zeroShot: marks(tested, 'zeroShot'),
      oneShot: ifAsked('oneShot', marks),
      fewShot: ifAsked('fewShot', marks),
      outOfDistribution: outside === null ? null : marks(outside, 'zeroShot'),
      sampled: sampled?.marks ?? null,
    },
  };
  return { measured, heldOut: { validation: held.answers, test: tested.answers } };
}
