/**
 * Attention for graphics cards (Dao et al. 2022, without the block-sparse part). Forward and dQ have one thread a query, 64
 * neighbouring queries of one head a workgroup, which walks the keys and values in tiles of shared memory. dK and dV have one thread
 * a key and walk the queries of every head of its group in order, so nothing is added atomically.
 * Knows no tensors; src/engine/ops/attention.wgsl.ts runs these kernels.
 */
import { kernel } from '../webgpu-kernel.ts';
import { type AttentionKernels, PARAMS } from './attention-kernels.ts';
import { elementOf, quadReader, quadsOf, quadWriter } from './head-text.ts';

const SHARED_BYTES = 16384;

/** Threads of a workgroup: queries, or keys, that it owns. */
export const OWN = 64;

/** Sum of the products of two heads, four partial sums added last. */
const dot = (into: string, a: string, b: string): string => `
      var ${into}4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { ${into}4 = fma(${a}, ${b}, ${into}4); }
      let ${into} = ${into}4.x + ${into}4.y + ${into}4.z + ${into}4.w;`;

/** Which tokens of one of `heads` heads a workgroup owns. The thread's own token is kept inside the sequence; only real ones are stored. */
const place = (heads: string): string => `
  let parts = (params.length + ${OWN - 1}u) / ${OWN}u;
  let part = block % parts;
  let head = block / parts % ${heads};
  let row = block / (parts * ${heads});
  let t = part * ${OWN}u + lane;
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * WIDTH;
  let base = row * params.length * stride;
  let token = min(t, params.length - 1u);`;

/** Walks the keys that queries of this workgroup may see, tile after tile; `each` sees `j`, the number of a key in the tile. */
const walkKeys = (tile: number, each: string): string => `
  let end = min(params.length, (part + 1u) * ${OWN}u);
  for (var first = 0u; first < end; first += ${tile}u) {
    for (var i = lane; i < ${tile}u * QUADS; i += ${OWN}u) {
      let at = base + min(first + i / QUADS, params.length - 1u) * stride + (params.heads + head / group) * WIDTH;
      keyTile[i] = qkvQuad(at, i % QUADS);
      valueTile[i] = qkvQuad(at + params.keyHeads * WIDTH, i % QUADS);
    }
    workgroupBarrier();
    for (var j = 0u; j < ${tile}u && t < params.length && first + j <= t; j++) {${each}
    }
    workgroupBarrier();
  }`;

const constants = (width: number): string => `
const WIDTH = ${width}u;
const QUADS = ${quadsOf(width)}u;`;

const tileOf = (width: number): number => Math.max(1, Math.min(32, Math.floor(SHARED_BYTES / (32 * quadsOf(width) + 8))));

const keyTiles = (width: number): string => `${constants(width)}
var<workgroup> keyTile: array<vec4<f32>, ${tileOf(width) * quadsOf(width)}>;
var<workgroup> valueTile: array<vec4<f32>, ${tileOf(width) * quadsOf(width)}>;`;

function forward(width: number): AttentionKernels['forward'] {
  const [element, quads] = [elementOf(width), quadsOf(width)];
  return kernel({
    key: `Attention shared ${width}`,
    read: { qkv: element },
    write: { out: element, lse: 'f32' },
    params: PARAMS,
    workgroup: OWN,
    declare: `${keyTiles(width)}${quadReader('qkv', width)}${quadWriter('out', width)}`,
    body: `${place('params.heads')}
  var query: array<vec4<f32>, ${quads}>;
  var sums: array<vec4<f32>, ${quads}>;
  for (var quad = 0u; quad < QUADS; quad++) { query[quad] = qkvQuad(base + token * stride + head * WIDTH, quad) * params.scale; }
  var top = -1e30;
  var total = 0.0;${walkKeys(
    tileOf(width),
    `${dot('score', 'query[quad]', 'keyTile[j * QUADS + quad]')}
      let next = max(top, score);
      let shrink = exp(top - next);
      let share = exp(score - next);
      total = total * shrink + share;
      for (var quad = 0u; quad < QUADS; quad++) { sums[quad] = fma(vec4<f32>(share), valueTile[j * QUADS + quad], sums[quad] * shrink); }
      top = next;`,
  )}
  if (t < params.length) {
    let to = (row * params.length + t) * params.heads + head;
    for (var quad = 0u; quad < QUADS; quad++) { outStore(to * WIDTH, quad, sums[quad] / total); }
    lse[to] = top + log(total);
  }`,
  });
}

