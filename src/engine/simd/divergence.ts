// The loss of distillation, each row by itself.
import { exp1, expSum, largest, ln } from './lib/math';

/** log((1 - alpha) exp(q) + alpha exp(p)), where neither exponential is lost to the other. */
// @ts-ignore: decorator
@inline
function mixture(q: f64, p: f64, alpha: f64): f64 {
  if (alpha == 0) return q;
  if (alpha == 1) return p;
  const top = max(q, p);
  return top + ln((1 - alpha) * <f64>exp1(<f32>(q - top)) + alpha * <f64>exp1(<f32>(p - top)));
}

/**
 * losses [M] = weight * divergence of the softmax over the K logits at `ids` [M,K] from exp(`teacher`) [M,K], and over the logits [M,V]
 * their gradient, which is 0 elsewhere. Ids are below V and distinct. `scratch`: 2 K numbers.
 */
export function divergence(
  logits: usize,
  ids: usize,
  teacher: usize,
  alpha: f64,
  weight: f64,
  losses: usize,
  M: i32,
  V: i32,
  K: i32,
  scratch: usize,
): void {
  const bytes = <usize>K << 2;
  const raised = scratch + bytes;
  const ofStudent: f64 = alpha == 1 ? 1 : 1 - alpha;
  const ofTeacher: f64 = alpha == 0 ? 1 : alpha;
  for (let m = 0; m < M; m++) {
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(scratch + i, load<f32>(logits + (<usize>load<i32>(ids + i) << 2)));
    const top = largest(scratch, K);
    const sum = <f64>expSum(scratch, raised, K, 1, top);
    const lse = <f64>top + ln(sum);
    let loss: f64 = 0;
    let pull: f64 = 0;
    for (let i: usize = 0; i < bytes; i += 4) {
      const lq = <f64>load<f32>(scratch + i) - lse;
      const lp = <f64>load<f32>(teacher + i);
      const lm = mixture(lq, lp, alpha);
      const fromStudent = (ofStudent * <f64>load<f32>(raised + i) / sum) * (lq - lm);
      const p = <f64>exp1(<f32>lp);
      loss += fromStudent + ofTeacher * p * (lp - lm);
      const d = alpha == 0 ? -p : fromStudent;
      pull += d;
      store<f32>(scratch + i, <f32>d);
    }
    memory.fill(logits, 0, <usize>V << 2);
    for (let i: usize = 0; i < bytes; i += 4) {
      const d = <f64>load<f32>(scratch + i) - (<f64>load<f32>(raised + i) / sum) * pull;
      store<f32>(logits + (<usize>load<i32>(ids + i) << 2), <f32>(weight * d));
    }
    store<f32>(losses + (<usize>m << 2), <f32>(weight * loss));
    logits += <usize>V << 2;
    ids += bytes;
    teacher += bytes;
  }
}
