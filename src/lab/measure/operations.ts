/** Single operations of our engine on random numbers, to be repeated; whatever backend is open runs them. Knows no model and no clock. */
import * as tf from '@tensorflow/tfjs';
import { adamW } from '../../engine/ops/adamw.ts';
import { attention } from '../../engine/ops/attention.ts';
import { crossEntropy } from '../../engine/ops/cross-entropy.ts';
import { product } from '../../engine/ops/product.ts';
import { rmsNorm } from '../../engine/ops/rms-norm.ts';
import { now } from '../../engine/work.ts';
import type { Operation, Work } from './parts.ts';
import { EPSILON } from './shapes.ts';
import { work } from './tf-work.ts';

/** AdamW's numbers; they change nothing about its time. */
const ADAMW = {
  learningRate: 1e-3,
  weightDecay: 0,
  clip: Infinity,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  correction1: 1,
  correction2: 1,
};

/** An operation with its operands; null for a copy, which is not the engine's. */
export function operation(wanted: Operation): Work | null {
  const random = (shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', 1);
  switch (wanted.kind) {
    case 'product': {
      const { batch, M, K, N, storage } = wanted;
      const [transposeA, transposeB] = [storage === 'TN', storage === 'NT'];
      const [a, b] = [random([batch, ...(transposeA ? [K, M] : [M, K])]), random([batch, ...(transposeB ? [N, K] : [K, N])])];
      return work(() => now(product(a, b, { transposeA, transposeB })), [a, b]);
    }
    case 'attention': {
      const { B, T, H, K, E } = wanted;
      const qkv = random([B * T, (H + 2 * K) * E]);
      return work(() => now(attention(qkv, { B, H, K, E }))[0], [qkv]);
    }
    case 'rmsnorm': {
      const [x, gain] = [random([wanted.M, wanted.D]), random([wanted.D])];
      return work(() => now(rmsNorm(x, gain, EPSILON)), [x, gain]);
    }
    case 'cross-entropy': {
      const { R, V } = wanted;
      const [logits, targets] = [
        random([R, V]),
        tf.tensor1d(
          Int32Array.from({ length: R }, (_, i) => i % V),
          'int32',
        ),
      ];
      return work(() => now(crossEntropy(logits, targets, 1 / R))[0], [logits, targets]);
    }
    case 'adamw': {
      const variable = (value: tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(value));
      const [parameter, gradient] = [variable(random([wanted.floats])), random([wanted.floats])];
      const [m, v] = [variable(tf.zeros([wanted.floats])), variable(tf.zeros([wanted.floats]))];
      const norm2 = tf.scalar(1);
      const step = (): tf.Tensor => {
        now(adamW(parameter, m, v, gradient, norm2, ADAMW));
        return tf.slice(parameter, [0], [1]);
      };
      return work(step, [parameter, m, v, gradient, norm2]);
    }
    case 'tiny': {
      const one = tf.ones([2048]); // tfjs adds smaller ones without the device
      return work(() => tf.add(one, one), [one]);
    }
    case 'copy':
      return null;
    default:
      return wanted satisfies never;
  }
}
