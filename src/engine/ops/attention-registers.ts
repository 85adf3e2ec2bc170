/**
 * Attention for adapters that compute on the CPU: every thread works alone, without shared memory. A thread owns four neighbouring
 * queries, or keys, of one head; a vector holds one dimension of all four, so that a number that is loaded serves four of them.
 * Loads are what such an adapter is slow at. Threads next to each other differ in head and sequence, not in position: all of them
 * walk equally many keys. Knows no tensors; src/engine/ops/attention.wgsl.ts runs these kernels.
 */
import { kernel } from '../webgpu-kernel.ts';
import { AXES, range } from '../webgpu-part.ts';
import { type AttentionKernels, PARAMS } from './attention-kernels.ts';
import { elementOf, quadReader, quadsOf, quadWriter } from './head-text.ts';

/** Where a thread is: four tokens from `t0` on of one of `heads` heads of sequence `row`. `base` is the sequence's first number. */
const place = (width: number, heads: string): string => `
  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let head = i % ${heads};
  let row = i / ${heads} % params.sequences;
  let t0 = i / (${heads} * params.sequences) * 4u;
  let t = vec4<u32>(t0, t0 + 1u, t0 + 2u, t0 + 3u);
  let group = params.heads / params.keyHeads;
  let stride = (params.heads + 2u * params.keyHeads) * ${width}u;
  let base = row * params.length * stride;
  let kept = min(t, vec4<u32>(params.length - 1u)); // what lies behind the end is computed and not stored`;

/** Vectors `name0`, `name1`, ... of one dimension each of four heads that start at the elements of the vector `at`. */
const fourHeads = (name: string, buffer: string, at: string, width: number, factor = ''): string =>
  range(quadsOf(width))
    .map((quad) => {
      const rows = AXES.map((axis) => `let ${name}_${quad}${axis} = ${buffer}Quad(${at}.${axis}, ${quad}u)${factor};`);
      const columns = AXES.slice(0, width - 4 * quad).map(
        (axis, d) => `let ${name}${4 * quad + d} = vec4<f32>(${AXES.map((other) => `${name}_${quad}${other}.${axis}`).join(', ')});`,
      );
      return `
  ${[...rows, ...columns].join(' ')}`;
    })
    .join('');

/** Vectors `name0`, `name1`, ... with the quads of one head. */
const oneHead = (name: string, buffer: string, at: string, width: number): string =>
  range(quadsOf(width))
    .map((quad) => `let ${name}${quad} = ${buffer}Quad(${at}, ${quad}u);`)
    .join(' ');

/** Number `d` of a head from `oneHead`, four times. */
const every = (name: string, d: number): string => `vec4<f32>(${name}${Math.floor(d / 4)}.${AXES[d % 4]})`;

/** The products of four heads with one. */
const dots = (four: string, one: string, width: number): string =>
  range(width).reduce((sum, d) => (d === 0 ? `${four}0 * ${every(one, 0)}` : `fma(${four}${d}, ${every(one, d)}, ${sum})`), '');

const sums = (name: string, width: number): string =>
  range(width)
    .map((d) => `var ${name}${d} = vec4<f32>();`)
    .join(' ');

/** Adds a head, times a factor for each of the four, to sums. */
const addHead = (name: string, factors: string, one: string, width: number): string =>
  range(width)
    .map((d) => `${name}${d} = fma(${factors}, ${every(one, d)}, ${name}${d});`)
    .join(' ');

/** Stores the four heads whose dimensions are sums; `at` gives the place of each, `extra` stores more. */
const storeFour = (
  buffer: string,
  name: string,
  factor: string,
  width: number,
  at: (axis: string) => string,
  extra = (_axis: string): string => '',
): string =>
  AXES.map((axis) => {
    const values = (quad: number): string =>
      [0, 1, 2, 3].map((d) => (4 * quad + d < width ? `${name}${4 * quad + d}.${axis}` : '0.0')).join(', ');
    const quads = range(quadsOf(width)).map(
      (quad) => `${buffer}Store(${at(axis)}, ${quad}u, vec4<f32>(${values(quad)}) * ${factor.replaceAll('AXIS', axis)});`,
    );
    return `
  if (t.${axis} < params.length) { ${extra(axis)} ${quads.join(' ')} }`;
  }).join('');

