/**
 * The key-value cache of generation: preallocated, written in place at a position of its own for each row of the batch. What all rows begin
 * with is there once. Nothing here has a gradient.
 */
import * as tf from '@tensorflow/tfjs';
import { type HeadShape, MASKED } from './attention.ts';
import { addressOf, output, scratch, simd, threadCount } from '../wasm.ts';
import { now, partOperations, type Work } from '../work.ts';
import { defineSingle, sameData } from './op.ts';
import { angleTable, rope, type RopeAttributes } from './rope.ts';

/** What a number of a key costs a query, with that of the value; queries by themselves are three times slower than products. */
const QUERY_COST = 12;

type Cached = { readonly qkv: tf.Tensor; readonly keys: tf.Tensor; readonly values: tf.Tensor; readonly start: tf.Tensor };
/** Of the cache's places the first `shared` are of every row, none where nothing is said; then come those of each row: [shared+B(N-shared),K,E]. */
export type CacheShape = HeadShape & { readonly shared?: number };
export type AppendAttributes = CacheShape & Pick<RopeAttributes, 'frequencies'>;

/** N: how many positions a row of a cache has. */
export function positionsIn({ shape }: Pick<tf.TensorInfo, 'shape'>, { B, K, E, shared = 0 }: Omit<CacheShape, 'H'>): number {
  const places = shape.reduce((product, n) => product * n, 1) / (K * E);
  return B === 0 ? 0 : shared + (places - shared) / B;
}

/** Each row's whole cache [B,N,K,E], with what is shared in each. */
function wholeRows(cache: tf.Tensor, shape: Omit<CacheShape, 'H'>): tf.Tensor {
  const { B, K, E, shared = 0 } = shape;
  const places = tf.reshape(cache, [-1, K, E]);
  const own = tf.reshape(tf.slice(places, [shared, 0, 0]), [B, positionsIn(cache, shape) - shared, K, E]);
  if (shared === 0) return own;
  return tf.concat([tf.tile(tf.reshape(tf.slice(places, [0, 0, 0], [shared, K, E]), [1, shared, K, E]), [B, 1, 1, 1]), own], 1);
}

/** Writes columns `from` .. of `qkv` into one cache; the plain version of writing in place. */
function write(cache: tf.Tensor, qkv: tf.Tensor, from: number, start: tf.Tensor, shape: CacheShape): void {
  const { B, K, E, shared = 0 } = shape;
  const N = positionsIn(cache, shape) - shared; // of its own
  const T = qkv.shape[0] / B;
  const rows = tf.reshape(tf.slice(qkv, [0, from], [B * T, K * E]), [B, T, K * E]);
  const at = tf.add(tf.reshape(tf.sub(start, shared), [B, 1]), tf.reshape(tf.range(0, T, 1, 'int32'), [1, T])); // [B,T]
  const slots = tf.reshape(tf.range(0, N, 1, 'int32'), [1, N, 1]);
  const hit = tf.equal(slots, tf.reshape(at, [B, 1, T])).toFloat(); // [B,N,T]
  const kept = tf.sub(1, tf.sum(hit, -1, true)); // [B,N,1]
  const places = tf.reshape(cache, [-1, K * E]);
  const own = tf.reshape(tf.slice(places, [shared, 0]), [B, N, K * E]);
  const fresh = tf.reshape(tf.add(tf.mul(own, kept), tf.matMul(hit, rows)), [B * N, K * E]);
  (cache as tf.Variable).assign(tf.reshape(tf.concat([tf.slice(places, [0, 0], [shared, K * E]), fresh]), cache.shape));
}

const append = defineSingle<Cached, AppendAttributes>({
  name: 'RopeAppend',
  reference: ({ qkv, keys, values, start }, { frequencies, ...shape }) => {
    const { B, H, K, E } = shape;
    const turned = now(rope(qkv, { T: qkv.shape[0] / B, heads: H + K, headDim: E, frequencies, sign: 1 }, start));
    write(keys, turned, H * E, start, shape);
    write(values, turned, (H + K) * E, start, shape);
    return [turned];
  },
  cpu: ({ qkv, keys, values, start }, { frequencies, ...shape }, backend) => {
    const { B, H, K, E, shared = 0 } = shape;
    const [N, T, C] = [positionsIn(keys, shape), B === 0 ? 0 : (qkv.shape[0] as number) / B, qkv.shape[1] as number];
    const run = (b: number, rows: number): void => {
      const angles = angleTable(frequencies, T, start, N); // wherever a repeated step stands
      const [from, at] = [addressOf(qkv, b * T * C), addressOf(start, b)];
      const own = (shared + b * (N - shared)) * K * E;
      simd('ropeAppend', from, at, angles, addressOf(keys, own), addressOf(values, own), rows, N, shared, T, H, K, E / 2);
    };
    return { outputs: [sameData(qkv, qkv.shape, backend)], stages: [{ units: B, cost: 8 * T * C, run, apart: true }] };
  },
});

