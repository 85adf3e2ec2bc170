/**
 * Attention in a tree of tokens on WebGPU. On a graphics card one workgroup of 64 threads a query head; 64 positions of its path at a time,
 * first one thread a position for the scores, then one thread a dimension for the values. On a software adapter one thread a query head.
 * Both keep a running softmax, as the kernels of the cache do, so a token's result depends on its own path only.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { type Ahead, type Kernel, kernel, REDUCE, type Variant } from '../webgpu-kernel.ts';
import { range } from '../webgpu-part.ts';
import { elementOf, quadReader, quadsOf, quadWriter } from './head-text.ts';
import { registerOpKernel } from './op.ts';
import type { TreeHeads } from './tree-attention.ts';

const PARAMS = { size: 'u32', heads: 'u32', keyHeads: 'u32', scale: 'f32' } as const;
type AttendKernel = Kernel<'qkv' | 'kv' | 'paths' | 'places', 'y', keyof typeof PARAMS>;

/** Where everything of query head number `item` lies. */
const place = (item: string): string => `
  let head = ${item} % params.heads;
  let token = ${item} / params.heads;
  let queryAt = token * (params.heads + 2u * params.keyHeads) * WIDTH + head * WIDTH;
  let stride = 2u * params.keyHeads * WIDTH;
  let base = head / (params.heads / params.keyHeads) * WIDTH;
  let toValues = params.keyHeads * WIDTH;
  let path = u32(places[2u * token]);
  let seen = u32(places[2u * token + 1u]);`;

/** Where the key of a position of the path begins. */
const at = (position: string): string => `base + u32(paths[path + ${position}]) * stride`;

function shared(width: number): AttendKernel {
  const each = Math.ceil(width / 64);
  return kernel({
    key: `TreeAttention ${width} shared`,
    read: { qkv: 'f32', kv: 'f32', paths: 'i32', places: 'i32' },
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
      let key = ${at('position')};
      var dot = 0.0;
      for (var d = 0u; d < WIDTH; d++) { dot = fma(query[d], kv[key + d], dot); }
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
        for (var j = 0u; j < count; j++) { sum = fma(shares[j], kv[${at('first + j')} + toValues + d], sum); }
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
    key: `TreeAttention ${width} registers`,
    read: { qkv: element, kv: element, paths: 'i32', places: 'i32' },
    write: { y: element },
    params: PARAMS,
    declare: `
const WIDTH = ${width}u;
${['qkv', 'kv'].map((buffer) => quadReader(buffer, width)).join('')}${quadWriter('y', width)}`,
    body: `
  let item = block * 64u + lane;
  if (item >= params.size) { return; }
  ${place('item')}
  ${each((quad) => `let query${quad} = qkvQuad(queryAt, ${quad}u) * params.scale;`)}
  ${each((quad) => `var sum${quad} = vec4<f32>();`)}
  var total = 0.0;
  var top = -1e30;
  for (var position = 0u; position < seen; position++) {
    let key = ${at('position')};
    let products = ${range(quadsOf(width)).reduce((sum, quad) => (quad === 0 ? 'query0 * kvQuad(key, 0u)' : `fma(query${quad}, kvQuad(key, ${quad}u), ${sum})`), '')};
    let score = products.x + products.y + products.z + products.w;
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = total * shrink + share;
    ${each((quad) => `sum${quad} = fma(vec4<f32>(share), kvQuad(key + toValues, ${quad}u), sum${quad} * shrink);`)}
    top = next;
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

export const ahead: Ahead = ({ variant }, { headWidth }) => ({ rest: [attendKernel(variant, headWidth)] });

type Inputs = { readonly qkv: Tensor; readonly kv: Tensor; readonly paths: Tensor; readonly places: Tensor };

registerOpKernel<Inputs, TreeHeads>('TreeAttention', 'webgpu', ({ qkv, kv, paths, places }, { H, K, E }, backend) => {
  const gpu = ownBackend(backend);
  const M = qkv.shape[0] as number;
  const y = gpu.output([M, H * E]);
  const params = { size: M * H, heads: H, keyHeads: K, scale: 1 / Math.sqrt(E) };
  const blocks = gpu.variant === 'shared' ? M * H : Math.ceil((M * H) / 64);
  gpu.run(attendKernel(gpu.variant, E), { qkv, kv, paths, places, y }, params, blocks);
  return [y];
});
