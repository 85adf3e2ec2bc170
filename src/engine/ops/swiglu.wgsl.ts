/**
 * The gated activation on WebGPU; gate and up are the halves of a row. One thread four elements of the result, which are one vector,
 * or one element where the width is no multiple of 4.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, type Element, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

/** `N` is what a thread works on. The sigmoid forms no infinity for large negative x. */
const declare = (element: Element): string => `
alias N = ${element};
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

const forward = (element: Element) =>
  kernel({
    key: `Swiglu ${element}`,
    read: { gateUp: element },
    write: { y: element },
    params: { size: 'u32', width: 'u32' },
    declare: declare(element),
    body: `${PLACE}
  y[i] = gate * s * gateUp[upAt];`,
  });

const gradient = (element: Element) =>
  kernel({
    key: `SwigluGrad ${element}`,
    read: { gateUp: element, dy: element },
    write: { dGateUp: element },
    params: { size: 'u32', width: 'u32' },
    declare: declare(element),
    body: `${PLACE}
  let error = dy[i];
  dGateUp[gateAt] = error * gateUp[upAt] * s * (N(1.0) + gate * (N(1.0) - s));
  dGateUp[upAt] = error * gate * s;`,
  });

const FORWARD = { 1: forward('f32'), 4: forward('vec4<f32>') };
const GRADIENT = { 1: gradient('f32'), 4: gradient('vec4<f32>') };

export const swigluKernels = [...Object.values(FORWARD), ...Object.values(GRADIENT)];

/** How many elements a thread works on. */
const step = (width: number): 1 | 4 => (width % 4 === 0 ? 4 : 1);

registerOpKernel<{ readonly gateUp: Tensor }, object>('Swiglu', 'webgpu', ({ gateUp }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, both] = gateUp.shape as [number, number];
  const y = gpu.output([rows, both / 2]);
  const each = step(both / 2);
  const width = both / 2 / each;
  gpu.run(FORWARD[each], { gateUp, y }, { size: rows * width, width }, blocksFor(FORWARD[each], rows * width));
  return [y];
});

registerOpKernel<{ readonly gateUp: Tensor; readonly dy: Tensor }, object>('SwigluGrad', 'webgpu', ({ gateUp, dy }, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, columns] = dy.shape as [number, number];
  const dGateUp = gpu.output(gateUp.shape);
  const each = step(columns);
  const width = columns / each;
  gpu.run(GRADIENT[each], { gateUp, dy, dGateUp }, { size: rows * width, width }, blocksFor(GRADIENT[each], rows * width));
  return [dGateUp];
});
