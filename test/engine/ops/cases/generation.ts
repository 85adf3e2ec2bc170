/** The key-value cache: written where each row stands, read up to there, by one query a row or by several. */
import type * as tf from '@tensorflow/tfjs';
import { cachedAttention, ropeAppend } from '../../../support/at-once.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { HeadShape, Numbers } from '../../../support/plain-ops.ts';
import { integers, normal } from '../case.ts';
import type { Case, Input } from '../case.ts';

type Cached = Omit<HeadShape, 'B'> & { readonly N: number; readonly start: readonly number[] };

function inputsOf(label: string, { T, H, K, E, N, start }: Cached): { [name: string]: Input } {
  const B = start.length;
  return {
    qkv: normal(`${label} qkv`, [B * T, (H + 2 * K) * E]),
    keys: normal(`${label} keys`, [B, N, K, E]),
    values: normal(`${label} values`, [B, N, K, E]),
    start: integers(start),
  };
}

const title = ({ T, H, K, E, N, start }: Cached): string => `T${T} H${H}/${K} E${E} from ${start.join()} of ${N}`;

export function appendCase(shape: Cached): Case {
  const name = `ropeAppend ${title(shape)}`;
  const heads = { ...shape, B: shape.start.length, frequencies: plain.frequencies(shape.E, 1000) };
  return {
    name,
    inputs: inputsOf(name, shape),
    changed: ['keys', 'values'],
    run: ({ qkv, keys, values, start }) => [
      ropeAppend(qkv as tf.Tensor, keys as tf.Variable, values as tf.Variable, start as tf.Tensor, heads),
    ],
    plain: ({ qkv, keys, values, start }) => plain.ropeAppend(qkv as Numbers, keys as Numbers, values as Numbers, start as Numbers, heads),
  };
}

export function cachedCase(shape: Cached): Case {
  const name = `cachedAttention ${title(shape)}`;
  const heads = { ...shape, B: shape.start.length };
  return {
    name,
    inputs: inputsOf(name, shape),
    changed: ['keys', 'values'],
    run: ({ qkv, keys, values, start }) => [
      cachedAttention(qkv as tf.Tensor, keys as tf.Variable, values as tf.Variable, start as tf.Tensor, heads),
    ],
    plain: ({ qkv, keys, values, start }) => {
      const [out] = plain.cachedAttention(qkv as Numbers, keys as Numbers, values as Numbers, start as Numbers, heads);
      return [out, Array.from(keys as Numbers), Array.from(values as Numbers)];
    },
  };
}

const SHAPES: readonly Cached[] = [
  { T: 1, H: 1, K: 1, E: 2, N: 1, start: [0] },
  { T: 1, H: 6, K: 2, E: 12, N: 37, start: [0, 36, 5, 15] },
  { T: 3, H: 4, K: 2, E: 6, N: 12, start: [2, 0, 9] },
  { T: 9, H: 3, K: 3, E: 16, N: 41, start: [30] },
];

export const LARGE: readonly Case[] = [
  ...SHAPES.flatMap((shape) => [appendCase(shape), cachedCase(shape)]),
  appendCase({ T: 2, H: 2, K: 2, E: 4, N: 6, start: [0, 5, 6, 9] }), // some positions lie behind the end
];
