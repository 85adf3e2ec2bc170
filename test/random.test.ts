import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox, Random } from '../src/random.ts';

describe('random numbers', () => {
  // The known-answer vectors that Random123 ships for philox4x32-10 (kat_vectors).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('agree with the published Philox vectors (%#)', (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });

  it('are the same for the same labels and differ for different labels', () => {
    const draw = (...labels: (string | number)[]) => Array.from({ length: 8 }, Random.of(...labels).uint32.bind(Random.of(...labels)));
    fc.assert(
      fc.property(fc.string(), fc.integer(), (label, n) => {
        expect(draw(label, n)).toEqual(draw(label, n));
        expect(draw(label, n)).not.toEqual(draw(label, n + 1));
        expect(draw(label, n)).not.toEqual(draw(`${label}x`, n));
        expect(draw(String(n))).not.toEqual(draw(n));
      }),
    );
  });

  it('go on from a saved position as if nothing had happened', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.string(), (position, label) => {
        const unbroken = Random.of(label);
        for (let i = 0; i < position; i++) unbroken.uint32();
        const resumed = Random.of(label).seek(position);
        expect(resumed.position).toBe(unbroken.position);
        for (let i = 0; i < 9; i++) expect(resumed.uint32()).toBe(unbroken.uint32());
      }),
    );
  });

  it('are not advanced by a fork', () => {
    const a = Random.of('a');
    a.fork('b').next();
    expect(a.next()).toBe(Random.of('a').next());
  });

  it('are uniform, normal and fair within sampling error', () => {
    const random = Random.of('statistics');
    const n = 40_000;
    const mean = (draw: () => number) => Array.from({ length: n }, draw).reduce((sum, x) => sum + x, 0) / n;
    expect(mean(() => random.next())).toBeCloseTo(0.5, 2);
    expect(mean(() => random.next() ** 2)).toBeCloseTo(1 / 3, 2);
    expect(mean(() => random.normal())).toBeCloseTo(0, 1);
    expect(mean(() => random.normal() ** 2)).toBeCloseTo(1, 1);
    expect(mean(() => Number(random.chance(0.2)))).toBeCloseTo(0.2, 2);
    expect(mean(() => random.weighted([1, 0, 3]))).toBeCloseTo(1.5, 1);
    expect(mean(() => random.int(10))).toBeCloseTo(4.5, 1);
  });

  it('shuffle and sample without losing or repeating anything', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.string(), (items, label) => {
        expect(Random.of(label).shuffle(items).toSorted()).toEqual(items.toSorted());
        const k = Math.floor(items.length / 2);
        const drawn = Random.of(label).sample(items, k);
        expect(new Set(drawn).size).toBe(k);
        expect(drawn.every((item) => items.includes(item))).toBe(true);
      }),
    );
  });
});
