/** A comparison in words: what may be said of a difference, and how an arm is described. */
import { describe, expect, test } from 'vitest';
import { ARMS } from '../../src/run/arms.ts';
import { compare, type ArmRow, type Comparison } from '../../src/comparison/compare.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { Difference, Interval } from '../../src/comparison/statistics.ts';
import type { RunResult } from '../../src/run/records.ts';
import { points } from '../../src/shares.ts';
import { lookOf, verdictText } from '../../src/ui/charts/arms.ts';
import { CURVES } from '../../src/ui/charts/curves.ts';
import { DIFFERENCES } from '../../src/ui/charts/differences.ts';
import { EFFECTS } from '../../src/ui/charts/effects.ts';
import { SCORES } from '../../src/ui/charts/scores.ts';
import { tableOf } from '../../src/comparison/columns.ts';
import { choose } from '../../src/ui/language/language.ts';
import { armText, leftText, standText } from '../../src/ui/compare/experiment-text.ts';

const around = (mean: number, half = 0.01, n = 6): Interval => ({ mean, low: mean - half, high: mean + half, n });

/** What earlier versions did not take. */
const UNTAKEN = { sampled: null, retained: null } as const;

function rowOf(name: string, mean: number, change: Partial<ArmRow> = {}): ArmRow {
  const score = around(mean);
  return {
    name,
    arm: name,
    measure: 'zero-shot',
    seeds: [3, 4, 5, 6, 7, 8],
    values: [mean - 0.01, mean + 0.01, mean, mean, mean, mean],
    score,
    last: { ...score, stopped: 0, difference: null },
    outOfDistribution: around(mean - 0.1),
    ...UNTAKEN,
    difference: null,
    kinds: [{ kind: 'harm', score, difference: null }],
    extras: {},
    curve: [
      { round: 0, zeroShot: around(0.5, 0), fewShot: around(0.9, 0), labelQuality: null, ...UNTAKEN },
      { round: 1, zeroShot: score, fewShot: around(0.95), labelQuality: around(0.9), ...UNTAKEN },
    ],
    expected: null,
    foretold: null,
    surest: null,
    seconds: 20,
    ...change,
  };
}
const against = (mean: number, verdict: Difference['verdict'], n = 6): Difference => {
  const tested = verdict !== 'too few' && verdict !== 'alike';
  return { ...around(mean, verdict === 'alike' ? 0 : 0.01, n), p: tested ? 0.02 : null, verdict };
};
const kind = (mean: number, difference: Difference) => [{ kind: 'harm', score: around(mean), difference }];
const REFERENCE = rowOf('single', 0.7);
const BETTER = rowOf('better', 0.8, { difference: against(0.1, 'better'), kinds: kind(0.8, against(0.1, 'better')) });
const SAME = rowOf('same', 0.705, { difference: against(0.005, 'unclear'), kinds: kind(0.6, against(-0.1, 'unclear')) });
const UNTRAINED = { arm: 'cold', last: null, curve: [] } as const;
const SHOWN: ArmRow = {
  ...rowOf('cold, few-shot', 0.9, { ...UNTRAINED, measure: 'few-shot' }),
  outOfDistribution: null,
  kinds: [],
};
const COLD = rowOf('cold, zero-shot', 0.5, { ...UNTRAINED, difference: against(-0.2, 'worse') });
const comparison = (...arms: readonly ArmRow[]): Comparison => {
  const tested = (differences: readonly (Difference | null)[]) => differences.filter((found) => typeof found?.p === 'number').length;
  const scores = tested(arms.map(({ difference }) => difference));
  const kinds = tested(arms.flatMap((row) => row.kinds.map(({ difference }) => difference)));
  return { reference: 'single', against: 'single', tests: { last: 0, scores, kinds }, arms };
};

function resultOf(seed: number, zeroShot: number): RunResult {
  const scores = { zeroShot, oneShot: zeroShot, fewShot: zeroShot };
  const measured = { validation: zeroShot, byKind: { harm: zeroShot }, outOfDistribution: zeroShot, extras: null };
  const round = { ...scores, ...measured, round: 1, prompts: 1, kept: 1, labelQuality: zeroShot, trainLoss: [] };
  const found = { base: scores, baseMeasured: { scores, ...measured }, rounds: [round], bestRound: 1, adapterHash: '' };
  const where = { backend: 'wasm', device: 'CPU', commit: 'unknown', seconds: 1, firstSampleSeconds: 1, sessions: [] } as const;
  return { seed, method: 'soft', ...where, ...found, config: { ...DEFAULTS, seed } };
}

