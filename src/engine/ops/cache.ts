/**
 * The key-value cache of generation: preallocated, written in place at a position of its own for each row of the batch.
 * Nothing here has a gradient.
 */
import * as tf from '@tensorflow/tfjs';
import { type HeadShape, MASKED } from './attention.ts';
import { output, scratch, simd } from '../wasm.ts';
import { defineOp, sameData } from './op.ts';
import { angleTable, rope, type RopeAttributes } from './rope.ts';

type Cached = { readonly qkv: tf.Tensor; readonly keys: tf.Tensor; readonly values: tf.Tensor; readonly start: tf.Tensor };
export type AppendAttributes = HeadShape & Pick<RopeAttributes, 'frequencies'>;

/** Writes columns `from` .. of `qkv` into one cache; the plain version of writing in place. */
function write(cache: tf.Tensor, qkv: tf.Tensor, from: number, start: tf.Tensor): void {
  const [B, N, K, E] = cache.shape as [number, number, number, number];
  const T = qkv.shape[0] / B;
  const rows = tf.reshape(tf.slice(qkv, [0, from], [B * T, K * E]), [B, T, K * E]);
  const at = tf.add(tf.reshape(start, [B, 1]), tf.reshape(tf.range(0, T, 1, 'int32'), [1, T])); // [B,T]
  const slots = tf.reshape(tf.range(0, N, 1, 'int32'), [1, N, 1]);
  const hit = tf.equal(slots, tf.reshape(at, [B, 1, T])).toFloat(); // [B,N,T]
  const kept = tf.sub(1, tf.sum(hit, -1, true)); // [B,N,1]
  const fresh = tf.add(tf.mul(tf.reshape(cache, [B, N, K * E]), kept), tf.matMul(hit, rows));
  (cache as tf.Variable).assign(tf.reshape(fresh, [B, N, K, E]));
}

const append = defineOp<Cached, AppendAttributes, [tf.Tensor]>({
  name: 'RopeAppend',
  reference: ({ qkv, keys, values, start }, { B, H, K, E, frequencies }) => {
    const turned = rope(qkv, { T: qkv.shape[0] / B, heads: H + K, headDim: E, frequencies, sign: 1 }, start);
    write(keys, turned, H * E, start);
    write(values, turned, (H + K) * E, start);
    return [turned];
  },
  kernels: {
    wasm: ({ qkv, keys, values, start }, { B, H, K, E, frequencies }, backend) => {
      const [N, T] = [keys.shape[1] as number, (qkv.shape[0] as number) / B];
      if (B > 0) simd('ropeAppend', qkv, start, angleTable(frequencies, T, start), keys, values, B, N, T, H, K, E / 2);
      return [sameData(qkv, qkv.shape, backend)];
    },
  },
});

const attend = defineOp<Cached, HeadShape, [tf.Tensor]>({
  name: 'CachedAttention',
  reference: ({ qkv, keys, values, start }, { B, H, K, E }) => {
    const N = keys.shape[1] as number;
    const T = qkv.shape[0] / B;
    const fold = (x: tf.Tensor, length: number, heads: number): tf.Tensor =>
      tf.reshape(tf.transpose(tf.reshape(x, [B, length, heads, E]), [0, 2, 1, 3]), [B * K, (heads / K) * length, E]);
    const q = fold(tf.slice(qkv, [0, 0], [B * T, H * E]), T, H); // [B*K, G*T, E]
    const scores = tf.reshape(tf.mul(tf.matMul(q, fold(keys, N, K), false, true), 1 / Math.sqrt(E)), [B, H, T, N]);
    const last = tf.add(tf.reshape(start, [B, 1, 1, 1]), tf.reshape(tf.range(0, T, 1, 'int32'), [1, 1, T, 1]));
    const hidden = tf.greater(tf.reshape(tf.range(0, N, 1, 'int32'), [1, 1, 1, N]), last);
    const P = tf.reshape(tf.softmax(tf.add(scores, tf.mul(hidden.toFloat(), MASKED))), [B * K, (H / K) * T, N]);
    const out = tf.reshape(tf.matMul(P, fold(values, N, K)), [B, H, T, E]);
    return [tf.reshape(tf.transpose(out, [0, 2, 1, 3]), [B * T, H * E])];
  },
  kernels: {
    wasm: ({ qkv, keys, values, start }, { B, H, K, E }) => {
      const [M, N] = [qkv.shape[0] as number, keys.shape[1] as number];
      const out = output([M, H * E]);
      if (B > 0) simd('cachedAttention', qkv, keys, values, start, out, B, N, M / B, H, K, E, scratch(N + 4));
      return [out];
    },
  },
});

/**
 * Turns queries and keys of `qkv` [B*T,(H+2K)E] by their positions and writes keys and values into the caches [B,N,K,E] in place:
 * the T tokens of row b go to positions start[b] .. start[b]+T-1; those at N or beyond are dropped. `start` is int32 [B], none negative.
 * Returns the turned projections; a kernel overwrites `qkv`, which must not be used afterwards.
 */
export function ropeAppend(
  qkv: tf.Tensor,
  keys: tf.Variable,
  values: tf.Variable,
  start: tf.Tensor,
  attributes: AppendAttributes,
): tf.Tensor {
  return append({ qkv, keys, values, start }, attributes)[0];
}

/**
 * The queries of `qkv` [B*T,(H+2K)E] against the caches [B,N,K,E] -> [B*T,H*E]: token t of row b reads positions 0 .. start[b]+t,
 * its own included, all below N. `start` is int32 [B].
 */
export function cachedAttention(qkv: tf.Tensor, keys: tf.Variable, values: tf.Variable, start: tf.Tensor, heads: HeadShape): tf.Tensor {
  return attend({ qkv, keys, values, start }, heads)[0];
}
