/**
 * The key-value cache on WebGPU. Appending: one thread an element, in place. Attending: one workgroup of 64 threads a query head;
 * 64 positions at a time, first one thread a position for the scores, then one thread a dimension for the values, with a running
 * softmax, so nothing of the length of the cache is stored and a row never depends on its neighbours.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, type Kernel, kernel, REDUCE } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

const APPEND = kernel({
  key: 'AppendCache',
  read: { rows: 'f32', start: 'i32' },
  write: { cache: 'f32' },
  params: { size: 'u32', length: 'u32', capacity: 'u32', width: 'u32' },
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let token = i / params.width;
  let row = token / params.length;
  let position = start[row] + i32(token % params.length);
  if (position >= 0 && position < i32(params.capacity)) {
    cache[(row * params.capacity + u32(position)) * params.width + i % params.width] = rows[i];
  }`,
});

type AttendKernel = Kernel<'q' | 'keys' | 'values' | 'lengths', 'y', 'capacity' | 'heads' | 'keyHeads' | 'scale'>;

/** `width` is the size of a head; it is part of the text because it sizes an array. */
function attend(width: number): AttendKernel {
  const each = Math.ceil(width / 64);
  return kernel({
    key: `CachedAttention ${width}`,
    read: { q: 'f32', keys: 'f32', values: 'f32', lengths: 'i32' },
    write: { y: 'f32' },
    params: { capacity: 'u32', heads: 'u32', keyHeads: 'u32', scale: 'f32' },
    declare: `${REDUCE}
const WIDTH = ${width}u;
var<workgroup> query: array<f32, ${width}>;
var<workgroup> shares: array<f32, 64>;`,
    body: `
  let row = block / params.heads;
  let head = block % params.heads;
  let keyHead = head / (params.heads / params.keyHeads);
  let stride = params.keyHeads * WIDTH;
  let base = row * params.capacity * stride + keyHead * WIDTH;
  let length = u32(clamp(lengths[row], 0, i32(params.capacity)));
  for (var d = lane; d < WIDTH; d += 64u) { query[d] = q[block * WIDTH + d]; }
  workgroupBarrier();

  var sums: array<f32, ${each}>;
  var total = 0.0;
  var top = -1e30;
  for (var first = 0u; first < length; first += 64u) {
    let position = first + lane;
    var score = -1e30;
    if (position < length) {
      var dot = 0.0;
      for (var d = 0u; d < WIDTH; d++) { dot = fma(query[d], keys[base + position * stride + d], dot); }
      score = dot * params.scale;
    }
    let next = max(top, maxOverLanes(lane, score));
    let shrink = exp(top - next);
    var share = 0.0;
    if (position < length) { share = exp(score - next); }
    shares[lane] = share;
    total = total * shrink + sumOverLanes(lane, share);
    let count = min(64u, length - first);
    for (var part = 0u; part < ${each}u; part++) {
      let d = part * 64u + lane;
      if (d < WIDTH) {
        var sum = sums[part] * shrink;
        for (var j = 0u; j < count; j++) { sum = fma(shares[j], values[base + (first + j) * stride + d], sum); }
        sums[part] = sum;
      }
    }
    top = next;
    workgroupBarrier();
  }
  for (var part = 0u; part < ${each}u; part++) {
    let d = part * 64u + lane;
    if (d < WIDTH) { y[block * WIDTH + d] = sums[part] / max(total, 1e-30); }
  }`,
  });
}

const ATTEND = new Map<number, AttendKernel>();

/** The kernel for heads of `width` dimensions. */
export function attendKernel(width: number): AttendKernel {
  let made = ATTEND.get(width);
  if (made === undefined) ATTEND.set(width, (made = attend(width)));
  return made;
}

export const cacheKernels = [APPEND];

registerOpKernel<{ readonly cache: Tensor; readonly rows: Tensor; readonly start: Tensor }, object>(
  'AppendCache',
  'webgpu',
  ({ cache, rows, start }, _, backend) => {
    const [B, capacity, keyHeads, Dh] = cache.shape as [number, number, number, number];
    const length = rows.shape[1] as number;
    const width = keyHeads * Dh;
    const size = B * length * width;
    ownBackend(backend).run(APPEND, { cache, rows, start }, { size, length, capacity, width }, blocksFor(APPEND, size));
    return [];
  },
);

registerOpKernel<{ readonly q: Tensor; readonly keys: Tensor; readonly values: Tensor; readonly lengths: Tensor }, object>(
  'CachedAttention',
  'webgpu',
  ({ q, keys, values, lengths }, _, backend) => {
    const gpu = ownBackend(backend);
    const [B, heads, width] = q.shape as [number, number, number];
    const [, capacity, keyHeads] = keys.shape as [number, number, number, number];
    const y = gpu.output(q.shape);
    gpu.run(attendKernel(width), { q, keys, values, lengths, y }, { capacity, heads, keyHeads, scale: 1 / Math.sqrt(width) }, B * heads);
    return [y];
  },
);
