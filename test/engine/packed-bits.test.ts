/** Weights packed as their file has them give, on the CPU, the bits of the same weights as float32. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { embed, linear, linearGradX, loraDown, loraLinear, loraLinearGrad } from '../support/at-once.ts';
import { formOf, packedMatrix } from '../../src/engine/packing.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { tensorOver, wordsOf, type FloatType } from '../../src/files/floats.ts';
import { Random } from '../../src/random.ts';

const TYPES = [
  { type: 'BF16', form: 'bfloat16', exponent: 0x7f80 },
  { type: 'F16', form: 'float16', exponent: 0x7c00 },
] as const;

type Both = { readonly packed: tf.Tensor; readonly plain: tf.Tensor };

/** A matrix of these halves, packed and not. */
function both(halves: Uint16Array<ArrayBuffer>, rows: number, columns: number, type: Exclude<FloatType, 'F32'>): Both {
  const stored = tensorOver([rows, columns], type, new Uint8Array(halves.buffer));
  return {
    packed: packedMatrix(wordsOf(stored), rows, columns, type === 'F16' ? 'float16' : 'bfloat16'),
    plain: tf.tensor2d(stored.data, [rows, columns]),
  };
}

/** Halves with bits of every kind: mostly of the size of weights, some subnormal, zero, or very large. */
function drawHalves(seed: number, count: number, exponent: number): Uint16Array<ArrayBuffer> {
  const random = Random.of('halves', `${seed}`);
  const usual = exponent === 0x7c00 ? 0x2800 : 0x3d00;
  return Uint16Array.from({ length: count }, () => {
    const bits = random.int(65_536);
    if (random.int(4) > 0) return (bits & 0x80ff) | usual;
    return (bits & exponent) === exponent ? bits & ~exponent : bits;
  });
}

/** Fails at the first number that differs in a bit; what is not a number has no bits to compare. */
async function expectSameBits(actual: readonly tf.Tensor[], expected: readonly tf.Tensor[]): Promise<void> {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, tensor] of actual.entries()) {
    const [got, wanted] = [await tensor.data(), await (expected[i] as tf.Tensor).data()];
    expect([i, got.findIndex((value, at) => !Object.is(value, wanted[at]))]).toEqual([i, -1]);
  }
}

describe.each(TYPES)('a $form weight on the CPU', ({ type, form, exponent }) => {
  beforeAll(startWasm);

  it('is unpacked right, whatever finite number it holds', async () => {
    const finite = Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => (bits & exponent) !== exponent);
    const columns = 4;
    const rows = finite.length / columns;
    const { packed, plain } = both(Uint16Array.from(finite), rows, columns, type);
    const ids = tf.range(0, rows, 1, 'int32');
    // by look-up, and as a product with 1 from few rows and from many, where it is turned, and where it is not
    const [one, three] = [tf.eye(4, 4), tf.tidy(() => tf.slice(tf.eye(4, 4), [0, 0], [3, 4]))];
    const readings = (weight: tf.Tensor): tf.Tensor[] => [embed(ids, weight), linear(three, weight), linear(one, weight)];
    const [actual, expected] = [readings(packed), readings(plain)];
    await expectSameBits(actual, expected);
    await expectSameBits(actual.slice(0, 1), [plain]);
    tf.dispose([packed, plain, ids, one, three, actual, expected]);
  });

  it('gives every product the bits of the same weight in float32, whatever the shape', async () => {
    const shape = fc.record({
      M: fc.integer({ min: 1, max: 9 }),
      into: fc.integer({ min: 1, max: 80 }).map((quarter) => 4 * quarter),
      out: fc.integer({ min: 1, max: 290 }),
      seed: fc.integer({ min: 0, max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ M, into, out, seed }) => {
        const before = tf.memory().numTensors;
        const { packed, plain } = both(drawHalves(seed, out * into, exponent), out, into, type);
        expect(formOf(packed)).toBe(form);
        const random = Random.of('packed', `${seed}`);
        const floats = (...sides: number[]): tf.Tensor =>
          tf.tensor(
            Float32Array.from({ length: sides.reduce((a, b) => a * b) }, () => random.normal()),
            sides,
          );
        const placement = { a: 0, b: 2 * into, rank: 2, scale: 1.5, ends: [out] };
        const size = 2 * (into + out);
        const [x, dy, residual, bias, arena] = [floats(M, into), floats(M, out), floats(M, out), floats(out), floats(size)];
        const ids = tf.tensor1d([out - 1, 0, -1, out], 'int32');
        const results = (weight: tf.Tensor): tf.Tensor[] => {
          const low = loraDown(x, arena, placement);
          const gradients = tf.tidy(() => tf.variable(tf.zeros([size]), false));
          return [
            linear(x, weight),
            linear(x, weight, { bias, residual }),
            linearGradX(dy, weight),
            loraLinear(x, weight, low, arena, placement, { bias, residual }),
            loraLinearGrad(dy, x, weight, low, arena, gradients, placement),
            embed(ids, weight),
            low,
            gradients,
          ];
        };
        const [actual, expected] = [results(packed), results(plain)];
        await expectSameBits(actual, expected);
        tf.dispose([packed, plain, x, dy, residual, bias, arena, ids, actual, expected]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 40 },
    );
  });
});

describe('an int32 tensor', () => {
  beforeAll(startWasm);

  it('is no weight unless it was packed, so that nobody takes one form of halves for the other', () => {
    const other = tf.zeros([4, 4], 'int32');
    expect(() => formOf(other)).toThrow(RangeError);
    other.dispose();
  });
});
