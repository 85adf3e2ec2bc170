// Elementary functions for four numbers at once, and sums in a fixed order. Polynomials only: no tables, no static data, the same
// bits on every machine.

/**
 * exp of four numbers, error at most 2 units in the last place (range reduction and coefficients of Cephes expf).
 * Arguments are clamped to [-87.33, 88.37], so the result is never 0 or infinite; NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.33654)), f32x4.splat(88.37626));
  // Adding 1.5 * 2^23 rounds to a whole number n, whose bits then stand at the bottom of the mantissa.
  const t = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(12582912));
  const n = f32x4.sub(t, f32x4.splat(12582912));
  x = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  x = f32x4.add(x, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let y = f32x4.add(f32x4.mul(x, f32x4.splat(1.9875691500e-4)), f32x4.splat(1.3981999507e-3));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(8.3334519073e-3));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(4.1665795894e-2));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(1.6666665459e-1));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(5.0000001201e-1));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, x), x), x), f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(t, 23), i32x4.splat(0x3f800000)); // 2^n
  return f32x4.mul(y, power);
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
function max4(x: v128): f32 {
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
    for (; x < end4; x += 16) top = f32x4.pmax(top, v128.load(x));
    best = max4(top);
  }
  for (; x < end; x += 4) best = max(best, load<f32>(x));
  return best;
}

/** y = exp(scale * x - shift) for `n` numbers, in place if y is x; returns the sum of y. */
export function expSum(x: usize, y: usize, n: i32, scale: f32, shift: f32): f32 {
  let sum = f32x4.splat(0);
  const a = f32x4.splat(scale);
  const b = f32x4.splat(shift);
  const end4 = x + ((n & ~3) << 2);
  const end = x + (n << 2);
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
