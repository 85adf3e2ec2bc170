/** The questions that flipped between two models, and what the page says of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerLines, answersOf, ASKED_SETS, flipLines, flipsOf } from '../../src/comparison/flips.ts';
import type { HeldOutAnswer, HeldOutAnswers } from '../../src/contracts/records.ts';
import { emptyFlipsText, flipsText } from '../../src/ui/samples/flips-text.ts';

const answer = (id: string, mark: number, text = `${id} ${mark}`): HeldOutAnswer => ({
  id,
  kind: 'fact',
  question: `What is ${id}?`,
  text,
  mark,
});
const told = (test: readonly HeldOutAnswer[], validation: readonly HeldOutAnswer[] = []): HeldOutAnswers => ({ validation, test });

describe('the questions that flipped', () => {
  const before = told([answer('a', 1), answer('b', 0), answer('c', 0), answer('d', 1)], [answer('v', 1)]);
  const after = told([answer('a', 0), answer('b', 1), answer('c', 0, 'other words'), answer('d', 1)], [answer('v', 0)]);

  it('are those whose mark rose or fell, with both answers; other words alone are no flip', () => {
    const { common, before: was, after: is, flips } = flipsOf(before, after, 'test');
    expect([common, was, is]).toEqual([4, 0.5, 0.5]);
    expect(flips).toEqual([
      {
        set: 'test',
        became: 'wrong',
        id: 'a',
        kind: 'fact',
        question: 'What is a?',
        before: { text: 'a 1', mark: 1 },
        after: { text: 'a 0', mark: 0 },
      },
      {
        set: 'test',
        became: 'right',
        id: 'b',
        kind: 'fact',
        question: 'What is b?',
        before: { text: 'b 0', mark: 0 },
        after: { text: 'b 1', mark: 1 },
      },
    ]);
    expect(flipsOf(before, after, 'validation')).toMatchObject({ common: 1, before: 1, after: 0, flips: [{ id: 'v', became: 'wrong' }] });
  });

  it('of two runs are among the questions that both were asked, in whatever order; the same name for other words is another question', () => {
    const other = told([answer('b', 1), answer('z', 1), answer('a', 1), { ...answer('c', 1), question: 'What is c elsewhere?' }]);
    const { common, flips } = flipsOf(before, other, 'test');
    expect(common).toBe(2);
    expect(flips.map(({ id, became }) => [id, became])).toEqual([['b', 'right']]);
    expect(flipsOf(before, told([answer('z', 1)]), 'test')).toEqual({ common: 0, before: 0, after: 0, flips: [] });
  });

  it('count a choice that rose or fell by a part', () => {
    const tie = flipsOf(told([answer('a', 0.5), answer('b', 0.5)]), told([answer('a', 1), answer('b', 0)]), 'test');
    expect(tie.flips.map(({ became }) => became)).toEqual(['right', 'wrong']);
  });

  it('balance: what became right less what became wrong is the change of the score, and the way back is the same turned round', () => {
    const marks = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1)), { maxLength: 40 });
    fc.assert(
      fc.property(marks, (pairs) => {
        const [one, two] = [0, 1].map((side) => told(pairs.map((pair, i) => answer(`q${i}`, pair[side as 0 | 1]))));
        if (one === undefined || two === undefined) throw new Error('two sides');
        const there = flipsOf(one, two, 'test');
        const back = flipsOf(two, one, 'test');
        const right = there.flips.filter(({ became }) => became === 'right').length;
        const wrong = there.flips.length - right;
        expect((there.after - there.before) * there.common).toBeCloseTo(right - wrong, 9);
        expect(back.flips.map(({ id, became }) => [id, became])).toEqual(
          there.flips.map(({ id, became }) => [id, became === 'right' ? 'wrong' : 'right']),
        );
        expect(flipsOf(one, one, 'test').flips).toEqual([]);
      }),
    );
  });

  it('are said in a sentence, and so is why there are none', () => {
    const found = flipsOf(before, after, 'test');
    expect(flipsText(found, 'test')).toBe('1 of 4 test questions became right, 1 became wrong: from 50% to 50%.');
    expect(flipsText(flipsOf(before, after, 'validation'), 'validation')).toBe(
      '0 of 1 validation question became right, 1 became wrong: from 100% to 0%.',
    );
    expect(emptyFlipsText(null, 'test', 'all')).toContain('did not keep the answers');
    expect(emptyFlipsText(flipsOf(before, told([]), 'test'), 'test', 'all')).toContain('were not asked the same test questions');
    expect(emptyFlipsText(flipsOf(before, before, 'test'), 'test', 'wrong → right')).toContain(
      'all 4 test questions are as right or as wrong',
    );
    expect(emptyFlipsText(found, 'test', 'wrong → right')).toBe('No question became right.');
    expect(emptyFlipsText(found, 'test', 'right → wrong')).toBe('No question became wrong.');
  });
});

describe('the answers of a run as a file', () => {
  it('are a line each, with the round and the set, and nothing is lost', () => {
    const base = told([answer('a', 0)], [answer('v', 1)]);
    const one = told([{ ...answer('a', 1), choices: [{ logLikelihood: -1.25, tokens: 2 }] }], [answer('v', 0)]);
    const lines = answerLines([
      { round: 0, heldOut: base },
      { round: 1, heldOut: one },
    ]);
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      ...ASKED_SETS.flatMap((set) => base[set].map((each) => ({ round: 0, set, ...each }))),
      ...ASKED_SETS.flatMap((set) => one[set].map((each) => ({ round: 1, set, ...each }))),
    ]);
    const models = [
      { round: 0, heldOut: base },
      { round: 1, heldOut: one },
    ];
    expect(flipLines(models, 1).map((line) => JSON.parse(line) as unknown)).toEqual(
      ASKED_SETS.flatMap((set) => flipsOf(base, one, set).flips),
    );
    expect([flipLines(models, 0), flipLines(models, 2), flipLines([], 1)]).toEqual([[], [], []]);
    expect([0, 1, 2].map((round) => answersOf(lines.join(''), round))).toEqual([base, one, told([])]);
  });
});
