/** Root-mean-square normalisation with a gain (Zhang and Sennrich 2019), the only normalisation of a Llama-type decoder. */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, simd } from '../wasm.ts';
import { defineOp } from './op.ts';

type Epsilon = { readonly epsilon: number };
type RmsNormInputs = { readonly x: tf.Tensor; readonly gain: tf.Tensor };
type RmsNormGradInputs = RmsNormInputs & { readonly dy: tf.Tensor; readonly residual?: tf.Tensor };

/** [M,D] -> [M,1] */
const inverseRms = (x: tf.Tensor, epsilon: number): tf.Tensor => tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));

const gradX = defineOp<RmsNormGradInputs, Epsilon, [tf.Tensor]>({
  name: 'RmsNormGradX',
  reference: ({ x, gain, dy, residual }, { epsilon }) => {
    const r = inverseRms(x, epsilon);
    const scaled = tf.mul(dy, gain);
    const inner = tf.mean(tf.mul(scaled, x), -1, true); // [M,1]
    const dx = tf.mul(r, tf.sub(scaled, tf.mul(x, tf.mul(tf.square(r), inner))));
    return [residual === undefined ? dx : tf.add(dx, residual)];
  },
  kernels: {
    wasm: ({ x, gain, dy, residual }, { epsilon }) => {
      const [M, D] = x.shape as [number, number];
      const dx = output([M, D]);
      simd('rmsNormGradX', x, gain, dy, addressOf(residual), dx, M, D, epsilon);
      return [dx];
    },
  },
});

const gradGain = defineOp<{ readonly x: tf.Tensor; readonly dy: tf.Tensor }, Epsilon, [tf.Tensor]>({
  name: 'RmsNormGradGain',
  reference: ({ x, dy }, { epsilon }) => [tf.sum(tf.mul(dy, tf.mul(x, inverseRms(x, epsilon))), 0)],
  kernels: {
    wasm: ({ x, dy }, { epsilon }) => {
      const [M, D] = x.shape as [number, number];
      const dGain = output([D]);
      simd('rmsNormGradGain', x, dy, dGain, M, D, epsilon);
      return [dGain];
    },
  },
});

const run = defineOp<RmsNormInputs, Epsilon, [tf.Tensor]>({
  name: 'RmsNorm',
  reference: ({ x, gain }, { epsilon }) => [tf.mul(tf.mul(x, inverseRms(x, epsilon)), gain)],
  kernels: {
    wasm: ({ x, gain }, { epsilon }) => {
      const [M, D] = x.shape as [number, number];
      const y = output([M, D]);
      simd('rmsNorm', x, gain, y, M, D, epsilon);
      return [y];
    },
  },
});

/** `x` [M,D], `gain` [D] -> x / sqrt(mean(x^2) + epsilon) * gain, [M,D]. */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor, epsilon: number): tf.Tensor {
  return run({ x, gain }, { epsilon })[0];
}

/** The gradient of `rmsNorm` in x, plus `residual` [M,D] where given: what reaches x on the way around the block. */
export function rmsNormGradX(x: tf.Tensor, gain: tf.Tensor, dy: tf.Tensor, epsilon: number, residual?: tf.Tensor): tf.Tensor {
  return gradX({ x, gain, dy, ...(residual === undefined ? {} : { residual }) }, { epsilon })[0];
}

/** The gradient of `rmsNorm` in its gain, [D]. */
export function rmsNormGradGain(x: tf.Tensor, dy: tf.Tensor, epsilon: number): tf.Tensor {
  return gradGain({ x, dy }, { epsilon })[0];
}
