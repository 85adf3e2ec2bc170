import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packBytes, packHalves, unpack } from '../../src/engine/packing.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { fromF16, toF16 } from '../../src/float16.ts';
import { describePacked } from './ops/packed.ts';

describe('packing on the host', () => {
  test('halves are float16, rounded to nearest, ties to even', () => {
    const hard = [
      0,
      -0,
      1,
      -1,
      65504,
      65519,
      65520,
      1e9,
      -1e9,
      2 ** -24,
      2 ** -25,
      3 * 2 ** -25,
      2 ** -14,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      0.1,
    ];
    const got = unpack(packHalves(Float32Array.from(hard), 4));
    expect(Array.from(got)).toEqual(hard.map((value) => fromF16(toF16(Math.fround(value)))));
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 4, maxLength: 4 }), (values) => {
        expect(Array.from(unpack(packHalves(Float32Array.from(values), 4)))).toEqual(values.map((value) => fromF16(toF16(value))));
      }),
    );
  });

  test('bytes are within half a step of the largest of their group, which is exact', () => {
    const values = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i * 1.3) * 2 ** Math.floor(i / 32));
    const { data, scales } = packBytes(values, 64);
    const got = unpack({ data, scales });
    for (const [i, value] of values.entries()) {
      expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(((scales[Math.floor(i / 32)] as number) * 1.0001) / 2);
    }
    for (let group = 0; group < 4; group++) {
      const part = (all: Float32Array): Float32Array => all.subarray(32 * group, 32 * group + 32).map(Math.abs);
      expect(Math.max(...part(got))).toBeCloseTo(Math.max(...part(values)), 6);
    }
  });

  test('a group of zeros stays zero', () => {
    expect(Array.from(unpack(packBytes(new Float32Array(32), 32)))).toEqual(Array.from({ length: 32 }, () => 0));
  });

  test('rows that do not divide into words or groups are refused', () => {
    expect(() => packHalves(new Float32Array(6), 6)).toThrow(RangeError);
    expect(() => packBytes(new Float32Array(16), 16)).toThrow(RangeError);
  });
});

describePacked('wasm', startWasm, true);
