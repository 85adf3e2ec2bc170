/**
 * Causal softmax attention over whole sequences, with grouped queries: query head h reads key and value head floor(h / (H / K)).
 * Reads the stacked projections of a token, H query heads, then K key heads, then K value heads of E numbers each. Rows are padded
 * on the right, so causality alone hides the padding.
 * By-product: the log-sum-exp of each query's scores, from which the gradient rebuilds the probabilities.
 */
import * as tf from '@tensorflow/tfjs';
import { addressOf, output, scratch, simd, threadCount } from '../wasm.ts';
import { partOperations, type Work } from '../work.ts';
import { defineOp, defineSingle, type Stage } from './op.ts';

/** B sequences; H query heads, K key and value heads, E numbers a head. */
export type HeadShape = { readonly B: number; readonly H: number; readonly K: number; readonly E: number };

type AttentionInputs = { readonly qkv: tf.Tensor };
type AttentionGradInputs = AttentionInputs & { readonly out: tf.Tensor; readonly lse: tf.Tensor; readonly dy: tf.Tensor };
type Folded = HeadShape & { readonly T: number };

/** Finite, because infinities turn into NaN on some GPUs. */
export const MASKED = -1e30;

/** Columns `from` .. `from + heads * E` of [B*T,C] -> [B*K, heads/K*T, E]: the heads that share a key head stand below each other. */
function fold(x: tf.Tensor, from: number, heads: number, { B, T, K, E }: Folded): tf.Tensor {
  const part = tf.reshape(tf.slice(x, [0, from], [B * T, heads * E]), [B, T, heads, E]);
  return tf.reshape(tf.transpose(part, [0, 2, 1, 3]), [B * K, (heads / K) * T, E]);
}

/** The inverse of `fold`: -> [B*T, heads * E]. */
function unfold(x: tf.Tensor, heads: number, { B, T, E }: Folded): tf.Tensor {
  return tf.reshape(tf.transpose(tf.reshape(x, [B, heads, T, E]), [0, 2, 1, 3]), [B * T, heads * E]);
}

/** Queries, keys and values, folded. */
function split(qkv: tf.Tensor, shape: Folded): [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor] {
  const { H, K, E } = shape;
  return [fold(qkv, 0, H, shape), fold(qkv, H * E, K, shape), fold(qkv, (H + K) * E, K, shape)];
}

/** Scaled and masked scores [B*K, G*T, T]. */
function scoresOf(q: tf.Tensor, k: tf.Tensor, { T, H, E, K }: Folded): tf.Tensor {
  const order = tf.range(0, T, 1, 'float32');
  const future = tf.greater(tf.reshape(order, [1, T]), tf.reshape(order, [T, 1])).toFloat();
  const mask = tf.tile(tf.mul(future, MASKED), [H / K, 1]); // [G*T,T]
  return tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(E)), tf.expandDims(mask, 0));
}

const eight = (n: number): number => Math.ceil(n / 8) * 8;

/** Queries of one head that the CPU kernels do at a time where a whole sequence is too much. */
const BLOCK = 128;

type Part = (b: number, sequences: number, heads: readonly [number, number], queries: readonly [number, number]) => void;

/**
 * `run` does some sequences, heads and queries. Divided by sequences; where they are few or one is too much, into blocks of queries of a
 * head. With `summed` a key head gets sums over its query heads and all queries: then, for threads, into key heads.
 */
function divided({ B, T, H, K }: Folded, pairCost: number, run: Part, { summed }: { readonly summed: boolean }): Stage {
  const sequence = (H * T * T * pairCost) / 2;
  const threads = threadCount();
  const enough = threads === 1 || B >= 2 * threads;
  if (enough && sequence <= partOperations())
    return { units: B, cost: sequence, run: (b, count) => run(b, count, [0, H], [0, T]), apart: true };
  if (summed && sequence / K <= partOperations()) {
    const group = H / K;
    const each = inOrder(([b, k]) => run(b, 1, [k * group, (k + 1) * group], [0, T]), [K]);
    return { units: B * K, cost: sequence / K, run: each, apart: true };
  }
  const blocks = Math.ceil(T / BLOCK);
  const each = inOrder(([b, h, block]) => run(b, 1, [h, h + 1], [block * BLOCK, Math.min(T, (block + 1) * BLOCK)]), [H, blocks]);
  return { units: B * H * blocks, cost: BLOCK * T * pairCost, run: each, ...(summed ? {} : { apart: true }) };
}

