import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holm, intervalOf, judgeAll, paired, FEWEST_SEEDS } from '../../src/comparison/statistics.ts';
import { mean } from '../../src/numbers.ts';
import { criticalOf, tailOf } from '../../src/comparison/student.ts';
import { Random } from '../../src/random.ts';

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
const whole = fc.integer({ min: -1000, max: 1000 });
const ANY = { least: -Infinity, most: Infinity };

describe("Student's t", () => {
  // By mpmath 1.3 with 30 digits: the regularised incomplete beta function I(df / (df + t²); df / 2, 1 / 2).
  it.each([
    [1, 12.7062047362, 0.295167235301, 0.704832764699, 0.125665916378],
    [2, 4.30265272975, 0.183503419072, 0.666666666667, 0.0377495513506],
    [3, 3.18244630528, 0.139325968559, 0.651447964848, 0.0153924380733],
    [4, 2.7764451052, 0.116116523517, 0.643329963182, 0.00749043388127],
    [5, 2.57058183564, 0.10193947883, 0.638298871641, 0.00410471598005],
    [9, 2.2621571628, 0.0765528237707, 0.629071299826, 0.000738967909803],
    [10, 2.22813885199, 0.0733880347707, 0.627893605743, 0.000537333602756],
    [19, 2.09302405441, 0.0600020363861, 0.622816491286, 7.94997499842e-5],
    [30, 2.0422724563, 0.054625044963, 0.620723004885, 2.3296685467e-5],
    [199, 1.97195654425, 0.0468600004013, 0.617627512335, 1.25473932525e-6],
    [1000, 1.96233908083, 0.0457703464933, 0.617185080834, 6.76725636465e-7],
  ])('with %i degrees of freedom has the reference values', (df, critical, two, half, five) => {
    expect(criticalOf(df)).toBeCloseTo(critical, 9);
    expect([2, -0.5, 5].map((t) => tailOf(t, df))).toEqual([two, half, five].map((p) => expect.closeTo(p, 11)));
    expect([tailOf(0, df), tailOf(Infinity, df)]).toEqual([1, expect.closeTo(0, 12)]);
  });
});

