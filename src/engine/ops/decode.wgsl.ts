/**
 * A whole decoding step on WebGPU in one dispatch: one workgroup a row, all activations in workgroup memory, a barrier between stages. A
 * stage gives each thread four neighbouring outputs at a time. Sums are taken in the order of the kernels of the single operations, so
 * that both ways draw the same tokens. On a graphics card 64 threads a head attend together; on a software adapter one thread a head.
 */
import { ownBackend } from '../webgpu.ts';
import { type Ahead, type Kernel, kernel, type Variant } from '../webgpu-kernel.ts';
import { range } from '../webgpu-part.ts';
import { type DecodeAttributes, type DecodeInputs, MOST_THREADS, offsetOf, type StepShape } from './decode.ts';
import { registerOpKernel } from './op.ts';
import { frequencyTable, TURN } from './rope.wgsl.ts';
import { drawText, SAMPLE_PARAMETERS, sampleParameters } from './sample.wgsl.ts';
import { SIGMOID } from './swiglu.wgsl.ts';
import { VECTORS } from './vector-text.ts';

/** Threads of a workgroup: on a software adapter few, because there each barrier costs as much as some arithmetic of every thread. */
const THREADS: Readonly<Record<Variant, number>> = { shared: MOST_THREADS, registers: 16 };
const READ = { last: 'i32', start: 'i32', uniforms: 'f32', arena: 'vec4<f32>', frequencies: 'vec4<f32>' } as const;
const WRITE = { cache: 'vec4<f32>', ids: 'i32', report: 'f32' } as const;
const PARAMS = { rows: 'u32', capacity: 'u32', half: 'u32', scale: 'f32', epsilon: 'f32', ...SAMPLE_PARAMETERS } as const;
type DecodeKernel = Kernel<keyof typeof READ, keyof typeof WRITE, keyof typeof PARAMS>;

/** Sums and maxima over the first 64 threads as in a row kernel, and over each 64 threads that share a head. */
const TOGETHER = `
const STEP = 64u;
var<workgroup> lanes: array<f32, ${MOST_THREADS}>;
var<workgroup> shares: array<f32, ${MOST_THREADS}>;
fn reduceSum(lane: u32, value: f32) {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane % 64u < step) { lanes[lane] += lanes[lane + step]; }
    workgroupBarrier();
  }
}
fn reduceMax(lane: u32, value: f32) {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane % 64u < step) { lanes[lane] = max(lanes[lane], lanes[lane + step]); }
    workgroupBarrier();
  }
}
fn sumOverLanes(lane: u32, value: f32) -> f32 { reduceSum(lane, value); return workgroupUniformLoad(&lanes[0]); }
fn maxOverLanes(lane: u32, value: f32) -> f32 { reduceMax(lane, value); return workgroupUniformLoad(&lanes[0]); }
fn sumOfHead(lane: u32, value: f32) -> f32 {
  reduceSum(lane, value);
  let sum = lanes[lane / 64u * 64u];
  workgroupBarrier();
  return sum;
}
fn maxOfHead(lane: u32, value: f32) -> f32 {
  reduceMax(lane, value);
  let most = lanes[lane / 64u * 64u];
  workgroupBarrier();
  return most;
}
fn settle() { workgroupBarrier(); }`;

const ALONE = `
const STEP = 1u;
fn sumOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn maxOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn settle() {}`;

/** Where the keys and values of query head `head` begin in the cache, in vectors; the values lie `VALUES` after the keys. */
const PLACE = `
      let base = keysAt + head / (HEADS / KEY_HEADS) * HEAD;
      let queryAt = QKV + head * HEAD;`;

/** 64 threads a head: one a position for the scores, then one a vector for the values, with a running softmax. */
const ATTEND_TOGETHER = `
    for (var head0 = 0u; head0 < HEADS; head0 += THREADS / 64u) {
      let own = lane % 64u;
      let group = lane / 64u * 64u;
      let head = min(head0 + lane / 64u, HEADS - 1u);${PLACE}
      var sum = vec4<f32>();
      var total = 0.0;
      var top = -1e30;
      for (var first = 0u; first < seen; first += 64u) {
        let position = first + own;
        var score = -1e30;
        if (position < seen) {
          var dot = 0.0;
          for (var d = 0u; d < HEAD; d++) {
            let q = memory[queryAt + d];
            let k = cache[base + position * STRIDE + d];
            dot = fma(q.w, k.w, fma(q.z, k.z, fma(q.y, k.y, fma(q.x, k.x, dot))));
          }
          score = dot * params.scale;
        }
        let next = max(top, maxOfHead(lane, score));
        let shrink = exp(top - next);
        var share = 0.0;
        if (position < seen) { share = exp(score - next); }
        shares[lane] = share;
        total = total * shrink + sumOfHead(lane, share);
        if (own < HEAD) {
          sum = sum * shrink;
          let count = min(64u, seen - first);
          for (var j = 0u; j < count; j++) { sum = fma(vec4<f32>(shares[group + j]), cache[base + VALUES + (first + j) * STRIDE + own], sum); }
        }
        top = next;
        workgroupBarrier();
      }
      if (own < HEAD && head0 + lane / 64u < HEADS) { memory[NORMED + head * HEAD + own] = sum / max(total, 1e-30); }
    }`;

