/** Attention in a tree of tokens: segments that go on from the beginnings of others, after rows that were there before. */
import * as tf from '@tensorflow/tfjs';
import type { Segment } from '../../../../src/engine/ops/tree-attention.ts';
import { treeAttention } from '../../../support/at-once.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { Numbers } from '../../../support/plain-ops.ts';
import { integers, normal } from '../case.ts';
import type { Case } from '../case.ts';

/** `known` rows that were there before, and segments as their length and the path that they go on from, as rows. */
type Tree = {
  readonly H: number;
  readonly K: number;
  readonly E: number;
  readonly known: number;
  readonly branches: readonly (readonly [length: number, after: readonly number[]])[];
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

function treeCase({ H, K, E, known, branches }: Tree): Case {
  const name = `treeAttention H${H}/${K} E${E}, ${known} known, ${branches.map(([length, after]) => `${length} after ${after.length}`).join(', ')}`;
  const segments: Segment[] = [];
  const [paths, places]: [number[], number[]] = [[], []];
  let M = 0;
  for (const [length, after] of branches) {
    segments.push({ from: M, length, at: paths.length, before: after.length });
    for (let t = 0; t < length; t++) places.push(paths.length, after.length + t + 1);
    paths.push(...after, ...range(known + M, known + M + length));
    M += length;
  }
  return {
    name,
    inputs: {
      qkv: normal(`${name} qkv`, [M, (H + 2 * K) * E]),
      kv: normal(`${name} kv`, [known + M, 2 * K * E]),
      paths: integers(paths),
      places: { shape: [M, 2], values: Int32Array.from(places) },
    },
    run: ({ qkv, kv, paths, places }) => [
      treeAttention(qkv as tf.Tensor, kv as tf.Tensor, { segments, paths: paths as tf.Tensor, places: places as tf.Tensor }, { H, K, E }),
    ],
    // Each token by itself, with a cache that holds its path.
    plain: ({ qkv, kv }) => {
      const [C, width] = [(H + 2 * K) * E, 2 * K * E];
      const [queries, rows] = [Array.from(qkv as Numbers), Array.from(kv as Numbers)];
      const token = (m: number): number[] => {
        const [at, seen] = [places[2 * m] as number, places[2 * m + 1] as number];
        const cache = (column: number): number[] =>
          paths.slice(at, at + seen).flatMap((row) => rows.slice(row * width + column, row * width + column + K * E));
        const shape = { B: 1, T: 1, H, K, E };
        return plain.cachedAttention(queries.slice(m * C, (m + 1) * C), cache(0), cache(K * E), [seen - 1], shape)[0];
      };
      return [range(0, M).flatMap(token)];
    },
  };
}

export const LARGE: readonly Case[] = [
  treeCase({ H: 1, K: 1, E: 2, known: 0, branches: [[1, []]] }),
  // a beginning, two questions after it, and answers after each
  treeCase({
    H: 4,
    K: 2,
    E: 6,
    known: 0,
    branches: [
      [11, []],
      [3, range(0, 9)],
      [5, [...range(0, 9), 11, 12]],
      [1, range(0, 4)],
    ],
  }),
  treeCase({
    H: 6,
    K: 2,
    E: 12,
    known: 13,
    branches: [
      [17, range(0, 13)],
      [2, range(0, 21)],
      [9, range(0, 5)],
      [70, [...range(0, 5), 32, 33]],
    ],
  }),
  // more than is done in one go
  treeCase({
    H: 1,
    K: 1,
    E: 4,
    known: 3,
    branches: [
      [270, range(0, 3)],
      [4, range(0, 260)],
    ],
  }),
];
