/** Where a run will end, told after its second round from the gap between solver and verifier. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/comparison/compare.ts';
import { tableOf } from '../../src/comparison/columns.ts';
import { foretoldEnd, plateauOf } from '../../src/comparison/plateau.ts';
import type { RoundResult } from '../../src/contracts/records.ts';
import type { RunResult } from '../../src/run/records.ts';
import { DEFAULTS } from '../../src/run/config.ts';

const scored = (zeroShot: number, fewShot: number | null) => ({ zeroShot, fewShot, oneShot: null, sampled: null });
const measured = (zeroShot: number) => ({ validation: zeroShot, byKind: {}, outOfDistribution: null, extras: null });

/** A run whose base and rounds have these scores, cold and few-shot. */
function runOf(seed: number, scores: readonly (readonly [number, number | null])[], bestRound: number): RunResult {
  const [base = [0, 0] as const, ...later] = scores;
  const rounds = later.map(([cold, few], i): RoundResult => ({
    ...scored(cold, few),
    ...measured(cold),
    round: i + 1,
    prompts: 1,
    kept: 1,
    labelQuality: null,
    trainLoss: [],
  }));
  const start = scored(...base);
  return {
    seed,
    method: 'soft',
    backend: 'wasm',
    device: 'CPU',
    commit: '',
    sessions: [],
    seconds: 1,
    firstSampleSeconds: 1,
    base: start,
    baseMeasured: { scores: start, ...measured(start.zeroShot) },
    rounds,
    bestRound,
    adapterHash: '',
    config: { ...DEFAULTS, method: 'soft', rounds: rounds.length, seed },
  };
}

describe('the end of a run', () => {
  it('is where the solver meets the verifier, if both go on as they did', () => {
    // 40 points of gap became 10, and 30 were gained: each point of gap is worth one
    expect(plateauOf(scored(0.4, 0.8), scored(0.7, 0.8))).toBeCloseTo(0.8, 12);
    // the verifier grows too: 24 points of gap went, 36 were gained
    expect(plateauOf(scored(0.4, 0.7), scored(0.76, 0.82))).toBeCloseTo(0.85, 12);
  });

  it('is where it is when the gap is closed, and cannot be told while it does not close or was not measured', () => {
    expect(plateauOf(scored(0.4, 0.8), scored(0.9, 0.88))).toBe(0.9);
    expect(plateauOf(scored(0.4, 0.8), scored(0.45, 0.9))).toBeNull();
    expect(plateauOf(scored(0.4, null), scored(0.7, 0.8))).toBeNull();
    expect(plateauOf(scored(0.4, 0.8), scored(0.7, null))).toBeNull();
  });

  it('is found again in any run that follows the law exactly', () => {
    const share = fc.double({ min: 0.05, max: 0.4, noNaN: true });
    const law = fc.record({
      start: share,
      gap: share,
      rate: fc.double({ min: 0.2, max: 3, noNaN: true }),
      worth: fc.double({ min: 0.1, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(law, ({ start, gap, rate, worth }) => {
        const at = (time: number) => {
          const left = gap * Math.exp(-rate * time);
          const cold = start + worth * (gap - left);
          return scored(cold, cold + left);
        };
        expect(plateauOf(at(0), at(2))).toBeCloseTo(start + worth * gap, 6);
      }),
    );
  });

  it('is told after the second round, from nothing later, and never beyond all or nothing', () => {
    const { baseMeasured, rounds } = runOf(
      1,
      [
        [0.4, 0.8],
        [0.5, 0.8],
        [0.7, 0.8],
        [0.1, 0.2],
      ],
      2,
    );
    expect(foretoldEnd(baseMeasured, rounds.slice(0, 1))).toBeNull();
    expect(foretoldEnd(null, rounds)).toBeNull();
    expect(foretoldEnd(baseMeasured, rounds)).toBeCloseTo(0.8, 12);
    fc.assert(
      fc.property(fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100), fc.nat(100)), ([a, b, c, d]) => {
        const end = plateauOf(scored(a / 100, b / 100), scored(c / 100, d / 100));
        if (end !== null) expect(end >= 0 && end <= 1).toBe(true);
      }),
    );
  });
});

describe('a comparison', () => {
  it('says what was foretold of an arm, and how far that was from what its runs returned', () => {
    const runs = [
      runOf(
        1,
        [
          [0.4, 0.8],
          [0.5, 0.8],
          [0.7, 0.8],
          [0.84, 0.8],
        ],
        3,
      ),
      runOf(
        2,
        [
          [0.4, 0.8],
          [0.5, 0.8],
          [0.7, 0.8],
          [0.6, 0.8],
        ],
        2,
      ),
      runOf(
        3,
        [
          [0.4, 0.8],
          [0.5, 0.8],
          [0.7, 0.8],
        ],
        2,
      ), // ended before anything could come of it
    ];
    const found = compare([{ name: 'SOFT', results: runs }], 'SOFT');
    expect(found.arms[0]?.foretold).toMatchObject({ mean: expect.closeTo(0.8, 9) as number, n: 2, off: expect.closeTo(0.07, 9) as number });
    const { head, rows } = tableOf(found);
    expect(rows[0]?.[head.indexOf('end foretold after round 2')]).toBe('80.0%, n 2, off by 7.0');
    const short = compare([{ name: 'SOFT', results: runs.slice(2) }], 'SOFT');
    expect(tableOf(short).head).not.toContain('end foretold after round 2');
  });
});
