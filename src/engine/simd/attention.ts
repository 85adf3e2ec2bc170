// Causal attention over whole sequences, four queries at a time, for each pair of batch row and head. Scores beyond the causal edge
// are neither computed nor stored, except for the few that share a tile with it; those are set to zero weight. A call does heads h0 .. h1-1
// and queries i0 .. i1-1 of each row; calls in ascending order give the bits of one. i0 is a multiple of four, i1 too or T.
// Names: T8 is T rounded up to eight; a group is the four queries (i & ~3) .. (i & ~3) + 3; strides are in bytes.
import { dot, exp16, ln, max4, sum4 } from './lib/math';
import { packPanels, strip } from './lib/tiles';
import { scale as rescale } from './scale';

/** Bytes at the start of the scratch memory: the edge tile of `strip`, then two numbers for each query of a group. */
const HEADER: i32 = 160;

// @ts-ignore: decorator
@inline
function eight(n: i32): i32 {
  return (n + 7) & ~7;
}

/** Gives `value` to the positions after `i` in its group. */
// @ts-ignore: decorator
@inline
function setFuture(row: usize, i: i32, value: f32): void {
  for (let j = i + 1; j & 3; j++) store<f32>(row + (j << 2), value);
}

/**
 * The weights exp(scale * s - top) of four queries, in place of their first n scores s, n a multiple of four. Their largest scaled scores
 * go to `tops`, the sums of the weights to `sums`. Side by side, because one exponential after the other takes twice as long.
 */
function weightsOfFour(row: usize, rowBytes: i32, n: i32, scale: f32, tops: usize, sums: usize): void {
  const row1 = row + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  const bytes = n << 2;
  let a = v128.load(row);
  let b = v128.load(row1);
  let c = v128.load(row2);
  let d = v128.load(row3);
  for (let at = 16; at < bytes; at += 16) {
    a = f32x4.pmax(a, v128.load(row + at));
    b = f32x4.pmax(b, v128.load(row1 + at));
    c = f32x4.pmax(c, v128.load(row2 + at));
    d = f32x4.pmax(d, v128.load(row3 + at));
  }
  store<f32>(tops, max4(a) * scale);
  store<f32>(tops, max4(b) * scale, 4);
  store<f32>(tops, max4(c) * scale, 8);
  store<f32>(tops, max4(d) * scale, 12);
  const scale4 = f32x4.splat(scale);
  const top0 = v128.load32_splat(tops);
  const top1 = v128.load32_splat(tops, 4);
  const top2 = v128.load32_splat(tops, 8);
  const top3 = v128.load32_splat(tops, 12);
  a = f32x4.splat(0);
  b = a;
  c = a;
  d = a;
  for (let at = 0; at < bytes; at += 16) {
    exp16(row + at, row + at, rowBytes, scale4, top0, top1, top2, top3, true, scale4); // each row has a sum of its own
    a = f32x4.add(a, v128.load(row + at));
    b = f32x4.add(b, v128.load(row1 + at));
    c = f32x4.add(c, v128.load(row2 + at));
    d = f32x4.add(d, v128.load(row3 + at));
  }
  store<f32>(sums, sum4(a));
  store<f32>(sums, sum4(b), 4);
  store<f32>(sums, sum4(c), 8);
  store<f32>(sums, sum4(d), 12);
}

/**
 * out [B,T,H*Dh] = softmax(q k / sqrt(Dh)) v, lse [B,T,H] = ln sum exp of the scaled scores; a row of `qkv` holds H heads of q, then
 * KVH of k, then KVH of v.
 * `scratch` in numbers: 40 + T8 * Dh + T * Dh8 + 4 * T8.
 */
