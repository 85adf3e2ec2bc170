// The key-value cache of generation: rows written in place, and attention of a few queries of each batch row to what is written.
import { expSum, largest } from './lib/math';
import { turn } from './lib/turn';

/**
 * Turns queries and keys of qkv [B,T,(H+2*KVH)*2*half] in place and copies keys and values to positions start[b] .. start[b]+T-1 of the rows'
 * own places [B,Tmax-P,KVH,2*half]; positions of the P that all rows share and those at Tmax or beyond are dropped.
 */
export function ropeAppend(
  qkv: usize, start: usize, table: usize, keys: usize, values: usize, B: i32, Tmax: i32, P: i32, T: i32, H: i32, KVH: i32, half: i32,
): void {
  const bytes = (KVH * half) << 3; // of one position of a cache
  const keyAt = (H * half) << 3;
  for (let b = 0; b < B; b++) {
    const from = load<i32>(start + (b << 2));
    for (let t = 0; t < T; t++) {
      const position = from + t;
      turn(qkv, table + ((position * half) << 3), H + KVH, half, 1);
      if (position >= P && position < Tmax) {
        memory.copy(keys + (position - P) * bytes, qkv + keyAt, bytes);
        memory.copy(values + (position - P) * bytes, qkv + keyAt + bytes, bytes);
      }
      qkv += keyAt + 2 * bytes;
    }
    keys += (Tmax - P) * bytes;
    values += (Tmax - P) * bytes;
  }
}

/** The sums of four vectors, as the lanes of one. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** scores[0..n4] = q k for n positions rounded up to four; positions beyond the last are read from the last. */
function scoresOf(q: usize, k: usize, stride: i32, n: i32, Dh: i32, scores: usize): void {
  const last = k + (n - 1) * stride;
  const bytes4 = (Dh & ~3) << 2;
  const bytes = Dh << 2;
  for (let t = 0; t < n; t += 4) {
    const k0 = k + t * stride;
    const k1 = min(k0 + stride, last);
    const k2 = min(k1 + stride, last);
    const k3 = min(k2 + stride, last);
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = 0; i < bytes4; i += 16) {
      const x = v128.load(q + i);
      a = f32x4.add(a, f32x4.mul(x, v128.load(k0 + i)));
      b = f32x4.add(b, f32x4.mul(x, v128.load(k1 + i)));
      c = f32x4.add(c, f32x4.mul(x, v128.load(k2 + i)));
      d = f32x4.add(d, f32x4.mul(x, v128.load(k3 + i)));
    }
    let four = sums(a, b, c, d);
    for (let i = bytes4; i < bytes; i += 4) {
      let x = f32x4.splat(load<f32>(k0 + i));
      x = f32x4.replace_lane(x, 1, load<f32>(k1 + i));
      x = f32x4.replace_lane(x, 2, load<f32>(k2 + i));
      x = f32x4.replace_lane(x, 3, load<f32>(k3 + i));
      four = f32x4.add(four, f32x4.mul(x, v128.load32_splat(q + i)));
    }
    v128.store(scores + (t << 2), four);
  }
}

/** out[0..Dh] = factor * sum of weights[t] * v[t], t in order; the first `P` of the n vectors lie at `v`, the others at `own`. */
function valuesOf(weights: usize, v: usize, own: usize, stride: i32, P: i32, n: i32, Dh: i32, out: usize, factor: f32): void {
  const bytes = Dh << 2;
  const factor4 = f32x4.splat(factor);
  const first = min(P, n);
  let i = 0;
  for (; i + 64 <= bytes; i += 64) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let row = v + i;
    for (let t = 0, end = first; t < n; row = own + i, end = n) {
      for (; t < end; t++) {
        const w = v128.load32_splat(weights + (t << 2));
        a = f32x4.add(a, f32x4.mul(w, v128.load(row)));
        b = f32x4.add(b, f32x4.mul(w, v128.load(row, 16)));
        c = f32x4.add(c, f32x4.mul(w, v128.load(row, 32)));
        d = f32x4.add(d, f32x4.mul(w, v128.load(row, 48)));
        row += stride;
      }
    }
    v128.store(out + i, f32x4.mul(a, factor4));
    v128.store(out + i, f32x4.mul(b, factor4), 16);
    v128.store(out + i, f32x4.mul(c, factor4), 32);
    v128.store(out + i, f32x4.mul(d, factor4), 48);
  }
  for (; i + 16 <= bytes; i += 16) {
    let a = f32x4.splat(0);
    let row = v + i;
    for (let t = 0, end = first; t < n; row = own + i, end = n) {
      for (; t < end; t++) {
        a = f32x4.add(a, f32x4.mul(v128.load32_splat(weights + (t << 2)), v128.load(row)));
        row += stride;
      }
    }
    v128.store(out + i, f32x4.mul(a, factor4));
  }
  for (; i < bytes; i += 4) {
    let sum: f32 = 0;
    for (let t = 0; t < n; t++) sum += load<f32>(weights + (t << 2)) * load<f32>((t < first ? v : own - first * stride) + i + t * stride);
    store<f32>(out + i, sum * factor);
  }
}

/**
 * out [B,T,H*Dh]: the queries of qkv [B,T,(H+2*KVH)*Dh] attend to keys and values, token t of row b to positions 0 .. start[b]+t; only tokens
 * t0 .. t1-1 of each row. Keys and values lie [P + all rows * (Tmax-P),KVH,Dh]: first the P positions that all rows share; `b0` is the first row here.
 * Each query by itself, so that it does not matter how tokens are divided into calls. `scratch`: Tmax + 4 numbers.
 */
export function cachedAttention(
  qkv: usize, keys: usize, values: usize, start: usize, out: usize, b0: i32,
  B: i32, Tmax: i32, P: i32, T: i32, t0: i32, t1: i32, H: i32, KVH: i32, Dh: i32, scratch: usize,
): void {
  const scale = <f32>1 / sqrt<f32>(<f32>Dh);
  const stride = (KVH * Dh) << 2;
  const group = H / KVH;
  const qkvStride = ((H * Dh) << 2) + 2 * stride;
  const outStride = (H * Dh) << 2;
  for (let b = 0; b < B; b++) {
    const own = (P + (b0 + b) * (Tmax - P)) * stride;
    const from = load<i32>(start + (b << 2));
    for (let t = t0; t < t1; t++) {
      const row = qkv + t * qkvStride;
      let to = out + t * outStride;
      const n = max(1, min(Tmax, from + t + 1));
      for (let h = 0; h < H; h++) {
        const kv = ((h / group) * Dh) << 2;
        const first = min(P, n);
        if (first > 0) scoresOf(row + ((h * Dh) << 2), keys + kv, stride, first, Dh, scratch);
        if (n > first) scoresOf(row + ((h * Dh) << 2), keys + own + kv, stride, n - first, Dh, scratch + (first << 2));
        const sum = expSum(scratch, scratch, n, scale, largest(scratch, n) * scale);
        valuesOf(scratch, values + kv, values + own + kv, stride, P, n, Dh, to, <f32>1 / sum);
        to += Dh << 2;
      }
    }
    qkv += T * qkvStride;
    out += T * outStride;
  }
}
