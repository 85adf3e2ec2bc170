/** Adapters on top of each other as one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankOf, splitAdapter, stackAdapters } from '../../src/files/adapters.ts';
import { mergeAdapter } from '../../src/files/out/merged.ts';
import type { StoredTensor } from '../../src/files/safetensors.ts';
import { loraShapes } from '../../src/model/lora.ts';
import { Random } from '../../src/random.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const OPTIONS = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'] } as const;

/** Random pairs of some rank on the tiny model. */
function pairs(rank: number, seed: number): ReadonlyMap<string, StoredTensor> {
  const random = Random.of('pairs', seed);
  return new Map(
    [...loraShapes(TINY, { ...OPTIONS, rank })].map(([name, shape]) => {
      const data = Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => random.next() - 0.5);
      return [name, { shape, data }];
    }),
  );
}

describe('adapters on top of each other', () => {
  const rank = fc.integer({ min: 1, max: 4 });

  it('are one adapter, which comes apart again', () => {
    fc.assert(
      fc.property(rank, rank, fc.nat(), (low, high, seed) => {
        const [below, above] = [pairs(low, seed), pairs(high, seed + 1)];
        const whole = stackAdapters(below, above);
        expect(rankOf(whole)).toBe(low + high);
        expect(splitAdapter(whole, high)).toEqual({ below, above });
        expect(splitAdapter(whole, low + high)).toEqual({ below: null, above: whole });
      }),
    );
  });

  it('change the weights as one after the other does', () => {
    fc.assert(
      fc.property(rank, rank, fc.nat(), (low, high, seed) => {
        const { weights } = tinyModel();
        const [below, above] = [pairs(low, seed), pairs(high, seed + 1)];
        const adapter = (tensors: ReturnType<typeof pairs>) => ({ ...OPTIONS, rank: rankOf(tensors), alpha: 2 * rankOf(tensors), tensors });
        const once = mergeAdapter(TINY, weights, adapter(stackAdapters(below, above)));
        const twice = mergeAdapter(TINY, mergeAdapter(TINY, weights, adapter(below)), adapter(above));
        for (const [name, { data }] of once) {
          const other = twice.get(name)?.data ?? new Float32Array();
          expect(Math.max(...data.map((value, i) => Math.abs(value - (other[i] ?? Infinity))))).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('have no rank where there are none', () => {
    expect(rankOf(new Map())).toBe(0);
  });

  it('have the same rank in whatever order their halves come', () => {
    expect(rankOf(new Map([...pairs(3, 1)].toReversed()))).toBe(3);
  });
});
