/** Root-mean-square normalisation with a gain (Zhang and Sennrich 2019), the only normalisation of a Llama-type decoder. */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineSingle } from './op.ts';

type Epsilon = { readonly epsilon: number };
type RmsNormInputs = { readonly x: tf.Tensor; readonly gain: tf.Tensor };
type RmsNormGradInputs = RmsNormInputs & { readonly dy: tf.Tensor; readonly residual?: tf.Tensor };

/** [M,D] -> [M,1] */
const inverseRms = (x: tf.Tensor, epsilon: number): tf.Tensor => tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));

const gradX = defineSingle<RmsNormGradInputs, Epsilon>({
  name: 'RmsNormGradX',
  reference: ({ x, gain, dy, residual }, { epsilon }) => {
    const r = inverseRms(x, epsilon);
    const scaled = tf.mul(dy, gain);
    const inner = tf.mean(tf.mul(scaled, x), -1, true); // [M,1]
    const dx = tf.mul(r, tf.sub(scaled, tf.mul(x, tf.mul(tf.square(r), inner))));
    return [residual === undefined ? dx : tf.add(dx, residual)];
  },
  cpu: ({ x, gain, dy, residual }, { epsilon }) => {
    const [M, D] = x.shape as [number, number];
    const dx = output([M, D]);
    const run = (m: number, rows: number): void => {
      const [from, dFrom, added, to] = [x, dy, residual, dx].map((tensor) => addressOf(tensor, m * D)) as [number, number, number, number];
      simd('rmsNormGradX', from, gain, dFrom, added, to, rows, D, epsilon);
    };
    return { outputs: [dx], stages: [{ units: M, cost: 16 * D, run, apart: true }] };
  },
});

const gradGain = defineSingle<{ readonly x: tf.Tensor; readonly dy: tf.Tensor }, Epsilon>({
  name: 'RmsNormGradGain',
  reference: ({ x, dy }, { epsilon }) => [tf.sum(tf.mul(dy, tf.mul(x, inverseRms(x, epsilon))), 0)],
  cpu: ({ x, dy }, { epsilon }) => {
    const [M, D] = x.shape as [number, number];
    const dGain = output([D]);
    const run = (): void => void simd('rmsNormGradGain', x, dy, dGain, M, D, epsilon);
    return { outputs: [dGain], stages: [{ units: 1, cost: 8 * M * D, run }] };
  },
});

const run = defineSingle<RmsNormInputs, Epsilon>({
  name: 'RmsNorm',
  reference: ({ x, gain }, { epsilon }) => [tf.mul(tf.mul(x, inverseRms(x, epsilon)), gain)],
  cpu: ({ x, gain }, { epsilon }) => {
    const [M, D] = x.shape as [number, number];
    const y = output([M, D]);
    const run = (m: number, rows: number): void => void simd('rmsNorm', addressOf(x, m * D), gain, addressOf(y, m * D), rows, D, epsilon);
    return { outputs: [y], stages: [{ units: M, cost: 8 * D, run, apart: true }] };
  },
});

/** `x` [M,D], `gain` [D] -> x / sqrt(mean(x^2) + epsilon) * gain, [M,D]. */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor, epsilon: number): Work<tf.Tensor> {
  return run({ x, gain }, { epsilon });
}

/** The gradient of `rmsNorm` in x, plus `residual` [M,D] where given: what reaches x on the way around the block. */
export function rmsNormGradX(x: tf.Tensor, gain: tf.Tensor, dy: tf.Tensor, epsilon: number, residual?: tf.Tensor): Work<tf.Tensor> {
  return gradX({ x, gain, dy, ...(residual === undefined ? {} : { residual }) }, { epsilon });
}

/** The gradient of `rmsNorm` in its gain, [D]. */
export function rmsNormGradGain(x: tf.Tensor, dy: tf.Tensor, epsilon: number): Work<tf.Tensor> {
  return gradGain({ x, dy }, { epsilon });
}