/** dQ, and on the way delta, the sum of out * dy for each query and head, which the gradient of the keys needs too. */
function gradQuery(width: number): AttentionKernels['gradQuery'] {
  const [element, quads] = [elementOf(width), quadsOf(width)];
  return kernel({
    key: `AttentionGradQ shared ${width}`,
    read: { qkv: element, out: element, dy: element, lse: 'f32' },
    write: { gradient: element, delta: 'f32' },
    params: PARAMS,
    workgroup: OWN,
    declare: `${keyTiles(width)}${['qkv', 'out', 'dy'].map((buffer) => quadReader(buffer, width)).join('')}${quadWriter('gradient', width)}`,
    body: `${place('params.heads')}
  let own = (row * params.length + token) * params.heads + head;
  let origin = base + token * stride + head * WIDTH;
  var query: array<vec4<f32>, ${quads}>;
  var error: array<vec4<f32>, ${quads}>;
  var sums: array<vec4<f32>, ${quads}>;
  for (var quad = 0u; quad < QUADS; quad++) {
    query[quad] = qkvQuad(origin, quad) * params.scale;
    error[quad] = dyQuad(own * WIDTH, quad);
  }
  ${dot('inner', 'error[quad]', 'outQuad(own * WIDTH, quad)')}
  let logSum = lse[own];${walkKeys(
    tileOf(width),
    `${dot('score', 'query[quad]', 'keyTile[j * QUADS + quad]')}
      ${dot('slope', 'error[quad]', 'valueTile[j * QUADS + quad]')}
      let dScore = exp(score - logSum) * (slope - inner);
      for (var quad = 0u; quad < QUADS; quad++) { sums[quad] = fma(vec4<f32>(dScore), keyTile[j * QUADS + quad], sums[quad]); }`,
  )}
  if (t < params.length) {
    for (var quad = 0u; quad < QUADS; quad++) { gradientStore(origin, quad, sums[quad] * params.scale); }
    delta[own] = inner;
  }`,
  });
}

function gradKeys(width: number): AttentionKernels['gradKeys'] {
  const [element, quads, tile] = [elementOf(width), quadsOf(width), tileOf(width)];
  return kernel({
    key: `AttentionGradKV shared ${width}`,
    read: { qkv: element, dy: element, lse: 'f32', delta: 'f32' },
    write: { gradient: element },
    params: PARAMS,
    workgroup: OWN,
    declare: `${constants(width)}
var<workgroup> queryTile: array<vec4<f32>, ${tile * quads}>;
var<workgroup> errorTile: array<vec4<f32>, ${tile * quads}>;
var<workgroup> logSums: array<f32, ${tile}>;
var<workgroup> inners: array<f32, ${tile}>;
${['qkv', 'dy'].map((buffer) => quadReader(buffer, width)).join('')}${quadWriter('gradient', width)}`,
    body: `${place('params.keyHeads')}
  let origin = base + token * stride + (params.heads + head) * WIDTH;
  let values = origin + params.keyHeads * WIDTH;
  var key: array<vec4<f32>, ${quads}>;
  var value: array<vec4<f32>, ${quads}>;
  var keySums: array<vec4<f32>, ${quads}>;
  var valueSums: array<vec4<f32>, ${quads}>;
  for (var quad = 0u; quad < QUADS; quad++) {
    key[quad] = qkvQuad(origin, quad) * params.scale;
    value[quad] = qkvQuad(values, quad);
  }
  for (var other = head * group; other < (head + 1u) * group; other++) {
    for (var first = part * ${OWN}u; first < params.length; first += ${tile}u) {
      for (var i = lane; i < ${tile}u * QUADS; i += ${OWN}u) {
        let position = min(first + i / QUADS, params.length - 1u);
        let own = (row * params.length + position) * params.heads + other;
        queryTile[i] = qkvQuad(base + position * stride + other * WIDTH, i % QUADS);
        errorTile[i] = dyQuad(own * WIDTH, i % QUADS);
        if (i % QUADS == 0u) {
          logSums[i / QUADS] = lse[own];
          inners[i / QUADS] = delta[own];
        }
      }
      workgroupBarrier();
      for (var j = 0u; j < ${tile}u && first + j < params.length; j++) {
        if (first + j < t) { continue; }
        ${dot('score', 'queryTile[j * QUADS + quad]', 'key[quad]')}
        ${dot('slope', 'errorTile[j * QUADS + quad]', 'value[quad]')}
        let share = exp(score - logSums[j]);
        let dScore = share * (slope - inners[j]);
        for (var quad = 0u; quad < QUADS; quad++) {
          valueSums[quad] = fma(vec4<f32>(share), errorTile[j * QUADS + quad], valueSums[quad]);
          keySums[quad] = fma(vec4<f32>(dScore), queryTile[j * QUADS + quad], keySums[quad]);
        }
      }
      workgroupBarrier();
    }
  }
  if (t < params.length) {
    for (var quad = 0u; quad < QUADS; quad++) {
      gradientStore(origin, quad, keySums[quad] * params.scale);
      gradientStore(values, quad, valueSums[quad]);
    }
  }`,
  });
}

/** The kernels for heads of `width` numbers. */
export function attentionInShared(width: number): AttentionKernels {
  return { forward: forward(width), gradQuery: gradQuery(width), gradKeys: gradKeys(width) };
}
