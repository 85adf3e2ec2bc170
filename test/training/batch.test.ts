import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunks, makeBatch } from '../../src/training/batch.ts';

const row = fc
  .array(fc.integer({ min: 3, max: 99 }), { minLength: 2, maxLength: 12 })
  .chain((ids) => fc.record({ ids: fc.constant(ids), promptLength: fc.integer({ min: 1, max: ids.length }) }));

describe('a batch', () => {
  it('predicts the completion tokens, all of them and nothing else', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
        const { T, places, targets } = makeBatch(rows, 2);
        const expected = rows.flatMap(({ ids, promptLength }, b) =>
          ids.slice(promptLength).map((id, i) => [b * T + promptLength - 1 + i, id]),
        );
        expect([...places].map((place, i) => [place, targets[i]])).toEqual(expected);
      }),
    );
  });

  it('reads every token but the last of each row, then padding', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
        const { B, T, ids } = makeBatch(rows, 2);
        expect(B).toBe(rows.length);
        expect(T).toBe(Math.max(...rows.map((row) => row.ids.length - 1)));
        for (const [b, row] of rows.entries()) {
          const read = row.ids.slice(0, -1);
          expect([...ids.subarray(b * T, (b + 1) * T)]).toEqual([...read, ...Array.from({ length: T - read.length }, () => 2)]);
        }
      }),
    );
  });
});

describe('a list of rows', () => {
  it('is cut into parts without losing a row', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), (items, size) => {
        const parts = chunks(items, size);
        expect(parts.flat()).toEqual(items);
        expect(parts.every((part, i) => part.length === size || (i === parts.length - 1 && part.length > 0))).toBe(true);
      }),
    );
  });
});
