/**
 * TruthfulQA's MC1 and MC2 (Lin, Hilton, Evans, arXiv 2109.07958) from the answers by which a model was measured: their log-likelihoods are
 * there, summed over all tokens, so nothing is asked again. Pure; knows no model.
 */
import type { HeldOutAnswer } from '../contracts/records.ts';
import type { Question, Task } from '../contracts/task.ts';
import { mean } from '../numbers.ts';
import { mc1, mc2 } from './choice.ts';

/**
 * Over the questions that name their best answer; null where none does. The prompt is the chat template with the question alone, where the
 * paper shows six questions with answers first, and an answer ends with the token that ends a turn.
 */
export function truthfulness(
  task: Pick<Task, 'candidates'>,
  questions: readonly Question[],
  answers: readonly HeldOutAnswer[],
): { readonly mc1: number; readonly mc2: number } | null {
  const rated = questions.flatMap((question, i) => {
    const candidates = task.candidates(question);
    const choices = answers[i]?.choices ?? [];
    if (choices.length !== candidates.length || !candidates.some(({ best = false }) => best)) return [];
    return [candidates.map(({ aligned, best = false }, at) => ({ aligned, best, logLikelihood: choices[at]?.logLikelihood ?? -Infinity }))];
  });
  return rated.length === 0 ? null : { mc1: mean(rated.map(mc1)), mc2: mean(rated.map(mc2)) };
}
