/** What a chapter says of its runs: right labels by kind, kinds in the order in which they flipped, where two runs part, what came of a drawn curve. */
import { describe, expect, test } from 'vitest';
import type { Phase } from '../../../src/contracts/events.ts';
import type { Measured, RoundResult, Sample } from '../../../src/contracts/records.ts';
import { DEFAULTS } from '../../../src/run/config.ts';
import { collapsedOf, heldText } from '../../../src/ui/lesson/chapters/break-it.tsx';
import { distanceText } from '../../../src/ui/lesson/chapters/one-round.tsx';
import { partText, rightToo } from '../../../src/ui/lesson/chapters/own-feet.tsx';
import { wrongText } from '../../../src/ui/lesson/chapters/limits.tsx';
import { endsText } from '../../../src/ui/lesson/chapters/easy-to-hard.tsx';
import { turnedText } from '../../../src/ui/lesson/dial.tsx';
import { atText } from '../../../src/ui/lesson/making.tsx';
import { flippedOf, labelsOf, partingOf, pathsOf, totalOf } from '../../../src/ui/lesson/findings.ts';
import type { Made } from '../../../src/ui/session/lesson-runs.ts';

const sample = (kind: string, aligned: boolean | null, verdict = 'kept') => ({ kind, aligned, verdict }) as Sample;

/** A run by its shares, the base first. */
function run(
  arm: string,
  byKind: Readonly<Record<string, readonly number[]>>,
  scores: readonly number[] = byKind[Object.keys(byKind)[0] ?? ''] ?? [],
): Made {
  const at = (round: number) => Object.fromEntries(Object.entries(byKind).map(([kind, shares]) => [kind, shares[round] ?? 0]));
  const base = { scores: { zeroShot: scores[0] }, byKind: at(0) } as unknown as Measured;
  const rounds = scores
    .slice(1)
    .map((zeroShot, index) => ({ round: index + 1, zeroShot, byKind: at(index + 1) }) as unknown as RoundResult);
  return { arm, config: DEFAULTS, run: arm, base, rounds, state: 'made' };
}

test('a checker is said to have raised or lowered the end only by more than five points', () => {
  const none = { right: 0.6, end: 0.9 };
  const ends = (end: number) => turnedText(none, { text: 'right in 75 of 100 verdicts', kept: 300, right: 0.8, end });
  expect(ends(0.97)).toBe(
    'Checker right in 75 of 100 verdicts: 300 of 600 answers were kept, 80% of them right (60% without it), and it ends higher than alone: 97%, not 90%.',
  );
  for (const end of [0.85, 0.95]) expect(ends(end)).toContain('ends about where it ends alone');
  expect(ends(0.8)).toContain('ends lower than alone: 80%, not 90%');
});

describe('labels', () => {
  test('are the answers that were kept, counted by kind', () => {
    const labels = labelsOf([
      sample('premise', true),
      sample('premise', false),
      sample('harm', false),
      sample('harm', true, 'copied'),
      sample('harm', null),
    ]);
    expect(labels).toEqual({ premise: { right: 1, of: 2 }, harm: { right: 0, of: 2 } });
    expect(totalOf(labels)).toEqual({ right: 1, of: 4 });
  });

  test('part where one run’s are better from then on, to the end', () => {
    expect(partingOf([0.6, 0.7, 0.8], [0.6, 0.6, 0.6])).toBe(2);
    expect(partingOf([0.6, 0.7, 0.5, 0.8], [0.6, 0.6, 0.6, 0.6])).toBe(4);
    expect(partingOf([0.6, 0.7, 0.6], [0.6, 0.6, 0.6])).toBeNull();
    expect(partingOf([], [])).toBeNull();
  });
});

describe('kinds', () => {
  const made = run(
    'a',
    { fact: [1, 1, 1], harm: [0, 0.2, 0.5], premise: [0.1, 0.6, 0.95], unknown: [0.5, 0.9, 1], praise: [0, 0.1, 0.9] },
    [0.3, 0.5, 0.8],
  );

  test('flip in the order of their rounds; what was right from the start did not, and of two in a round the one further on comes first', () => {
    expect(flippedOf(made).map(({ kind, flipped }) => [kind, flipped])).toEqual([
      ['unknown', 1],
      ['premise', 2],
      ['praise', 2],
    ]);
    expect(pathsOf(made).map(({ kind }) => kind)).toEqual(['fact', 'unknown', 'premise', 'praise', 'harm']);
  });

  test('most who are right on one are right on the next, by how much they wrote', () => {
    // gossip and above of flatterer and above: .175 of .255
    expect(rightToo('ladder', 'premise', 'praise')).toBeCloseTo(0.175 / 0.255, 9);
    expect(rightToo('ladder', 'praise', 'premise')).toBeNull();
  });
});

