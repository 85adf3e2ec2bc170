/**
 * Causal attention with grouped queries on WebGPU (Dao et al. 2022, without the block-sparse part): nothing of size T x T is
 * stored. Tensors stay token-major, [B,T,heads,Dh], so there is no transpose and no batched product over grouped heads.
 *
 * Thread layout: forward and dQ have one thread a query, 64 neighbouring queries of one head a workgroup, which walks the keys
 * and values in tiles of shared memory. dK and dV have one thread a key and walk the queries of every head of its group in
 * order, so nothing is added atomically. A row's result depends on its own sequence only.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import { blocksFor, type Kernel, kernel } from '../webgpu-kernel.ts';
import { registerOpKernel } from './op.ts';

const SHARED_BYTES = 16384;
const PARAMS = { length: 'u32', heads: 'u32', keyHeads: 'u32', scale: 'f32' } as const;
type Parameter = keyof typeof PARAMS;

/** Threads of a workgroup: queries, or keys, that it owns. */
const OWN = 64;

/** A head of `width` dimensions as `quads` vectors of four, the last one padded with zeros. */
const quadsOf = (width: number): number => Math.ceil(width / 4);

/** Reads four dimensions of a head that starts at `at`. */
function quadReader(buffer: string, width: number): string {
  const element = (i: number): string =>
    width % 4 === 0 ? `${buffer}[at + ${i}u]` : `select(0.0, ${buffer}[at + ${i}u], d + ${i}u < ${width}u)`;
  return `fn ${buffer}Quad(base: u32, quad: u32) -> vec4<f32> {
  let d = quad * 4u;
  let at = base + d;
  return vec4<f32>(${[0, 1, 2, 3].map(element).join(', ')});
}`;
}

/** Stores four dimensions. */
function quadWriter(buffer: string, width: number): string {
  return `fn ${buffer}Store(base: u32, quad: u32, value: vec4<f32>) {
  for (var i = 0u; i < 4u; i++) {
    if (quad * 4u + i < ${width}u) { ${buffer}[base + quad * 4u + i] = value[i]; }
  }
}`;
}

/** Sum of the products of two heads, four partial sums added last. */
const dot = (into: string, a: (quad: string) => string, b: (quad: string) => string): string => `
      var ${into}4 = vec4<f32>();
      for (var quad = 0u; quad < QUADS; quad++) { ${into}4 = fma(${a('quad')}, ${b('quad')}, ${into}4); }
      let ${into} = ${into}4.x + ${into}4.y + ${into}4.z + ${into}4.w;`;

/** Which queries a workgroup owns. */
const QUERY_PLACE = `
  let parts = (params.length + ${OWN - 1}u) / ${OWN}u;
  let part = block % parts;
  let head = block / parts % params.heads;
  let row = block / (parts * params.heads);
  let keyHead = head / (params.heads / params.keyHeads);
  let t = part * ${OWN}u + lane;
  let here = ((row * params.length + min(t, params.length - 1u)) * params.heads + head) * WIDTH;
  let end = min(params.length, (part + 1u) * ${OWN}u);`;

/** Fills the shared tile of keys and values from position `first`. */
const loadKeys = (tile: number): string => `
    for (var i = lane; i < ${tile}u * QUADS; i += ${OWN}u) {
      let position = min(first + i / QUADS, params.length - 1u);
      let base = ((row * params.length + position) * params.keyHeads + keyHead) * WIDTH;
      keyTile[i] = kQuad(base, i % QUADS);
      valueTile[i] = vQuad(base, i % QUADS);
    }
    workgroupBarrier();`;

const keyTiles = (width: number, tile: number): string => `
const WIDTH = ${width}u;
const QUADS = ${quadsOf(width)}u;
var<workgroup> keyTile: array<vec4<f32>, ${tile * quadsOf(width)}>;
var<workgroup> valueTile: array<vec4<f32>, ${tile * quadsOf(width)}>;
${quadReader('k', width)}
${quadReader('v', width)}`;

