// The loss on next tokens, each row by itself.
import { expSum, largest, ln } from './lib/math';
import { scale } from './scale';

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

/**
 * losses [M] = weight * (lse - logit of the target), and over the logits their gradient (softmax - onehot(target)) * weight.
 */
export function crossEntropy(logits: usize, targets: usize, weight: f32, losses: usize, M: i32, V: i32): void {
  const bytes = V << 2;
  for (let m = 0; m < M; m++) {
    const target = load<i32>(targets + (m << 2));
    const logit = targetLogit(logits, target, V);
    const top = largest(logits, V);
    const sum = expSum(logits, logits, V, 1, top);
    store<f32>(losses + (m << 2), <f32>(<f64>weight * (<f64>top + ln(<f64>sum) - logit)));
    const share = weight / sum;
    scale(logits, V, share);
    if (<u32>target < <u32>V) {
      const at = logits + (target << 2);
      store<f32>(at, load<f32>(at) - weight);
    }
    logits += bytes;
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
