/** How long a task's texts are in the tokens of a model: what the planner counts with. Knows no tensor. */
import type { QuestionSets } from '../src/evals/assess.ts';
import type { Question, Task } from '../src/evals/task.ts';
import type { Lengths } from './planner.ts';

/** Texts that are counted of each kind; more would not change the mean. */
const LOOK = 64;

/** Lengths of questions, demonstrations, principles and answers. */
export function lengthsOf(
  encode: (text: string) => readonly number[],
  task: Pick<Task, 'principles' | 'pool'>,
  prompts: readonly Question[],
): Lengths {
  const count = (texts: readonly string[]): Lengths['question'] => {
    const lengths = texts.slice(0, LOOK).map((text) => encode(text).length);
    if (lengths.length === 0) return { longest: 0, mean: 0 };
    return { longest: Math.max(...lengths), mean: lengths.reduce((sum, length) => sum + length, 0) / lengths.length };
  };
  return {
    question: count(prompts.map(({ prompt }) => prompt)),
    demonstration: count(task.pool.map(({ text }) => text)),
    principles: count([task.principles]),
    answer: count(task.pool.map(({ answer }) => answer)),
  };
}

/** Demonstrations of the few-shot setting. */
export const FEW = 4;

/** Tokens that are read to measure a model once: every answer that is written or offered, with what stands before it. */
export function scoredOf(task: Task, { validation, test, inContext, outOfDistribution }: QuestionSets, lengths: Lengths): number {
  const { question, demonstration, principles, answer } = lengths;
  const answers = (asked: readonly Question[]): number =>
    task.graded ? asked.length : asked.reduce((sum, one) => sum + task.candidates(one).length, 0);
  const shown = answers(inContext ?? test);
  const all = answers(validation) + answers(test) + answers(outOfDistribution ?? []) + 2 * shown;
  return all * (question.mean + answer.mean) + shown * ((1 + FEW) * demonstration.mean + principles.mean);
}
