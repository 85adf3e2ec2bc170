/** What operations cost on WebGPU: their dispatches, and that those that work in place give back the data that they were given. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  attention,
  attentionGrad,
  cachedAttention,
  crossEntropy,
  divergence,
  rmsNorm,
  rmsNormGradGain,
  rmsNormGradX,
  rope,
  ropeAppend,
  sample,
  squaredNorm,
  swiglu,
  swigluGrad,
  tokenLogProbs,
} from '../support/at-once.ts';
import { gauges, openBackend } from '../../src/engine/backend.ts';
import { useReference } from '../../src/engine/ops/op.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';

afterEach(() => tf.disposeVariables());

describe('operations on WebGPU', () => {
  const heads = { B: 3, H: 4, K: 2, E: 8 };
  const frequencies = [1, 0.1, 0.01, 0.001];

  /** What each operation is given; all on the device already. */
  function given() {
    const on = (shape: number[]): tf.Tensor => tf.keep(tf.mul(tf.randomNormal(shape), 1));
    const [qkv, dy, x, gain] = [on([15, 64]), on([15, 32]), on([15, 32]), on([32])];
    const [keys, values] = [tf.variable(on([3, 9, 2, 8]), false), tf.variable(on([3, 9, 2, 8]), false)];
    const whole = (numbers: number[]): tf.Tensor => tf.tensor1d(numbers, 'int32');
    const [start, ids] = [whole([0, 2, 4]), whole(Array.from({ length: 15 }, (_, i) => i))];
    const support = tf.tensor2d(
      Array.from({ length: 30 }, (_, i) => i % 24),
      [15, 2],
      'int32',
    );
    const teacher = on([15, 2]);
    return { qkv, dy, x, gain, keys, values, start, ids, support, teacher, logits: on([15, 24]), uniforms: tf.mul(tf.ones([15]), 0.5) };
  }

  test.each(['registers', 'shared'] as const)('take the dispatches that they promise, with kernels of the kind %s', async (variant) => {
    await openBackend('webgpu');
    ownBackend(tf.backend()).variant = variant;
    const { qkv, dy, x, gain, keys, values, start, ids, support, teacher, logits, uniforms } = given();
    const [out, lse] = attention(qkv, heads);
    const turn = { T: 5, heads: 6, headDim: 8, frequencies, sign: 1 } as const;
    const counts: { [name: string]: number } = {};
    const count = (name: string, run: () => tf.Tensor | tf.Tensor[]): void => {
      const before = gauges()['engine/dispatches'];
      tf.dispose(run());
      counts[name] = gauges()['engine/dispatches'] - before;
    };
    count('attention', () => attention(qkv, heads));
    count('attentionGrad', () => attentionGrad(qkv, out, lse, dy, heads));
    count('ropeAppend', () => ropeAppend(qkv.clone(), keys, values, start, { ...heads, frequencies }));
    count('cachedAttention', () => cachedAttention(qkv, keys, values, start, heads));
    count('swiglu', () => swiglu(qkv));
    count('swigluGrad', () => swigluGrad(qkv, dy));
    count('rmsNorm', () => rmsNorm(x, gain, 1e-5));
    count('rmsNormGradX', () => rmsNormGradX(x, gain, dy, 1e-5, x));
    count('rmsNormGradGain', () => rmsNormGradGain(x, dy, 1e-5));
    count('tokenLogProbs', () => tokenLogProbs(logits, ids));
    count('sample', () => sample(logits, uniforms, { temperature: 0.7, topK: 5, topP: 0.9 }));
    count('squaredNorm', () => squaredNorm([qkv]));
    count('rope', () => rope(qkv, turn));
    count('ropeFrom', () => rope(qkv, turn, start));
    count('divergence', () => divergence(logits.clone(), support, teacher, { alpha: 0.5, weight: 1 }));
    count('crossEntropy', () => crossEntropy(logits, ids, 1));
    const two = ['attentionGrad', 'rmsNormGradGain', 'squaredNorm'];
    expect(counts).toEqual(Object.fromEntries(Object.keys(counts).map((name) => [name, two.includes(name) ? 2 : 1])));
  });

  test.each(['registers', 'shared'] as const)('take heads of 128 numbers, with kernels of the kind %s', async (variant) => {
    await openBackend('webgpu');
    ownBackend(tf.backend()).variant = variant;
    const wide = { B: 1, H: 2, K: 1, E: 128 };
    const [qkv, dy] = [tf.randomNormal([5, 512]), tf.randomNormal([5, 256])];
    const run = (): tf.Tensor[] => {
      const [out, lse] = attention(qkv, wide);
      return [out, lse, attentionGrad(qkv, out, lse, dy, wide)];
    };
    const actual = run();
    useReference(true);
    const expected = run();
    useReference(false);
    for (const [i, tensor] of actual.entries()) {
      expect((await tf.max(tf.abs(tf.sub(tensor, expected[i] as tf.Tensor))).data())[0]).toBeLessThan(1e-4);
    }
  });

  test.each(['registers', 'shared'] as const)('work in place where they say so, with kernels of the kind %s', async (variant) => {
    await openBackend('webgpu');
    ownBackend(tf.backend()).variant = variant;
    const { qkv, keys, values, start, ids, support, teacher, logits } = given();
    const turn = { T: 5, heads: 6, headDim: 8, frequencies, sign: 1 } as const;
    expect(rope(qkv, turn).dataId).toBe(qkv.dataId);
    expect(ropeAppend(qkv, keys, values, start, { ...heads, frequencies }).dataId).toBe(qkv.dataId);
    expect(divergence(logits, support, teacher, { alpha: 0.5, weight: 1 })[1].dataId).toBe(logits.dataId);
    expect(crossEntropy(logits, ids, 1)[1].dataId).toBe(logits.dataId);
  });
});
