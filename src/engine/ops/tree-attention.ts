/**
 * Attention in a tree of tokens (tree attention, as in arXiv 2305.09781): sequences that begin alike are read together, each token once, and
 * each sees what stands before it on its own path. Nothing here has a gradient.
 */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, scratch, simd } from '../wasm.ts';
import type { Work } from '../work.ts';
import { type HeadShape, MASKED } from './attention.ts';
import { defineSingle } from './op.ts';

/**
 * Tokens that follow each other: rows `from` .. of the queries, `length` of them. The rows of `kv` on their path stand in `paths` from `at` on:
 * `before` of those before them, then their own.
 */
export type Segment = { readonly from: number; readonly length: number; readonly at: number; readonly before: number };

/** Where the tokens of a tree stand, for kernels. */
export type TreeShape = {
  readonly segments: readonly Segment[];
  /** int32: rows of `kv`, path after path. */
  readonly paths: tf.Tensor;
  /** int32 [M,2]: for each token where its path begins in `paths`, and how many positions of it are seen. */
  readonly places: tf.Tensor;
};

type Inputs = { readonly qkv: tf.Tensor; readonly kv: tf.Tensor; readonly paths: tf.Tensor; readonly places: tf.Tensor };
export type TreeHeads = Omit<HeadShape, 'B'>;
type Attributes = TreeHeads & Pick<TreeShape, 'segments'>;

/** Queries of a segment that are done in one go, so that a long one can be divided. */
const BLOCK = 256;

const eight = (n: number): number => Math.ceil(n / 8) * 8;

/** [n, heads*E] -> [heads, n, E]. */
function byHead(x: tf.Tensor, heads: number): tf.Tensor {
  const [n, width] = x.shape as [number, number];
  return tf.transpose(tf.reshape(x, [n, heads, width / heads]), [1, 0, 2]);
}

const attend = defineSingle<Inputs, Attributes>({
  name: 'TreeAttention',
  reference: ({ qkv, kv, paths }, { H, K, E, segments }) => {
    const parts = segments.map(({ from, length, at, before }) => {
      const n = before + length;
      const seen = tf.gather(kv, tf.slice(paths, [at], [n])); // [n,2KE]
      const [keys, values] = [0, K * E].map((column) => byHead(tf.slice(seen, [0, column], [n, K * E]), K)) as [tf.Tensor, tf.Tensor];
      const q = tf.reshape(byHead(tf.slice(qkv, [from, 0], [length, H * E]), H), [K, (H / K) * length, E]);
      const last = tf.tile(tf.reshape(tf.range(before, n, 1, 'float32'), [length, 1]), [H / K, 1]);
      const hidden = tf.greater(tf.reshape(tf.range(0, n, 1, 'float32'), [1, n]), last).toFloat(); // [G*length,n]
      const scores = tf.mul(tf.matMul(q, keys, false, true), 1 / Math.sqrt(E)); // [K,G*length,n]
      const P = tf.softmax(tf.add(scores, tf.expandDims(tf.mul(hidden, MASKED), 0)));
      const out = tf.reshape(tf.matMul(P, values), [H, length, E]);
      return tf.reshape(tf.transpose(out, [1, 0, 2]), [length, H * E]);
    });
    return [parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts)];
  },
  cpu: ({ qkv, kv, paths }, { H, K, E, segments }) => {
    const [M, C] = qkv.shape as [number, number];
    const out = output([M, H * E]);
    const blocks = segments.flatMap(({ from, length, at, before }) =>
      Array.from({ length: Math.ceil(length / BLOCK) }, (_, i) => {
        const done = i * BLOCK;
        return { from: from + done, length: Math.min(BLOCK, length - done), at, before: before + done };
      }),
    );
    const pairs = blocks.reduce((sum, { length, before }) => sum + length * (before + length), 0);
    const run = (unit: number, count: number): void => {
      for (const end = unit + count; unit < end; unit++) {
        const { from, length, at, before } = blocks[Math.floor(unit / K)] as Segment;
        const n = before + length;
        const space = scratch(40 + eight(n) * E + n * eight(E) + 4 * eight(n) + 8 * E);
        const [queries, path, to] = [addressOf(qkv, from * C), addressOf(paths, at), addressOf(out, from * H * E)];
        simd('treeAttention', queries, kv, path, to, before, length, H, K, E, unit % K, space);
      }
    };
    const cost = ((H / K) * (4 * E + 40) * pairs) / Math.max(1, blocks.length);
    return { outputs: [out], stages: [{ units: K * blocks.length, cost, run, apart: true }] };
  },
});

/**
 * The queries of `qkv` [M,(H+2K)E] against keys and values `kv` [R,2KE], both turned by their positions -> [M,H*E]. Each token sees the rows
 * of `kv` on its path, its own included. The segments cover all rows of `qkv`, in ascending order.
 */
export function treeAttention(qkv: tf.Tensor, kv: tf.Tensor, { segments, paths, places }: TreeShape, heads: TreeHeads): Work<tf.Tensor> {
  const { H, K, E } = heads;
  return attend({ qkv, kv, paths, places }, { H, K, E, segments });
}