/** Units by their places in a grid, the last side the fastest; `sides` are all but the first. */
function inOrder(run: (place: readonly [number, number, number]) => void, [second, third = 1]: readonly [number, number?]): Stage['run'] {
  return (from, count) => {
    for (let unit = from; unit < from + count; unit++)
      run([Math.floor(unit / (second * third)), Math.floor(unit / third) % second, unit % third]);
  };
}

const gradient = defineSingle<AttentionGradInputs, HeadShape>({
  name: 'AttentionGrad',
  reference: ({ qkv, out, lse, dy }, heads) => {
    const { B, H, K, E } = heads;
    const T = qkv.shape[0] / B;
    const shape = { ...heads, T };
    const [Q, keys, V] = split(qkv, shape);
    const [O, dO] = [fold(out, 0, H, shape), fold(dy, 0, H, shape)];
    const L = tf.reshape(tf.transpose(tf.reshape(lse, [B, T, H]), [0, 2, 1]), [B * K, (H / K) * T, 1]);
    const P = tf.exp(tf.sub(scoresOf(Q, keys, shape), L)); // [B*K, G*T, T]
    const inner = tf.sum(tf.mul(O, dO), -1, true); // [B*K, G*T, 1]
    const dS = tf.mul(tf.mul(P, tf.sub(tf.matMul(dO, V, false, true), inner)), 1 / Math.sqrt(E));
    const dQ = unfold(tf.matMul(dS, keys), H, shape);
    const dK = unfold(tf.matMul(dS, Q, true, false), K, shape);
    const dV = unfold(tf.matMul(P, dO, true, false), K, shape);
    return [tf.concat([dQ, dK, dV], 1)];
  },
  cpu: ({ qkv, out, lse, dy }, { B, H, K, E }) => {
    const dqkv = output(qkv.shape);
    const [T, C] = [B === 0 ? 0 : (qkv.shape[0] as number) / B, qkv.shape[1] as number];
    const part: Part = (b, sequences, heads, queries) => {
      const space = scratch(40 + 2 * eight(T) * E + T * eight(E) + 2 * BLOCK * (eight(E) + eight(T)));
      const [from, to] = [addressOf(qkv, b * T * C), addressOf(dqkv, b * T * C)];
      const [said, changed, sums] = [addressOf(out, b * T * H * E), addressOf(dy, b * T * H * E), addressOf(lse, b * T * H)];
      simd('attentionGrad', from, said, sums, changed, to, sequences, T, H, K, E, ...heads, ...queries, space);
    };
    return { outputs: [dqkv], stages: [divided({ B, H, K, E, T }, 10 * E + 60, part, { summed: true })] };
  },
});

const run = defineOp<AttentionInputs, HeadShape, [tf.Tensor, tf.Tensor]>({
  name: 'Attention',
  reference: ({ qkv }, heads) => {
    const { B, H, K } = heads;
    const T = qkv.shape[0] / B;
    const shape = { ...heads, T };
    const [q, k, v] = split(qkv, shape);
    const scores = scoresOf(q, k, shape);
    const out = unfold(tf.matMul(tf.softmax(scores), v), H, shape);
    const lse = tf.transpose(tf.reshape(tf.logSumExp(scores, -1), [B, K * (H / K), T]), [0, 2, 1]);
    return [out, tf.reshape(lse, [B * T, H])];
  },
  cpu: ({ qkv }, { B, H, K, E }) => {
    const [M, C] = qkv.shape as [number, number];
    const [out, lse] = [output([M, H * E]), output([M, H])];
    const T = B === 0 ? 0 : M / B;
    const part: Part = (b, sequences, heads, queries) => {
      const space = scratch(40 + eight(T) * E + T * eight(E) + 4 * eight(T));
      const [from, to, sums] = [addressOf(qkv, b * T * C), addressOf(out, b * T * H * E), addressOf(lse, b * T * H)];
      simd('attention', from, to, sums, sequences, T, H, K, E, ...heads, ...queries, space);
    };
    return { outputs: [out, lse], stages: [divided({ B, H, K, E, T }, 4 * E + 40, part, { summed: false })] };
  },
});

/** `qkv` [B*T,(H+2K)E] -> causal softmax(q k / sqrt(E)) v, [B*T,H*E], and the log-sum-exps [B*T,H] that the gradient needs. */
export function attention(qkv: tf.Tensor, heads: HeadShape): Work<[out: tf.Tensor, lse: tf.Tensor]> {
  return run({ qkv }, heads);
}

/** The gradient of `attention`: `dy` [B*T,H*E] -> [B*T,(H+2K)E]. */
export function attentionGrad(qkv: tf.Tensor, out: tf.Tensor, lse: tf.Tensor, dy: tf.Tensor, heads: HeadShape): Work<tf.Tensor> {
  return gradient({ qkv, out, lse, dy }, heads);
}