export function attention(
  qkv: usize, out: usize, lse: usize, B: i32, T: i32, H: i32, KVH: i32, Dh: i32, h0: i32, h1: i32, i0: i32, i1: i32, scratch: usize,
): void {
  const T8 = eight(T);
  const edge = scratch;
  const tops = scratch + 128;
  const sums = scratch + 144;
  const kT = scratch + HEADER; // k transposed, panels [T8/8][Dh][8]
  const vP = kT + ((T8 * Dh) << 2); // v, panels [Dh8/8][T][8]
  const buffer = vP + ((T * eight(Dh)) << 2); // scores, then weights [4][T8]
  const scale = <f32>1 / sqrt<f32>(<f32>Dh);
  const stride = ((H + 2 * KVH) * Dh) << 2;
  const outStride = (H * Dh) << 2;
  const group = H / KVH;
  for (let b = 0; b < B; b++) {
    for (let h = h0; h < h1; h++) {
      if (h == h0 || h % group == 0) {
        const k = qkv + (((H + h / group) * Dh) << 2);
        packPanels(k, 4, stride, Dh, i1, kT, Dh << 5);
        packPanels(k + ((KVH * Dh) << 2), stride, 4, i1, Dh, vP, T << 5);
      }
      const head = (h * Dh) << 2;
      for (let i = i0; i < i1; i += 4) {
        const rows = min(4, T - i);
        const outAt = head + i * outStride;
        strip(qkv + head + i * stride, stride, 4, kT, Dh << 5, Dh, buffer, T8 << 2, rows, eight(i + rows), true, edge);
        // Where fewer than four queries are left, the other rows hold what they held; nobody reads what comes of it.
        for (let r = 0; r < rows; r++) setFuture(buffer + ((r * T8) << 2), i + r, -1e30);
        weightsOfFour(buffer, T8 << 2, i + 4, scale, tops, sums);
        for (let r = 0; r < rows; r++) {
          setFuture(buffer + ((r * T8) << 2), i + r, 0);
          store<f32>(lse + (((i + r) * H + h) << 2), <f32>(<f64>load<f32>(tops + (r << 2)) + ln(<f64>load<f32>(sums + (r << 2)))));
        }
        strip(buffer, T8 << 2, 4, vP, T << 5, i + rows, out + outAt, outStride, rows, Dh, true, edge);
        for (let r = 0; r < rows; r++) rescale(out + outAt + r * outStride, Dh, <f32>1 / load<f32>(sums + (r << 2)));
      }
    }
    qkv += T * stride;
    out += T * outStride;
    lse += (T * H) << 2;
  }
}

/**
 * The weights p = exp(scale * s - lse) of the `rows` queries from i on, in place of their scores s; `stride` is the distance of their lse.
 * Four rows at a time: those that are not queries hold anything.
 */
function weightsAgain(row: usize, rowBytes: i32, i: i32, rows: i32, scale: f32, lse: usize, stride: i32): void {
  const scale4 = f32x4.splat(scale);
  const last = lse + (rows - 1) * stride;
  const lse0 = v128.load32_splat(lse);
  const lse1 = v128.load32_splat(min(lse + stride, last));
  const lse2 = v128.load32_splat(min(lse + (stride << 1), last));
  const lse3 = v128.load32_splat(min(lse + (stride << 1) + stride, last));
  const end = row + (i << 2) + 16;
  for (let at = row; at < end; at += 16) exp16(at, at, rowBytes, scale4, lse0, lse1, lse2, lse3, true, scale4);
  for (let r = 0; r < rows; r++) setFuture(row + r * rowBytes, i + r, 0);
}

/** Row i of the gradient of the scores, scale * p * (dp - inner), in place of dp. */
// @ts-ignore: decorator
@inline
function scoreGradient(dp: usize, p: usize, i: i32, scale: f32, inner: f32): void {
  const scale4 = f32x4.splat(scale);
  const inner4 = f32x4.splat(inner);
  const bytes = ((i & ~3) << 2) + 16;
  for (let at = 0; at < bytes; at += 16) {
    v128.store(dp + at, f32x4.mul(scale4, f32x4.mul(v128.load(p + at), f32x4.sub(v128.load(dp + at), inner4))));
  }
  setFuture(dp, i, 0);
}

/** Queries whose weights are held at a time; the JavaScript side computes the scratch size from the same number. */
const BLOCK: i32 = 128;

/**
 * dqkv [B,T,(H+2*KVH)*Dh] from dy [B,T,H*Dh] and what `attention` returned. The gradients of a key head are summed over its query
 * heads, then over queries, in order.
 * `scratch` in numbers: 40 + 2 * T8 * Dh + T * Dh8 + 2 * BLOCK * (Dh8 + T8).
 */