describe('a difference', () => {
  test.each([
    [against(0.1, 'better'), '+10.0 points, better'],
    [against(-0.1, 'worse'), '−10.0 points, worse'],
    [against(0.005, 'unclear'), 'no clear difference'],
    [against(0.1, 'too few', 4), '+10.0, 4 seeds: too few to tell'],
    [against(0.1, 'too few', 1), '+10.0, one seed only'],
    [against(0.1, 'alike', 5), '+10.0 on each of 5 seeds'],
    [against(0, 'alike', 5), 'the same on all 5 seeds'],
    [null, 'no common seed yet'],
  ])('%j means “%s”', (difference, words) => {
    expect(verdictText(difference)).toBe(words);
  });

  test('of fewer than five seeds is never called better or worse, whatever the numbers are', () => {
    const results = (gain: number) => [1, 2, 3, 4].map((seed) => resultOf(seed, 0.5 + gain + (gain * seed) / 1000));
    const arms = [
      { name: 'SOFT', results: results(0.4) },
      { name: 'Single round', results: results(0) },
    ];
    const found = compare(arms, 'Single round');
    const tables = [DIFFERENCES.table(found), tableOf(found), EFFECTS.table(found)].flatMap(({ rows }) => rows.flat());
    expect([DIFFERENCES.text(found), EFFECTS.text(found), ...tables].join(' ')).not.toMatch(/better|worse/);
    expect(DIFFERENCES.text(found)).toBe('Against Single round, same seeds: fewer than 5 seeds, so no verdict: SOFT (+40.1).');
  });

  test('that rounds to nothing has no sign', () => {
    expect([points(0.0004), points(-0.0004), points(0.0005)]).toEqual(['0.0', '0.0', '+0.1']);
  });
});

