/**
 * Rotary position embedding on WebGPU. One thread a pair (i, i + Dh/2).
 * WGSL promises sin and cos to 2^-11 only, and only near zero, so both are computed here: angles are counted in turns, where the
 * reduction to an eighth of a turn is exact, and the rest is a polynomial (coefficients: Cephes sinf and cosf).
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';
import type { RopeAttributes } from './rope.ts';

const ROPE = kernel({
  key: 'Rope',
  // Frequencies in turns a position, each as a float32 and the rest that it lost.
  read: { x: 'f32', positions: 'i32', frequencies: 'f32' },
  write: { y: 'f32' },
  params: { size: 'u32', heads: 'u32', half: 'u32', sign: 'f32' },
  declare: `
/** (cos, sin) of an angle in turns between -1/2 and 1. */
fn cosSin(turns: f32) -> vec2<f32> {
  let quarter = round(turns * 4.0);
  let x = (turns - quarter * 0.25) * 6.283185307;
  let z = x * x;
  let s = x + x * z * (-1.6666654611e-1 + z * (8.3321608736e-3 + z * -1.9515295891e-4));
  let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  switch (i32(quarter) & 3) {
    case 1: { return vec2<f32>(-s, c); }
    case 2: { return vec2<f32>(-c, -s); }
    case 3: { return vec2<f32>(s, -c); }
    default: { return vec2<f32>(c, s); }
  }
}`,
  body: `
  let pair = block * 64u + lane;
  if (pair >= params.size) { return; }
  let i = pair % params.half;
  let head = pair / params.half;
  let position = f32(positions[head / params.heads]);
  let turns = position * frequencies[2u * i];
  let lost = fma(position, frequencies[2u * i], -turns) + position * frequencies[2u * i + 1u];
  let rotation = cosSin(turns - floor(turns) + lost);
  let cosine = rotation.x;
  let sine = rotation.y * params.sign;
  let first = head * 2u * params.half + i;
  let second = first + params.half;
  y[first] = x[first] * cosine - x[second] * sine;
  y[second] = x[second] * cosine + x[first] * sine;`,
});

export const ropeKernels = [ROPE];

function frequencyTable(theta: number, half: number): Float32Array {
  const table = new Float32Array(2 * half);
  for (let i = 0; i < half; i++) {
    const turns = theta ** (-i / half) / (2 * Math.PI);
    table[2 * i] = turns;
    table[2 * i + 1] = turns - Math.fround(turns);
  }
  return table;
}

registerOpKernel<{ readonly x: Tensor; readonly positions: Tensor }, RopeAttributes>(
  'Rope',
  'webgpu',
  ({ x, positions }, { theta, sign }, backend) => {
    const gpu = ownBackend(backend);
    const [rows, heads, width] = x.shape as [number, number, number];
    const half = width / 2;
    const frequencies = gpu.constant(`Rope ${theta} ${half}`, () => frequencyTable(theta, half));
    const y = gpu.output(x.shape);
    const size = rows * heads * half;
    gpu.run(ROPE, { x, positions, frequencies, y }, { size, heads, half, sign: sign }, blocksFor(ROPE, size));
    return [y];
  },
);
