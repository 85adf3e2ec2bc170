/** silu(gate) * up and its gradient on WebGPU, one thread an element. The sigmoid never forms a large exponential. */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

const SIGMOID = `
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}`;

const FORWARD = kernel({
  key: 'Swiglu',
  read: { gate: 'f32', up: 'f32' },
  write: { y: 'f32' },
  params: { size: 'u32' },
  declare: SIGMOID,
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  y[i] = gate[i] * sigmoid(gate[i]) * up[i];`,
});

const GRADIENT = kernel({
  key: 'SwigluGrad',
  read: { gate: 'f32', up: 'f32', dy: 'f32' },
  write: { dGate: 'f32', dUp: 'f32' },
  params: { size: 'u32' },
  declare: SIGMOID,
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let s = sigmoid(gate[i]);
  dGate[i] = dy[i] * up[i] * s * (1.0 + gate[i] * (1.0 - s));
  dUp[i] = dy[i] * gate[i] * s;`,
});

export const swigluKernels = [FORWARD, GRADIENT];

const elements = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

registerOpKernel<{ readonly gate: Tensor; readonly up: Tensor }, object>('Swiglu', 'webgpu', ({ gate, up }, _, backend) => {
  const gpu = ownBackend(backend);
  const y = gpu.output(gate.shape);
  const size = elements(gate.shape);
  gpu.run(FORWARD, { gate, up, y }, { size }, blocksFor(FORWARD, size));
  return [y];
});

registerOpKernel<{ readonly gate: Tensor; readonly up: Tensor; readonly dy: Tensor }, object>(
  'SwigluGrad',
  'webgpu',
  ({ gate, up, dy }, _, backend) => {
    const gpu = ownBackend(backend);
    const [dGate, dUp] = [gpu.output(gate.shape), gpu.output(gate.shape)];
    const size = elements(gate.shape);
    gpu.run(GRADIENT, { gate, up, dy, dGate, dUp }, { size }, blocksFor(GRADIENT, size));
    return [dGate, dUp];
  },
);
