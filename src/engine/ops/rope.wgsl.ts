/**
 * Rotary position embedding on WebGPU, in place. One thread a pair (i, i + E/2) of a query or a key, or four neighbouring pairs where E/2 is
 * a multiple of 4. With caches, the thread of a key also stores it there, and the values have threads that only copy.
 * WGSL promises sin and cos to 2^-11 only, and only near zero, so both are computed here: angles are counted in turns, where the
 * reduction to an eighth of a turn is exact, and the rest is a polynomial (coefficients: Cephes sinf and cosf).
 */
import type { Tensor } from '@tensorflow/tfjs';
import { type OwnWebGPUBackend, ownBackend } from '../webgpu.ts';
import { type Ahead, blocksFor, kernel } from '../webgpu-kernel.ts';
import { type AppendAttributes, positionsIn } from './cache.ts';
import { registerOpKernel, sameData } from './op.ts';
import type { RopeAttributes } from './rope.ts';
import { forVectors, lengthOf, type Vector, vectorFor, VECTORS } from './vector-text.ts';

/**
 * Cosine and sine at a position, and pairs turned. Frequencies are in turns a position, first those of all pairs as float32, then the rests
 * that float32 lost.
 */
export const TURN = `
struct Pairs { first: N, second: N }
fn turned(pairs: Pairs, at: i32, i: u32, sign: f32) -> Pairs {
  let position = f32(at);
  let turns = position * frequencies[i];
  let lost = fma(N(position), frequencies[i], -turns) + position * frequencies[params.half + i];
  let angle = turns - floor(turns) + lost; // in turns, between -1/2 and 1
  let quarter = round(angle * 4.0);
  let x = (angle - quarter * 0.25) * 6.283185307;
  let z = x * x;
  let s = x + x * z * (-1.6666654611e-1 + z * (8.3321608736e-3 + z * -1.9515295891e-4));
  let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  // After one or three quarters sine and cosine have changed places; one of them is negative in each half of the turn.
  let odd = abs(quarter - 2.0 * floor(quarter * 0.5)) > N(0.5);
  let half = quarter - 4.0 * floor(quarter * 0.25); // 0 .. 3
  let cosine = select(N(1.0), N(-1.0), abs(half - 1.5) < N(1.0)) * select(c, s, odd);
  let sine = select(N(sign), N(-sign), half > N(1.5)) * select(s, c, odd);
  return Pairs(pairs.first * cosine - pairs.second * sine, pairs.second * cosine + pairs.first * sine);
}`;

/** Sizes count N: `half` of them are one half of a head, `width` one token. */
const rope = (vector: Vector) =>
  kernel({
    key: `Rope ${vector}`,
    read: { frequencies: vector, start: 'i32' },
    write: { qkv: vector },
    // `started` is 0 where every row starts at position 0 and `start` is a stand-in.
    params: { size: 'u32', length: 'u32', heads: 'u32', half: 'u32', width: 'u32', sign: 'f32', started: 'u32' },
    declare: VECTORS[vector] + TURN,
    body: `
  let pair = block * 64u + lane;
  if (pair >= params.size) { return; }
  let i = pair % params.half;
  let head = pair / params.half % params.heads;
  let token = pair / (params.half * params.heads);
  var position = i32(token % params.length);
  if (params.started != 0u) { position += start[token / params.length]; }
  let first = token * params.width + head * 2u * params.half + i;
  let second = first + params.half;
  let pairs = turned(Pairs(qkv[first], qkv[second]), position, i, params.sign);
  qkv[first] = pairs.first;
  qkv[second] = pairs.second;`,
  });

