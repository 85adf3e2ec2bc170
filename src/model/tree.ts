/**
 * Sequences that begin alike as one tree of tokens, in which every token is read once: choices share their question, questions the
 * demonstrations and principles before them. What all of them begin with can be kept and read by others. A token comes out as it does in a
 * sequence by itself. Knows no text and no training.
 */
import * as tf from '@tensorflow/tfjs';
import { rope } from '../engine/ops/rope.ts';
import { type Segment, treeAttention, type TreeShape } from '../engine/ops/tree-attention.ts';
import { tidy, type Work } from '../engine/work.ts';
import { headShape, rotation, throughBlocks, type Decoder } from './decoder.ts';

/** A sequence to be read; what comes out is wanted from position `from` on. */
export type Branch = { readonly ids: readonly number[]; readonly from: number };

/** Tokens that were read before, and for each layer their keys and values [P,2KE]. */
export type Kept = { readonly ids: readonly number[]; readonly layers: readonly tf.Tensor[] };

export type TokenTree = {
  /** Tokens of what is kept that every branch begins with: they are not read again. */
  readonly known: number;
  /** The tokens that every branch begins with, known ones included, up to the first that is wanted. */
  readonly shared: readonly number[];
  /** Ids and positions of the M tokens to read. */
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly segments: readonly Segment[];
  readonly paths: Int32Array;
  readonly places: Int32Array;
  /** For each branch the tokens that are wanted, as rows of the M. */
  readonly wanted: readonly Int32Array[];
};

/** How many tokens two sequences begin with in common. */
function inCommon(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let n = 0;
  while (n < most && a[n] === b[n]) n++;
  return n;
}

/** Which of two sequences comes first: the smaller at the first difference, else the shorter. */
function compared(a: readonly number[], b: readonly number[]): number {
  const n = inCommon(a, b);
  return n === a.length || n === b.length ? a.length - b.length : (a[n] as number) - (b[n] as number);
}

/**
 * Branches as indices, in groups that are read together, at most `limit` tokens each but for one branch that is longer. What begins alike
 * comes together.
 */
export function groupsOf(branches: readonly Branch[], limit: number): readonly (readonly number[])[] {
  const idsOf = (i: number): readonly number[] => (branches[i] as Branch).ids;
  const order = [...branches.keys()].sort((a, b) => compared(idsOf(a), idsOf(b)) || a - b);
  const groups: number[][] = [];
  let tokens = Infinity;
  for (const [k, i] of order.entries()) {
    const own = idsOf(i).length - (k === 0 ? 0 : inCommon(idsOf(order[k - 1] as number), idsOf(i)));
    if (tokens + own > limit) {
      groups.push([]);
      tokens = idsOf(i).length;
    } else tokens += own;
    groups.at(-1)?.push(i);
  }
  return groups;
}

/** The tree of some branches, each with at least one token that is wanted, beside the `kept` tokens. */
export function treeOf(branches: readonly Branch[], kept: readonly number[] = []): TokenTree {
  const order = [...branches.keys()].sort((a, b) => compared((branches[a] as Branch).ids, (branches[b] as Branch).ids) || a - b);
  const inOrder = order.map((i) => branches[i] as Branch);
  const [first, last] = [inOrder[0]?.ids ?? [], inOrder.at(-1)?.ids ?? []];
  const shared = first.slice(0, Math.min(inCommon(first, last), ...branches.map(({ from }) => from)));
  const known = inCommon(shared, kept);
  const [ids, positions, paths, places]: [number[], number[], number[], number[]] = [[], [], [], []];
  const segments: Segment[] = [];
  const wanted: Int32Array[] = [];
  let path: readonly number[] = Array.from({ length: known }, (_, row) => row);
  for (const [k, branch] of inOrder.entries()) {
    const before = k === 0 ? known : inCommon((inOrder[k - 1] as Branch).ids, branch.ids);
    const from = ids.length;
    const own = branch.ids.slice(before);
    path = [...path.slice(0, before), ...own.map((_, t) => known + from + t)];
    if (own.length > 0) {
      segments.push({ from, length: own.length, at: paths.length, before });
      for (const [t, id] of own.entries()) {
        ids.push(id);
        positions.push(before + t);
        places.push(paths.length, before + t + 1);
      }
      for (const row of path) paths.push(row);
    }
    wanted[order[k] as number] = Int32Array.from(path.slice(branch.from), (row) => row - known);
  }
  return {
    known,
    shared,
    ids: Int32Array.from(ids),
    positions: Int32Array.from(positions),
    segments,
    paths: Int32Array.from(paths),
    places: Int32Array.from(places),
    wanted,
  };
}

/** A beginning that is shorter by this, or longer, is not worth to be kept instead. */
const WORTH_KEEPING = 8;

/** How many tokens all of them begin with. */
export function sharedBy(branches: readonly Branch[]): number {
  const [first, ...others] = branches.map(({ ids }) => ids);
  return first === undefined ? 0 : others.reduce((least, ids) => Math.min(least, inCommon(first, ids)), first.length);
}

/** Have its branches so much more in common than is kept that it takes the place of that? */
export function keepsMore({ known, shared }: TokenTree): boolean {
  return shared.length - known >= WORTH_KEEPING;
}

/**
 * Reads a tree -> the last layer's output x [M,D], and what its branches have in common, where it `keepsMore`; the caller disposes of both.
 * `kept` is what the tree was made beside; where something takes its place it is freed layer by layer, so that the two are never held together.
 */
export function* readTree(
  decoder: Decoder,
  tree: TokenTree,
  kept: Kept | null,
): Work<{ readonly x: tf.Tensor; readonly kept: Kept | null }> {
  const { config } = decoder;
  const { known, shared, segments } = tree;
  const { H, K, E } = headShape(config, 1);
  const [M, width] = [tree.ids.length, 2 * K * E];
  const keeps = keepsMore(tree);
  const layers: tf.Tensor[] = [];
  try {
    const x = yield* tidy(function* () {
      const positions = tf.tensor1d(tree.positions, 'int32');
      const shape: TreeShape = {
        segments,
        paths: tf.tensor1d(tree.paths, 'int32'),
        places: tf.tensor2d(tree.places, [M, 2], 'int32'),
      };
      return yield* throughBlocks(decoder, tf.tensor1d(tree.ids, 'int32'), function* (layer, projections) {
        const qkv = yield* rope(projections, rotation(config, layer, 1, 1), positions); // [M,C]
        const fresh = tf.slice(qkv, [0, H * E], [M, width]);
        const before = kept === null || known === 0 ? null : (kept.layers[layer] as tf.Tensor);
        const kv = before === null ? fresh : tf.concat([tf.slice(before, [0, 0], [known, width]), fresh]); // [known+M,2KE]
        if (keeps) layers.push(tf.keep(tf.slice(kv, [0, 0], [shared.length, width])));
        if (keeps) kept?.layers[layer]?.dispose();
        return { qkv, heads: yield* treeAttention(qkv, kv, shape, { H, K, E }), lse: null };
      });
    });
    return { x, kept: keeps ? { ids: shared, layers } : null };
  } catch (error) {
    tf.dispose([...layers, ...(keeps ? (kept?.layers.filter(({ isDisposed }) => !isDisposed) ?? []) : [])]);
    throw error;
  }
}
