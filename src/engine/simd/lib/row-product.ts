// One row of a matrix product from a transposed B, as the weights of a linear layer are stored: B is read along k and turned in
// registers, because packing it would cost more than the product. The same sums in the same order as in tiles.ts. T says how the numbers
// of B are stored (numbers.ts).
import { load1, lower, upper } from './numbers';

/** sum + x[0..4] * (four columns of B at steps k .. k+3, the first of them at b), step by step. */
// @ts-ignore: decorator
@inline
function step4(sum: v128, x0: v128, x1: v128, x2: v128, x3: v128, b: usize, stride: i32): v128 {
  const b2 = b + (stride << 1);
  const r0 = v128.load(b);
  const r1 = v128.load(b + stride);
  const r2 = v128.load(b2);
  const r3 = v128.load(b2 + stride);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  sum = f32x4.add(sum, f32x4.mul(x0, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5)));
  sum = f32x4.add(sum, f32x4.mul(x1, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7)));
  sum = f32x4.add(sum, f32x4.mul(x2, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5)));
  return f32x4.add(sum, f32x4.mul(x3, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7)));
}

/** One step of four columns, gathered. */
// @ts-ignore: decorator
@inline
function column<T>(b: usize, stride: i32): v128 {
  const b2 = b + (stride << 1);
  let column = f32x4.splat(load1<T>(b));
  column = f32x4.replace_lane(column, 1, load1<T>(b + stride));
  column = f32x4.replace_lane(column, 2, load1<T>(b2));
  return f32x4.replace_lane(column, 3, load1<T>(b2 + stride));
}

/** `step4` for eight steps of halves. */
// @ts-ignore: decorator
@inline
function step8<T>(sum: v128, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, x7: v128, b: usize, stride: i32): v128 {
  const b2 = b + (stride << 1);
  const r0 = v128.load(b);
  const r1 = v128.load(b + stride);
  const r2 = v128.load(b2);
  const r3 = v128.load(b2 + stride);
  // turned as pairs of steps
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  let pairs = v128.shuffle<i32>(low01, low23, 0, 1, 4, 5);
  sum = f32x4.add(sum, f32x4.mul(x0, lower<T>(pairs)));
  sum = f32x4.add(sum, f32x4.mul(x1, upper<T>(pairs)));
  pairs = v128.shuffle<i32>(low01, low23, 2, 3, 6, 7);
  sum = f32x4.add(sum, f32x4.mul(x2, lower<T>(pairs)));
  sum = f32x4.add(sum, f32x4.mul(x3, upper<T>(pairs)));
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  pairs = v128.shuffle<i32>(high01, high23, 0, 1, 4, 5);
  sum = f32x4.add(sum, f32x4.mul(x4, lower<T>(pairs)));
  sum = f32x4.add(sum, f32x4.mul(x5, upper<T>(pairs)));
  pairs = v128.shuffle<i32>(high01, high23, 2, 3, 6, 7);
  sum = f32x4.add(sum, f32x4.mul(x6, lower<T>(pairs)));
  return f32x4.add(sum, f32x4.mul(x7, upper<T>(pairs)));
}

/** The same for one step. */
// @ts-ignore: decorator
@inline
function step1<T>(sum: v128, x: v128, b: usize, stride: i32): v128 {
  return f32x4.add(sum, f32x4.mul(x, column<T>(b, stride)));
}

/**
 * Reads four cache lines for nothing, so that they are there when they are wanted: rows of halves are so short that sixteen of them are too
 * many streams for the processor to foresee.
 */
// @ts-ignore: decorator
@inline
function touch(at: usize): void {
  load<i32>(at);
  load<i32>(at, 64);
  load<i32>(at, 128);
  load<i32>(at, 192);
}

