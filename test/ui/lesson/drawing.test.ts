/** A curve drawn by hand: it follows the pointer, leaves no round out on the way, stays between nothing and all, and is held against what came. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterKey, distanceOf, type Frame, placeOf, pointOf, stroke, withShare } from '../../../src/ui/lesson/drawing.ts';

const size = fc.integer({ min: 200, max: 4000 });
const frames = fc
  .record({ width: size, height: size, rounds: fc.integer({ min: 1, max: 8 }) })
  .map(({ width, height, rounds }): Frame => ({ width, height, rounds, left: 44, right: 24, top: 14, bottom: 30 }));
const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
const point = fc.record({ x: fc.double({ min: -5000, max: 5000, noNaN: true }), y: fc.double({ min: -5000, max: 5000, noNaN: true }) });
const flat = (rounds: number) => Array.from({ length: rounds + 1 }, () => 0.5);

describe('a drawn curve', () => {
  test('what lies at a round and a share is found there again', () => {
    fc.assert(
      fc.property(frames, fc.nat(8), share, (frame, at, wanted) => {
        const round = Math.min(at, frame.rounds);
        expect(placeOf(frame, pointOf(frame, round, wanted))).toEqual({ round, share: wanted });
      }),
    );
  });

  test('wherever the pointer goes, every round keeps a share from nothing to all, in whole points', () => {
    fc.assert(
      fc.property(frames, fc.array(point, { minLength: 2, maxLength: 6 }), (frame, points) => {
        let curve: readonly number[] = flat(frame.rounds);
        points.slice(1).forEach((to, index) => (curve = stroke(curve, frame, points[index] ?? to, to)));
        expect(curve).toHaveLength(frame.rounds + 1);
        for (const value of curve) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          expect(Math.abs(value * 100 - Math.round(value * 100))).toBeLessThan(1e-9);
        }
      }),
    );
  });

  test('a quick stroke draws the rounds that it passed, on a straight line', () => {
    const frame: Frame = { width: 668, height: 244, left: 44, right: 24, top: 14, bottom: 30, rounds: 6 };
    const from = pointOf(frame, 0, 0.2);
    const curve = stroke(withShare(flat(6), 0, 0.2), frame, from, pointOf(frame, 4, 1));
    expect(curve).toEqual([0.2, 0.4, 0.6, 0.8, 1, 0.5, 0.5]);
    // and backwards
    expect(stroke(flat(6), frame, pointOf(frame, 4, 0), pointOf(frame, 2, 1))).toEqual([0.5, 0.5, 1, 0.5, 0.5, 0.5, 0.5]);
  });

  test('keys move a round by a point or by ten, to the ends and no further', () => {
    expect(['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End', 'a'].map((key) => afterKey(key, 0.95))).toEqual([
      0.96,
      0.94,
      1,
      0.85,
      0,
      1,
      null,
    ]);
    fc.assert(
      fc.property(share, fc.constantFrom('ArrowUp', 'ArrowDown', 'PageUp', 'PageDown'), (before, key) => {
        const after = afterKey(key, before) ?? -1;
        expect(after >= 0 && after <= 1).toBe(true);
        if (key.endsWith('Up')) expect(after).toBeGreaterThanOrEqual(before);
        else expect(after).toBeLessThanOrEqual(before);
      }),
    );
  });
});

describe('the distance to what came', () => {
  test('is nothing of a curve that was drawn as it came, and never more than where it is largest', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1, maxLength: 9 }), fc.array(share, { minLength: 1, maxLength: 9 }), (drawn, measured) => {
        expect(distanceOf(drawn, drawn)).toMatchObject({ mean: 0, apart: 0 });
        const distance = distanceOf(drawn, measured);
        expect(distance?.mean).toBeLessThanOrEqual(Math.abs(distance?.apart ?? 0) + 1e-9);
      }),
    );
  });

  test('counts the rounds that were made, names the one furthest off and which way', () => {
    expect(distanceOf([0.5, 0.5, 0.5, 0.5], [0.4, 0.75])).toEqual({ mean: expect.closeTo(0.175, 9), round: 1, apart: 0.25 });
    expect(distanceOf([0.5, 1], [0.5, 0.25])).toEqual({ mean: 0.375, round: 1, apart: -0.75 });
    expect(distanceOf([0.5], [])).toBeNull();
  });
});
