import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packHalves } from '../../src/engine/packing.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { fromF16, toF16 } from '../../src/float16.ts';
import { describePacked, unpack } from './ops/packed.ts';

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

  test('rows that do not divide into groups of four are refused', () => {
    expect(() => packHalves(new Float32Array(6), 6)).toThrow(RangeError);
  });
});

describePacked('wasm', startWasm, true);
