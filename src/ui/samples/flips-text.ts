/** What may be said of the questions that changed their answer, and why there are none. Pure text; knows no component. */
import type { AskedSet, Flips } from '../../comparison/flips.ts';
import { percent } from '../../shares.ts';

const questions = (count: number, set: AskedSet): string => `${count} ${set} ${count === 1 ? 'question' : 'questions'}`;

/** "32 of 200 test questions became right, 3 became wrong: from 58% to 73%." */
export function flipsText({ common, before, after, flips }: Flips, set: AskedSet): string {
  const right = flips.filter(({ became }) => became === 'right').length;
  return `${right} of ${questions(common, set)} became right, ${flips.length - right} became wrong: from ${percent(before)} to ${percent(after)}.`;
}

/** Why the list is empty; `found` is null where a model's answers were not kept. */
export function emptyFlipsText(found: Flips | null, set: AskedSet, filter: 'all' | 'wrong → right' | 'right → wrong'): string {
  if (found === null) return 'One of the two was measured by an earlier version, which did not keep the answers. A new run keeps them.';
  if (found.common === 0) return `The two were not asked the same ${set} questions, so no answer can be compared.`;
  if (found.flips.length === 0) return `No answer changed sides: all ${questions(found.common, set)} are as right or as wrong as before.`;
  return filter === 'wrong → right' ? 'No question became right.' : 'No question became wrong.';
}