export function attentionGrad(
  qkv: usize, out: usize, lse: usize, dy: usize, dqkv: usize, B: i32, T: i32, H: i32, KVH: i32, Dh: i32,
  h0: i32, h1: i32, i0: i32, i1: i32, scratch: usize,
): void {
  const T8 = eight(T);
  const edge = scratch;
  const kT = scratch + HEADER; // transposed, panels [T8/8][Dh][8]
  const vT = kT + ((T8 * Dh) << 2);
  const kP = vT + ((T8 * Dh) << 2); // as stored, panels [Dh8/8][T][8]
  const qP = kP + ((T * eight(Dh)) << 2); // of a block of queries, panels [Dh8/8][BLOCK][8]
  const dyP = qP + ((BLOCK * eight(Dh)) << 2);
  const p = dyP + ((BLOCK * eight(Dh)) << 2); // [BLOCK][T8]
  const ds = p + ((BLOCK * T8) << 2); // [BLOCK][T8]
  const scale = <f32>1 / sqrt<f32>(<f32>Dh);
  const stride = ((H + 2 * KVH) * Dh) << 2;
  const outStride = (H * Dh) << 2;
  const rowBytes = T8 << 2;
  const group = H / KVH;
  for (let b = 0; b < B; b++) {
    for (let h = h0; h < h1; h++) {
      const keyAt = ((H + h / group) * Dh) << 2;
      const valueAt = keyAt + ((KVH * Dh) << 2);
      const head = (h * Dh) << 2;
      const first = h % group == 0;
      if (h == h0 || first) {
        packPanels(qkv + keyAt, 4, stride, Dh, i1, kT, Dh << 5);
        packPanels(qkv + valueAt, 4, stride, Dh, i1, vT, Dh << 5);
        packPanels(qkv + keyAt, stride, 4, i1, Dh, kP, T << 5);
      }
      for (let q0 = i0; q0 < i1; q0 += BLOCK) {
        const q1 = min(q0 + BLOCK, i1);
        packPanels(qkv + head + q0 * stride, stride, 4, q1 - q0, Dh, qP, BLOCK << 5);
        packPanels(dy + head + q0 * outStride, outStride, 4, q1 - q0, Dh, dyP, BLOCK << 5);
        for (let i = q0; i < q1; i += 4) {
          const rows = min(4, T - i);
          const at = head + i * stride;
          const outAt = head + i * outStride;
          const pRows = p + (i - q0) * rowBytes;
          const dsRows = ds + (i - q0) * rowBytes;
          strip(qkv + at, stride, 4, kT, Dh << 5, Dh, pRows, rowBytes, rows, eight(i + rows), true, edge);
          strip(dy + outAt, outStride, 4, vT, Dh << 5, Dh, dsRows, rowBytes, rows, eight(i + rows), true, edge);
          weightsAgain(pRows, rowBytes, i, rows, scale, lse + ((i * H + h) << 2), H << 2);
          for (let r = 0; r < rows; r++) {
            const inner = dot(out + outAt + r * outStride, dy + outAt + r * outStride, Dh);
            scoreGradient(dsRows + r * rowBytes, pRows + r * rowBytes, i + r, scale, inner);
          }
          strip(dsRows, rowBytes, 4, kP, T << 5, i + rows, dqkv + at, stride, rows, Dh, true, edge);
        }
        // Keys j .. j+3 are seen by the queries from j on.
        for (let j = 0; j < q1; j += 4) {
          const rows = min(4, T - j);
          const at = dqkv + j * stride;
          const seen = max(j, q0);
          const from = (seen - q0) * rowBytes + (j << 2);
          const query = (seen - q0) << 5;
          const fresh = first && j >= q0;
          strip(ds + from, 4, rowBytes, qP + query, BLOCK << 5, q1 - seen, at + keyAt, stride, rows, Dh, fresh, edge);
          strip(p + from, 4, rowBytes, dyP + query, BLOCK << 5, q1 - seen, at + valueAt, stride, rows, Dh, fresh, edge);
        }
      }
    }
    qkv += T * stride;
    dqkv += T * stride;
    out += T * outStride;
    dy += T * outStride;
    lse += (T * H) << 2;
  }
}
