import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { fromF16, toBF16, toF16 } from '../../src/float16.ts';
import { readSafetensors, safetensorsPieces, type StoredTensor, writeSafetensors } from '../../src/files/safetensors.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures', name)));

/** A file with a header given as text. */
function file(header: string, data = 0): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function code(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'accepted';
}

const bits = (data?: Float32Array<ArrayBuffer>) => data && Array.from(new Uint32Array(data.buffer, data.byteOffset, data.length));

const tensor = fc
  .array(fc.nat(3), { maxLength: 3 })
  .chain((shape) =>
    fc
      .float32Array({ minLength: shape.reduce((a, b) => a * b, 1), maxLength: shape.reduce((a, b) => a * b, 1) })
      .map((data): StoredTensor => ({ shape, data: Float32Array.from(data) })),
  );
const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text !== '__proto__' && text !== '__metadata__');
const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 5 }).map((entries) => new Map(entries));

describe('safetensors files', () => {
  it('come back as they were written, to the last bit', () => {
    fc.assert(
      fc.property(tensors, (written) => {
        const read = readSafetensors(writeSafetensors(written)).tensors;
        expect(new Set(read.keys())).toEqual(new Set(written.keys()));
        for (const [key, { shape, data }] of written) {
          expect(read.get(key)?.shape).toEqual(shape);
          expect(bits(read.get(key)?.data)).toEqual(bits(data));
        }
      }),
    );
  });

  it('are the same bytes whatever the order of the tensors', () => {
    fc.assert(
      fc.property(tensors, (written) => {
        expect(writeSafetensors(new Map([...written].toReversed()))).toEqual(writeSafetensors(written));
      }),
    );
  });

  it('come piece by piece as the same bytes, from numbers and from files of any type', () => {
    const types = fc.constantFrom('F32', 'F16', 'BF16' as const);
    const joined = (pieces: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...pieces]));
    fc.assert(
      fc.property(tensors, types, types, (numbers, from, dtype) => {
        const file = readSafetensors(writeSafetensors(numbers, { dtype: from })).tensors;
        for (const written of [numbers, file])
          expect(joined(safetensorsPieces(written, { dtype }))).toEqual(writeSafetensors(written, { dtype }));
        // what is of the type already comes out as it is
        expect(writeSafetensors(file, { dtype: from })).toEqual(writeSafetensors(numbers, { dtype: from }));
      }),
    );
    const large = new Map([['a', { shape: [3, 1_000_000], data: Float32Array.from({ length: 3_000_000 }, Math.sin) }]]);
    for (const dtype of ['F32', 'BF16'] as const) {
      const pieces = [...safetensorsPieces(large, { dtype })];
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 22);
      expect(readSafetensors(joined(pieces)).tensors.get('a')?.data.length).toBe(3_000_000);
    }
  });

  it('are refused before their first byte where a number is no longer one in their type, if that is asked for', () => {
    const large = new Map([
      ['a', { shape: [2], data: Float32Array.of(1, 2) }],
      ['b', { shape: [3], data: Float32Array.of(0, -7e4, 3) }],
    ]);
    const written = (dtype: 'F32' | 'F16' | 'BF16', within: boolean) => [...safetensorsPieces(large, { dtype, within })].length;
    expect(() => written('F16', true)).toThrow(
      expect.objectContaining({ code: 'EXPORT_RANGE', detail: 'b has a number that is too large for F16' }),
    );
    expect(code(() => writeSafetensors(large, { dtype: 'F16', within: true }))).toBe('EXPORT_RANGE');
    for (const [dtype, within] of [
      ['F16', false],
      ['BF16', true],
      ['F32', true],
    ] as const)
      expect(written(dtype, within)).toBe(3);
  });

  it('cut off anywhere are refused as incomplete', () => {
    fc.assert(
      fc.property(tensors, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (written, share) => {
        const bytes = writeSafetensors(written);
        expect(code(() => readSafetensors(bytes.subarray(0, Math.floor(share * bytes.length))))).toBe('MODEL_TRUNCATED');
      }),
    );
  });

  it('with a damaged byte are refused, or give the identical tensors', () => {
    fc.assert(
      fc.property(tensors, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, place, flip) => {
        const bytes = writeSafetensors(written);
        const intact = readSafetensors(bytes);
        bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ flip;
        let damaged;
        try {
          damaged = readSafetensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          return;
        }
        expect(damaged.tensors).toEqual(intact.tensors);
      }),
      { numRuns: 3000 },
    );
  });

  it('made of any bytes give an error with a code, never another one', () => {
    const header = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"a"', ':', ',', '0', '4', '"dtype"', '"F32"', ' ') }),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 64 }),
          header.map((text) => file(text, 4)),
        ),
        (bytes) => {
          code(() => readSafetensors(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are not written with another number of numbers than their shape says', () => {
    const wrong = new Map([['w', { shape: [2, 2], data: new Float32Array(3) }]]);
    expect(() => writeSafetensors(wrong)).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT', detail: 'w: 3 numbers do not have shape [2,2]' }),
    );
  });

  it('keep what is written beside the tensors, whatever it is called', () => {
    const metadata = { zebra: '1', about: '2', 'SOFT.round': '3' };
    for (const given of [metadata, Object.fromEntries(Object.entries(metadata).toReversed())]) {
      const bytes = writeSafetensors(new Map([['w', { shape: [1], data: new Float32Array(1) }]]), { metadata: given });
      expect(Object.fromEntries(readSafetensors(bytes).metadata)).toEqual({ format: 'pt', ...metadata });
    }
  });

  it('name the file in a refusal, and let an error of the program through as it is', () => {
    expect(() => readSafetensors(new Uint8Array(3), 'model.safetensors')).toThrow(
      expect.objectContaining({ code: 'MODEL_TRUNCATED', detail: expect.stringMatching(/^model\.safetensors: 3 bytes/) as string }),
    );
    const long = '"'.concat('x'.repeat(5000), '"');
    expect(() => readSafetensors(file(`{${long}:1}`))).toThrow(
      expect.objectContaining({ code: 'MODEL_FORMAT', detail: expect.stringMatching(/^.{0,600}\.\.\.$/s) as string }),
    );
    expect(() => readSafetensors(undefined as unknown as Uint8Array)).toThrow(TypeError);
  });

  const one = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  it.each([
    ['accepted', 'spaces before the header', ` {${one}}`],
    ['accepted', 'white space after the header', `{${one}} \t\n`],
    ['MODEL_FORMAT', 'two tensors with one name', `{${one},${one}}`],
    ['MODEL_FORMAT', 'one name spelled in two ways', `{${one},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`],
    ['MODEL_FORMAT', 'a metadata key twice', `{"__metadata__":{"k":"1","k":"1"},${one}}`],
    ['MODEL_FORMAT', 'metadata that is no text', `{"__metadata__":{"k":1},${one}}`],
    ['MODEL_FORMAT', 'metadata that is a list', `{"__metadata__":["k"],${one}}`],
    ['MODEL_FORMAT', 'a header nested without end', `{"a":${'['.repeat(9)}0${']'.repeat(9)}}`],
    ['MODEL_FORMAT', 'a field too many', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}'],
    ['MODEL_FORMAT', 'an entry as a list', '{"a":["F32",[1],[0,4]]}'],
    ['MODEL_FORMAT', 'an offset with a fraction', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}}'],
    ['MODEL_FORMAT', 'a negative size', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'],
    ['MODEL_FORMAT', 'a size that overflows', '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}'],
    ['MODEL_FORMAT', 'whole numbers', '{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}'],
    ['MODEL_FORMAT', 'a lone surrogate', '{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'],
    ['MODEL_FORMAT', 'NUL after the header', `{${one}}\u0000`],
    ['MODEL_FORMAT', 'a byte order mark', `\ufeff{${one}}`],
    ['MODEL_FORMAT', 'a hole', '{"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}'],
    ['MODEL_FORMAT', 'an overlap', `{${one},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}`],
    ['MODEL_FORMAT', 'bytes after the last tensor', '{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}'],
    ['MODEL_FORMAT', 'a comma too many', `{${one},}`],
    ['MODEL_FORMAT', 'a name like __proto__', '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'],
  ])('%s: %s', (expected, _, header) => {
    expect(code(() => readSafetensors(file(header, 4)))).toBe(expected);
  });

  it('read what the reference library wrote in float32, float16 and bfloat16', () => {
    const { tensors, metadata } = readSafetensors(fixture('reference.safetensors'));
    expect([...metadata]).toEqual([['format', 'pt']]);
    const values = [0, -0, 1, -1.5, 0.333251953125, 65504, 6.103515625e-5, 5.960464477539063e-8];
    expect([...(tensors.get('half')?.data ?? [])]).toEqual(values);
    expect([...(tensors.get('single')?.data ?? [])]).toEqual(values);
    expect(tensors.get('brain')?.shape).toEqual([2, 4]);
    expect([...(tensors.get('brain')?.data ?? [])]).toEqual([0, -0, 1, -1.5, 0.333984375, 65536, 6.103515625e-5, 5.960464477539063e-8]);
    expect(tensors.get('scalar')).toEqual({ shape: [], data: Float32Array.of(7) });
    expect(tensors.get('empty')).toEqual({ shape: [0, 3], data: new Float32Array() });
  });
});

describe('half precision', () => {
  it('keeps every value that float16 has', () => {
    for (let half = 0; half < 65536; half++) {
      if ((half & 0x7fff) > 0x7c00) expect(fromF16(half)).toBeNaN();
      else expect(toF16(fromF16(half))).toBe(half);
    }
  });

  it('rounds to the nearest value, ties to even', () => {
    const finite = Array.from({ length: 0x7c00 }, (_, half) => fromF16(half));
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65504, noNaN: true }), (value) => {
        const half = toF16(value);
        const error = Math.abs(fromF16(half) - value);
        for (const other of [half - 1, half + 1]) {
          const distance = Math.abs((finite[other] ?? Infinity) - value);
          if (distance < error || (distance === error && half % 2 === 1)) throw new Error(`${value} became ${fromF16(half)}`);
        }
      }),
    );
    expect([toF16(65519.996), toF16(65520), toF16(-Infinity), toBF16(1.00390625), toBF16(1.01171875)]).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x3f80, 0x3f82,
    ]);
    expect(toBF16(NaN) & 0x7fff).toBeGreaterThan(0x7f80);
  });
});
