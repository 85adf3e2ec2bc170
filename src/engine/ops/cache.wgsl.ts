/**
 * Attention to the key-value cache on WebGPU. On a graphics card one workgroup of 64 threads a query head; 64 positions at a time,
 * first one thread a position for the scores, then one thread a dimension for the values. On a software adapter one thread a query head.
 * Both keep a running softmax, so nothing of the length of the cache is stored, and a token's result depends neither on the other
 * rows nor on how tokens are divided into calls.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, type Kernel, kernel, REDUCE, type Variant } from '../webgpu-kernel.ts';
import { range } from '../webgpu-part.ts';
import { type CacheShape, positionsIn } from './cache.ts';
import { elementOf, quadReader, quadsOf, quadWriter } from './head-text.ts';
import { registerOpKernel } from './op.ts';

const READ = { qkv: 'f32', keys: 'f32', values: 'f32', start: 'i32' } as const;
const PARAMS = { size: 'u32', length: 'u32', capacity: 'u32', prefix: 'u32', heads: 'u32', keyHeads: 'u32', scale: 'f32' } as const;
type AttendKernel = Kernel<keyof typeof READ, 'y', keyof typeof PARAMS>;

/** Where everything of query head number `item` lies. */
const place = (item: string): string => `
  let head = ${item} % params.heads;
  let token = ${item} / params.heads;
  let row = token / params.length;
  let queryAt = token * (params.heads + 2u * params.keyHeads) * WIDTH + head * WIDTH;
  let stride = params.keyHeads * WIDTH;
  let base = head / (params.heads / params.keyHeads) * WIDTH;
  let own = row * (params.capacity - params.prefix) * stride; // from the prefix, which all rows share, to what follows it
  let seen = u32(clamp(start[row] + i32(token % params.length) + 1, 0, i32(params.capacity)));`;

function shared(width: number): AttendKernel {
  const each = Math.ceil(width / 64);
  return kernel({
    key: `CachedAttention ${width} shared`,
    read: READ,
    write: { y: 'f32' },
    params: PARAMS,
    declare: `${REDUCE}
const WIDTH = ${width}u;
var<workgroup> query: array<f32, ${width}>;
var<workgroup> shares: array<f32, 64>;`,
    body: `${place('block')}
  for (var d = lane; d < WIDTH; d += 64u) { query[d] = qkv[queryAt + d]; }
  workgroupBarrier();

  var sums: array<f32, ${each}>;
  var total = 0.0;
  var top = -1e30;
  for (var first = 0u; first < seen; first += 64u) {
    let position = first + lane;
    var score = -1e30;
    if (position < seen) {
      var dot = 0.0;
      let at = base + position * stride + select(own, 0u, position < params.prefix);
      for (var d = 0u; d < WIDTH; d++) { dot = fma(query[d], keys[at + d], dot); }
      score = dot * params.scale;
    }
    let next = max(top, maxOverLanes(lane, score));
    let shrink = exp(top - next);
    var share = 0.0;
    if (position < seen) { share = exp(score - next); }
    shares[lane] = share;
    total = total * shrink + sumOverLanes(lane, share);
    let count = min(64u, seen - first);
    for (var part = 0u; part < ${each}u; part++) {
      let d = part * 64u + lane;
      if (d < WIDTH) {
        var sum = sums[part] * shrink;
        for (var j = 0u; j < count; j++) {
          let at = base + (first + j) * stride + select(own, 0u, first + j < params.prefix);
          sum = fma(shares[j], values[at + d], sum);
        }
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

/** Each vector of a head is a variable of its own: what a thread indexes it keeps in memory. */
function registers(width: number): AttendKernel {
  const each = (text: (quad: number) => string): string => range(quadsOf(width)).map(text).join(' ');
  const element = elementOf(width);
  return kernel({
    key: `CachedAttention ${width} registers`,
    read: { qkv: element, keys: element, values: element, start: 'i32' },
    write: { y: element },
    params: PARAMS,
    declare: `
const WIDTH = ${width}u;
${['qkv', 'keys', 'values'].map((buffer) => quadReader(buffer, width)).join('')}${quadWriter('y', width)}`,
    body: `
  let item = block * 64u + lane;
  if (item >= params.size) { return; }
  ${place('item')}
  ${each((quad) => `let query${quad} = qkvQuad(queryAt, ${quad}u) * params.scale;`)}
  ${each((quad) => `var sum${quad} = vec4<f32>();`)}
  var total = 0.0;
  var top = -1e30;
  var at = base;
  for (var position = 0u; position < seen; position++) {
    if (position == params.prefix) { at += own; }
    let products = ${range(quadsOf(width)).reduce((sum, quad) => (quad === 0 ? 'query0 * keysQuad(at, 0u)' : `fma(query${quad}, keysQuad(at, ${quad}u), ${sum})`), '')};
    let score = products.x + products.y + products.z + products.w;
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = total * shrink + share;
    ${each((quad) => `sum${quad} = fma(vec4<f32>(share), valuesQuad(at, ${quad}u), sum${quad} * shrink);`)}
    top = next;
    at += stride;
  }
  let inverse = 1.0 / max(total, 1e-30);
  ${each((quad) => `yStore(item * WIDTH, ${quad}u, sum${quad} * inverse);`)}`,
  });
}

const BY_WIDTH: Record<Variant, Map<number, AttendKernel>> = { shared: new Map(), registers: new Map() };

/** The kernel for heads of `width` dimensions; the width is part of the text because it sizes arrays. */
function attendKernel(variant: Variant, width: number): AttendKernel {
  let made = BY_WIDTH[variant].get(width);
  if (made === undefined) BY_WIDTH[variant].set(width, (made = variant === 'shared' ? shared(width) : registers(width)));
  return made;
}

export const ahead: Ahead = ({ variant }, { headWidth }) => ({ answering: [attendKernel(variant, headWidth)] });

type Inputs = { readonly qkv: Tensor; readonly keys: Tensor; readonly values: Tensor; readonly start: Tensor };

registerOpKernel<Inputs, CacheShape>('CachedAttention', 'webgpu', ({ qkv, keys, values, start }, shape, backend) => {
  const gpu = ownBackend(backend);
  const { B, H, K, E, shared: prefix = 0 } = shape;
  const [M, capacity] = [qkv.shape[0] as number, positionsIn(keys, shape)];
  const y = gpu.output([M, H * E]);
  const params = { size: M * H, length: B === 0 ? 0 : M / B, capacity, prefix, heads: H, keyHeads: K, scale: 1 / Math.sqrt(E) };
  const blocks = gpu.variant === 'shared' ? M * H : Math.ceil((M * H) / 64);
  gpu.run(attendKernel(gpu.variant, E), { qkv, keys, values, start, y }, params, blocks);
  return [y];
});
