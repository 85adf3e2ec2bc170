// Numbers multiplied in place.

/** x *= factor for `n` numbers. */
export function scale(x: usize, n: i32, factor: f32): void {
  const factor4 = f32x4.splat(factor);
  const end = x + (n << 2);
  for (; x + 16 <= end; x += 16) v128.store(x, f32x4.mul(v128.load(x), factor4));
  for (; x < end; x += 4) store<f32>(x, load<f32>(x) * factor);
}
