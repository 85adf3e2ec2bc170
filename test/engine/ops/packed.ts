/** What a backend promises of packed weights: the numbers of the same operations on the unpacked ones. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { embed, linear, linearGradX, loraDown, loraLinear, loraLinearGrad } from '../../support/at-once.ts';
import { useReference } from '../../../src/engine/ops/op.ts';
import { packedMatrix, packHalves } from '../../../src/engine/packing.ts';
import { fromF16 } from '../../../src/float16.ts';
import { expectClose, normal, tensorOf } from './case.ts';

const [M, IN, OUT] = [5, 64, 26];
const PLACEMENT = { a: 4, b: 4 + 2 * 4 * IN, rank: 4, scale: 1.5, ends: [10, OUT] };
const ARENA = PLACEMENT.b + OUT * PLACEMENT.rank + 4;

/** The numbers that packed halves stand for. */
export function unpack(data: Int32Array): Float32Array {
  return Float32Array.from({ length: 2 * data.length }, (_, i) => fromF16(((data[i >> 1] as number) >>> (16 * (i & 1))) & 0xffff));
}

/** Every operation on a weight, one after the other. */
async function results(weight: tf.Tensor): Promise<Float32Array[]> {
  const [x, dy] = [tensorOf(normal('packed x', [M, IN])), tensorOf(normal('packed dy', [M, OUT]))];
  const [bias, residual] = [tensorOf(normal('packed bias', [OUT])), tensorOf(normal('packed residual', [M, OUT]))];
  const arena = tensorOf(normal('packed arena', [ARENA]));
  const gradients = tf.tidy(() => tf.variable(tf.zeros([ARENA]), false));
  const ids = tf.tensor1d([3, 0, 25, 25, -1, 26], 'int32');
  const beside = { bias, residual };
  const made = tf.tidy(() => {
    const low = loraDown(x, arena, PLACEMENT);
    return [
      linear(x, weight, beside),
      linearGradX(dy, weight),
      loraLinear(x, weight, low, arena, PLACEMENT, beside),
      loraLinearGrad(dy, x, weight, low, arena, gradients, PLACEMENT),
      embed(ids, weight),
    ];
  });
  const values = await Promise.all([...made, gradients].map(async (tensor) => (await tensor.data()) as Float32Array));
  tf.dispose([x, dy, bias, residual, arena, gradients, ids, made]);
  return values;
}

/** Registers the tests of packed weights on the backend that `open` opens; `plainOps` runs the plain versions as well. */
export function describePacked(name: string, open: () => Promise<unknown>, plainOps: boolean): void {
  const values = normal('packed weight', [OUT, IN]).values as Float32Array;
  describe(`packed weights on ${name}`, () => {
    beforeAll(open);
    afterEach(() => useReference(false));

    test('halves give the numbers of the unpacked weight', async () => {
      const packed = packHalves(values, IN);
      const weight = packedMatrix(packed, OUT, IN, 'float16');
      const plain = tf.tensor(unpack(packed), [OUT, IN]);
      const expected = await results(plain);
      const before = tf.memory().numTensors;
      for (const reference of plainOps ? [false, true] : [false]) {
        useReference(reference);
        const actual = await results(weight);
        for (const [i, numbers] of expected.entries()) expectClose(actual[i] ?? [], numbers, 1e-6);
      }
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([weight, plain]);
    });
  });
}
