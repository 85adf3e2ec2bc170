/** Every measure of the list, taken of one model. */
import type { LanguageModel } from '../../contracts/language-model.ts';
import type { Extras } from '../../contracts/records.ts';
import type { Question, Task } from '../../contracts/task.ts';
import { gather } from './evidence.ts';
import { MEASURES } from './list.ts';

/** Every measure as one that was not taken. */
export const NOT_TAKEN: Extras = Object.fromEntries(MEASURES.map(({ name }) => [name, null]));

/** Measures the model as it is. Yields how many times a question was asked, of how many in all. */
export async function* takeMeasures(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  settings: { readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, Extras> {
  const evidence = yield* gather(model, task, questions, settings);
  return Object.fromEntries(MEASURES.map((measure) => [measure.name, measure.of(evidence)]));
}
