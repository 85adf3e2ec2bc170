/**
 * The optimiser's arithmetic on WebGPU: the squared norm of all gradients and the AdamW update, both without a readback.
 * The norm: one workgroup adds 4096 elements of one gradient into a slot, the last one adds the slots; no atomics, so the order
 * is fixed. The update: one thread an element, in place.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, blocksFor, kernel, REDUCE } from '../webgpu-kernel.ts';
import type { AdamWSettings } from './adamw.ts';
import { registerOpKernel } from './op.ts';

const PER_SLOT = 4096;

const SQUARES = kernel({
  key: 'SquaredNorm',
  read: { gradient: 'f32' },
  write: { slots: 'f32' },
  params: { size: 'u32', first: 'u32' },
  declare: REDUCE,
  body: `
  var sum = 0.0;
  let end = min(params.size, (block + 1u) * ${PER_SLOT}u);
  for (var i = block * ${PER_SLOT}u + lane; i < end; i += 64u) { sum = fma(gradient[i], gradient[i], sum); }
  let total = sumOverLanes(lane, sum);
  if (lane == 0u) { slots[params.first + block] = total; }`,
});

/** The sum of all elements, by one workgroup. */
const ADD_ALL = kernel({
  key: 'AddAll',
  read: { values: 'f32' },
  write: { total: 'f32' },
  params: { size: 'u32' },
  declare: REDUCE,
  body: `
  var sum = 0.0;
  for (var i = lane; i < params.size; i += 64u) { sum += values[i]; }
  let whole = sumOverLanes(lane, sum);
  if (lane == 0u) { total[0] = whole; }`,
});

const UPDATE = kernel({
  key: 'AdamW',
  read: { gradient: 'f32', norm2: 'f32' },
  write: { parameter: 'f32', m: 'f32', v: 'f32' },
  params: {
    size: 'u32',
    learningRate: 'f32',
    beta1: 'f32',
    beta2: 'f32',
    rest1: 'f32',
    rest2: 'f32',
    epsilon: 'f32',
    weightDecay: 'f32',
    clip: 'f32',
    correction1: 'f32',
    correction2: 'f32',
  },
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  // Infinity or NaN, told by its bits because compilers may assume that there is none: nothing is changed.
  if ((bitcast<u32>(norm2[0]) & 0x7f800000u) == 0x7f800000u) { return; }
  let g = gradient[i] * min(1.0, params.clip * inverseSqrt(norm2[0] + 1e-30));
  let nextM = params.beta1 * m[i] + params.rest1 * g;
  let nextV = params.beta2 * v[i] + params.rest2 * g * g;
  let step = nextM * params.correction1 / (sqrt(nextV * params.correction2) + params.epsilon);
  m[i] = nextM;
  v[i] = nextV;
  parameter[i] -= params.learningRate * (step + params.weightDecay * parameter[i]);`,
});

export const ahead: Ahead = () => ({ rest: [SQUARES, ADD_ALL, UPDATE] });

const elements = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

registerOpKernel<{ readonly [name: string]: Tensor }, object>('SquaredNorm', 'webgpu', (gradients, _, backend) => {
  const gpu = ownBackend(backend);
  const parts = Object.values(gradients).map((gradient) => ({ gradient, size: elements(gradient.shape) }));
  const count = parts.reduce((sum, { size }) => sum + Math.ceil(size / PER_SLOT), 0);
  const [slots, total] = [gpu.output([count]), gpu.output([])];
  let first = 0;
  for (const { gradient, size } of parts) {
    const blocks = Math.ceil(size / PER_SLOT);
    gpu.run(SQUARES, { gradient, slots }, { size, first }, blocks);
    first += blocks;
  }
  gpu.run(ADD_ALL, { values: slots, total }, { size: count }, 1);
  gpu.release(slots);
  return [total];
});

type AdamWInputs = {
  readonly parameter: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  readonly gradient: Tensor;
  readonly norm2: Tensor;
};

registerOpKernel<AdamWInputs, AdamWSettings>('AdamW', 'webgpu', ({ parameter, m, v, gradient, norm2 }, settings, backend) => {
  const size = elements(parameter.shape);
  const { learningRate, beta1, beta2, epsilon, weightDecay, clip, correction1, correction2 } = settings;
  ownBackend(backend).run(
    UPDATE,
    { parameter, m, v, gradient, norm2 },
    { size, learningRate, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon, weightDecay, clip, correction1, correction2 },
    blocksFor(UPDATE, size),
  );
  return [];
});