function forward(width: number): Kernel<'q' | 'k' | 'v', 'y' | 'lse', Parameter> {
  const quads = quadsOf(width);
  const tile = Math.min(32, Math.floor(SHARED_BYTES / (32 * quads)));
  return kernel({
    key: `Attention ${width}`,
    read: { q: 'f32', k: 'f32', v: 'f32' },
    write: { y: 'f32', lse: 'f32' },
    params: PARAMS,
    workgroup: OWN,
    declare: `${keyTiles(width, tile)}
${quadReader('q', width)}
${quadWriter('y', width)}`,
    body: `${QUERY_PLACE}
  var query: array<vec4<f32>, ${quads}>;
  var sums: array<vec4<f32>, ${quads}>;
  for (var quad = 0u; quad < QUADS; quad++) { query[quad] = qQuad(here, quad); }
  var top = -1e30;
  var total = 0.0;
  for (var first = 0u; first < end; first += ${tile}u) {
    ${loadKeys(tile)}
    for (var j = 0u; j < ${tile}u && t < params.length && first + j <= t; j++) {
      ${dot(
        'score',
        (quad) => `query[${quad}]`,
        (quad) => `keyTile[j * QUADS + ${quad}]`,
      )}
      let next = max(top, score * params.scale);
      let shrink = exp(top - next);
      let share = exp(score * params.scale - next);
      total = total * shrink + share;
      for (var quad = 0u; quad < QUADS; quad++) { sums[quad] = fma(vec4<f32>(share), valueTile[j * QUADS + quad], sums[quad] * shrink); }
      top = next;
    }
    workgroupBarrier();
  }
  if (t < params.length) {
    for (var quad = 0u; quad < QUADS; quad++) { yStore(here, quad, sums[quad] / total); }
    lse[here / WIDTH] = top + log(total);
  }`,
  });
}

/** delta = sum of out * dy for each query and head, one thread each. */
const DELTA = kernel({
  key: 'AttentionDelta',
  read: { y: 'f32', dy: 'f32' },
  write: { delta: 'f32' },
  params: { size: 'u32', width: 'u32' },
  body: `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  var sum = 0.0;
  for (var d = 0u; d < params.width; d++) { sum = fma(y[i * params.width + d], dy[i * params.width + d], sum); }
  delta[i] = sum;`,
});

function gradQuery(width: number): Kernel<'q' | 'k' | 'v' | 'lse' | 'delta' | 'dy', 'dq', Parameter> {
  const quads = quadsOf(width);
  const tile = Math.min(32, Math.floor(SHARED_BYTES / (32 * quads)));
  return kernel({
    key: `AttentionGradQ ${width}`,
    read: { q: 'f32', k: 'f32', v: 'f32', lse: 'f32', delta: 'f32', dy: 'f32' },
    write: { dq: 'f32' },
    params: PARAMS,
    workgroup: OWN,
    declare: `${keyTiles(width, tile)}
${quadReader('q', width)}
${quadReader('dy', width)}
${quadWriter('dq', width)}`,
    body: `${QUERY_PLACE}
  var query: array<vec4<f32>, ${quads}>;
  var error: array<vec4<f32>, ${quads}>;
  var sums: array<vec4<f32>, ${quads}>;
  for (var quad = 0u; quad < QUADS; quad++) {
    query[quad] = qQuad(here, quad);
    error[quad] = dyQuad(here, quad);
  }
  let logSum = lse[here / WIDTH];
  let inner = delta[here / WIDTH];
  for (var first = 0u; first < end; first += ${tile}u) {
    ${loadKeys(tile)}
    for (var j = 0u; j < ${tile}u && t < params.length && first + j <= t; j++) {
      ${dot(
        'score',
        (quad) => `query[${quad}]`,
        (quad) => `keyTile[j * QUADS + ${quad}]`,
      )}
      ${dot(
        'slope',
        (quad) => `error[${quad}]`,
        (quad) => `valueTile[j * QUADS + ${quad}]`,
      )}
      let dScore = exp(score * params.scale - logSum) * (slope - inner) * params.scale;
      for (var quad = 0u; quad < QUADS; quad++) { sums[quad] = fma(vec4<f32>(dScore), keyTile[j * QUADS + quad], sums[quad]); }
    }
    workgroupBarrier();
  }
  if (t < params.length) {
    for (var quad = 0u; quad < QUADS; quad++) { dqStore(here, quad, sums[quad]); }
  }`,
  });
}

