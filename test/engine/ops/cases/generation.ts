/** The key-value cache: written where each row stands, read up to there, by one query a row or by several; its first places may be of all rows. */
import type * as tf from '@tensorflow/tfjs';
import { cachedAttention, ropeAppend } from '../../../support/at-once.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { HeadShape, Numbers } from '../../../support/plain-ops.ts';
import { integers, normal } from '../case.ts';
import type { Case, Input } from '../case.ts';

type Cached = Omit<HeadShape, 'B'> & { readonly N: number; readonly start: readonly number[]; readonly shared?: number };

function inputsOf(label: string, { T, H, K, E, N, start, shared }: Cached): { [name: string]: Input } {
  const B = start.length;
  const places = shared === undefined ? [B, N, K, E] : [shared + B * (N - shared), K, E];
  return {
    qkv: normal(`${label} qkv`, [B * T, (H + 2 * K) * E]),
    keys: normal(`${label} keys`, places),
    values: normal(`${label} values`, places),
    start: integers(start),
  };
}

/** Each row's places one after the other, those that are shared in each, and back. */
const each = (cache: Numbers, { K, E, N, start, shared = 0 }: Cached): number[] => {
  const [all, own] = [Array.from(cache), (N - shared) * K * E];
  const before = all.slice(0, shared * K * E);
  return start.flatMap((_, b) => [...before, ...all.slice(before.length + b * own, before.length + (b + 1) * own)]);
};
const once = (rows: readonly number[], cache: Numbers, { K, E, N, start, shared = 0 }: Cached): number[] => {
  const before = shared * K * E;
  return [...Array.from(cache).slice(0, before), ...start.flatMap((_, b) => rows.slice(b * N * K * E + before, (b + 1) * N * K * E))];
};

const title = ({ T, H, K, E, N, start, shared }: Cached): string =>
  `T${T} H${H}/${K} E${E} from ${start.join()} of ${N}${shared === undefined ? '' : `, ${shared} shared`}`;

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
    plain: ({ qkv, keys, values, start }) => {
      const caches = [keys as Numbers, values as Numbers] as const;
      const [turned, ...written] = plain.ropeAppend(
        qkv as Numbers,
        each(caches[0], shape),
        each(caches[1], shape),
        start as Numbers,
        heads,
      );
      return [turned, ...written.map((rows, i) => once(rows, caches[i] as Numbers, shape))];
    },
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
      const whole = [keys, values].map((cache) => each(cache as Numbers, shape)) as [number[], number[]];
      const [out] = plain.cachedAttention(qkv as Numbers, ...whole, start as Numbers, heads);
      return [out, Array.from(keys as Numbers), Array.from(values as Numbers)];
    },
  };
}

const SHAPES: readonly Cached[] = [
  { T: 1, H: 1, K: 1, E: 2, N: 1, start: [0] },
  { T: 1, H: 6, K: 2, E: 12, N: 37, start: [0, 36, 5, 15] },
  { T: 3, H: 4, K: 2, E: 6, N: 12, start: [2, 0, 9] },
  { T: 9, H: 3, K: 3, E: 16, N: 41, start: [30] },
  { T: 1, H: 6, K: 2, E: 12, N: 37, start: [35, 36, 5, 15], shared: 5 },
  { T: 3, H: 4, K: 2, E: 6, N: 12, start: [7, 9, 8], shared: 7 },
  { T: 1, H: 2, K: 1, E: 64, N: 150, start: [149, 130], shared: 129 }, // more than one round of 64 threads
  { T: 1, H: 3, K: 1, E: 2, N: 9, start: [0, 3, 8], shared: 4 }, // a row that has ended reads what is shared
];

export const LARGE: readonly Case[] = [
  ...SHAPES.flatMap((shape) => [appendCase(shape), cachedCase(shape)]),
  appendCase({ T: 2, H: 2, K: 2, E: 4, N: 6, start: [0, 5, 6, 9] }), // some positions lie behind the end
  appendCase({ T: 2, H: 2, K: 2, E: 4, N: 8, start: [0, 2, 6, 7], shared: 3 }), // and some among those that are shared
];
