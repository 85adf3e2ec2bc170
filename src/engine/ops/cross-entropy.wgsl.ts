/**
 * The loss on next tokens on WebGPU. On a graphics card one workgroup of 64 threads a row of logits; targets stay integers. Logits
 * are read four at a time where the vocabulary is a multiple of 4.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksForRows, type Element, type Kernel, rowKernel, type Variant } from '../webgpu-kernel.ts';
import { registerOpKernel, sameData } from './op.ts';

/** `N` is what a thread reads at once, of which a row has `columns`; `width` is the vocabulary. */
const PARAMS = { columns: 'u32', width: 'u32' } as const;

type Text = {
  readonly declare: string;
  readonly largest: (x: string) => string;
  /** Logit `id` of the row that begins at `at`. */
  readonly logit: string;
  /** N of ones where column `i` is the target. */
  readonly hit: string;
};

const TEXT: Record<'f32' | 'vec4<f32>', Text> = {
  f32: {
    declare: `
alias N = f32;
fn whole(x: N) -> f32 { return x; }`,
    largest: (x) => x,
    logit: 'logits[at + u32(id)]',
    hit: 'select(0.0, 1.0, i32(i) == id)',
  },
  'vec4<f32>': {
    declare: `
alias N = vec4<f32>;
fn whole(x: N) -> f32 { return x.x + x.y + x.z + x.w; }`,
    largest: (x) => `max(max(${x}.x, ${x}.y), max(${x}.z, ${x}.w))`,
    logit: 'logits[at + u32(id) / 4u][u32(id) % 4u]',
    hit: 'select(N(), N(1.0), vec4<i32>(4 * i32(i)) + vec4<i32>(0, 1, 2, 3) == vec4<i32>(id))',
  },
};

/**
 * The largest logit and the sum of the exponentials of all minus that, which stay apart because their logarithm's sum would lose digits.
 * The maximum is finite from the start: WGSL may assume that infinities never occur.
 */
const logSumExp = ({ largest }: Text): string => `
  let at = row * params.columns;
  var most = N(-3.4e38);
  for (var i = first; i < params.columns; i += STEP) { most = max(most, logits[at + i]); }
  let top = maxOverLanes(lane, ${largest('most')});
  var sum = N();
  for (var i = first; i < params.columns; i += STEP) { sum += exp(logits[at + i] - top); }
  let total = sumOverLanes(lane, whole(sum));`;

/** A target outside the vocabulary has a logit of 0, as in the one-hot reference. */
const chosen = ({ logit }: Text): string => `
  let id = targets[row];
  var chosen = 0.0;
  if (id >= 0 && id < i32(params.width)) { chosen = ${logit}; }`;

/** The gradient goes over the logits: each thread writes what it alone has read, after the target's logit is known. */
const loss = (element: keyof typeof TEXT) =>
  rowKernel({
    key: `CrossEntropy ${element}`,
    read: { targets: 'i32' },
    write: { logits: element, losses: 'f32' },
    params: { ...PARAMS, weight: 'f32' },
    declare: TEXT[element].declare,
    body: `${logSumExp(TEXT[element])}
  ${chosen(TEXT[element])}
  if (leader) { losses[row] = params.weight * (top - chosen + log(total)); }
  settle();
  let inverse = 1.0 / total;
  for (var i = first; i < params.columns; i += STEP) {
    logits[at + i] = (exp(logits[at + i] - top) * inverse - ${TEXT[element].hit}) * params.weight;
  }`,
  });

const logProbs = (element: keyof typeof TEXT) =>
  rowKernel({
    key: `TokenLogProbs ${element}`,
    read: { logits: element, targets: 'i32' },
    write: { logProbs: 'f32' },
    params: PARAMS,
    declare: TEXT[element].declare,
    body: `${logSumExp(TEXT[element])}
  if (leader) {
    ${chosen(TEXT[element])}
    logProbs[row] = chosen - top - log(total);
  }`,
  });

const LOSS = { f32: loss('f32'), 'vec4<f32>': loss('vec4<f32>') };
const LOG_PROBS = { f32: logProbs('f32'), 'vec4<f32>': logProbs('vec4<f32>') };

export const crossEntropyKernels = (variant: Variant): readonly Kernel[] =>
  [...Object.values(LOSS), ...Object.values(LOG_PROBS)].map((both) => both[variant]);

/** How the logits of a vocabulary of `width` are read, and how many reads a row takes. */
const reading = (width: number): { readonly element: Exclude<Element, 'i32'>; readonly columns: number } =>
  width % 4 === 0 ? { element: 'vec4<f32>', columns: width / 4 } : { element: 'f32', columns: width };

type Inputs = { readonly logits: Tensor; readonly targets: Tensor };

registerOpKernel<Inputs, { readonly weight: number }>('CrossEntropy', 'webgpu', ({ logits, targets }, { weight }, backend) => {
  const gpu = ownBackend(backend);
  const [rows, width] = logits.shape as [number, number];
  const { element, columns } = reading(width);
  const losses = gpu.output([rows]);
  const params = { rows, columns, width, weight };
  gpu.run(LOSS[element][gpu.variant], { logits, targets, losses }, params, blocksForRows(gpu.variant, rows));
  return [losses, sameData(logits, logits.shape, gpu)];
});

registerOpKernel<Inputs, object>('TokenLogProbs', 'webgpu', ({ logits, targets }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, width] = logits.shape as [number, number];
  const { element, columns } = reading(width);
  const values = gpu.output([rows]);
  const operands = { logits, targets, logProbs: values };
  gpu.run(LOG_PROBS[element][gpu.variant], operands, { rows, columns, width }, blocksForRows(gpu.variant, rows));
  return [values];
});
