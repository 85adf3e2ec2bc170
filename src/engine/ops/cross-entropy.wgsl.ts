/**
 * The loss on next tokens on WebGPU. On a graphics card one workgroup of 64 threads a row of logits; targets stay integers. The losses of the rows
 * are added by one workgroup, in an order that depends on the number of rows only.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, blocksForRows, type Kernel, kernel, rowKernel, type Variant } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import { ADD_ALL } from './adamw.wgsl.ts';

/** The maximum is finite from the start: WGSL may assume that infinities never occur. */
const LOG_SUM_EXP = `
  let at = row * params.columns;
  var largest = -3.4e38;
  for (var i = first; i < params.columns; i += STEP) { largest = max(largest, logits[at + i]); }
  let top = maxOverLanes(lane, largest);
  var sum = 0.0;
  for (var i = first; i < params.columns; i += STEP) { sum += exp(logits[at + i] - top); }
  let logSum = top + log(sumOverLanes(lane, sum));`;

/** A target outside the vocabulary has a logit of 0, as in the one-hot reference. */
const TARGET_LOGIT = `
  let id = targets[row];
  var chosen = 0.0;
  if (id >= 0 && id < i32(params.columns)) { chosen = logits[at + u32(id)]; }`;

const FORWARD = rowKernel({
  key: 'CrossEntropy',
  read: { logits: 'f32', targets: 'i32', weights: 'f32' },
  write: { losses: 'f32', lse: 'f32' },
  params: { columns: 'u32' },
  body: `${LOG_SUM_EXP}
  if (leader) {
    ${TARGET_LOGIT}
    lse[row] = logSum;
    losses[row] = weights[row] * (logSum - chosen);
  }`,
});

const LOG_PROBS = rowKernel({
  key: 'TokenLogProbs',
  read: { logits: 'f32', targets: 'i32' },
  write: { logProbs: 'f32' },
  params: { columns: 'u32' },
  body: `${LOG_SUM_EXP}
  if (leader) {
    ${TARGET_LOGIT}
    logProbs[row] = chosen - logSum;
  }`,
});

/** (softmax - one-hot) * weight, one thread an element. */
const GRADIENT = kernel({
  key: 'CrossEntropyGrad',
  read: { logits: 'f32', targets: 'i32', weights: 'f32', lse: 'f32', dy: 'f32' },
  write: { dLogits: 'f32' },
  params: { size: 'u32', columns: 'u32' },
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let row = i / params.columns;
  var error = exp(logits[i] - lse[row]);
  if (i32(i % params.columns) == targets[row]) { error -= 1.0; }
  dLogits[i] = error * weights[row] * dy[0];`,
});

export const crossEntropyKernels = (variant: Variant): readonly Kernel[] => [FORWARD[variant], LOG_PROBS[variant], GRADIENT];

type CrossEntropyInputs = { readonly logits: Tensor; readonly targets: Tensor; readonly weights: Tensor };

registerOpKernel<CrossEntropyInputs, object>('CrossEntropy', 'webgpu', ({ logits, targets, weights }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, columns] = logits.shape as [number, number];
  const [losses, lse, loss] = [gpu.output([rows]), gpu.output([rows]), gpu.output([])];
  gpu.run(FORWARD[gpu.variant], { logits, targets, weights, losses, lse }, { rows, columns }, blocksForRows(gpu.variant, rows));
  gpu.run(ADD_ALL, { values: losses, total: loss }, { size: rows }, 1);
  gpu.release(losses);
  return [loss, lse];
});

registerOpKernel<CrossEntropyInputs & { readonly lse: Tensor; readonly dy: Tensor }, object>(
  'CrossEntropyGrad',
  'webgpu',
  ({ logits, targets, weights, lse, dy }, _, backend) => {
    const gpu = ownBackend(backend);
    const [rows, columns] = logits.shape as [number, number];
    const dLogits = gpu.output(logits.shape);
    const size = rows * columns;
    gpu.run(GRADIENT, { logits, targets, weights, lse, dy, dLogits }, { size, columns }, blocksFor(GRADIENT, size));
    return [dLogits];
  },
);

registerOpKernel<{ readonly logits: Tensor; readonly targets: Tensor }, object>(
  'TokenLogProbs',
  'webgpu',
  ({ logits, targets }, _, backend) => {
    const gpu = ownBackend(backend);
    const [rows, columns] = logits.shape as [number, number];
    const logProbs = gpu.output([rows]);
    gpu.run(LOG_PROBS[gpu.variant], { logits, targets, logProbs }, { rows, columns }, blocksForRows(gpu.variant, rows));
    return [logProbs];
  },
);
