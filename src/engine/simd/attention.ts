// Causal attention over whole sequences, four queries at a time, for each pair of batch row and head. Scores beyond the causal edge
// are neither computed nor stored, except for the few that share a tile with it; those are set to zero weight. A call does heads h0 .. h1-1
// and queries i0 .. i1-1 of each row; calls in ascending order give the bits of one. i0 is a multiple of four, i1 too or T.
// Names: T8 is T rounded up to eight; a group is the four queries (i & ~3) .. (i & ~3) + 3; strides are in bytes.
import { dot, exp4, expSum, largest, ln } from './lib/math';
import { packPanels, strip } from './lib/tiles';
import { scale as rescale } from './scale';

/** Bytes at the start of the scratch memory: the edge tile of `strip`, then one number for each query of a group. */
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
 * out [B,T,H*Dh] = softmax(q k / sqrt(Dh)) v, lse [B,T,H] = ln sum exp of the scaled scores; a row of `qkv` holds H heads of q, then
 * KVH of k, then KVH of v.
 * `scratch` in numbers: 40 + T8 * Dh + T * Dh8 + 4 * T8.
 */
export function attention(
  qkv: usize, out: usize, lse: usize, B: i32, T: i32, H: i32, KVH: i32, Dh: i32, h0: i32, h1: i32, i0: i32, i1: i32, scratch: usize,
): void {
  const T8 = eight(T);
  const edge = scratch;
  const inverses = scratch + 128;
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
        for (let r = 0; r < rows; r++) {
          const row = buffer + ((r * T8) << 2);
          setFuture(row, i + r, -1e30);
          const top = largest(row, i + 4) * scale;
          const sum = expSum(row, row, i + 4, scale, top);
          setFuture(row, i + r, 0);
          store<f32>(lse + (((i + r) * H + h) << 2), <f32>(<f64>top + ln(<f64>sum)));
          store<f32>(inverses + (r << 2), <f32>1 / sum);
        }
        strip(buffer, T8 << 2, 4, vP, T << 5, i + rows, out + outAt, outStride, rows, Dh, true, edge);
        for (let r = 0; r < rows; r++) rescale(out + outAt + r * outStride, Dh, load<f32>(inverses + (r << 2)));
      }
    }
    qkv += T * stride;
    out += T * outStride;
    lse += (T * H) << 2;
  }
}

/** Row i of the weights p = exp(scale * s - lse), in place of the scores s. */
// @ts-ignore: decorator
@inline
function weightsOf(row: usize, i: i32, scale: f32, lse: f32): void {
  const scale4 = f32x4.splat(scale);
  const lse4 = f32x4.splat(lse);
  const end = row + ((i & ~3) << 2) + 16;
  for (let at = row; at < end; at += 16) v128.store(at, exp4(f32x4.sub(f32x4.mul(v128.load(at), scale4), lse4)));
  setFuture(row, i, 0);
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
          for (let r = 0; r < rows; r++) {
            const inner = dot(out + outAt + r * outStride, dy + outAt + r * outStride, Dh);
            weightsOf(pRows + r * rowBytes, i + r, scale, load<f32>(lse + (((i + r) * H + h) << 2)));
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
