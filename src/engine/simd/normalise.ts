// Root-mean-square normalisation, forward and backward. Each row by itself; only the gradient of the gain sums over rows.
import { dot, sum4 } from './lib/math';

// @ts-ignore: decorator
@inline
function inverseRms(x: usize, D: i32, epsilon: f32): f32 {
  return <f32>1 / sqrt<f32>(dot(x, x, D) / <f32>D + epsilon);
}

/** y [M,D] = x / rms(x) * gain */
export function rmsNorm(x: usize, gain: usize, y: usize, M: i32, D: i32, epsilon: f32): void {
  for (let m = 0; m < M; m++) {
    const r = inverseRms(x, D, epsilon);
    const r4 = f32x4.splat(r);
    let d = 0;
    for (; d + 4 <= D; d += 4) {
      const at = d << 2;
      v128.store(y + at, f32x4.mul(f32x4.mul(v128.load(x + at), r4), v128.load(gain + at)));
    }
    for (; d < D; d++) {
      const at = d << 2;
      store<f32>(y + at, load<f32>(x + at) * r * load<f32>(gain + at));
    }
    x += D << 2;
    y += D << 2;
  }
}

/** x += y for `n` numbers. */
function add(x: usize, y: usize, n: i32): void {
  const end = x + (n << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(x, f32x4.add(v128.load(x), v128.load(y)));
  for (; x < end; x += 4, y += 4) store<f32>(x, load<f32>(x) + load<f32>(y));
}

/** dx [M,D] = r * (dy * gain - x * r^2 * mean(dy * gain * x)) + residual with r = 1 / rms(x); `residual` may be 0, which is none. */
export function rmsNormGradX(x: usize, gain: usize, dy: usize, residual: usize, dx: usize, M: i32, D: i32, epsilon: f32): void {
  for (let m = 0; m < M; m++) {
    const r = inverseRms(x, D, epsilon);
    let inner4 = f32x4.splat(0);
    let d = 0;
    for (; d + 4 <= D; d += 4) {
      const at = d << 2;
      const scaled = f32x4.mul(v128.load(dy + at), v128.load(gain + at));
      v128.store(dx + at, scaled);
      inner4 = f32x4.add(inner4, f32x4.mul(scaled, v128.load(x + at)));
    }
    let inner = sum4(inner4);
    for (; d < D; d++) {
      const at = d << 2;
      const scaled = load<f32>(dy + at) * load<f32>(gain + at);
      store<f32>(dx + at, scaled);
      inner += scaled * load<f32>(x + at);
    }
    const c = (r * r * inner) / <f32>D;
    const r4 = f32x4.splat(r);
    const c4 = f32x4.splat(c);
    d = 0;
    for (; d + 4 <= D; d += 4) {
      const at = d << 2;
      v128.store(dx + at, f32x4.mul(r4, f32x4.sub(v128.load(dx + at), f32x4.mul(v128.load(x + at), c4))));
    }
    for (; d < D; d++) {
      const at = d << 2;
      store<f32>(dx + at, r * (load<f32>(dx + at) - load<f32>(x + at) * c));
    }
    if (residual != 0) {
      add(dx, residual, D);
      residual += D << 2;
    }
    x += D << 2;
    dy += D << 2;
    dx += D << 2;
  }
}

/** dGain [D] = sum over rows of dy * x / rms(x), rows in order */
export function rmsNormGradGain(x: usize, dy: usize, dGain: usize, M: i32, D: i32, epsilon: f32): void {
  memory.fill(dGain, 0, D << 2);
  for (let m = 0; m < M; m++) {
    const r = inverseRms(x, D, epsilon);
    const r4 = f32x4.splat(r);
    let d = 0;
    for (; d + 4 <= D; d += 4) {
      const at = d << 2;
      const term = f32x4.mul(v128.load(dy + at), f32x4.mul(v128.load(x + at), r4));
      v128.store(dGain + at, f32x4.add(v128.load(dGain + at), term));
    }
    for (; d < D; d++) {
      const at = d << 2;
      store<f32>(dGain + at, load<f32>(dGain + at) + load<f32>(dy + at) * (load<f32>(x + at) * r));
    }
    x += D << 2;
    dy += D << 2;
  }
}
