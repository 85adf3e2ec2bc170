/** The numbers of a tensor as they lie in a file: whether one is damaged, and whether two tensors are the same, without decoding any. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allFinite,
  beginningOf,
  below,
  encodedPieces,
  sameNumbers,
  tensorOfPieces,
  typeOf,
  wordsOf,
  type FloatType,
  type StoredTensor,
} from '../../src/files/floats.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';

const TYPES = ['F32', 'F16', 'BF16'] as const satisfies readonly FloatType[];
const plain = (...numbers: number[]): StoredTensor => ({ shape: [numbers.length], data: Float32Array.from(numbers) });

/** The same numbers as a tensor of a file; `before` more numbers lie before them, `off` is where the file begins in its buffer. */
function stored(dtype: FloatType, { data, shape }: StoredTensor, { before = 0, off = 0 } = {}): StoredTensor {
  const first = plain(...Array.from({ length: before }, (_, i) => i));
  const file = writeSafetensors(new Map(Object.entries({ a: first, b: { shape, data } })), { dtype });
  const bytes = new Uint8Array(file.length + off).subarray(off);
  bytes.set(file);
  return readSafetensors(bytes).tensors.get('b') as StoredTensor;
}

describe('a number that is not finite', () => {
  it.each(TYPES)('is found in %s wherever it stands, and nothing else is', (dtype) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 9 }),
        fc.nat(8),
        fc.constantFrom(Infinity, -Infinity, Number.NaN),
        fc.nat(3),
        fc.nat(3),
        (numbers, at, broken, before, off) => {
          expect(allFinite(stored(dtype, plain(...numbers), { before, off }))).toBe(true);
          const damaged = numbers.with(at % numbers.length, broken);
          expect(allFinite(stored(dtype, plain(...damaged), { before, off }))).toBe(false);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('is found in numbers that come from no file', () => {
    expect([plain(), plain(1, 2, 3), plain(1, Infinity), plain(Number.NaN)].map(allFinite)).toEqual([true, true, false, false]);
  });

  it('is found at the end of an odd number of halves, and none is seen in the even number before it', () => {
    for (const dtype of ['F16', 'BF16'] as const) {
      expect(allFinite(stored(dtype, plain(1, 2, Infinity)))).toBe(false);
      expect(allFinite(stored(dtype, plain(1, Infinity, 2)))).toBe(false);
      expect(allFinite(stored(dtype, plain(1, 2, 3)))).toBe(true);
      expect(allFinite(stored(dtype, plain(1, 2)))).toBe(true);
    }
  });
});

describe('two tensors', () => {
  const [one, other, longer] = [plain(1, 2, 3), plain(1, 2, 4), plain(1, 2, 3, 4)];

  it('are the same when their numbers are, whatever they come from', () => {
    const all = [one, ...TYPES.map((dtype) => stored(dtype, one))];
    for (const a of all) for (const b of all) expect(sameNumbers(a, b)).toBe(true);
  });

  it('are not when one number is another, or there are more', () => {
    for (const a of [one, ...TYPES.map((dtype) => stored(dtype, one))]) {
      for (const b of [other, longer, ...TYPES.flatMap((dtype) => [stored(dtype, other), stored(dtype, longer)])]) {
        expect(sameNumbers(a, b)).toBe(false);
      }
    }
  });
});

describe('tensors below each other', () => {
  it('are one of the same numbers; of the type of their files where all have one, else of none', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(null, ...TYPES), { minLength: 1, maxLength: 4 }), (types) => {
        const parts = types.map((dtype, i) => (dtype === null ? plain(i, i + 1) : stored(dtype, plain(i, i + 1), { off: 1 })));
        const joined = below(parts);
        expect(joined.shape).toEqual([2 * types.length]);
        expect(Array.from(joined.data)).toEqual(types.flatMap((_, i) => [i, i + 1]));
        const [first] = types;
        const type = types.every((dtype) => dtype === first) ? (first ?? 'F32') : 'F32';
        expect(typeOf(joined)).toBe(type);
        const { buffer, byteOffset, byteLength } = wordsOf(joined);
        const words = new Uint8Array(buffer, byteOffset, byteLength);
        expect(Buffer.concat([...encodedPieces(joined, type)]).equals(words)).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
    expect(below([]).shape).toEqual([0]);
  });
});

describe('the beginning of a tensor', () => {
  it('is its first numbers, or all of them, from whatever file it comes', () => {
    const numbers = plain(...Array.from({ length: 9 }, (_, i) => i - 4));
    const coarse = tensorOfPieces([9], {
      type: 'Q8_0',
      *pieces() {
        yield numbers.data.slice(0, 4);
        yield numbers.data.slice(4);
      },
      finite: () => true,
    });
    for (const tensor of [numbers, coarse, ...TYPES.map((dtype) => stored(dtype, numbers, { before: 3, off: 1 }))]) {
      expect([...beginningOf(tensor, 3)]).toEqual([-4, -3, -2]);
      // of a coarse type no more than what is made at a time
      const most = tensor === coarse ? 4 : 9;
      expect(beginningOf(tensor, 100)).toEqual(numbers.data.slice(0, most));
    }
    // of several joined that come from files
    for (const dtype of TYPES) expect([...beginningOf(below([1, 2].map(() => stored(dtype, numbers))), 11)].slice(8)).toEqual([4, -4, -3]);
    expect(beginningOf(tensorOfPieces([0], { type: 'Q8_0', pieces: () => [], finite: () => true }), 3)).toHaveLength(0);
  });
});
