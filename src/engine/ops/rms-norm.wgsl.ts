/**
 * Root-mean-square normalisation on WebGPU. On a graphics card one workgroup of 64 threads a row: each thread walks every 64th
 * column, then the partial sums are added as a tree. A row never depends on its neighbours.
 * The gradient of the gain adds over rows in two stages of fixed order: blocks of 32 rows, then the blocks.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, blocksForRows, kernel, rowKernel, type Kernel, type Variant } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

type Epsilon = { readonly epsilon: number };

const SCALE_OF_ROW = `
  let at = row * params.columns;
  var squares = 0.0;
  for (var i = first; i < params.columns; i += STEP) { squares = fma(x[at + i], x[at + i], squares); }
  let scale = inverseSqrt(sumOverLanes(lane, squares) / f32(params.columns) + params.epsilon);`;

const FORWARD = rowKernel({
  key: 'RmsNorm',
  read: { x: 'f32', gain: 'f32' },
  write: { y: 'f32' },
  params: { columns: 'u32', epsilon: 'f32' },
  body: `${SCALE_OF_ROW}
  for (var i = first; i < params.columns; i += STEP) { y[at + i] = x[at + i] * scale * gain[i]; }`,
});

const GRAD_X = rowKernel({
  key: 'RmsNormGradX',
  read: { x: 'f32', gain: 'f32', dy: 'f32' },
  write: { dx: 'f32' },
  params: { columns: 'u32', epsilon: 'f32' },
  body: `${SCALE_OF_ROW}
  var inner = 0.0;
  for (var i = first; i < params.columns; i += STEP) { inner = fma(dy[at + i] * gain[i], x[at + i], inner); }
  let slope = sumOverLanes(lane, inner) / f32(params.columns) * scale * scale;
  for (var i = first; i < params.columns; i += STEP) { dx[at + i] = scale * (dy[at + i] * gain[i] - x[at + i] * slope); }`,
});

const SCALES = rowKernel({
  key: 'RmsNormScales',
  read: { x: 'f32' },
  write: { scales: 'f32' },
  params: { columns: 'u32', epsilon: 'f32' },
  body: `${SCALE_OF_ROW}
  if (leader) { scales[row] = scale; }`,
});

const ROWS_PER_PART = 32;

/** One thread a column and part of the rows; neighbouring threads read neighbouring columns. */
const GAIN_PARTS = kernel({
  key: 'RmsNormGainParts',
  read: { x: 'f32', dy: 'f32', scales: 'f32' },
  write: { parts: 'f32' },
  params: { rows: 'u32', columns: 'u32' },
  body: `
  let across = (params.columns + 63u) / 64u;
  let column = block % across * 64u + lane;
  let part = block / across;
  if (column >= params.columns) { return; }
  var sum = 0.0;
  for (var row = part * ${ROWS_PER_PART}u; row < min(params.rows, (part + 1u) * ${ROWS_PER_PART}u); row++) {
    let at = row * params.columns + column;
    sum = fma(dy[at], x[at] * scales[row], sum);
  }
  parts[part * params.columns + column] = sum;`,
});

/** One thread a column. */
const ADD_PARTS = kernel({
  key: 'RmsNormAddParts',
  read: { parts: 'f32' },
  write: { sums: 'f32' },
  params: { count: 'u32', columns: 'u32' },
  body: `
  let column = block * 64u + lane;
  if (column >= params.columns) { return; }
  var sum = 0.0;
  for (var part = 0u; part < params.count; part++) { sum += parts[part * params.columns + column]; }
  sums[column] = sum;`,
});

export const rmsNormKernels = (variant: Variant): readonly Kernel[] => [
  FORWARD[variant],
  GRAD_X[variant],
  SCALES[variant],
  GAIN_PARTS,
  ADD_PARTS,
];

registerOpKernel<{ readonly x: Tensor; readonly gain: Tensor }, Epsilon>('RmsNorm', 'webgpu', ({ x, gain }, { epsilon }, backend) => {
  const gpu = ownBackend(backend);
  const [rows, columns] = x.shape as [number, number];
  const y = gpu.output(x.shape);
  gpu.run(FORWARD[gpu.variant], { x, gain, y }, { rows, columns, epsilon }, blocksForRows(gpu.variant, rows));
  return [y];
});

registerOpKernel<{ readonly x: Tensor; readonly gain: Tensor; readonly dy: Tensor }, Epsilon>(
  'RmsNormGradX',
  'webgpu',
  ({ x, gain, dy }, { epsilon }, backend) => {
    const gpu = ownBackend(backend);
    const [rows, columns] = x.shape as [number, number];
    const dx = gpu.output(x.shape);
    gpu.run(GRAD_X[gpu.variant], { x, gain, dy, dx }, { rows, columns, epsilon }, blocksForRows(gpu.variant, rows));
    return [dx];
  },
);

registerOpKernel<{ readonly x: Tensor; readonly dy: Tensor }, Epsilon>('RmsNormGradGain', 'webgpu', ({ x, dy }, { epsilon }, backend) => {
  const gpu = ownBackend(backend);
  const [rows, columns] = x.shape as [number, number];
  const count = Math.ceil(rows / ROWS_PER_PART);
  const scales = gpu.output([rows]);
  const parts = gpu.output([count, columns]);
  const sums = gpu.output([columns]);
  gpu.run(SCALES[gpu.variant], { x, scales }, { rows, columns, epsilon }, blocksForRows(gpu.variant, rows));
  gpu.run(GAIN_PARTS, { x, dy, scales, parts }, { rows, columns }, count * blocksFor(GAIN_PARTS, columns));
  gpu.run(ADD_PARTS, { parts, sums }, { count: count, columns }, blocksFor(ADD_PARTS, columns));
  gpu.release(scales);
  gpu.release(parts);
  return [sums];
});