const append = (vector: Vector) =>
  kernel({
    key: `RopeAppend ${vector}`,
    read: { frequencies: vector, start: 'i32' },
    write: { qkv: vector, keys: vector, values: vector },
    params: { size: 'u32', length: 'u32', heads: 'u32', keyHeads: 'u32', half: 'u32', capacity: 'u32', prefix: 'u32' },
    declare: VECTORS[vector] + TURN,
    body: `
  let pair = block * 64u + lane;
  if (pair >= params.size) { return; }
  let i = pair % params.half;
  let all = params.heads + 2u * params.keyHeads;
  let head = pair / params.half % all;
  let token = pair / (params.half * all);
  let row = token / params.length;
  let position = start[row] + i32(token % params.length);
  let first = (token * all + head) * 2u * params.half + i;
  let second = first + params.half;
  var pairs = Pairs(qkv[first], qkv[second]);
  if (head < params.heads + params.keyHeads) {
    pairs = turned(pairs, position, i, 1.0);
    qkv[first] = pairs.first;
    qkv[second] = pairs.second;
  }
  if (head < params.heads || position < i32(params.prefix) || position >= i32(params.capacity)) { return; }
  let keyHead = (head - params.heads) % params.keyHeads;
  let slot = ((row * (params.capacity - params.prefix) + u32(position)) * params.keyHeads + keyHead) * 2u * params.half + i;
  if (head < params.heads + params.keyHeads) {
    keys[slot] = pairs.first;
    keys[slot + params.half] = pairs.second;
  } else {
    values[slot] = pairs.first;
    values[slot + params.half] = pairs.second;
  }`,
  });

const ROPE = forVectors(rope);
const APPEND = forVectors(append);

export const ahead: Ahead = (_, { headWidth }) => ({
  answering: [APPEND[vectorFor(headWidth / 2)]],
  rest: [ROPE[vectorFor(headWidth / 2)]],
});

/** The frequencies in turns a position, then what float32 loses of each. */
export function frequencyTable(gpu: OwnWebGPUBackend, frequencies: readonly number[]): GPUBuffer {
  return gpu.constant(`Rope ${frequencies.join()}`, () => {
    const table = new Float32Array(2 * frequencies.length);
    for (const [i, frequency] of frequencies.entries()) {
      const turns = frequency / (2 * Math.PI);
      table[i] = turns;
      table[frequencies.length + i] = turns - Math.fround(turns);
    }
    return table;
  });
}

registerOpKernel<{ readonly qkv: Tensor; readonly start?: Tensor }, RopeAttributes>(
  'Rope',
  'webgpu',
  ({ qkv, start }, { T, heads, headDim, frequencies, sign }, backend) => {
    const gpu = ownBackend(backend);
    const [M, C] = qkv.shape as [number, number];
    const vector = vectorFor(headDim / 2);
    const [half, width] = [headDim / 2 / lengthOf(vector), C / lengthOf(vector)];
    const size = M * heads * half;
    const operands = {
      frequencies: frequencyTable(gpu, frequencies),
      start: start ?? gpu.constant('Rope no start', () => new Float32Array(1)),
      qkv,
    };
    const params = { size, length: T, heads, half, width, sign, started: start === undefined ? 0 : 1 };
    gpu.run(ROPE[vector], operands, params, blocksFor(ROPE[vector], size));
    return [sameData(qkv, qkv.shape, gpu)];
  },
);

type Cached = { readonly qkv: Tensor; readonly keys: Tensor; readonly values: Tensor; readonly start: Tensor };

registerOpKernel<Cached, AppendAttributes>('RopeAppend', 'webgpu', ({ qkv, keys, values, start }, { frequencies, ...shape }, backend) => {
  const gpu = ownBackend(backend);
  const { B, H, K, E, shared: prefix = 0 } = shape;
  const [M, capacity] = [qkv.shape[0] as number, positionsIn(keys, shape)];
  const vector = vectorFor(E / 2);
  const half = E / 2 / lengthOf(vector);
  const size = M * (H + 2 * K) * half;
  const params = { size, length: B === 0 ? 0 : M / B, heads: H, keyHeads: K, half, capacity, prefix };
  const operands = { frequencies: frequencyTable(gpu, frequencies), start, qkv, keys, values };
  gpu.run(APPEND[vector], operands, params, blocksFor(APPEND[vector], size));
  return [sameData(qkv, qkv.shape, gpu)];
});
