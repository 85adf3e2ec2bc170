/**
 * What training forgets: of the ordinary questions (facts, sums, everyday help) that one model answered right, how many another still does.
 * Pure arithmetic over marks; knows no model and no rounds.
 */
import type { Marks } from '../contracts/records.ts';
import type { Question, Task } from '../contracts/task.ts';
import { stillRight, unpackMarks } from '../marks.ts';

/** A share, 0 to 1; null where the task has no ordinary question, `before` has none of them right, or marks are missing. */
export function retained(
  task: Pick<Task, 'ordinary'>,
  questions: readonly Question[],
  before: Marks | undefined,
  after: Marks | undefined,
): number | null {
  if (before === undefined || after === undefined || before.length !== after.length || before.length !== questions.length) return null;
  const ordinary = (marks: Marks): readonly number[] => {
    const all = unpackMarks(marks);
    return questions.flatMap((question, i) => (task.ordinary(question) ? [all[i] ?? 0] : []));
  };
  const { known, still } = stillRight(ordinary(before), ordinary(after));
  return known === 0 ? null : still / known;
}