function forward(width: number): AttentionKernels['forward'] {
  const element = elementOf(width);
  return kernel({
    key: `Attention registers ${width}`,
    read: { qkv: element },
    write: { out: element, lse: 'f32' },
    params: PARAMS,
    declare: `${quadReader('qkv', width)}${quadWriter('out', width)}`,
    body: `${place(width, 'params.heads')}
  let origin = vec4<u32>(base + head * ${width}u) + kept * stride;
  let to = (vec4<u32>(row * params.length) + t) * params.heads + head;
  ${fourHeads('q', 'qkv', 'origin', width, ' * params.scale')}
  ${sums('sum', width)}
  var top = vec4<f32>(-1e30);
  var total = vec4<f32>();
  let end = min(t0 + 4u, params.length);
  var at = base + (params.heads + head / group) * ${width}u;
  for (var j = 0u; j < end; j++) {
    ${oneHead('k', 'qkv', 'at', width)}
    let score = select(vec4<f32>(-1e30), ${dots('q', 'k', width)}, t >= vec4<u32>(j));
    let next = max(top, score);
    let shrink = exp(top - next);
    let share = exp(score - next);
    total = fma(total, shrink, share);
    ${oneHead('v', 'qkv', `at + params.keyHeads * ${width}u`, width)}
    ${range(width)
      .map((d) => `sum${d} = fma(share, ${every('v', d)}, sum${d} * shrink);`)
      .join(' ')}
    top = next;
    at += stride;
  }
  let inverse = 1.0 / total;
  let logs = top + log(total);${storeFour(
    'out',
    'sum',
    'inverse.AXIS',
    width,
    (axis) => `to.${axis} * ${width}u`,
    (axis) => `lse[to.${axis}] = logs.${axis};`,
  )}`,
  });
}

/** dQ, and on the way delta, the sum of out * dy for each query and head, which the gradient of the keys needs too. */
function gradQuery(width: number): AttentionKernels['gradQuery'] {
  const element = elementOf(width);
  return kernel({
    key: `AttentionGradQ registers ${width}`,
    read: { qkv: element, out: element, dy: element, lse: 'f32' },
    write: { gradient: element, delta: 'f32' },
    params: PARAMS,
    declare: `${['qkv', 'out', 'dy'].map((buffer) => quadReader(buffer, width)).join('')}${quadWriter('gradient', width)}`,
    body: `${place(width, 'params.heads')}
  let origin = vec4<u32>(base + head * ${width}u) + kept * stride;
  let own = (vec4<u32>(row * params.length) + kept) * params.heads + head;
  let start = own * ${width}u;
  ${fourHeads('q', 'qkv', 'origin', width, ' * params.scale')}
  ${fourHeads('e', 'dy', 'start', width)}
  ${fourHeads('o', 'out', 'start', width)}
  let inner = ${range(width).reduce((sum, d) => (d === 0 ? 'e0 * o0' : `fma(e${d}, o${d}, ${sum})`), '')};
  let logs = vec4<f32>(lse[own.x], lse[own.y], lse[own.z], lse[own.w]);
  ${sums('sum', width)}
  let end = min(t0 + 4u, params.length);
  var at = base + (params.heads + head / group) * ${width}u;
  for (var j = 0u; j < end; j++) {
    ${oneHead('k', 'qkv', 'at', width)}
    ${oneHead('v', 'qkv', `at + params.keyHeads * ${width}u`, width)}
    let share = select(vec4<f32>(), exp(${dots('q', 'k', width)} - logs), t >= vec4<u32>(j));
    let slope = share * (${dots('e', 'v', width)} - inner);
    ${addHead('sum', 'slope', 'k', width)}
    at += stride;
  }${storeFour(
    'gradient',
    'sum',
    'params.scale',
    width,
    (axis) => `origin.${axis}`,
    (axis) => `delta[own.${axis}] = inner.${axis};`,
  )}`,
  });
}

/** dK and dV: the queries of all heads of the group are walked in order, so nothing is added atomically. */
function gradKeys(width: number): AttentionKernels['gradKeys'] {
  const element = elementOf(width);
  return kernel({
    key: `AttentionGradKV registers ${width}`,
    read: { qkv: element, dy: element, lse: 'f32', delta: 'f32' },
    write: { gradient: element },
    params: PARAMS,
    declare: `${['qkv', 'dy'].map((buffer) => quadReader(buffer, width)).join('')}${quadWriter('gradient', width)}`,
    body: `${place(width, 'params.keyHeads')}
  let origin = vec4<u32>(base + (params.heads + head) * ${width}u) + kept * stride;
  let values = origin + params.keyHeads * ${width}u;
  ${fourHeads('k', 'qkv', 'origin', width, ' * params.scale')}
  ${fourHeads('v', 'qkv', 'values', width)}
  ${sums('dk', width)}
  ${sums('dv', width)}
  for (var other = head * group; other < (head + 1u) * group; other++) {
    for (var j = t0; j < params.length; j++) {
      let own = (row * params.length + j) * params.heads + other;
      ${oneHead('q', 'qkv', `base + j * stride + other * ${width}u`, width)}
      ${oneHead('e', 'dy', `own * ${width}u`, width)}
      let share = select(vec4<f32>(), exp(${dots('k', 'q', width)} - lse[own]), t <= vec4<u32>(j));
      let slope = share * (${dots('v', 'e', width)} - delta[own]);
      ${addHead('dv', 'share', 'e', width)}
      ${addHead('dk', 'slope', 'q', width)}
    }
  }${storeFour('gradient', 'dk', 'params.scale', width, (axis) => `origin.${axis}`)}${storeFour('gradient', 'dv', '1.0', width, (axis) => `values.${axis}`)}`,
  });
}

/** The kernels for heads of `width` numbers. */
export function attentionInRegisters(width: number): AttentionKernels {
  return { forward: forward(width), gradQuery: gradQuery(width), gradKeys: gradKeys(width) };
}
