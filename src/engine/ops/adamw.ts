/** The optimiser's arithmetic: the norm of all gradients and one AdamW update in place (Loshchilov and Hutter 2019). */
import * as tf from '@tensorflow/tfjs';
import { addressOf, float32View, output, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { defineOp, defineSingle } from './op.ts';

export type AdamWSettings = {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients are scaled so that their common norm is at most this. */
  readonly clip: number;
  /** 1 / (1 - beta1^t) and 1 / (1 - beta2^t) at step t, from 1. */
  readonly correction1: number;
  readonly correction2: number;
};

/** Numbers that are summed or updated in one go. */
const PART = 2 ** 20;

type AdamWInputs = {
  readonly parameter: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly norm2: tf.Tensor;
};

const norm = defineSingle<{ readonly [name: string]: tf.Tensor }, object>({
  name: 'SquaredNorm',
  reference: (gradients) => [
    Object.values(gradients)
      .map((g): tf.Tensor => tf.sum(tf.square(g)))
      .reduce((sum, next) => tf.add(sum, next), tf.scalar(0)),
  ],
  cpu: (gradients) => {
    const sum = output([]);
    let total = 0;
    const stages = Object.values(gradients).map((gradient) => {
      const n = tf.util.sizeFromShape(gradient.shape);
      const run = (from: number, count: number): void => {
        for (let part = from; part < from + count; part++) {
          total += simd('squaredNorm', addressOf(gradient, part * PART), Math.min(PART, n - part * PART));
        }
      };
      return { units: Math.ceil(n / PART), cost: 8 * Math.min(PART, n), run };
    });
    const end = { units: 1, cost: 1, run: () => void (float32View(sum)[0] = total) };
    return { outputs: [sum], stages: [...stages, end] };
  },
});

const update = defineOp<AdamWInputs, AdamWSettings, []>({
  name: 'AdamW',
  reference: ({ parameter, m, v, gradient, norm2 }, settings) => {
    const { learningRate, beta1, beta2, epsilon, weightDecay, clip, correction1, correction2 } = settings;
    const finite = tf.isFinite(norm2);
    const g = tf.mul(gradient, tf.minimum(1, tf.mul(clip, tf.rsqrt(tf.add(norm2, 1e-30)))));
    const nextM = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1));
    const nextV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2));
    const step = tf.div(tf.mul(nextM, correction1), tf.add(tf.sqrt(tf.mul(nextV, correction2)), epsilon));
    const nextP = tf.sub(parameter, tf.mul(tf.add(step, tf.mul(parameter, weightDecay)), learningRate));
    const put = (variable: tf.Tensor, next: tf.Tensor): void => (variable as tf.Variable).assign(tf.where(finite, next, variable));
    put(m, nextM);
    put(v, nextV);
    put(parameter, nextP);
    return [];
  },
  cpu: ({ parameter, m, v, gradient, norm2 }, settings) => {
    const { learningRate, beta1, beta2, epsilon, weightDecay, clip, correction1, correction2 } = settings;
    const square = float32View(norm2)[0] as number;
    if (!Number.isFinite(square)) return { outputs: [], stages: [] };
    const scale = Math.min(1, clip / Math.sqrt(square));
    const n = tf.util.sizeFromShape(parameter.shape);
    const rates = [scale, learningRate, beta1, beta2, 1 - beta1, 1 - beta2, epsilon, weightDecay, correction1, correction2];
    const run = (part: number, count: number): void => {
      const from = part * PART;
      const places = [parameter, m, v, gradient].map((tensor) => addressOf(tensor, from));
      simd('adamW', ...places, Math.min(n - from, count * PART), ...rates);
    };
    return { outputs: [], stages: [{ units: Math.ceil(n / PART), cost: 40 * Math.min(PART, n), run, apart: true }] };
  },
});

/** The sum of the squares of all elements of all `gradients`, a scalar. */
export function squaredNorm(gradients: readonly tf.Tensor[]): Work<tf.Tensor> {
  return norm(Object.fromEntries(gradients.map((gradient, i) => [`g${i}`, gradient])), {});
}

/**
 * Updates `parameter` and its moments `m` and `v` in place; `norm2` is the squared norm of all gradients of the step.
 * Changes nothing where `norm2` is not finite.
 */
export function adamW(
  parameter: tf.Variable,
  m: tf.Variable,
  v: tf.Variable,
  gradient: tf.Tensor,
  norm2: tf.Tensor,
  settings: AdamWSettings,
): Work<[]> {
  return update({ parameter, m, v, gradient, norm2 }, settings);
}
