/**
 * Root-mean-square normalisation on WebGPU. On a graphics card one workgroup of 64 threads a row: each thread walks every 64th
 * vector of four columns, or every 64th column where their number is no multiple of 4, then the partial sums are added as a tree. A row
 * never depends on its neighbours. The gradient of the gain adds over rows in two stages of fixed order: blocks of 16 rows, then the blocks.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, blocksFor, blocksForRows, kernel, rowKernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import { forVectors, lengthOf, type Vector, vectorFor, VECTORS } from './vector-text.ts';

type Epsilon = { readonly epsilon: number };

const ROWS_PER_PART = 16;

/** `N` is what a thread reads at once; `columns` counts these, `width` is the number of columns. */
const PARAMS = { columns: 'u32', width: 'f32', epsilon: 'f32' } as const;

/** The reciprocal of the root mean square of the row that begins at `at`. */
const SCALE_OF_ROW = `
  var squares = N();
  for (var i = first; i < params.columns; i += STEP) { squares = fma(x[at + i], x[at + i], squares); }
  let scale = inverseSqrt(sumOverLanes(lane, sumOf(squares)) / params.width + params.epsilon);`;

const forward = (vector: Vector) =>
  rowKernel({
    key: `RmsNorm ${vector}`,
    read: { x: vector, gain: vector },
    write: { y: vector },
    params: PARAMS,
    declare: VECTORS[vector],
    body: `
  let at = row * params.columns;${SCALE_OF_ROW}
  for (var i = first; i < params.columns; i += STEP) { y[at + i] = x[at + i] * scale * gain[i]; }`,
  });

const gradX = (vector: Vector, residual: boolean) =>
  rowKernel({
    key: `RmsNormGradX ${vector}${residual ? ' residual' : ''}`,
    // Without a residual a stand-in is bound.
    read: { x: vector, gain: vector, dy: vector, residual: vector },
    write: { dx: vector },
    params: PARAMS,
    declare: VECTORS[vector],
    body: `
  let at = row * params.columns;
  var squares = N();
  var inner = N();
  for (var i = first; i < params.columns; i += STEP) {
    let value = x[at + i];
    squares = fma(value, value, squares);
    inner = fma(dy[at + i] * gain[i], value, inner);
  }
  let scale = inverseSqrt(sumOverLanes(lane, sumOf(squares)) / params.width + params.epsilon);
  let slope = sumOverLanes(lane, sumOf(inner)) / params.width * scale * scale;
  for (var i = first; i < params.columns; i += STEP) {
    dx[at + i] = scale * (dy[at + i] * gain[i] - x[at + i] * slope)${residual ? ' + residual[at + i]' : ''};
  }`,
  });

/** One row of parts sums dy * x / rms over some rows of the matrix; each thread adds to what it alone reads and writes. */
const gainParts = (vector: Vector) =>
  rowKernel({
    key: `RmsNormGainParts ${vector}`,
    read: { x: vector, dy: vector },
    write: { parts: vector },
    params: { ...PARAMS, all: 'u32' },
    declare: VECTORS[vector],
    body: `
  let to = row * params.columns;
  for (var i = first; i < params.columns; i += STEP) { parts[to + i] = N(); }
  for (var r = row * ${ROWS_PER_PART}u; r < min(params.all, (row + 1u) * ${ROWS_PER_PART}u); r++) {
    let at = r * params.columns;${SCALE_OF_ROW}
    for (var i = first; i < params.columns; i += STEP) { parts[to + i] = fma(dy[at + i], x[at + i] * scale, parts[to + i]); }
  }`,
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

const kernelsOf = (vector: Vector) => ({
  forward: forward(vector),
  gradX: { alone: gradX(vector, false), residual: gradX(vector, true) },
  gainParts: gainParts(vector),
});
const BY_VECTOR = forVectors(kernelsOf);

export const ahead: Ahead = ({ variant }, { width }) => {
  const { forward, gradX, gainParts } = BY_VECTOR[vectorFor(width)];
  return { answering: [forward[variant]], rest: [gradX.alone[variant], gradX.residual[variant], gainParts[variant], ADD_PARTS] };
};

registerOpKernel<{ readonly x: Tensor; readonly gain: Tensor }, Epsilon>('RmsNorm', 'webgpu', ({ x, gain }, { epsilon }, backend) => {
  const gpu = ownBackend(backend);
  const [rows, width] = x.shape as [number, number];
  const y = gpu.output(x.shape);
  const params = { rows, columns: width / lengthOf(vectorFor(width)), width, epsilon };
  gpu.run(BY_VECTOR[vectorFor(width)].forward[gpu.variant], { x, gain, y }, params, blocksForRows(gpu.variant, rows));
  return [y];
});

registerOpKernel<{ readonly x: Tensor; readonly gain: Tensor; readonly dy: Tensor; readonly residual?: Tensor }, Epsilon>(
  'RmsNormGradX',
  'webgpu',
  ({ x, gain, dy, residual }, { epsilon }, backend) => {
    const gpu = ownBackend(backend);
    const [rows, width] = x.shape as [number, number];
    const dx = gpu.output(x.shape);
    const params = { rows, columns: width / lengthOf(vectorFor(width)), width, epsilon };
    const { alone, residual: added } = BY_VECTOR[vectorFor(width)].gradX;
    const chosen = residual === undefined ? alone : added;
    gpu.run(chosen[gpu.variant], { x, gain, dy, residual: residual ?? x, dx }, params, blocksForRows(gpu.variant, rows));
    return [dx];
  },
);

registerOpKernel<{ readonly x: Tensor; readonly dy: Tensor }, Epsilon>('RmsNormGradGain', 'webgpu', ({ x, dy }, { epsilon }, backend) => {
  const gpu = ownBackend(backend);
  const [all, width] = x.shape as [number, number];
  const count = Math.ceil(all / ROWS_PER_PART);
  const [parts, sums] = [gpu.output([count, width]), gpu.output([width])];
  const params = { rows: count, all, columns: width / lengthOf(vectorFor(width)), width, epsilon };
  gpu.run(BY_VECTOR[vectorFor(width)].gainParts[gpu.variant], { x, dy, parts }, params, blocksForRows(gpu.variant, count));
  gpu.run(ADD_PARTS, { parts, sums }, { count, columns: width }, blocksFor(ADD_PARTS, width));
  gpu.release(parts);
  return [sums];
});
