/**
 * The loss of distillation on WebGPU. On a graphics card one workgroup of 64 threads a row of logits, of which only the teacher's tokens
 * are read.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksForRows, rowKernel } from '../webgpu-kernel.ts';
import type { DivergenceAttributes } from './divergence.ts';
import { registerOpKernel, sameData } from './op.ts';

/**
 * log((1 - alpha) exp(q) + alpha exp(p)); the larger exponential is taken out of the sum, which is never 0 between the ends, where WGSL
 * may assume that no infinity occurs.
 */
const MIXTURE = `
fn mixture(q: f32, p: f32, alpha: f32) -> f32 {
  if (alpha == 0.0) { return q; }
  if (alpha == 1.0) { return p; }
  let top = max(q, p);
  return top + log((1.0 - alpha) * exp(q - top) + alpha * exp(p - top));
}`;

/**
 * The gradient stands over the teacher's numbers until all threads have read the row of logits, which then becomes zeros but for the
 * tokens of the support.
 */
const DIVERGENCE = rowKernel({
  key: 'Divergence',
  read: { ids: 'i32' },
  write: { logits: 'f32', teacher: 'f32', losses: 'f32' },
  params: { width: 'u32', support: 'u32', alpha: 'f32', weight: 'f32' },
  declare: MIXTURE,
  body: `
  let at = row * params.width;
  let begin = row * params.support;
  let end = begin + params.support;
  var most = -3.4e38;
  for (var i = begin + first; i < end; i += STEP) { most = max(most, logits[at + u32(ids[i])]); }
  let top = maxOverLanes(lane, most);
  var sum = 0.0;
  for (var i = begin + first; i < end; i += STEP) { sum += exp(logits[at + u32(ids[i])] - top); }
  let total = log(sumOverLanes(lane, sum));
  let ofStudent = select(1.0 - params.alpha, 1.0, params.alpha == 1.0);
  let ofTeacher = select(params.alpha, 1.0, params.alpha == 0.0);
  var loss = 0.0;
  var pull = 0.0;
  for (var i = begin + first; i < end; i += STEP) {
    let q = logits[at + u32(ids[i])] - top - total;
    let p = teacher[i];
    let m = mixture(q, p, params.alpha);
    let fromStudent = ofStudent * exp(q) * (q - m);
    loss += fromStudent + ofTeacher * exp(p) * (p - m);
    let d = select(fromStudent, -exp(p), params.alpha == 0.0);
    teacher[i] = d;
    pull += d;
  }
  let all = sumOverLanes(lane, loss);
  if (leader) { losses[row] = params.weight * all; }
  let pulled = sumOverLanes(lane, pull);
  for (var i = begin + first; i < end; i += STEP) {
    teacher[i] = params.weight * (teacher[i] - exp(logits[at + u32(ids[i])] - top - total) * pulled);
  }
  settle();
  for (var v = first; v < params.width; v += STEP) { logits[at + v] = 0.0; }
  settle();
  for (var i = begin + first; i < end; i += STEP) { logits[at + u32(ids[i])] = teacher[i]; }`,
});

type Inputs = { readonly logits: Tensor; readonly ids: Tensor; readonly teacher: Tensor };

registerOpKernel<Inputs, DivergenceAttributes>('Divergence', 'webgpu', ({ logits, ids, teacher }, { alpha, weight }, backend) => {
  const gpu = ownBackend(backend);
  const [rows, width] = logits.shape as [number, number];
  const [, support] = ids.shape as [number, number];
  const losses = gpu.output([rows]);
  const params = { rows, width, support, alpha, weight };
  gpu.run(DIVERGENCE[gpu.variant], { logits, ids, teacher, losses }, params, blocksForRows(gpu.variant, rows));
  return [losses, sameData(logits, logits.shape, gpu)];
});
