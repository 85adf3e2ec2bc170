/**
 * The key-value cache of generation: preallocated, written in place at a position of its own for each row of the batch.
 * Nothing here has a gradient.
 */
import * as tf from '@tensorflow/tfjs';
import { output, scratch, simd } from '../wasm.ts';
import { defineOp } from './op.ts';

type AppendInputs = { readonly cache: tf.Tensor; readonly rows: tf.Tensor; readonly start: tf.Tensor };
type CachedInputs = { readonly q: tf.Tensor; readonly keys: tf.Tensor; readonly values: tf.Tensor; readonly lengths: tf.Tensor };

/** Finite, because infinities turn into NaN on some GPUs. */
const MASKED = -1e30;

const append = defineOp<AppendInputs, object, []>({
  name: 'AppendCache',
  reference: ({ cache, rows, start }) => {
    const [B, Tmax, KVH, Dh] = cache.shape as [number, number, number, number];
    const T = rows.shape[1] as number;
    const at = tf.add(tf.reshape(start, [B, 1]), tf.reshape(tf.range(0, T, 1, 'int32'), [1, T])); // [B,T]
    const slots = tf.reshape(tf.range(0, Tmax, 1, 'int32'), [1, Tmax, 1]);
    const hit = tf.equal(slots, tf.reshape(at, [B, 1, T])).toFloat(); // [B,Tmax,T]
    const kept = tf.sub(1, tf.sum(hit, -1, true)); // [B,Tmax,1]
    const old = tf.mul(tf.reshape(cache, [B, Tmax, KVH * Dh]), kept);
    const fresh = tf.add(old, tf.matMul(hit, tf.reshape(rows, [B, T, KVH * Dh])));
    (cache as tf.Variable).assign(tf.reshape(fresh, [B, Tmax, KVH, Dh]));
    return [];
  },
  kernels: {
    wasm: ({ cache, rows, start }) => {
      const [B, Tmax, KVH, Dh] = cache.shape as [number, number, number, number];
      simd('appendCache', cache, rows, start, B, Tmax, rows.shape[1] as number, KVH * Dh);
      return [];
    },
  },
});

const attend = defineOp<CachedInputs, object, [tf.Tensor]>({
  name: 'CachedAttention',
  reference: ({ q, keys, values, lengths }) => {
    const [B, Tmax, KVH, Dh] = keys.shape as [number, number, number, number];
    const H = q.shape[1] as number;
    const fold = (x: tf.Tensor): tf.Tensor => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B * KVH, Tmax, Dh]);
    const scores = tf.mul(tf.matMul(tf.reshape(q, [B * KVH, H / KVH, Dh]), fold(keys), false, true), 1 / Math.sqrt(Dh));
    const hidden = tf.greaterEqual(tf.reshape(tf.range(0, Tmax, 1, 'int32'), [1, Tmax]), tf.reshape(lengths, [B, 1]));
    const mask = tf.reshape(tf.mul(hidden.toFloat(), MASKED), [B, 1, Tmax]);
    const masked = tf.add(tf.reshape(scores, [B, H, Tmax]), mask);
    const P = tf.reshape(tf.softmax(masked), [B * KVH, H / KVH, Tmax]);
    return [tf.reshape(tf.matMul(P, fold(values)), [B, H, Dh])];
  },
  kernels: {
    wasm: ({ q, keys, values, lengths }) => {
      const [B, Tmax, KVH, Dh] = keys.shape as [number, number, number, number];
      const out = output(q.shape);
      simd('cachedAttention', q, keys, values, lengths, out, B, Tmax, q.shape[1] as number, KVH, Dh, scratch(Tmax + 4));
      return [out];
    },
  },
});

/**
 * Writes `rows` [B,T,KVH,Dh] into `cache` [B,Tmax,KVH,Dh] in place: those of batch row b go to positions start[b] .. start[b]+T-1;
 * those at Tmax or beyond are dropped. `start` is int32 [B], none negative.
 */
export function appendCache(cache: tf.Variable, rows: tf.Tensor, start: tf.Tensor): void {
  append({ cache, rows, start }, {});
}

/**
 * One query for each row of the batch, `q` [B,H,Dh], against the first lengths[b] positions of `keys` and `values`
 * [B,Tmax,KVH,Dh] -> [B,H,Dh]. `lengths` is int32 [B], at least 1 and at most Tmax.
 */
export function cachedAttention(q: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, lengths: tf.Tensor): tf.Tensor {
  return attend({ q, keys, values, lengths }, {})[0];
}