/** Sixteen columns: four sums at once hide the time that an addition takes. At `ahead` are those that come next, read with halves. */
function sixteen<T>(a: usize, aStride: i32, b: usize, stride: i32, K: i32, c: usize, fresh: bool, ahead: usize): void {
  const quarter = stride << 2;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  if (!fresh) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
  }
  let k = 0;
  if (!isFloat<T>()) {
    for (; k + 8 <= K; k += 8) {
      const x0 = v128.load32_splat(a);
      const x1 = v128.load32_splat(a, 4);
      const x2 = v128.load32_splat(a, 8);
      const x3 = v128.load32_splat(a, 12);
      const x4 = v128.load32_splat(a, 16);
      const x5 = v128.load32_splat(a, 20);
      const x6 = v128.load32_splat(a, 24);
      const x7 = v128.load32_splat(a, 28);
      s0 = step8<T>(s0, x0, x1, x2, x3, x4, x5, x6, x7, b, stride);
      s1 = step8<T>(s1, x0, x1, x2, x3, x4, x5, x6, x7, b + quarter, stride);
      s2 = step8<T>(s2, x0, x1, x2, x3, x4, x5, x6, x7, b + (quarter << 1), stride);
      s3 = step8<T>(s3, x0, x1, x2, x3, x4, x5, x6, x7, b + (quarter << 1) + quarter, stride);
      touch(ahead);
      ahead += 256;
      a += 32;
      b += 16;
    }
  }
  for (; isFloat<T>() && k + 4 <= K; k += 4) {
    const a2 = a + (aStride << 1);
    const x0 = v128.load32_splat(a);
    const x1 = v128.load32_splat(a + aStride);
    const x2 = v128.load32_splat(a2);
    const x3 = v128.load32_splat(a2 + aStride);
    s0 = step4(s0, x0, x1, x2, x3, b, stride);
    s1 = step4(s1, x0, x1, x2, x3, b + quarter, stride);
    s2 = step4(s2, x0, x1, x2, x3, b + (quarter << 1), stride);
    s3 = step4(s3, x0, x1, x2, x3, b + (quarter << 1) + quarter, stride);
    a += aStride << 2;
    b += 16;
  }
  for (; k < K; k++) {
    const x = v128.load32_splat(a);
    s0 = step1<T>(s0, x, b, stride);
    s1 = step1<T>(s1, x, b + quarter, stride);
    s2 = step1<T>(s2, x, b + (quarter << 1), stride);
    s3 = step1<T>(s3, x, b + (quarter << 1) + quarter, stride);
    a += aStride;
    b += sizeof<T>();
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}

function four<T>(a: usize, aStride: i32, b: usize, stride: i32, K: i32, c: usize, fresh: bool): void {
  let sum = f32x4.splat(0);
  if (!fresh) sum = v128.load(c);
  let k = 0;
  if (!isFloat<T>()) {
    for (; k + 8 <= K; k += 8) {
      const x0 = v128.load32_splat(a);
      const x1 = v128.load32_splat(a, 4);
      const x2 = v128.load32_splat(a, 8);
      const x3 = v128.load32_splat(a, 12);
      const x4 = v128.load32_splat(a, 16);
      const x5 = v128.load32_splat(a, 20);
      const x6 = v128.load32_splat(a, 24);
      const x7 = v128.load32_splat(a, 28);
      sum = step8<T>(sum, x0, x1, x2, x3, x4, x5, x6, x7, b, stride);
      a += 32;
      b += 16;
    }
  }
  for (; isFloat<T>() && k + 4 <= K; k += 4) {
    const a2 = a + (aStride << 1);
    const x1 = v128.load32_splat(a + aStride);
    sum = step4(sum, v128.load32_splat(a), x1, v128.load32_splat(a2), v128.load32_splat(a2 + aStride), b, stride);
    a += aStride << 2;
    b += 16;
  }
  for (; k < K; k++) {
    sum = step1<T>(sum, v128.load32_splat(a), b, stride);
    a += aStride;
    b += sizeof<T>();
  }
  v128.store(c, sum);
}

/** c [N] (+)= a [K] * B [K,N], the columns of B `stride` bytes apart and each contiguous. With halves a is contiguous too. */
export function rowProduct<T>(a: usize, aStride: i32, b: usize, stride: i32, K: i32, N: i32, c: usize, fresh: bool): void {
  let n = 0;
  for (; n + 16 <= N; n += 16) {
    sixteen<T>(a, aStride, b, stride, K, c, fresh, n + 32 <= N ? b + (stride << 4) : b);
    b += stride << 4;
    c += 64;
  }
  for (; n + 4 <= N; n += 4) {
    four<T>(a, aStride, b, stride, K, c, fresh);
    b += stride << 2;
    c += 16;
  }
  for (; n < N; n++) {
    let sum = fresh ? <f32>0 : load<f32>(c);
    for (let k = 0; k < K; k++) sum += load<f32>(a + k * aStride) * load1<T>(b + k * sizeof<T>());
    store<f32>(c, sum);
    b += stride;
    c += 4;
  }
}
