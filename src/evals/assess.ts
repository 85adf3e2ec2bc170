/**
 * Everything that is measured of one model in one go: validation, test and out-of-distribution questions, and the extras if asked for.
 * Knows no rounds and no training.
 */
import type { LanguageModel } from '../align/language-model.ts';
import type { Measured, RunConfig } from '../protocol.ts';
import { measureExtras } from './extras.ts';
import { measure, type Measurement, type SettingName } from './generation.ts';
import type { Question, Task } from './task.ts';

/** V, E and O. */
export type QuestionSets = {
  readonly validation: readonly Question[];
  readonly test: readonly Question[];
  readonly outOfDistribution: readonly Question[];
};

/** Test questions that the extras are taken on. */
const EXTRA_QUESTIONS = 60;

type Progress = { readonly done: number; readonly total: number };

/** Zero-shot on V and O; zero-, one- and few-shot on E. Yields how many answers are in. */
export async function* assess(
  model: LanguageModel,
  task: Task,
  { validation, test, outOfDistribution }: QuestionSets,
  { seed, maxTokens, measures }: Pick<RunConfig, 'seed' | 'maxTokens' | 'measures'>,
): AsyncGenerator<Progress, Measured> {
  let before = 0;
  let total = validation.length + 3 * test.length + outOfDistribution.length;
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
    counted(measure(model, task, questions, { settings, seed, maxTokens }));
  const share = ({ shares }: Measurement, name: SettingName): number => shares[name] ?? 0;

  const held = yield* ask(validation, ['zeroShot']);
  const tested = yield* ask(test, ['zeroShot', 'oneShot', 'fewShot']);
  const outside = yield* ask(outOfDistribution, ['zeroShot']);
  const extras =
    measures === 'all' ? yield* counted(measureExtras(model, task, test.slice(0, EXTRA_QUESTIONS), { seed, maxTokens })) : null;
  return {
    scores: { zeroShot: share(tested, 'zeroShot'), oneShot: share(tested, 'oneShot'), fewShot: share(tested, 'fewShot') },
    validation: share(held, 'zeroShot'),
    byKind: tested.byKind,
    outOfDistribution: share(outside, 'zeroShot'),
    extras,
  };
}