/** One thread a head. */
function attendAlone(quads: number): string {
  const each = (text: (quad: number) => string): string => range(quads).map(text).join(' ');
  const product = (quad: number): string => `cache[at + ${quad}u]`;
  return `
    for (var head = lane; head < HEADS; head += THREADS) {${PLACE}
      ${each((quad) => `let query${quad} = memory[queryAt + ${quad}u] * params.scale;`)}
      ${each((quad) => `var sum${quad} = vec4<f32>();`)}
      var total = 0.0;
      var top = -1e30;
      var at = base;
      for (var position = 0u; position < seen; position++) {
        let products = ${range(quads).reduce((sum, quad) => (quad === 0 ? `query0 * ${product(0)}` : `fma(query${quad}, ${product(quad)}, ${sum})`), '')};
        let score = products.x + products.y + products.z + products.w;
        let next = max(top, score);
        let shrink = exp(top - next);
        let share = exp(score - next);
        total = total * shrink + share;
        ${each((quad) => `sum${quad} = fma(vec4<f32>(share), cache[at + VALUES + ${quad}u], sum${quad} * shrink);`)}
        top = next;
        at += STRIDE;
      }
      let inverse = 1.0 / max(total, 1e-30);
      ${each((quad) => `memory[NORMED + head * HEAD + ${quad}u] = sum${quad} * inverse;`)}
    }`;
}

/** `memory[NORMED ..]` becomes the normalised `memory[0 ..]`, whose gain begins at `gain`. */
const normText = (gain: string): string => `
    {
      let scale = scaleOfRow(lane);
      for (var i = lane; i < WIDTH; i += THREADS) { memory[NORMED + i] = memory[i] * scale * arena[${gain} + i]; }
    }
    workgroupBarrier();`;

