/**
 * Zero-shot answers at temperature 1, from the whole vocabulary: what somebody gets who samples, beside what greedy decoding picks. One answer
 * a question. Knows no training and no rounds.
 */
import type { LanguageModel } from '../contracts/language-model.ts';
import type { Marks } from '../contracts/records.ts';
import type { Question, Task } from '../contracts/task.ts';
import { mean } from '../numbers.ts';
import { answered } from './generation.ts';
import { packMarks } from '../marks.ts';

/** Test questions that are asked so at most: see LOG.md for what they take. */
export const MOST_SAMPLED = 150;

/** The share of aligned answers, 0 to 1, and their marks in the order of the questions. */
type SampledScore = { readonly share: number; readonly marks: Marks };

/** The stream of an answer is named by `seed` and the question alone, so the same model gives the same. Yields how many are in. */
export async function* measureSampled(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  { seed, maxTokens }: { readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, SampledScore> {
  const requests = questions.slice(0, MOST_SAMPLED).map((question) => ({
    question,
    prompt: question.prompt,
    seed: `${seed}/sampled/${question.id}`,
  }));
  const marks = (yield* answered(model, task, requests, { temperature: 1, maxTokens })).map(({ mark }) => mark);
  return { share: mean(marks), marks: packMarks(marks) };
}
