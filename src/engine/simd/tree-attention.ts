// Attention in a tree of tokens: the queries of one segment, tokens that follow each other, to all that stands before them on their path and
// to themselves. Sums are those of `attention` in attention.ts, in the same order, so a token has the bits that it has in a sequence by itself.
import { expSum, largest } from './lib/math';
import { packPanels, strip } from './lib/tiles';
import { scale as rescale } from './scale';

/** Bytes at the start of the scratch memory: the edge tile of `strip`, then one number for each of four queries. */
const HEADER: i32 = 160;

// @ts-ignore: decorator
@inline
function eight(n: i32): i32 {
  return (n + 7) & ~7;
}

/** How many rows of the path from position p on stand below each other, at most `most`. */
// @ts-ignore: decorator
@inline
function runOf(path: usize, p: i32, most: i32): i32 {
  const first = load<i32>(path + (p << 2));
  let n = 1;
  while (n < most && load<i32>(path + ((p + n) << 2)) == first + n) n++;
  return n;
}

/** The keys of n positions transposed, as panels [n8/8][Dh][8]. `rows`: room for eight of them. */
function packKeys(k: usize, stride: i32, path: usize, n: i32, Dh: i32, panels: usize, rows: usize): void {
  for (let p = 0; p < n; p += 8) {
    const count = min(8, n - p);
    if (runOf(path, p, count) == count) packPanels(k + load<i32>(path + (p << 2)) * stride, 4, stride, Dh, count, panels, 0);
    else {
      for (let j = 0; j < count; j++) memory.copy(rows + ((j * Dh) << 2), k + load<i32>(path + ((p + j) << 2)) * stride, Dh << 2);
      packPanels(rows, 4, Dh << 2, Dh, count, panels, 0);
    }
    panels += Dh << 5;
  }
}

/** The values of n positions as panels [Dh8/8][n][8]. */
function packValues(v: usize, stride: i32, path: usize, n: i32, Dh: i32, panels: usize): void {
  for (let p = 0; p < n;) {
    const count = runOf(path, p, n - p);
    packPanels(v + load<i32>(path + (p << 2)) * stride, stride, 4, count, Dh, panels + (p << 5), n << 5);
    p += count;
  }
}

/**
 * out [T,H*Dh]: queries of qkv [T,(H+2*KVH)*Dh] to the keys and values kv [R,2*KVH*Dh] in the rows that `path` names, one for each position;
 * query t sees positions 0 .. before+t. Only the query heads of key head g.
 * `scratch` in numbers: 40 + n8 * Dh + n * Dh8 + 4 * n8 + 8 * Dh, with n = before + T.
 */
export function treeAttention(
  qkv: usize, kv: usize, path: usize, out: usize, before: i32, T: i32, H: i32, KVH: i32, Dh: i32, g: i32, scratch: usize,
): void {
  const n = before + T;
  const n8 = eight(n);
  const edge = scratch;
  const inverses = scratch + 128;
  const kT = scratch + HEADER;
  const vP = kT + ((n8 * Dh) << 2);
  const buffer = vP + ((n * eight(Dh)) << 2); // scores, then weights [4][n8]
  const rowBytes = n8 << 2;
  const scale = <f32>1 / sqrt<f32>(<f32>Dh);
  const stride = ((H + 2 * KVH) * Dh) << 2;
  const kvStride = (KVH * Dh) << 3;
  const outStride = (H * Dh) << 2;
  const keyAt = kv + ((g * Dh) << 2);
  packKeys(keyAt, kvStride, path, n, Dh, kT, buffer + 4 * rowBytes);
  packValues(keyAt + ((KVH * Dh) << 2), kvStride, path, n, Dh, vP);
  const group = H / KVH;
  for (let h = g * group; h < (g + 1) * group; h++) {
    const head = (h * Dh) << 2;
    for (let i = 0; i < T; i += 4) {
      const rows = min(4, T - i);
      const depth = before + i + rows;
      const outAt = out + head + i * outStride;
      strip(qkv + head + i * stride, stride, 4, kT, Dh << 5, Dh, buffer, rowBytes, rows, eight(depth), true, edge);
      for (let r = 0; r < rows; r++) {
        const row = buffer + r * rowBytes;
        const seen = before + i + r + 1;
        const four = (seen + 3) & ~3;
        for (let j = seen; j < four; j++) store<f32>(row + (j << 2), -1e30);
        const sum = expSum(row, row, four, scale, largest(row, four) * scale);
        for (let j = seen; j < depth; j++) store<f32>(row + (j << 2), 0);
        store<f32>(inverses + (r << 2), <f32>1 / sum);
      }
      strip(buffer, rowBytes, 4, vP, n << 5, depth, outAt, outStride, rows, Dh, true, edge);
      for (let r = 0; r < rows; r++) rescale(outAt + r * outStride, Dh, load<f32>(inverses + (r << 2)));
    }
  }
}