function write(shape: StepShape, variant: Variant): DecodeKernel {
  const { L, D, H, K, E, F, V, tied } = shape;
  const together = variant === 'shared';
  const threads = THREADS[variant];
  const [normed, qkv] = [D / 4, (D + Math.max(D, H * E)) / 4];
  const inner = qkv + ((H + 2 * K) * E) / 4;
  const at = (name: Parameters<typeof offsetOf>[1]): string => `${offsetOf(shape, name) / 4}u`;
  const inLayer = (name: 'inputNorm' | 'qkv' | 'o' | 'innerNorm' | 'gateUp' | 'down'): string =>
    `layerAt + ${(offsetOf(shape, name) - offsetOf(shape, 'inputNorm')) / 4}u`;
  const layerSize = (offsetOf(shape, 'norm') - offsetOf(shape, 'inputNorm')) / 4 / L;
  return kernel({
    key: `Decode ${[L, D, H, K, E, F, V].join('-')}${tied ? '' : ' head'} ${variant}`,
    read: READ,
    write: WRITE,
    params: PARAMS,
    workgroup: threads,
    declare: `${VECTORS['vec4<f32>']}${TURN}${SIGMOID}${together ? TOGETHER : ALONE}
const THREADS = ${threads}u;
const HEADS = ${H}u;
const KEY_HEADS = ${K}u;
const HEAD = ${E / 4}u;
const STRIDE = ${(K * E) / 4}u;
const WIDTH = ${D / 4}u;
const NORMED = ${normed}u;
const QKV = ${qkv}u;
const INNER = ${inner}u;
var<workgroup> memory: array<vec4<f32>, ${inner + F / 4}>;
var<workgroup> logits: array<vec4<f32>, ${V / 4}>;
var<workgroup> weights: array<vec4<f32>, ${V / 4}>;
// four rows of a matrix of \`quads\` vectors a row, from vector \`at\` of the arena, times what begins at \`source\`
fn product(at: u32, source: u32, quads: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var k = 0u; k < quads; k++) {
    let x = memory[source + k];
    let a = arena[at + k];
    let b = arena[at + quads + k];
    let c = arena[at + 2u * quads + k];
    let d = arena[at + 3u * quads + k];
    sum = fma(vec4<f32>(x.x), vec4<f32>(a.x, b.x, c.x, d.x), sum);
    sum = fma(vec4<f32>(x.y), vec4<f32>(a.y, b.y, c.y, d.y), sum);
    sum = fma(vec4<f32>(x.z), vec4<f32>(a.z, b.z, c.z, d.z), sum);
    sum = fma(vec4<f32>(x.w), vec4<f32>(a.w, b.w, c.w, d.w), sum);
  }
  return sum;
}
fn scaleOfRow(lane: u32) -> f32 {
  var squares = vec4<f32>();
  ${together ? 'if (lane < 64u) { for (var i = lane; i < WIDTH; i += 64u) { squares = fma(memory[i], memory[i], squares); } }' : 'for (var i = 0u; i < WIDTH; i++) { squares = fma(memory[i], memory[i], squares); }'}
  return inverseSqrt(sumOverLanes(lane, sumOf(squares)) / ${D}.0 + params.epsilon);
}`,
    body: `
  let row = block;
  let position = start[row];
  let seen = u32(clamp(position + 1, 0, i32(params.capacity)));
  let id0 = last[row];
  for (var i = lane; i < WIDTH; i += THREADS) {
    memory[i] = select(vec4<f32>(), arena[u32(clamp(id0, 0, ${V - 1})) * WIDTH + i], id0 >= 0 && id0 < ${V});
  }
  workgroupBarrier();
  let VALUES = params.capacity * STRIDE;
  for (var layer = 0u; layer < ${L}u; layer++) {
    let layerAt = ${at('inputNorm')} + layer * ${layerSize}u;
    let keysAt = (row * ${L}u + layer) * 2u * VALUES;${normText(inLayer('inputNorm'))}
    for (var o = lane; o < ${((H + 2 * K) * E) / 4}u; o += THREADS) { memory[QKV + o] = product(${inLayer('qkv')} + 4u * o * WIDTH, NORMED, WIDTH); }
    workgroupBarrier();
    for (var pair = lane; pair < ${((H + 2 * K) * E) / 8}u; pair += THREADS) {
      let i = pair % params.half;
      let head = pair / params.half;
      let first = QKV + head * HEAD + i;
      let second = first + params.half;
      var pairs = Pairs(memory[first], memory[second]);
      if (head < HEADS + KEY_HEADS) {
        pairs = turned(pairs, position, i, 1.0);
        memory[first] = pairs.first;
        memory[second] = pairs.second;
      }
      if (head >= HEADS && position >= 0 && position < i32(params.capacity)) {
        let slot = keysAt + select(0u, VALUES, head >= HEADS + KEY_HEADS) + u32(position) * STRIDE + (head - HEADS) % KEY_HEADS * HEAD + i;
        cache[slot] = pairs.first;
        cache[slot + params.half] = pairs.second;
      }
    }
    storageBarrier();
    workgroupBarrier();${together ? ATTEND_TOGETHER : attendAlone(E / 4)}
    workgroupBarrier();
    for (var o = lane; o < WIDTH; o += THREADS) { memory[o] = product(${inLayer('o')} + 4u * o * ${(H * E) / 4}u, NORMED, ${(H * E) / 4}u) + memory[o]; }
    workgroupBarrier();${normText(inLayer('innerNorm'))}
    for (var o = lane; o < ${F / 4}u; o += THREADS) {
      let gate = product(${inLayer('gateUp')} + 4u * o * WIDTH, NORMED, WIDTH);
      memory[INNER + o] = gate * sigmoid(gate) * product(${inLayer('gateUp')} + (${F}u + 4u * o) * WIDTH, NORMED, WIDTH);
    }
    workgroupBarrier();
    for (var o = lane; o < WIDTH; o += THREADS) { memory[o] = product(${inLayer('down')} + 4u * o * ${F / 4}u, INNER, ${F / 4}u) + memory[o]; }
    workgroupBarrier();
  }${normText(at('norm'))}
  for (var o = lane; o < ${V / 4}u; o += THREADS) { logits[o] = product(${at(tied ? 'embedding' : 'head')} + 4u * o * WIDTH, NORMED, WIDTH); }
  workgroupBarrier();
  let at = 0u;
  ${together ? 'let first = select(params.columns, lane, lane < 64u);\n  let leader = lane == 0u;' : 'if (lane > 0u) { return; }\n  let first = 0u;\n  let leader = true;'}
${drawText('vec4<f32>')}`,
  });
}

const MADE = new Map<string, DecodeKernel>();

function decodeKernel(shape: StepShape, variant: Variant): DecodeKernel {
  const { L, D, H, K, E, F, V, tied } = shape;
  const key = [L, D, H, K, E, F, V, tied, variant].join();
  let made = MADE.get(key);
  if (made === undefined) MADE.set(key, (made = write(shape, variant)));
  return made;
}

export const ahead: Ahead = ({ variant }, { step }) => (step === null ? {} : { answering: [decodeKernel(step, variant)] });

registerOpKernel<DecodeInputs, DecodeAttributes>(
  'Decode',
  'webgpu',
  ({ ids: last, start, uniforms, arena, cache }, attributes, backend) => {
    const gpu = ownBackend(backend);
    const rows = last.shape[0] as number;
    const { E, V, epsilon, frequencies } = attributes;
    const [ids, report] = [gpu.output([rows], 'int32'), gpu.output([2, rows])];
    const params = {
      rows,
      capacity: cache.shape[3] as number,
      half: E / 8,
      scale: 1 / Math.sqrt(E),
      epsilon,
      ...sampleParameters(V, attributes),
    };
    const operands = { last, start, uniforms, arena, frequencies: frequencyTable(gpu, frequencies), cache, ids, report };
    gpu.run(decodeKernel(attributes, gpu.variant), operands, params, rows);
    return [ids, report];
  },
);
