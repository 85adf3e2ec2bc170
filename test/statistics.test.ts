import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap, mean, pairedDifference } from '../src/evals/statistics.ts';
import { Random } from '../src/random.ts';

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
const whole = fc.integer({ min: -1000, max: 1000 });

describe('a mean with its interval', () => {
  it('is the number itself, without width, for one run or for runs that all agree', () => {
    expect(bootstrap([0.7])).toEqual({ mean: 0.7, low: 0.7, high: 0.7 });
    expect(bootstrap([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, low: 0.1, high: 0.1 });
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBe(0);
  });

  it('covers both of two runs: a resample is all the one or all the other in a quarter of cases each', () => {
    expect(bootstrap([0.2, 0.8])).toEqual({ mean: 0.5, low: 0.2, high: 0.8 });
  });

  it('has the quantiles of the binomial distribution for noughts and ones', () => {
    // of 10 draws at 1/2, one or fewer succeed in 1.1 % of cases and two or fewer in 5.5 %
    const { mean, low, high } = bootstrap([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(mean).toBe(0.5);
    expect(low).toBeCloseTo(0.2, 12);
    expect(high).toBeCloseTo(0.8, 12);
    // of 3 draws at 1/3, all succeed in 3.7 % of cases
    expect(bootstrap([0, 0, 1])).toEqual({ mean: 1 / 3, low: 0, high: 1 });
  });

  it('is as wide as the normal approximation for many numbers, whatever names its resamples', () => {
    const random = Random.of('many');
    const values = Array.from({ length: 200 }, () => 5 + 2 * random.normal());
    const centre = mean(values);
    const half = (1.96 * Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))) / Math.sqrt(200);
    for (const seed of [1, 2]) {
      const { low, high } = bootstrap(values, { seed });
      expect(Math.abs((high - low) / (2 * half) - 1)).toBeLessThan(0.05);
    }
    expect(bootstrap(values, { seed: 1 })).not.toEqual(bootstrap(values, { seed: 2 }));
  });

  it('holds the mean, lies within the values, and depends neither on their order nor on when it is asked', () => {
    fc.assert(
      fc.property(shares, fc.integer(), (values, seed) => {
        const interval = bootstrap(values);
        expect(interval.low).toBeLessThanOrEqual(interval.mean + 1e-12);
        expect(interval.high).toBeGreaterThanOrEqual(interval.mean - 1e-12);
        expect(interval.low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
        expect(interval.high).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
        expect(bootstrap(Random.of(seed).shuffle(values))).toEqual(interval);
      }),
    );
  });
});

describe('the difference of two arms', () => {
  const at = (...values: readonly (readonly [number, number])[]): ReadonlyMap<number, number> => new Map(values);

  it('is taken over the seeds that both have', () => {
    const difference = pairedDifference(at([1, 9], [2, 8], [3, 7]), at([2, 6], [1, 6], [4, 0]));
    expect(difference).toEqual({ mean: 2.5, low: 2, high: 3, seeds: 2 });
  });

  it('is nothing without a common seed', () => {
    expect(pairedDifference(at([1, 9]), at([2, 6]))).toBeNull();
    expect(pairedDifference(at(), at())).toBeNull();
  });

  it('does not see what a seed does to both arms', () => {
    const three = fc.tuple(whole, whole, whole);
    fc.assert(
      fc.property(fc.array(three, { minLength: 1, maxLength: 8 }), (rows) => {
        const arm = (value: (row: (typeof rows)[number]) => number) => new Map(rows.map((row, seed) => [seed, value(row)]));
        const plain = pairedDifference(
          arm(([a]) => a),
          arm(([, b]) => b),
        );
        const shifted = pairedDifference(
          arm(([a, , shift]) => a + shift),
          arm(([, b, shift]) => b + shift),
        );
        expect(shifted).toEqual(plain);
      }),
    );
  });

  it('is certain when one arm is always ahead by the same, however much the seeds differ', () => {
    expect(pairedDifference(at([1, 100], [2, 3], [3, -50]), at([1, 98], [2, 1], [3, -52]))).toEqual({ mean: 2, low: 2, high: 2, seeds: 3 });
  });
});