describe('a mean with its interval', () => {
  it('is the number itself, without an interval, for one run or for runs that all agree', () => {
    expect(intervalOf([0.7])).toEqual({ mean: 0.7, low: 0.7, high: 0.7, n: 1 });
    expect(intervalOf([0.25, 0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25, n: 3 });
    // the same difference, but for rounding
    const { low, high } = intervalOf([0.97 - 0.87, 0.98 - 0.88, 0.99 - 0.89]);
    expect(low).toBe(high);
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBe(0);
  });

  it('is as wide as Student says: 12.7 standard errors for two numbers, 2.78 for five', () => {
    const two = intervalOf([1, 3], ANY);
    expect([two.mean, two.high - 2, two.n]).toEqual([2, expect.closeTo(12.7062047362, 8), 2]);
    // standard deviation of 1..5 is sqrt(2.5)
    const five = intervalOf([5, 1, 4, 2, 3], ANY);
    expect(five.mean).toBe(3);
    expect(five.low).toBeCloseTo(3 - 2.7764451052 * Math.sqrt(0.5), 8);
  });

  it('of shares is cut at 0 and at 1', () => {
    expect(intervalOf([0.96, 1, 1])).toMatchObject({ high: 1, n: 3 });
    expect(intervalOf([0, 0.1])).toMatchObject({ low: 0, high: expect.closeTo(0.05 + 12.7062 * 0.05, 3) });
  });

  it('holds the mean and depends on nothing but the values', () => {
    fc.assert(
      fc.property(shares, fc.integer(), (values, seed) => {
        const { mean, low, high, n } = intervalOf(values);
        expect(n).toBe(values.length);
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
        expect([low >= 0, high <= 1]).toEqual([true, true]);
        const other = intervalOf(Random.of(seed).shuffle(values));
        expect([other.low, other.high]).toEqual([expect.closeTo(low, 9), expect.closeTo(high, 9)]);
      }),
    );
  });
});

describe('the difference of two arms', () => {
  const at = (...values: readonly (readonly [number, number])[]): ReadonlyMap<number, number> => new Map(values);

  it('is taken over the seeds that both have', () => {
    expect(paired(at([2, 8], [1, 9], [3, 7]), at([2, 6], [1, 6], [4, 0]))).toEqual([3, 2]);
    expect(paired(at([1, 9]), at([2, 6]))).toEqual([]);
    expect(judgeAll([[]])).toEqual([null]);
  });

  it('does not see what a seed does to both arms', () => {
    const three = fc.tuple(whole, whole, whole);
    fc.assert(
      fc.property(fc.array(three, { minLength: 1, maxLength: 8 }), (rows) => {
        const arm = (value: (row: (typeof rows)[number]) => number) => new Map(rows.map((row, seed) => [seed, value(row)]));
        const plain = paired(
          arm(([a]) => a),
          arm(([, b]) => b),
        );
        const shifted = paired(
          arm(([a, , shift]) => a + shift),
          arm(([, b, shift]) => b + shift),
        );
        expect(shifted).toEqual(plain);
      }),
    );
  });
});

describe('better and worse', () => {
  const verdicts = (...lists: readonly (readonly number[])[]) => judgeAll(lists).map((found) => found?.verdict ?? null);
  const clear = [0.1, 0.11, 0.09, 0.1, 0.12];

  it('are not said of fewer than five common seeds, however far apart the arms are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: FEWEST_SEEDS - 1 }), (values) => {
        expect(judgeAll([values])).toMatchObject([{ verdict: 'too few', p: null, n: values.length }]);
      }),
    );
    expect(verdicts(clear.slice(1), clear)).toEqual(['too few', 'better']);
  });

  it('are said of a difference that stands out from its own scatter, and of no other', () => {
    const worse = clear.map((value) => -value);
    expect(verdicts(clear, worse, [0.3, -0.2, 0.1, 0.2, -0.1])).toEqual(['better', 'worse', 'unclear']);
  });

  it('are not said where all seeds agree: nothing shows how much the next would differ', () => {
    expect(
      judgeAll([
        [0, 0, 0, 0, 0],
        [0.1, 0.1, 0.1, 0.1, 0.1],
        [0.97 - 0.87, 0.98 - 0.88, 0.99 - 0.89, 0.5 - 0.4, 0.2 - 0.1],
      ]),
    ).toEqual([
      { mean: 0, low: 0, high: 0, n: 5, p: null, verdict: 'alike' },
      { mean: 0.1, low: 0.1, high: 0.1, n: 5, p: null, verdict: 'alike' },
      { mean: expect.closeTo(0.1, 9), low: expect.closeTo(0.1, 9), high: expect.closeTo(0.1, 9), n: 5, p: null, verdict: 'alike' },
    ]);
  });

  it('are said where luck alone would do as much in fewer than one of twenty comparisons, and not where in more', () => {
    // five differences a point apart: at 1.963 points of mean, Student's t of four degrees of freedom has p = 0.05
    const around = (points: number) => [-2, -1, 0, 1, 2].map((step) => (points + step) / 100);
    const [just, not] = judgeAll([around(1.97)]).concat(judgeAll([around(1.95)]));
    expect(just).toMatchObject({ verdict: 'better', p: expect.closeTo(0.0494, 3) as number });
    expect(not).toMatchObject({ verdict: 'unclear', p: expect.closeTo(0.0508, 3) as number });
    expect(verdicts(around(-1.97))).toEqual(['worse']);
  });

  it('are said of one question in 2,000 too, if all seeds show it', () => {
    const [found] = judgeAll([[1, 1, 2, 1, 1].map((questions) => questions / 2000)]);
    expect(found).toMatchObject({ verdict: 'better', n: 5 });
    expect(found?.high).toBeGreaterThan(found?.mean ?? 1);
  });

  it('take more, the more differences are looked at together (Holm)', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02].map((p) => expect.closeTo(p, 12)));
    expect(holm([0.5, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
    // t = 3.2 of four degrees of freedom: p = 0.033
    const near = [0.1, 0.02, 0.05, 0.03, 0.08];
    const noise = [0.1, -0.1, 0.05, -0.05, 0.01];
    expect(verdicts(near)).toEqual(['better']);
    expect(verdicts(near, noise, noise, noise, noise, noise, noise, noise)[0]).toBe('unclear');
    // lists without a test do not count
    expect(verdicts(near, [0.1, 0.2], [0, 0, 0, 0, 0], [])).toEqual(['better', 'too few', 'alike', null]);
    expect(judgeAll([[0.1, 0.2], near, [], noise]).map((found) => found?.p ?? null)).toEqual([
      null,
      judgeAll([near, noise])[0]?.p,
      null,
      judgeAll([near, noise])[1]?.p,
    ]);
  });
});