describe('sentences', () => {
  test('a run has collapsed that ends hardly above its beginning', () => {
    const made = [run('up', { a: [0.36, 0.5, 0.7, 0.8] }), run('down', { a: [0.36, 0.4, 0.35, 0.33] }), run('begun', { a: [0.36] })];
    expect(collapsedOf(made).map(({ arm }) => arm)).toEqual(['down']);
  });

  test('what was left out without a collapse is told by where those runs end, and nothing where each collapsed', () => {
    const ended = (arm: string, end: number) => run(arm, { a: [0.36, end, end] });
    const intact = ended('on its own feet', 0.96);
    expect(heldText([intact, ended('fixed example', 0.95), ended('no example', 0.3), ended('same prompts again', 0.87)])).toBe(
      'Something was left out, and it did not collapse: “fixed example” ends at 95% and “same prompts again” ends at 87%. With nothing left out it ends at 96%.',
    );
    expect(heldText([intact, ended('fixed example', 0.4), ended('no example', 0.3)])).toBe('');
  });

  test('from where on labels are better is told with how much', () => {
    expect(partText([0.5, 0.57, 0.8], [0.5, 0.54, 0.79])).toBe(
      'From round 2 on more of its labels are right than of the frozen teacher’s: 3 points more in that round, 1 point in the last.',
    );
    expect(partText([0.5, 0.57], [0.5, 0.6])).toBe('To the end its labels are not better than the frozen teacher’s.');
    // less than what is shown of them is no difference
    expect(partText([0.5, 0.544, 0.8], [0.5, 0.541, 0.79])).toContain('From round 3 on');
    expect(partText([0.5, 0.57, 0.794], [0.5, 0.54, 0.791])).toBe('To the end its labels are not better than the frozen teacher’s.');
  });

  test('what is still wrong names the kind that is furthest from right, and claims no more of it than its share', () => {
    const made = run('on its own feet', { harm: [0, 0.9], premise: [0, 0.7], unknown: [0, 0.72] }, [0.2, 0.8]);
    expect(wrongText(made)).toBe(
      'On its own feet it still answers 20% of the test questions wrongly after the last round. Furthest from right is premise: 70% of these questions are answered as they should be.',
    );
    expect(wrongText(run('on its own feet', { harm: [0, 1] }))).toContain('answers every test question as it should');
  });

  test('where a run of a chapter is is told by the round that it is in', () => {
    const whole = run('no example', { a: [0.3, 0.3, 0.3] });
    const after = (rounds: number): Made => ({ ...whole, rounds: whole.rounds.slice(0, rounds), state: 'running' });
    const at = (made: Made, phase: Phase, round: number, rounds = 6) => atText(made, rounds, { phase, round });
    const begun = { ...after(0), base: null };
    expect([atText(begun, 6, null), at(begun, 'load', 0)]).toEqual(['no example: before round 1', 'no example: before round 1']);
    // it answers first and measures the base then
    const first = 'no example: round 1 of 6';
    expect([at(begun, 'answer', 1), at(begun, 'measure', 0), at(after(0), 'train', 1)]).toEqual([first, first, first]);
    expect([at(after(1), 'validate', 1), at(after(1), 'answer', 2)]).toEqual([first, 'no example: round 2 of 6']);
    // gone on with after a reload
    expect([atText(after(2), 6, null), at(after(2), 'load', 0)]).toEqual(['no example: round 3 of 6', 'no example: round 3 of 6']);
    expect(at(after(1), 'answer', 2, 1)).toBe('no example: round 1 of 1');
  });

  test('what was drawn is held against what came, most where it is furthest off', () => {
    const drawing = { drawn: [0.5, 0.5, 0.5], touched: true };
    expect(distanceText(drawing, [0.5, 0.5])).toBe('What you drew is what came.');
    expect(distanceText(drawing, [0.4, 0.8])).toBe(
      'Your curve is 20 points off on average, most after round 1: 30 points more came than you drew.',
    );
    expect(distanceText(drawing, [0.4, 0.5])).toBe(
      'Your curve is 5 points off on average, most before any round: it began 10 points lower than you drew.',
    );
    expect(distanceText({ ...drawing, touched: false }, [0.4, 0.8])).toBe('');
    expect(distanceText(drawing, [])).toBe('');
  });

  test('orders end alike unless they are more than three points apart', () => {
    expect(endsText([run('a', { x: [0.4, 0.43] }), run('b', { x: [0.4, 0.4] })])).toBe('They end alike: a 43%, b 40%.');
    expect(endsText([run('a', { x: [0.4, 0.4] }), run('b', { x: [0.4, 0.44] })])).toBe('b ends highest: b 44%, a 40%.');
  });
});
