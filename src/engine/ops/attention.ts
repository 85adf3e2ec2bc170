/**
 * Causal softmax attention over whole sequences, with grouped queries: query head h reads key and value head
 * floor(h / (H / KVH)). Rows are padded on the right, so causality alone hides the padding.
 * By-product: the log-sum-exp of each query's scores, from which the gradient rebuilds the probabilities.
 */
import * as tf from '@tensorflow/tfjs';
import { output, scratch, simd } from '../wasm.ts';
import { defineOp } from './op.ts';

type AttentionInputs = { readonly q: tf.Tensor; readonly k: tf.Tensor; readonly v: tf.Tensor };
type AttentionGradInputs = AttentionInputs & { readonly out: tf.Tensor; readonly lse: tf.Tensor; readonly dy: tf.Tensor };
type Shape = { readonly B: number; readonly T: number; readonly H: number; readonly Dh: number; readonly KVH: number };

/** Finite, because infinities turn into NaN on some GPUs. */
const MASKED = -1e30;

function shapeOf(q: tf.TensorInfo, k: tf.TensorInfo): Shape {
  const [B, T, H, Dh] = q.shape as [number, number, number, number];
  return { B, T, H, Dh, KVH: k.shape[2] as number };
}

const eight = (n: number): number => Math.ceil(n / 8) * 8;

/** [B,T,H,Dh] -> [B*KVH, G*T, Dh]: the query heads of one key head stand below each other. */
function foldHeads(x: tf.Tensor, { B, T, H, Dh, KVH }: Shape): tf.Tensor {
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B * KVH, (H / KVH) * T, Dh]);
}

/** The inverse of `foldHeads` for `heads` heads. */
function unfoldHeads(x: tf.Tensor, { B, T, Dh }: Shape, heads: number): tf.Tensor {
  return tf.transpose(tf.reshape(x, [B, heads, T, Dh]), [0, 2, 1, 3]);
}

/** [B,T,KVH,Dh] -> [B*KVH,T,Dh] */
function foldKeys(x: tf.Tensor, { B, T, Dh, KVH }: Shape): tf.Tensor {
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B * KVH, T, Dh]);
}

/** Scaled and masked scores [B*KVH, G*T, T]. */
function scoresOf(q: tf.Tensor, k: tf.Tensor, { T, H, Dh, KVH }: Shape): tf.Tensor {
  const order = tf.range(0, T, 1, 'float32');
  const future = tf.greater(tf.reshape(order, [1, T]), tf.reshape(order, [T, 1])).toFloat();
  const mask = tf.tile(tf.mul(future, MASKED), [H / KVH, 1]); // [G*T,T]
  return tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(Dh)), tf.expandDims(mask, 0));
}

const gradient = defineOp<AttentionGradInputs, object, [tf.Tensor, tf.Tensor, tf.Tensor]>({
  name: 'AttentionGrad',
  reference: ({ q, k, v, out, lse, dy }) => {
    const shape = shapeOf(q, k);
    const { B, T, H, Dh, KVH } = shape;
    const [Q, K, V, dO] = [foldHeads(q, shape), foldKeys(k, shape), foldKeys(v, shape), foldHeads(dy, shape)];
    const L = tf.reshape(tf.transpose(lse, [0, 2, 1]), [B * KVH, (H / KVH) * T, 1]);
    const P = tf.exp(tf.sub(scoresOf(Q, K, shape), L)); // [B*KVH, G*T, T]
    const inner = tf.sum(tf.mul(foldHeads(out, shape), dO), -1, true); // [B*KVH, G*T, 1]
    const dS = tf.mul(tf.mul(P, tf.sub(tf.matMul(dO, V, false, true), inner)), 1 / Math.sqrt(Dh));
    return [
      unfoldHeads(tf.matMul(dS, K), shape, H),
      unfoldHeads(tf.matMul(dS, Q, true, false), shape, KVH),
      unfoldHeads(tf.matMul(P, dO, true, false), shape, KVH),
    ];
  },
  kernels: {
    wasm: ({ q, k, v, out, lse, dy }) => {
      const { B, T, H, Dh, KVH } = shapeOf(q, k);
      const [dq, dk, dv] = [output(q.shape), output(k.shape), output(v.shape)];
      const space = scratch(40 + 2 * eight(T) * Dh + 3 * T * eight(Dh) + 2 * T * eight(T));
      simd('attentionGrad', q, k, v, out, lse, dy, dq, dk, dv, B, T, H, KVH, Dh, space);
      return [dq, dk, dv];
    },
  },
});

const run = defineOp<AttentionInputs, object, [tf.Tensor, tf.Tensor]>({
  name: 'Attention',
  reference: ({ q, k, v }) => {
    const shape = shapeOf(q, k);
    const { B, T, H } = shape;
    const scores = scoresOf(foldHeads(q, shape), foldKeys(k, shape), shape);
    const out = unfoldHeads(tf.matMul(tf.softmax(scores), foldKeys(v, shape)), shape, H);
    const lse = tf.transpose(tf.reshape(tf.logSumExp(scores, -1), [B, H, T]), [0, 2, 1]);
    return [out, lse];
  },
  saves: ['q', 'k', 'v'],
  savesOutputs: 2,
  gradient: (dy, { inputs: { q, k, v }, outputs: [out, lse] }) => {
    const [dq, dk, dv] = gradient({ q, k, v, out, lse, dy }, {});
    return { q: () => dq, k: () => dk, v: () => dv };
  },
  kernels: {
    wasm: ({ q, k, v }) => {
      const { B, T, H, Dh, KVH } = shapeOf(q, k);
      const [out, lse] = [output(q.shape), output([B, T, H])];
      const space = scratch(40 + eight(T) * Dh + T * eight(Dh) + 4 * eight(T));
      simd('attention', q, k, v, out, lse, B, T, H, KVH, Dh, space);
      return [out, lse];
    },
  },
});

/** `q` [B,T,H,Dh], `k` and `v` [B,T,KVH,Dh] -> causal softmax(q k / sqrt(Dh)) v, [B,T,H,Dh]. By-product lse is [B,T,H]. */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const [out, lse] = run({ q, k, v }, {});
  lse.dispose(); // the tape, if it is on, keeps its own reference
  return out;
}
