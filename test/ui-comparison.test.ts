/** A comparison in words: what may be said of a difference, and how an arm is described. */
import { describe, expect, test } from 'vitest';
import { ARMS } from '../src/arms.ts';
import type { ArmRow, Comparison, Interval } from '../src/protocol.ts';
import {
  armText,
  curvesText,
  differencesTable,
  differencesText,
  effectsText,
  leftText,
  lookOf,
  mainTable,
  points,
  scoresText,
  standText,
  verdictText,
} from '../src/ui/comparison.ts';

const around = (mean: number, half = 0.01): Interval => ({ mean, low: mean - half, high: mean + half });

function rowOf(name: string, mean: number, change: Partial<ArmRow> = {}): ArmRow {
  const score = around(mean);
  return {
    name,
    seeds: [7, 8],
    values: [mean - 0.01, mean + 0.01],
    score,
    last: score,
    outOfDistribution: around(mean - 0.1),
    difference: null,
    kinds: [{ kind: 'harm', mean, difference: null }],
    curve: [
      { round: 0, zeroShot: around(0.5, 0), fewShot: around(0.9, 0), labelQuality: null },
      { round: 1, zeroShot: score, fewShot: around(0.95), labelQuality: around(0.9) },
    ],
    seconds: 20,
    ...change,
  };
}
const against = (mean: number, seeds = 2) => ({ ...around(mean), seeds });
const REFERENCE = rowOf('single', 0.7);
const BETTER = rowOf('better', 0.8, { difference: against(0.1), kinds: [{ kind: 'harm', mean: 0.8, difference: around(0.1) }] });
const SAME = rowOf('same', 0.705, { difference: against(0.005), kinds: [{ kind: 'harm', mean: 0.6, difference: around(-0.1) }] });
const COLD = rowOf('cold', 0.9, { difference: against(0.2), curve: REFERENCE.curve.slice(0, 1) });
const comparison = (...arms: readonly ArmRow[]): Comparison => ({ reference: 'single', arms });

describe('a difference', () => {
  test.each([
    [against(0.1), '+10.0 points, better'],
    [against(-0.1), '−10.0 points, worse'],
    [against(0.005), 'no clear difference'],
    [{ mean: 0.01, low: 0, high: 0.02, seeds: 5 }, 'no clear difference'],
    [against(0.1, 1), '+10.0, one seed only'],
    [null, 'no common seed yet'],
  ])('%j means “%s”', (difference, words) => {
    expect(verdictText(difference)).toBe(words);
  });

  test('that rounds to nothing has no sign', () => {
    expect([points(0.0004), points(-0.0004), points(0.0005)]).toEqual(['0.0', '0.0', '+0.1']);
  });
});

describe('the sentences of a comparison', () => {
  const all = comparison(REFERENCE, BETTER, SAME, COLD);

  test('say which arm is highest, which differ, and where the curves end', () => {
    expect(scoresText(all)).toBe('cold has the highest mean, 90.0% (89.0% to 91.0%), over 2 seeds.');
    expect(differencesText(all)).toBe('Against single, same seeds: better: cold (+20.0), better (+10.0); no clear difference: same.');
    expect(curvesText(all)).toBe(
      'Asked cold, the base model starts at 50.0%; after the last round: better 80.0%, same 70.5%, single 70.0%.',
    );
    expect(effectsText(all)).toBe('Largest gain over single: better on “harm”, +10.0 points; largest loss: same on “harm”, −10.0 points.');
  });

  test('name three arms and count the others', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => rowOf(name, 0.8, { difference: against(0.1) }));
    expect(differencesText(comparison(REFERENCE, ...many))).toBe(
      'Against single, same seeds: better: a (+10.0), b (+10.0), c (+10.0) and 2 more.',
    );
  });

  test('say what is missing while nothing is done', () => {
    expect(scoresText(comparison())).toBe('Appears after the first run.');
    expect(differencesText(comparison(REFERENCE))).toBe('Appears when “single” and another arm share a seed.');
    expect(curvesText(comparison(COLD))).toBe('Asked cold, the base model starts at 50.0%; no arm here trains.');
  });

  test('do not give an arm without training the zero-shot numbers of the base model', () => {
    expect(mainTable(all).rows.map((row) => row[5])).toEqual([
      '60.0% (59.0% to 61.0%)',
      '70.0% (69.0% to 71.0%)',
      '60.5% (59.5% to 61.5%)',
      '–',
    ]);
    expect(effectsText({ reference: 'cold', arms: [COLD, BETTER] })).toContain('Largest gain over the base model: better on “harm”');
    expect(differencesTable(all).rows.map((row) => row.at(-1))).toEqual([
      '+10.0 points, better',
      'no clear difference',
      '+20.0 points, better',
    ]);
  });
});

describe('an arm', () => {
  test('is described by what it changes', () => {
    expect(ARMS.map(armText)).toEqual([
      'only the method differs',
      'only the method differs',
      'SOFT, demonstrations drawn once, fixed',
      'only the method differs',
      'only the method differs',
      'SOFT, oracle filter on',
      'SOFT, answers come from the base model',
      'SOFT, fine-tuning starts from the base model',
      'SOFT, order easy to hard, order applies across the rounds',
      'SOFT, order hard to easy',
      'SOFT, order easy to hard, order applies within each round',
      'SOFT, order easy to hard, order applies within each round, perplexity taken without demonstrations',
      'SOFT, internal thoughts on',
      'SOFT, prompts from the model itself',
      'SOFT, fine-tuning all weights',
      'SOFT, rounds 8, prompts 960, early stop off',
    ]);
    expect(armText({ name: 'x', options: { loraRank: 4, tuning: 'lora' } })).toBe('LoRA rank 4, fine-tuning LoRA adapter');
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
