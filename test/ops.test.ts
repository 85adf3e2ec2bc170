import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { linear } from '../src/engine/ops/product.ts';
import { rmsNorm } from '../src/engine/ops/rms-norm.ts';
import { startWasm } from '../src/engine/wasm.ts';
import { describeOps } from './ops-suite.ts';

describeOps('wasm', { open: startWasm });

describe('the CPU backend', () => {
  beforeAll(startWasm);

  test('can be started again without losing tensors', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    await startWasm();
    expect(Array.from(await x.data())).toEqual([1, 2, 3]);
    x.dispose();
  });

  test('never computes the gradient of a frozen weight', async () => {
    const [x, weight, gain] = [tf.ones([4, 8]), tf.ones([6, 8]), tf.ones([8])];
    const profile = await tf.profile(() =>
      tf.tidy(() => tf.grad((input: tf.Tensor) => linear(rmsNorm(input, gain, 1e-5), weight).sum())(x)),
    );
    const kernels = profile.kernelNames;
    expect(kernels).toContain('RmsNormGradX');
    expect(kernels).not.toContain('RmsNormGradGain');
    const products = profile.kernels.filter(({ name }) => name === 'Product');
    expect(products.length).toBe(2);
    tf.dispose([x, weight, gain]);
  });
});