function gradKeys(width: number): Kernel<'q' | 'k' | 'v' | 'lse' | 'delta' | 'dy', 'dk' | 'dv', Parameter> {
  const quads = quadsOf(width);
  const tile = Math.min(32, Math.floor(SHARED_BYTES / (32 * quads + 8)));
  return kernel({
    key: `AttentionGradKV ${width}`,
    read: { q: 'f32', k: 'f32', v: 'f32', lse: 'f32', delta: 'f32', dy: 'f32' },
    write: { dk: 'f32', dv: 'f32' },
    params: PARAMS,
    workgroup: OWN,
    declare: `
const WIDTH = ${width}u;
const QUADS = ${quads}u;
var<workgroup> queryTile: array<vec4<f32>, ${tile * quads}>;
var<workgroup> errorTile: array<vec4<f32>, ${tile * quads}>;
var<workgroup> logSums: array<f32, ${tile}>;
var<workgroup> inners: array<f32, ${tile}>;
${['q', 'k', 'v', 'dy'].map((buffer) => quadReader(buffer, width)).join('\n')}
${quadWriter('dk', width)}
${quadWriter('dv', width)}`,
    body: `
  let parts = (params.length + ${OWN - 1}u) / ${OWN}u;
  let part = block % parts;
  let keyHead = block / parts % params.keyHeads;
  let row = block / (parts * params.keyHeads);
  let group = params.heads / params.keyHeads;
  let t = part * ${OWN}u + lane;
  let here = ((row * params.length + min(t, params.length - 1u)) * params.keyHeads + keyHead) * WIDTH;
  var key: array<vec4<f32>, ${quads}>;
  var value: array<vec4<f32>, ${quads}>;
  var keySums: array<vec4<f32>, ${quads}>;
  var valueSums: array<vec4<f32>, ${quads}>;
  for (var quad = 0u; quad < QUADS; quad++) {
    key[quad] = kQuad(here, quad);
    value[quad] = vQuad(here, quad);
  }
  for (var head = keyHead * group; head < (keyHead + 1u) * group; head++) {
    for (var first = part * ${OWN}u; first < params.length; first += ${tile}u) {
      for (var i = lane; i < ${tile}u * QUADS; i += ${OWN}u) {
        let position = min(first + i / QUADS, params.length - 1u);
        let at = (row * params.length + position) * params.heads + head;
        queryTile[i] = qQuad(at * WIDTH, i % QUADS);
        errorTile[i] = dyQuad(at * WIDTH, i % QUADS);
        if (i % QUADS == 0u) {
          logSums[i / QUADS] = lse[at];
          inners[i / QUADS] = delta[at];
        }
      }
      workgroupBarrier();
      for (var j = 0u; j < ${tile}u && first + j < params.length; j++) {
        if (first + j < t) { continue; }
        ${dot(
          'score',
          (quad) => `queryTile[j * QUADS + ${quad}]`,
          (quad) => `key[${quad}]`,
        )}
        ${dot(
          'slope',
          (quad) => `errorTile[j * QUADS + ${quad}]`,
          (quad) => `value[${quad}]`,
        )}
        let share = exp(score * params.scale - logSums[j]);
        let dScore = share * (slope - inners[j]) * params.scale;
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
      dkStore(here, quad, keySums[quad]);
      dvStore(here, quad, valueSums[quad]);
    }
  }`,
  });
}

type AttentionKernels = {
  readonly forward: ReturnType<typeof forward>;
  readonly gradQuery: ReturnType<typeof gradQuery>;
  readonly gradKeys: ReturnType<typeof gradKeys>;
};
const BY_WIDTH = new Map<number, AttentionKernels>();

/** The kernels for heads of `width` dimensions: the width sizes arrays, so it is part of the text. */
export function attentionKernels(width: number): AttentionKernels {
  let made = BY_WIDTH.get(width);
  if (made === undefined) {
    made = { forward: forward(width), gradQuery: gradQuery(width), gradKeys: gradKeys(width) };
    BY_WIDTH.set(width, made);
  }
  return made;
}

type AttentionInputs = { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor };

registerOpKernel<AttentionInputs, object>('Attention', 'webgpu', ({ q, k, v }, _, backend) => {
  const gpu = ownBackend(backend);
  const [B, length, heads, width] = q.shape as [number, number, number, number];
  const keyHeads = k.shape[2] as number;
  const [y, lse] = [gpu.output(q.shape), gpu.output([B, length, heads])];
  const blocks = B * heads * Math.ceil(length / OWN);
  gpu.run(attentionKernels(width).forward, { q, k, v, y, lse }, { length, heads, keyHeads, scale: 1 / Math.sqrt(width) }, blocks);
  return [y, lse];
});

registerOpKernel<AttentionInputs & { readonly out: Tensor; readonly lse: Tensor; readonly dy: Tensor }, object>(
  'AttentionGrad',
  'webgpu',
  ({ q, k, v, out, lse, dy }, _, backend) => {
    const gpu = ownBackend(backend);
    const [B, length, heads, width] = q.shape as [number, number, number, number];
    const keyHeads = k.shape[2] as number;
    const kernels = attentionKernels(width);
    const params = { length, heads, keyHeads, scale: 1 / Math.sqrt(width) };
    const size = B * length * heads;
    const parts = Math.ceil(length / OWN);
    const [delta, dq, dk, dv] = [gpu.output([size]), gpu.output(q.shape), gpu.output(k.shape), gpu.output(v.shape)];
    gpu.run(DELTA, { y: out, dy, delta }, { size, width }, blocksFor(DELTA, size));
    gpu.run(kernels.gradQuery, { q, k, v, lse, delta, dy, dq }, params, B * heads * parts);
    gpu.run(kernels.gradKeys, { q, k, v, lse, delta, dy, dk, dv }, params, B * keyHeads * parts);
    gpu.release(delta);
    return [dq, dk, dv];
  },
);
