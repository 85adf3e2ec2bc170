// The optimiser's arithmetic in place.

/** The sum of the squares of `n` numbers, in double precision. */
export function squaredNorm(x: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + (n << 2);
  for (; x + 16 <= end; x += 16) {
    const values = v128.load(x);
    const a = f64x2.promote_low_f32x4(values);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const both = f64x2.add(low, high);
  let total = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; x < end; x += 4) total += <f64>load<f32>(x) * <f64>load<f32>(x);
  return total;
}

/** One AdamW update of `n` parameters p with moments m and v; g is scaled by `scale` first. */
export function adamW(
  p: usize, m: usize, v: usize, g: usize, n: i32, scale: f32, learningRate: f32, beta1: f32, beta2: f32,
  rest1: f32, rest2: f32, epsilon: f32, weightDecay: f32, correction1: f32, correction2: f32,
): void {
  const end = p + (n << 2);
  const scale4 = f32x4.splat(scale);
  const rate4 = f32x4.splat(learningRate);
  const beta14 = f32x4.splat(beta1);
  const beta24 = f32x4.splat(beta2);
  const rest14 = f32x4.splat(rest1);
  const rest24 = f32x4.splat(rest2);
  const epsilon4 = f32x4.splat(epsilon);
  const decay4 = f32x4.splat(weightDecay);
  const correction14 = f32x4.splat(correction1);
  const correction24 = f32x4.splat(correction2);
  for (; p + 16 <= end; p += 16, m += 16, v += 16, g += 16) {
    const gradient = f32x4.mul(v128.load(g), scale4);
    const first = f32x4.add(f32x4.mul(v128.load(m), beta14), f32x4.mul(gradient, rest14));
    const second = f32x4.add(f32x4.mul(v128.load(v), beta24), f32x4.mul(f32x4.mul(gradient, gradient), rest24));
    const old = v128.load(p);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(second, correction24)), epsilon4);
    const step = f32x4.add(f32x4.div(f32x4.mul(first, correction14), root), f32x4.mul(old, decay4));
    v128.store(m, first);
    v128.store(v, second);
    v128.store(p, f32x4.sub(old, f32x4.mul(step, rate4)));
  }
  for (; p < end; p += 4, m += 4, v += 4, g += 4) {
    const gradient = load<f32>(g) * scale;
    const first = load<f32>(m) * beta1 + gradient * rest1;
    const second = load<f32>(v) * beta2 + gradient * gradient * rest2;
    const old = load<f32>(p);
    const step = (first * correction1) / (sqrt<f32>(second * correction2) + epsilon) + old * weightDecay;
    store<f32>(m, first);
    store<f32>(v, second);
    store<f32>(p, old - step * learningRate);
  }
}
