// Matrix products through strides, with what surrounds them in a decoder. Every element is summed strictly in the order of k, so its
// bits depend neither on the number of rows nor on the path. Strides are in bytes. B may be stored in half of the memory: it is unpacked on
// the way, to the same bits as a B of the same numbers in float32.
import { rowProduct } from './lib/row-product';
import { packPanelsOf, strip } from './lib/tiles';

/** Rows of B (steps of k) and columns of B packed at a time; the JavaScript side computes the scratch size from the same numbers. */
const DEPTH: i32 = 256;
const WIDTH: i32 = 256;

/** c += bias + residual for `n` numbers; either address may be 0. */
function epilogue(c: usize, bias: usize, residual: usize, n: i32): void {
  const bytes = n << 2;
  const bytes4 = bytes & ~15;
  for (let i = 0; i < bytes4; i += 16) {
    let y = v128.load(c + i);
    if (bias != 0) y = f32x4.add(y, v128.load(bias + i));
    if (residual != 0) y = f32x4.add(y, v128.load(residual + i));
    v128.store(c + i, y);
  }
  for (let i = bytes4; i < bytes; i += 4) {
    let y = load<f32>(c + i);
    if (bias != 0) y += load<f32>(bias + i);
    if (residual != 0) y += load<f32>(residual + i);
    store<f32>(c + i, y);
  }
}

/** Four numbers of each of `depth` steps, one after the other. */
function gather(a: usize, aStride: i32, depth: i32, four: usize): void {
  for (let k = 0; k < depth; k++) {
    v128.store(four, v128.load(a));
    a += aStride;
    four += 16;
  }
}

/**
 * C [M,N] (+)= A [M,K] * B [K,N], each read or written through strides, then plus `bias` [N] and `residual` [M,N] where not 0.
 * Few rows on a transposed B are not worth packing it.
 * `scratch` holds min(K,256) * min(N rounded up to 8, 256) + 1056 floats.
 */
// @ts-ignore: decorator
@inline
function product<T>(
  a: usize, rowStride: i32, aStride: i32, b: usize, kStride: i32, nStride: i32, c: usize, cStride: i32,
  M: i32, K: i32, N: i32, accumulate: bool, bias: usize, residual: usize, residualStride: i32, scratch: usize,
): void {
  if (K == 0 && !accumulate) {
    for (let m = 0; m < M; m++) memory.fill(c + m * cStride, 0, N << 2);
  }
  if (M < 4 && kStride == sizeof<T>() && (isFloat<T>() || aStride == 4)) {
    for (let m = 0; m < M; m++) rowProduct<T>(a + m * rowStride, aStride, b, nStride, K, N, c + m * cStride, !accumulate);
  } else {
    const edge = scratch;
    const four = scratch + 128; // four rows of a transposed A, [depth][4]
    const panels = four + (DEPTH << 4);
    for (let n0 = 0; n0 < N; n0 += WIDTH) {
      const width = min(WIDTH, N - n0);
      for (let k0 = 0; k0 < K; k0 += DEPTH) {
        const depth = min(DEPTH, K - k0);
        packPanelsOf<T>(b + k0 * kStride + n0 * nStride, kStride, nStride, depth, width, panels, depth << 5);
        for (let m = 0; m < M; m += 4) {
          const from = a + m * rowStride + k0 * aStride;
          const to = c + m * cStride + (n0 << 2);
          const rows = min(4, M - m);
          const fresh = k0 == 0 && !accumulate;
          // Stored down the columns, four rows touch a cache line for each step of k, over and over for each panel.
          if (rowStride == 4 && rows == 4) {
            gather(from, aStride, depth, four);
            strip(four, 4, 16, panels, depth << 5, depth, to, cStride, rows, width, fresh, edge);
          } else strip(from, rowStride, aStride, panels, depth << 5, depth, to, cStride, rows, width, fresh, edge);
        }
      }
    }
  }
  if ((bias | residual) == 0) return;
  for (let m = 0; m < M; m++) epilogue(c + m * cStride, bias, residual == 0 ? 0 : residual + m * residualStride, N);
}

export function multiply(
  a: usize, rowStride: i32, aStride: i32, b: usize, kStride: i32, nStride: i32, c: usize, cStride: i32,
  M: i32, K: i32, N: i32, accumulate: bool, bias: usize, residual: usize, residualStride: i32, scratch: usize,
): void {
  product<f32>(a, rowStride, aStride, b, kStride, nStride, c, cStride, M, K, N, accumulate, bias, residual, residualStride, scratch);
}

/** The same with B in bfloat16. */
export function multiplyBFloat16(
  a: usize, rowStride: i32, aStride: i32, b: usize, kStride: i32, nStride: i32, c: usize, cStride: i32,
  M: i32, K: i32, N: i32, accumulate: bool, bias: usize, residual: usize, residualStride: i32, scratch: usize,
): void {
  product<i16>(a, rowStride, aStride, b, kStride, nStride, c, cStride, M, K, N, accumulate, bias, residual, residualStride, scratch);
}

/** The same with B in float16. */
export function multiplyFloat16(
  a: usize, rowStride: i32, aStride: i32, b: usize, kStride: i32, nStride: i32, c: usize, cStride: i32,
  M: i32, K: i32, N: i32, accumulate: bool, bias: usize, residual: usize, residualStride: i32, scratch: usize,
): void {
  product<u16>(a, rowStride, aStride, b, kStride, nStride, c, cStride, M, K, N, accumulate, bias, residual, residualStride, scratch);
}