describe('the sentences of a comparison', () => {
  const all = comparison(REFERENCE, BETTER, SAME, SHOWN, COLD);

  test('say which arm is highest, which differ among how many, and where the curves end', () => {
    expect(SCORES.text(all)).toBe('better has the highest zero-shot mean, 80.0% (79.0% to 81.0%), over 6 seeds.');
    expect(DIFFERENCES.text(all)).toBe(
      'Against single, same seeds: better: better (+10.0); worse: cold, zero-shot (−20.0); ' +
        'no clear difference: same. 3 comparisons are tested together.',
    );
    expect(CURVES.text(all)).toBe(
      'Asked cold, the base model starts at 50.0% (6 seeds); after the last round that each run made: better 80.0%, same 70.5%, single 70.0%.',
    );
    expect(EFFECTS.text(all)).toBe(
      'Largest gain over single: better on “harm”, +10.0 points, 6 seeds; largest loss: same on “harm”, −10.0 points, 6 seeds. ' +
        '1 of 2 differences tested together is clear.',
    );
  });

  test('name a tie as one, and what is equal only when rounded', () => {
    const cold = { ...COLD, score: around(0.55, 0, 5) };
    const soft = rowOf('SOFT', 0.55, { score: around(0.1 + 0.45, 0.02, 5) });
    expect(SCORES.text(comparison(SHOWN, cold, soft))).toBe('cold and SOFT have the same highest zero-shot mean, 55.0%, over 5 seeds.');
    const few = rowOf('few', 0.55, { score: around(0.55, 0, 2) });
    expect(SCORES.text(comparison(soft, few))).toBe('SOFT (5 seeds) and few (2 seeds) have the same highest zero-shot mean, 55.0%.');
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => rowOf(name, 0.55));
    expect(SCORES.text(comparison(...many))).toBe('a, b, c and 2 more have the same highest zero-shot mean, 55.0%, over 6 seeds.');
    const near = rowOf('near', 0.5497, { score: around(0.5497, 0, 5) });
    expect(SCORES.text(comparison(near, cold))).toBe(
      'cold has the highest zero-shot mean, 55.0%, over 5 seeds. Rounded, near comes to the same.',
    );
    const equal = rowOf('equal', 0.7, { difference: against(0, 'alike') });
    expect(DIFFERENCES.text(comparison(REFERENCE, equal))).toBe('Against single, same seeds: the same on every seed: equal.');
  });

  test('name the measure with one seed too', () => {
    const cold = { ...COLD, score: around(0.55, 0, 1) };
    const soft = rowOf('SOFT', 0.55, { score: around(0.55, 0, 1) });
    expect(SCORES.text(comparison(SHOWN, cold))).toBe('cold has the highest zero-shot score, 55.0%, from one seed.');
    expect(SCORES.text(comparison(SHOWN, cold, soft))).toBe('cold and SOFT have the same highest zero-shot score, 55.0%, from one seed.');
  });

  test('say that each measure is compared with its like, where there are two', () => {
    const other = { ...SHOWN, name: 'other, few-shot', arm: 'other', difference: against(0.2, 'better') };
    const found = { ...comparison(SHOWN, COLD, other, BETTER), reference: 'cold', against: 'cold' };
    expect(DIFFERENCES.text(found)).toContain('Against cold, each measure with its like, same seeds: better: other, few-shot (+20.0)');
  });

  test('say how many runs a mean is of, where some stopped early', () => {
    const part = rowOf('part', 0.8, {
      last: { ...around(0.75), stopped: 4, difference: null },
      curve: [
        ...REFERENCE.curve,
        { round: 2, zeroShot: around(0.9, 0.1, 2), fewShot: around(0.95, 0.1, 2), labelQuality: null, ...UNTAKEN },
      ],
    });
    expect(CURVES.text(comparison(part))).toContain('part 75.0%. 4 of 6 runs stopped early: hollow points are of those that went on.');
    expect(CURVES.table(comparison(part)).rows.map((row) => row.slice(1, 4))).toEqual([
      ['base', '6 of 6', '50.0%'],
      ['1', '6 of 6', '70.0% (69.0% to 71.0%)'],
      ['2', '2 of 6', '90.0% (80.0% to 100.0%)'],
    ]);
    const { head, rows } = tableOf(comparison(part));
    const cell = (name: string) => rows[0]?.[head.indexOf(name)];
    expect([cell('last round made'), cell('stopped early'), cell('returned round')]).toEqual([
      '75.0% (74.0% to 76.0%)',
      '4 of 6',
      '80.0% (79.0% to 81.0%)',
    ]);
  });

  test('have a column for sampled answers and one for facts kept where they were taken, and none in what was stored before', () => {
    const taken = rowOf('taken', 0.8, { sampled: around(0.6), retained: around(0.95, 0.01, 4) });
    const { head, rows } = tableOf(comparison(taken, REFERENCE));
    const at = ['sampled', 'facts kept'].map((name) => head.indexOf(name));
    expect(rows.map((row) => at.map((column) => row[column]))).toEqual([
      ['60.0% (59.0% to 61.0%)', '95.0% (94.0% to 96.0%), n 4'],
      ['–', '–'],
    ]);
    const before = tableOf(comparison(REFERENCE));
    expect(before.head.filter((name) => name === 'sampled' || name === 'facts kept')).toEqual([]);
  });

  test('name three arms and count the others', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => rowOf(name, 0.8, { difference: against(0.1, 'better') }));
    expect(DIFFERENCES.text(comparison(REFERENCE, ...many))).toBe(
      'Against single, same seeds: better: a (+10.0), b (+10.0), c (+10.0) and 2 more. 5 comparisons are tested together.',
    );
  });

  test('say what is missing while nothing is done', () => {
    expect(SCORES.text(comparison())).toBe('Appears after the first run.');
    expect(DIFFERENCES.text(comparison(REFERENCE))).toBe('Appears when “single” and another arm share a seed.');
    expect(CURVES.text(comparison(SHOWN, COLD))).toBe('Asked cold, the base model starts at 50.0% (6 seeds); no arm here trains.');
  });

  test('show one measure a row, and every mean with its number of seeds', () => {
    const { head, rows } = tableOf(all);
    expect(head.slice(0, 4)).toEqual(['arm', 'measure', 'seeds', 'last round made']);
    expect(new Set(head).size).toBe(head.length);
    expect(rows.map((row) => [row[0], row[1], row[2], row[head.indexOf('out of distribution')]])).toEqual([
      ['single', 'zero-shot', '6', '60.0% (59.0% to 61.0%)'],
      ['better', 'zero-shot', '6', '70.0% (69.0% to 71.0%)'],
      ['same', 'zero-shot', '6', '60.5% (59.5% to 61.5%)'],
      ['cold', 'few-shot', '6', '–'],
      ['cold', 'zero-shot', '6', '40.0% (39.0% to 41.0%)'],
    ]);
    for (const table of [tableOf, SCORES.table, DIFFERENCES.table, EFFECTS.table]) expect(table(all).head.join(' ')).toMatch(/seeds/);
    expect(EFFECTS.text({ ...all, reference: 'cold', against: SHOWN.name })).toContain(
      'Largest gain over the base model: better on “harm”',
    );
    expect(DIFFERENCES.table(all).rows.map((row) => row.at(-1))).toEqual([
      '+10.0 points, better',
      'no clear difference',
      '−20.0 points, worse',
    ]);
  });
});

