/**
 * The gated activation on WebGPU; gate and up are the halves of a row. One thread four elements of the result, which are one vector,
 * or one element where the width is no multiple of 4.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, blocksFor, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import { forVectors, lengthOf, type Vector, vectorFor, VECTORS } from './vector-text.ts';

/** Forms no infinity for large negative x. */
export const SIGMOID = `
fn sigmoid(x: N) -> N {
  let e = exp(-abs(x));
  return select(e, N(1.0), x >= N(0.0)) / (N(1.0) + e);
}`;

/** `width` counts what a thread works on, as `size` does. */
const PLACE = `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let gateAt = i + i / params.width * params.width;
  let upAt = gateAt + params.width;
  let gate = gateUp[gateAt];
  let s = sigmoid(gate);`;

const forward = (vector: Vector) =>
  kernel({
    key: `Swiglu ${vector}`,
    read: { gateUp: vector },
    write: { y: vector },
    params: { size: 'u32', width: 'u32' },
    declare: VECTORS[vector] + SIGMOID,
    body: `${PLACE}
  y[i] = gate * s * gateUp[upAt];`,
  });

const gradient = (vector: Vector) =>
  kernel({
    key: `SwigluGrad ${vector}`,
    read: { gateUp: vector, dy: vector },
    write: { dGateUp: vector },
    params: { size: 'u32', width: 'u32' },
    declare: VECTORS[vector] + SIGMOID,
    body: `${PLACE}
  let error = dy[i];
  dGateUp[gateAt] = error * gateUp[upAt] * s * (N(1.0) + gate * (N(1.0) - s));
  dGateUp[upAt] = error * gate * s;`,
  });

const FORWARD = forVectors(forward);
const GRADIENT = forVectors(gradient);

export const ahead: Ahead = (_, { inner }) => ({ answering: [FORWARD[vectorFor(inner)]], rest: [GRADIENT[vectorFor(inner)]] });

registerOpKernel<{ readonly gateUp: Tensor }, object>('Swiglu', 'webgpu', ({ gateUp }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, both] = gateUp.shape as [number, number];
  const y = gpu.output([rows, both / 2]);
  const vector = vectorFor(both / 2);
  const width = both / 2 / lengthOf(vector);
  gpu.run(FORWARD[vector], { gateUp, y }, { size: rows * width, width }, blocksFor(FORWARD[vector], rows * width));
  return [y];
});

registerOpKernel<{ readonly gateUp: Tensor; readonly dy: Tensor }, object>('SwigluGrad', 'webgpu', ({ gateUp, dy }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, columns] = dy.shape as [number, number];
  const dGateUp = gpu.output(gateUp.shape);
  const vector = vectorFor(columns);
  const width = columns / lengthOf(vector);
  gpu.run(GRADIENT[vector], { gateUp, dy, dGateUp }, { size: rows * width, width }, blocksFor(GRADIENT[vector], rows * width));
  return [dGateUp];
});
