// One row of a matrix product from a transposed B, as the weights of a linear layer are stored: B is read along k and turned in
// registers, because packing it would cost more than the product. The same sums in the same order as in tiles.ts.

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

/** The same for one step. */
// @ts-ignore: decorator
@inline
function step1(sum: v128, x: v128, b: usize, stride: i32): v128 {
  const b2 = b + (stride << 1);
  let column = f32x4.splat(load<f32>(b));
  column = f32x4.replace_lane(column, 1, load<f32>(b + stride));
  column = f32x4.replace_lane(column, 2, load<f32>(b2));
  column = f32x4.replace_lane(column, 3, load<f32>(b2 + stride));
  return f32x4.add(sum, f32x4.mul(x, column));
}

/** Sixteen columns: four sums at once hide the time that an addition takes. */
function sixteen(a: usize, aStride: i32, b: usize, stride: i32, K: i32, c: usize, fresh: bool): void {
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
  for (; k + 4 <= K; k += 4) {
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
    s0 = step1(s0, x, b, stride);
    s1 = step1(s1, x, b + quarter, stride);
    s2 = step1(s2, x, b + (quarter << 1), stride);
    s3 = step1(s3, x, b + (quarter << 1) + quarter, stride);
    a += aStride;
    b += 4;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}

function four(a: usize, aStride: i32, b: usize, stride: i32, K: i32, c: usize, fresh: bool): void {
  let sum = f32x4.splat(0);
  if (!fresh) sum = v128.load(c);
  let k = 0;
  for (; k + 4 <= K; k += 4) {
    const a2 = a + (aStride << 1);
    const x1 = v128.load32_splat(a + aStride);
    sum = step4(sum, v128.load32_splat(a), x1, v128.load32_splat(a2), v128.load32_splat(a2 + aStride), b, stride);
    a += aStride << 2;
    b += 16;
  }
  for (; k < K; k++) {
    sum = step1(sum, v128.load32_splat(a), b, stride);
    a += aStride;
    b += 4;
  }
  v128.store(c, sum);
}

/** c [N] (+)= a [K] * B [K,N], the columns of B `stride` bytes apart and each contiguous. */
export function rowProduct(a: usize, aStride: i32, b: usize, stride: i32, K: i32, N: i32, c: usize, fresh: bool): void {
  let n = 0;
  for (; n + 16 <= N; n += 16) {
    sixteen(a, aStride, b, stride, K, c, fresh);
    b += stride << 4;
    c += 64;
  }
  for (; n + 4 <= N; n += 4) {
    four(a, aStride, b, stride, K, c, fresh);
    b += stride << 2;
    c += 16;
  }
  for (; n < N; n++) {
    let sum = fresh ? <f32>0 : load<f32>(c);
    for (let k = 0; k < K; k++) sum += load<f32>(a + k * aStride) * load<f32>(b + (k << 2));
    store<f32>(c, sum);
    b += stride;
    c += 4;
  }
}