describe('an arm', () => {
  test.each(['de', 'he'] as const)('of whose settings the method alone differs is described so in %s too', async (lang) => {
    await choose(lang, false);
    const described = ARMS.filter(({ name }) => ['No training', 'SOFT', 'SOFT+', 'SDFT'].includes(name)).map(armText);
    await choose('en', false);
    expect(described).toHaveLength(4);
    expect(new Set(described).size).toBe(1);
  });

  test('is described by what it changes', () => {
    const described = new Map(ARMS.map((arm) => [arm.name, armText(arm)]));
    expect(described.get('SOFT')).toBe('only the method differs');
    expect(described.get('Fixed demonstrations')).toBe('SOFT, demonstrations drawn once, fixed');
    expect(described.get('Oracle filter')).toBe('SOFT, oracle filter on');
    expect(described.get('Merge and restart')).toBe('SOFT, fine-tuning starts from the round before, with a fresh adapter');
    expect(described.get('Hard to easy')).toBe('SOFT, order hard to easy');
    expect(described.get('All weights')).toBe('SOFT, fine-tuning all weights, learning rate 0.00005');
    expect(described.get('With early stop')).toBe('SOFT, early stop on');
    expect(ARMS.every(({ name, options }) => 'method' in options && (described.get(name) ?? '') !== '')).toBe(true);
    expect(armText({ name: 'x', options: { loraRank: 2, tuning: 'lora' } })).toBe('LoRA rank 2, fine-tuning LoRA adapter');
    expect(armText({ name: 'x', options: {} })).toBe('the defaults');
  });

  test('looks like no other of sixteen', () => {
    const looks = Array.from({ length: 16 }, (_, index) => JSON.stringify(lookOf(index)));
    expect(new Set(looks).size).toBe(16);
  });
});

describe('the line of an experiment', () => {
  const at = { arm: { name: 'SOFT', options: {} }, seed: 8 } as Parameters<typeof standText>[1]['at'];
  const rest = { running: false, paused: false, at: null, started: false };
  const outlook = { done: 2, total: 9, share: 0.25, leftMs: 61_000 };

  test.each([
    [{ ...outlook, done: 0 }, rest, '9 runs to do.'],
    [outlook, rest, '9 runs: 2 stored already, 7 to do.'],
    [outlook, { ...rest, running: true, at }, 'Run 3 of 9: SOFT, seed 8'],
    [outlook, { ...rest, running: true, paused: true, at }, 'Paused in run 3 of 9: SOFT, seed 8'],
    [outlook, { ...rest, running: true }, 'Starting'],
    [outlook, { ...rest, started: true }, 'Stopped: 2 of 9 runs are done.'],
    [{ ...outlook, done: 9 }, rest, 'All 9 runs are done.'],
  ])('%# says where it is', (outlook, state, line) => {
    expect(standText(outlook, state)).toBe(line);
  });

  test('promises a time only where one is known', () => {
    expect(leftText(outlook, true)).toBe('25%, about 1:01 left');
    expect(leftText({ ...outlook, leftMs: null }, true)).toBe('25%, estimating the rest');
    expect(leftText(outlook, false)).toBe('about 1:01 to go');
    expect(leftText({ ...outlook, leftMs: null }, false)).toBe('');
  });
});
