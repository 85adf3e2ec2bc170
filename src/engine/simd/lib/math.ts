// Elementary functions for four numbers at once, and sums in a fixed order. Polynomials only: no tables, no static data, the same
// bits on every machine.

// The stages of an exponential: range reduction and coefficients of Cephes expf.

// @ts-ignore: decorator
@inline
function clamped(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.33654)), f32x4.splat(88.37626));
}

/** x / ln 2 plus 1.5 * 2^23, which rounds it to a whole number that then stands at the bottom of the mantissa. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(12582912));
}

// @ts-ignore: decorator
@inline
function reduced(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, f32x4.splat(12582912));
  x = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  return f32x4.add(x, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
}

/** One step of Horner's scheme. */
// @ts-ignore: decorator
@inline
function step(y: v128, x: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(y, x), f32x4.splat(coefficient));
}

/** (y x^2 + x + 1) * 2^n */
// @ts-ignore: decorator
@inline
function raised(y: v128, x: v128, t: v128): v128 {
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, x), x), x), f32x4.splat(1));
  return f32x4.mul(y, i32x4.add(i32x4.shl(t, 23), i32x4.splat(0x3f800000)));
}

/**
 * exp of four numbers, error at most 2 units in the last place. Arguments are clamped to [-87.33, 88.37], so the result is never 0 or
 * infinite; NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = clamped(x);
  const t = rounded(x);
  x = reduced(x, t);
  let y = step(f32x4.splat(1.9875691500e-4), x, 1.3981999507e-3);
  y = step(y, x, 8.3334519073e-3);
  y = step(y, x, 4.1665795894e-2);
  y = step(y, x, 1.6666665459e-1);
  y = step(y, x, 5.0000001201e-1);
  return raised(y, x, t);
}

/** Arguments as `exp4` clamps them; where they are `falling`, none is much above 0. */
// @ts-ignore: decorator
@inline
function bounded(x: v128, falling: bool): v128 {
  return falling ? f32x4.pmax(x, f32x4.splat(-87.33654)) : clamped(x);
}

/**
 * y = exp(scale * x - shift) for four numbers at each of four places `stride` bytes apart, which have shifts of their own; in place if y is x.
 * The bits of `exp4`, nearly twice as fast: each stage of an exponential waits for the one before, but not for those of the other places.
 * Returns `sum` with the four results added, one after the other.
 */
// @ts-ignore: decorator
@inline
export function exp16(
  x: usize, y: usize, stride: i32, scale: v128, shift0: v128, shift1: v128, shift2: v128, shift3: v128, falling: bool, sum: v128,
): v128 {
  const two = stride << 1;
  const three = two + stride;
  let x0 = bounded(f32x4.sub(f32x4.mul(v128.load(x), scale), shift0), falling);
  let x1 = bounded(f32x4.sub(f32x4.mul(v128.load(x + stride), scale), shift1), falling);
  let x2 = bounded(f32x4.sub(f32x4.mul(v128.load(x + two), scale), shift2), falling);
  let x3 = bounded(f32x4.sub(f32x4.mul(v128.load(x + three), scale), shift3), falling);
  const t0 = rounded(x0);
  const t1 = rounded(x1);
  const t2 = rounded(x2);
  const t3 = rounded(x3);
  x0 = reduced(x0, t0);
  x1 = reduced(x1, t1);
  x2 = reduced(x2, t2);
  x3 = reduced(x3, t3);
  const first = f32x4.splat(1.9875691500e-4);
  let y0 = step(first, x0, 1.3981999507e-3);
  let y1 = step(first, x1, 1.3981999507e-3);
  let y2 = step(first, x2, 1.3981999507e-3);
  let y3 = step(first, x3, 1.3981999507e-3);
  y0 = step(y0, x0, 8.3334519073e-3);
  y1 = step(y1, x1, 8.3334519073e-3);
  y2 = step(y2, x2, 8.3334519073e-3);
  y3 = step(y3, x3, 8.3334519073e-3);
  y0 = step(y0, x0, 4.1665795894e-2);
  y1 = step(y1, x1, 4.1665795894e-2);
  y2 = step(y2, x2, 4.1665795894e-2);
  y3 = step(y3, x3, 4.1665795894e-2);
  y0 = step(y0, x0, 1.6666665459e-1);
  y1 = step(y1, x1, 1.6666665459e-1);
  y2 = step(y2, x2, 1.6666665459e-1);
  y3 = step(y3, x3, 1.6666665459e-1);
  y0 = step(y0, x0, 5.0000001201e-1);
  y1 = step(y1, x1, 5.0000001201e-1);
  y2 = step(y2, x2, 5.0000001201e-1);
  y3 = step(y3, x3, 5.0000001201e-1);
  y0 = raised(y0, x0, t0);
  y1 = raised(y1, x1, t1);
  y2 = raised(y2, x2, t2);
  y3 = raised(y3, x3, t3);
  v128.store(y, y0);
  v128.store(y + stride, y1);
  v128.store(y + two, y2);
  v128.store(y + three, y3);
  return f32x4.add(f32x4.add(f32x4.add(f32x4.add(sum, y0), y1), y2), y3);
}