const attend = defineSingle<Cached, CacheShape>({
  name: 'CachedAttention',
  reference: ({ qkv, keys, values, start }, shape) => {
    const { B, H, K, E } = shape;
    const N = positionsIn(keys, shape);
    const T = qkv.shape[0] / B;
    const fold = (x: tf.Tensor, length: number, heads: number): tf.Tensor =>
      tf.reshape(tf.transpose(tf.reshape(x, [B, length, heads, E]), [0, 2, 1, 3]), [B * K, (heads / K) * length, E]);
    const q = fold(tf.slice(qkv, [0, 0], [B * T, H * E]), T, H); // [B*K, G*T, E]
    const scores = tf.reshape(tf.mul(tf.matMul(q, fold(wholeRows(keys, shape), N, K), false, true), 1 / Math.sqrt(E)), [B, H, T, N]);
    const last = tf.add(tf.reshape(start, [B, 1, 1, 1]), tf.reshape(tf.range(0, T, 1, 'int32'), [1, 1, T, 1]));
    const hidden = tf.greater(tf.reshape(tf.range(0, N, 1, 'int32'), [1, 1, 1, N]), last);
    const P = tf.reshape(tf.softmax(tf.add(scores, tf.mul(hidden.toFloat(), MASKED))), [B * K, (H / K) * T, N]);
    const out = tf.reshape(tf.matMul(P, fold(wholeRows(values, shape), N, K)), [B, H, T, E]);
    return [tf.reshape(tf.transpose(out, [0, 2, 1, 3]), [B * T, H * E])];
  },
  cpu: ({ qkv, keys, values, start }, shape) => {
    const { B, H, K, E, shared = 0 } = shape;
    const [M, C] = qkv.shape as [number, number];
    const N = positionsIn(keys, shape);
    const T = B === 0 ? 0 : M / B;
    const out = output([M, H * E]);
    const run = (b: number, rows: number, t0: number, t1: number): void => {
      const [from, to, at] = [addressOf(qkv, b * T * C), addressOf(out, b * T * H * E), addressOf(start, b)];
      simd('cachedAttention', from, keys, values, at, to, b, rows, N, shared, T, t0, t1, H, K, E, scratch(N + 4));
    };
    const token = QUERY_COST * H * N * E; // at most
    if (T * token <= partOperations() && (T === 1 || B >= 2 * threadCount())) {
      return { outputs: [out], stages: [{ units: B, cost: T * token, run: (b, rows) => run(b, rows, 0, T), apart: true }] };
    }
    const each = (from: number, count: number): void => {
      for (let unit = from; unit < from + count; unit++) run(Math.floor(unit / T), 1, unit % T, (unit % T) + 1);
    };
    return { outputs: [out], stages: [{ units: B * T, cost: token, run: each, apart: true }] };
  },
});

/**
 * Turns queries and keys of `qkv` [B*T,(H+2K)E] by their positions and writes keys and values into the caches (`CacheShape`) in place:
 * the T tokens of row b go to positions start[b] .. start[b]+T-1; those that are shared and those at N or beyond are dropped. `start` is
 * int32 [B], none negative.
 * Returns the turned projections; a kernel overwrites `qkv`, which must not be used afterwards.
 */
export function ropeAppend(
  qkv: tf.Tensor,
  keys: tf.Variable,
  values: tf.Variable,
  start: tf.Tensor,
  attributes: AppendAttributes,
): Work<tf.Tensor> {
  return append({ qkv, keys, values, start }, attributes);
}

/**
 * The queries of `qkv` [B*T,(H+2K)E] against the caches (`CacheShape`) -> [B*T,H*E]: token t of row b reads positions 0 .. start[b]+t,
 * its own included, all below N. `start` is int32 [B].
 */
export function cachedAttention(
  qkv: tf.Tensor,
  keys: tf.Variable,
  values: tf.Variable,
  start: tf.Tensor,
  heads: CacheShape,
): Work<tf.Tensor> {
  return attend({ qkv, keys, values, start }, heads);
}
