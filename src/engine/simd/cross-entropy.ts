// The loss on next tokens. Each row by itself; only the total sums over rows, in order and in double precision.
import { exp1, exp4, expSum, largest, ln } from './math';

/** ln sum exp of a row of `n` logits; `scratch` holds n numbers. */
// @ts-ignore: decorator
@inline
function logSumExp(row: usize, n: i32, scratch: usize): f64 {
  const top = largest(row, n);
  return <f64>top + ln(<f64>expSum(row, scratch, n, 1, top));
}

// @ts-ignore: decorator
@inline
function targetLogit(row: usize, target: i32, V: i32): f64 {
  return <u32>target < <u32>V ? <f64>load<f32>(row + (target << 2)) : 0;
}

/** loss (one number) = sum of weights * (lse - logit of the target), lse [M]; rows of weight 0 are not read. `scratch`: V numbers. */
export function crossEntropy(logits: usize, targets: usize, weights: usize, loss: usize, lse: usize, M: i32, V: i32, scratch: usize): void {
  let total: f64 = 0;
  for (let m = 0; m < M; m++) {
    const weight = load<f32>(weights + (m << 2));
    let value: f64 = 0;
    if (weight != 0) {
      value = logSumExp(logits, V, scratch);
      total += <f64>weight * (value - targetLogit(logits, load<i32>(targets + (m << 2)), V));
    }
    store<f32>(lse + (m << 2), <f32>value);
    logits += V << 2;
  }
  store<f32>(loss, <f32>total);
}

/** dLogits [M,V] = (softmax - onehot(target)) * weight * dy, dy one number */
export function crossEntropyGrad(
  logits: usize, targets: usize, weights: usize, lse: usize, dy: usize, dLogits: usize, M: i32, V: i32,
): void {
  const bytes = V << 2;
  for (let m = 0; m < M; m++) {
    const weight = load<f32>(weights + (m << 2)) * load<f32>(dy);
    if (load<f32>(weights + (m << 2)) == 0) {
      memory.fill(dLogits, 0, bytes);
    } else {
      const shift = load<f32>(lse + (m << 2));
      const shift4 = f32x4.splat(shift);
      const weight4 = f32x4.splat(weight);
      let i = 0;
      for (; i + 16 <= bytes; i += 16) v128.store(dLogits + i, f32x4.mul(exp4(f32x4.sub(v128.load(logits + i), shift4)), weight4));
      for (; i < bytes; i += 4) store<f32>(dLogits + i, exp1(load<f32>(logits + i) - shift) * weight);
      const target = load<i32>(targets + (m << 2));
      if (<u32>target < <u32>V) {
        const at = target << 2;
        store<f32>(dLogits + at, (exp1(load<f32>(logits + at) - shift) - 1) * weight);
      }
    }
    logits += bytes;
    dLogits += bytes;
  }
}

/** y [M] = log softmax at the target. `scratch`: V numbers. */
export function tokenLogProbs(logits: usize, targets: usize, y: usize, M: i32, V: i32, scratch: usize): void {
  for (let m = 0; m < M; m++) {
    const lse = logSumExp(logits, V, scratch);
    store<f32>(y + (m << 2), <f32>(targetLogit(logits, load<i32>(targets + (m << 2)), V) - lse));
    logits += V << 2;
  }
}