/** `exp4` of one number. */
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** Natural logarithm of a positive normal number: ln m as a series in (m - 1) / (m + 1), m within a factor of sqrt(2) of 1. */
export function ln(x: f64): f64 {
  let bits = reinterpret<i64>(x);
  let exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  const z = (m - 1) / (m + 1);
  const w = z * z;
  let sum: f64 = 1.0 / 15;
  sum = sum * w + 1.0 / 13;
  sum = sum * w + 1.0 / 11;
  sum = sum * w + 1.0 / 9;
  sum = sum * w + 1.0 / 7;
  sum = sum * w + 1.0 / 5;
  sum = sum * w + 1.0 / 3;
  sum = sum * w + 1.0;
  // NaN and infinity have no exponent of their own; let them through.
  return x - x == 0 ? 2 * z * sum + <f64>exponent * 0.6931471805599453 : x;
}

/** The four lanes added as (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  const y = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(y, 0) + f32x4.extract_lane(y, 1);
}

/** The largest lane. */
// @ts-ignore: decorator
@inline
export function max4(x: v128): f32 {
  const y = f32x4.pmax(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return max(f32x4.extract_lane(y, 0), f32x4.extract_lane(y, 1));
}

/** The dot product of two vectors of `n` numbers. */
export function dot(a: usize, b: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  const end4 = a + ((n & ~3) << 2);
  const end = a + (n << 2);
  for (; a < end4; a += 16, b += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(a), v128.load(b)));
  let total = sum4(sum);
  for (; a < end; a += 4, b += 4) total += load<f32>(a) * load<f32>(b);
  return total;
}

/** The largest of `n` numbers, n at least 1. */
export function largest(x: usize, n: i32): f32 {
  let best = load<f32>(x);
  const end4 = x + ((n & ~3) << 2);
  const end = x + (n << 2);
  if (n >= 4) {
    let top = v128.load(x);
    let top1 = top;
    let top2 = top;
    let top3 = top;
    for (; x + 64 <= end4; x += 64) {
      top = f32x4.pmax(top, v128.load(x));
      top1 = f32x4.pmax(top1, v128.load(x, 16));
      top2 = f32x4.pmax(top2, v128.load(x, 32));
      top3 = f32x4.pmax(top3, v128.load(x, 48));
    }
    top = f32x4.pmax(f32x4.pmax(top, top1), f32x4.pmax(top2, top3));
    for (; x < end4; x += 16) top = f32x4.pmax(top, v128.load(x));
    best = max4(top);
  }
  for (; x < end; x += 4) best = max(best, load<f32>(x));
  return best;
}

/** y = exp(scale * x - shift) for `n` numbers, in place if y is x, `shift` the largest of scale * x; returns the sum of y. */
export function expSum(x: usize, y: usize, n: i32, scale: f32, shift: f32): f32 {
  let sum = f32x4.splat(0);
  const a = f32x4.splat(scale);
  const b = f32x4.splat(shift);
  const end4 = x + ((n & ~3) << 2);
  const end = x + (n << 2);
  for (; x + 64 <= end4; x += 64, y += 64) {
    sum = exp16(x, y, 16, a, b, b, b, b, true, sum);
  }
  for (; x < end4; x += 16, y += 16) {
    const e = exp4(f32x4.sub(f32x4.mul(v128.load(x), a), b));
    v128.store(y, e);
    sum = f32x4.add(sum, e);
  }
  let total = sum4(sum);
  for (; x < end; x += 4, y += 4) {
    const e = exp1(load<f32>(x) * scale - shift);
    store<f32>(y, e);
    total += e;
  }
  return total;
}
