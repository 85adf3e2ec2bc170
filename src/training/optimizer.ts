/**
 * AdamW over named parameters (Loshchilov and Hutter, arXiv 1711.05101), learning-rate schedules, and which parameters decay.
 * Bias corrections are float64 on the host. Knows no model and no data.
 */
import * as tf from '@tensorflow/tfjs';
import { adamW } from '../engine/ops/adamw.ts';
import type { Work } from '../engine/work.ts';

type AdamWOptions = {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global gradient norm; Infinity never clips. */
  readonly clip: number;
};

/** The moments of each parameter by its name; `step` counts the updates made. */
export type AdamWState = { readonly moments: ReadonlyMap<string, { readonly m: tf.Variable; readonly v: tf.Variable }>; step: number };

type Schedule = {
  readonly steps: number;
  readonly peak: number;
  /** Steps with a rising rate. */
  readonly warmup: number;
  readonly shape: 'constant' | 'cosine';
  /** What a cosine falls to, as a share of the peak. */
  readonly floor?: number;
};

/** The learning rate of a step, counted from 1. It rises linearly to the peak, which it has at the last warm-up step. */
export function learningRateAt(step: number, { steps, peak, warmup, shape, floor = 0 }: Schedule): number {
  if (step <= warmup) return (peak * step) / warmup;
  if (shape === 'constant') return peak;
  const progress = (step - 1 - warmup) / Math.max(1, steps - warmup);
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** Norm gains and biases are not decayed, matrices are, and with them an adapter's arena. */
function decays(name: string): boolean {
  return !/(?:norm\.weight|\.bias)$/.test(name);
}

/** Moments of zero. */
export function initAdamW(parameters: ReadonlyMap<string, tf.Variable>): AdamWState {
  const zero = (like: tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(tf.zeros(like.shape), false));
  return { moments: new Map([...parameters].map(([name, parameter]) => [name, { m: zero(parameter), v: zero(parameter) }])), step: 0 };
}

/** One update of all parameters in place. `gradients` are in the order of the parameters, `norm2` is their squared norm, a scalar. */
export function* updateAdamW(
  parameters: ReadonlyMap<string, tf.Variable>,
  gradients: readonly tf.Tensor[],
  norm2: tf.Tensor,
  state: AdamWState,
  { learningRate, ...options }: AdamWOptions & { readonly learningRate: number },
): Work<void> {
  state.step++;
  const correction1 = 1 / (1 - options.beta1 ** state.step);
  const correction2 = 1 / (1 - options.beta2 ** state.step);
  for (const [i, [name, parameter]] of [...parameters].entries()) {
    const moments = state.moments.get(name);
    const gradient = gradients[i];
    if (moments === undefined || gradient === undefined) throw new Error(`no moments or no gradient for ${name}`);
    const weightDecay = decays(name) ? options.weightDecay : 0;
    yield* adamW(parameter, moments.m, moments.v, gradient, norm2, { ...options, learningRate, weightDecay, correction1, correction2 });
  }
}

export function disposeAdamW({ moments }: AdamWState): void {
  for (const { m, v } of moments.values()) tf.dispose([m, v]);
}
