/** Numbers as people read them: a sign where there is something, a minus that is one, an interval where there is a spread. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percent, percent1, points, rangeText, shareText, wholePoints } from '../src/shares.ts';

describe('a share', () => {
  test.each([
    [percent(0.8765), '88%'],
    [percent(0.005), '1%'],
    [percent1(0.9314), '93.1%'],
    [percent1(1), '100.0%'],
    [percent(-0.001), '0%'],
    [percent(-0.126), '−13%'],
    [shareText(0.5), '50%'],
    [shareText(null), '–'],
  ])('%s is written %s', (written, wanted) => {
    expect(written).toBe(wanted);
  });
});

describe('a difference', () => {
  test('has its sign, and none where it rounds to nothing', () => {
    expect([0.031, -0.031, 0.0004, -0.0004, 0].map(points)).toEqual(['+3.1', '−3.1', '0.0', '0.0', '0.0']);
    expect([0.2, -0.05, 0.025, 0].map(wholePoints)).toEqual(['+20', '−5', '+2.5', '0']);
  });

  test('is as long one way as the other', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (difference) => {
        expect(points(-difference)).toBe(points(difference).replace(/[+−]/, (sign) => (sign === '+' ? '−' : '+')));
      }),
    );
  });
});

test('a mean has an interval only where its values show a spread', () => {
  expect(rangeText({ mean: 0.8, low: 0.79, high: 0.81 }, percent1)).toBe('80.0% (79.0% to 81.0%)');
  expect(rangeText({ mean: 0.8, low: 0.8, high: 0.8 }, percent1)).toBe('80.0%');
  expect(rangeText({ mean: -0.02, low: -0.05, high: 0.01 }, points)).toBe('−2.0 (−5.0 to +1.0)');
});
