/** The loss of distillation. */
import type * as tf from '@tensorflow/tfjs';
import { divergence } from '../../../support/at-once.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { Numbers } from '../../../support/plain-ops.ts';
import { Random } from '../../../../src/random.ts';
import type { Case, Input } from '../case.ts';
import { normal } from '../case.ts';

/** The log-probabilities of a teacher over `k` tokens, as far from even as `spread` says. */
export function teacherOf(label: string, R: number, k: number, spread = 2): Input {
  const { values } = normal(label, [R, k], spread);
  const rows = Array.from({ length: R }, (_, r) => plain.logSoftmax(values.subarray(r * k, (r + 1) * k)));
  return { shape: [R, k], values: Float32Array.from(rows.flat()) };
}

/** `k` distinct tokens out of `V` for each row. */
export function supportOf(label: string, R: number, V: number, k: number): Input {
  const all = Array.from({ length: V }, (_, v) => v);
  const rows = Array.from({ length: R }, (_, r) => Random.of('ops', label, r).sample(all, k));
  return { shape: [R, k], values: Int32Array.from(rows.flat()) };
}

function divergenceCase([R, V, k]: readonly [number, number, number], alpha: number, weight: number): Case {
  const name = `divergence of ${k} of [${R},${V}], alpha ${alpha}`;
  const run = ({ logits, ids, teacher }: { readonly [name: string]: tf.Tensor }) =>
    divergence(logits as tf.Tensor, ids as tf.Tensor, teacher as tf.Tensor, { alpha, weight });
  return {
    name,
    inputs: { logits: normal(name, [R, V], 3), ids: supportOf(name, R, V, k), teacher: teacherOf(`${name} teacher`, R, k) },
    run: (tensors) => [run(tensors)[0]],
    plain: ({ logits, ids, teacher }) => [
      plain.divergence(logits as Numbers, ids as Numbers, teacher as Numbers, V, k, alpha).map((loss) => weight * loss),
    ],
    gradient: { of: ['logits'], ones: true, run: (tensors) => [run(tensors)[1]] },
  };
}

export const SMALL: readonly Case[] = [
  divergenceCase([1, 2, 2], 0.5, 1),
  divergenceCase([1, 3, 1], 0.5, 1),
  divergenceCase([4, 9, 5], 0.5, 3),
  divergenceCase([3, 9, 5], 0.2, 1),
  divergenceCase([3, 9, 9], 0, 0.25),
  divergenceCase([3, 9, 4], 1, 1),
];

/** Too large for finite differences. */
export const LARGE: readonly Case[] = [
  divergenceCase([9, 517, 100], 0.5, 0.02),
  divergenceCase([2, 512, 512], 0.9, 1),
  divergenceCase([5, 517, 65], 0, 1),
  divergenceCase([5, 517, 65], 1, 1),
];
