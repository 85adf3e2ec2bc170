/**
 * The loss on next tokens on WebGPU. On a graphics card one workgroup of 64 threads a row of logits; targets stay integers. Logits
 * are read four at a time where the vocabulary is a multiple of 4.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, blocksForRows, rowKernel } from '../webgpu-kernel.ts';
import { registerOpKernel, sameData } from './op.ts';
import { forVectors, lengthOf, type Vector, vectorFor, VECTORS } from './vector-text.ts';

/** `N` is what a thread reads at once, of which a row has `columns`; `width` is the vocabulary. */
const PARAMS = { columns: 'u32', width: 'u32' } as const;

/** Logit `id` of the row that begins at `at`. */
const LOGIT: Readonly<Record<Vector, string>> = {
  f32: 'logits[at + u32(id)]',
  'vec4<f32>': 'logits[at + u32(id) / 4u][u32(id) % 4u]',
};

/**
 * The largest logit and the sum of the exponentials of all minus that, which stay apart because their logarithm's sum would lose digits.
 * The maximum is finite from the start: WGSL may assume that infinities never occur.
 */
const LOG_SUM_EXP = `
  let at = row * params.columns;
  var most = N(-3.4e38);
  for (var i = first; i < params.columns; i += STEP) { most = max(most, logits[at + i]); }
  let top = maxOverLanes(lane, largestOf(most));
  var sum = N();
  for (var i = first; i < params.columns; i += STEP) { sum += exp(logits[at + i] - top); }
  let total = sumOverLanes(lane, sumOf(sum));`;

/** A target outside the vocabulary has a logit of 0, as in the one-hot reference. */
const chosen = (vector: Vector): string => `
  let id = targets[row];
  var chosen = 0.0;
  if (id >= 0 && id < i32(params.width)) { chosen = ${LOGIT[vector]}; }`;

/** The gradient goes over the logits: each thread writes what it alone has read, after the target's logit is known. */
const loss = (vector: Vector) =>
  rowKernel({
    key: `CrossEntropy ${vector}`,
    read: { targets: 'i32' },
    write: { logits: vector, losses: 'f32' },
    params: { ...PARAMS, weight: 'f32' },
    declare: VECTORS[vector],
    body: `${LOG_SUM_EXP}
  ${chosen(vector)}
  if (leader) { losses[row] = params.weight * (top - chosen + log(total)); }
  settle();
  let inverse = 1.0 / total;
  for (var i = first; i < params.columns; i += STEP) {
    logits[at + i] = (exp(logits[at + i] - top) * inverse - select(N(), N(1.0), placesOf(i) == N(f32(id)))) * params.weight;
  }`,
  });

const logProbs = (vector: Vector) =>
  rowKernel({
    key: `TokenLogProbs ${vector}`,
    read: { logits: vector, targets: 'i32' },
    write: { logProbs: 'f32' },
    params: PARAMS,
    declare: VECTORS[vector],
    body: `${LOG_SUM_EXP}
  if (leader) {
    ${chosen(vector)}
    logProbs[row] = chosen - top - log(total);
  }`,
  });

const LOSS = forVectors(loss);
const LOG_PROBS = forVectors(logProbs);

export const ahead: Ahead = ({ variant }, { vocabulary }) => ({
  rest: [LOG_PROBS, LOSS].map((by) => by[vectorFor(vocabulary)][variant]),
});

type Inputs = { readonly logits: Tensor; readonly targets: Tensor };

registerOpKernel<Inputs, { readonly weight: number }>('CrossEntropy', 'webgpu', ({ logits, targets }, { weight }, backend) => {
  const gpu = ownBackend(backend);
  const [rows, width] = logits.shape as [number, number];
  const vector = vectorFor(width);
  const columns = width / lengthOf(vector);
  const losses = gpu.output([rows]);
  const params = { rows, columns, width, weight };
  gpu.run(LOSS[vector][gpu.variant], { logits, targets, losses }, params, blocksForRows(gpu.variant, rows));
  return [losses, sameData(logits, logits.shape, gpu)];
});

registerOpKernel<Inputs, object>('TokenLogProbs', 'webgpu', ({ logits, targets }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, width] = logits.shape as [number, number];
  const vector = vectorFor(width);
  const columns = width / lengthOf(vector);
  const values = gpu.output([rows]);
  const operands = { logits, targets, logProbs: values };
  gpu.run(LOG_PROBS[vector][gpu.variant], operands, { rows, columns, width }, blocksForRows(gpu.variant, rows));
  return [values];
});
