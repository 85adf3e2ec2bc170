/** What may be said of the questions that changed their answer, and why there are none. Pure text; knows no component. */
import { say, toSay } from '../language/language.ts';
import type { AskedSet, Flips } from '../../comparison/flips.ts';
import { percent } from '../../shares.ts';

/** The sets of questions, in the choice between them. */
export const SET_NAMES: Readonly<Record<AskedSet, string>> = {
  test: toSay('test questions'),
  validation: toSay('validation questions'),
};

function questions(count: number, set: AskedSet): string {
  return set === 'test'
    ? say('{count, plural, one {# test question} other {# test questions}}', { count })
    : say('{count, plural, one {# validation question} other {# validation questions}}', { count });
}

/** "32 of 200 test questions became right, 3 became wrong: from 58% to 73%." */
export function flipsText({ common, before, after, flips }: Flips, set: AskedSet): string {
  const right = flips.filter(({ became }) => became === 'right').length;
  return say('{right} of {questions} became right, {wrong} became wrong: from {before} to {after}.', {
    right,
    questions: questions(common, set),
    wrong: flips.length - right,
    before: percent(before),
    after: percent(after),
  });
}

/** Why the list is empty; `found` is null where a model's answers were not kept. */
export function emptyFlipsText(found: Flips | null, set: AskedSet, filter: 'all' | 'wrong → right' | 'right → wrong'): string {
  if (found === null)
    return say('One of the two was measured by an earlier version, which did not keep the answers. A new run keeps them.');
  if (found.common === 0)
    return set === 'test'
      ? say('The two were not asked the same test questions, so no answer can be compared.')
      : say('The two were not asked the same validation questions, so no answer can be compared.');
  if (found.flips.length === 0)
    return say('No answer changed sides: all {questions} are as right or as wrong as before.', { questions: questions(found.common, set) });
  return filter === 'wrong → right' ? say('No question became right.') : say('No question became wrong.');
}
