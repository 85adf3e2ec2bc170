/**
 * A WGSL kernel as data: what it reads and writes by name, its parameters, and its body. `kernel` writes the declarations around
 * the body, so that a kernel file holds the arithmetic only. Pure text; knows neither the device nor tfjs.
 *
 * Every kernel has a one-dimensional workgroup. Its body sees
 *   block   which workgroup this is, counted from 0 (dispatches above 65,535 workgroups are folded into two dimensions)
 *   lane    which thread of the workgroup
 *   params  its parameters, with `params.blocks`, the number of workgroups asked for
 */
import type { StepShape } from './ops/decode.ts';

/** Element types of a storage buffer. tfjs knows float32 and int32 only; `vec4<f32>` reads floats four at a time. */
export type Element = 'f32' | 'i32' | 'vec4<f32>';
export type ParameterType = 'u32' | 'f32';

export type Kernel<Read extends string = string, Write extends string = string, Parameter extends string = string> = {
  /** Names the pipeline in the cache: every constant written into the text must show in it. */
  readonly key: string;
  readonly read: readonly Read[];
  readonly write: readonly Write[];
  /** The element type of each buffer. */
  readonly elements: Readonly<Record<Read | Write, Element>>;
  readonly params: readonly (readonly [Parameter, ParameterType])[];
  /** Threads of a workgroup. */
  readonly workgroup: number;
  readonly code: string;
};

type Source<Read extends string, Write extends string, Parameter extends string> = {
  readonly key: string;
  readonly read: Readonly<Record<Read, Element>>;
  readonly write: Readonly<Record<Write, Element>>;
  readonly params: Readonly<Record<Parameter, ParameterType>>;
  readonly workgroup?: number;
  /** Directives, which come before everything else. */
  readonly enable?: string;
  /** Shared arrays, constants and functions. */
  readonly declare?: string;
  readonly body: string;
};

/** The uniform buffer of one dispatch, padded to 16 bytes. */
export function packParameters<Parameter extends string>(
  kernel: Kernel<string, string, Parameter>,
  params: Readonly<Record<Parameter, number>>,
  blocks: number,
): ArrayBuffer {
  const bytes = new ArrayBuffer(Math.ceil((kernel.params.length + 1) / 4) * 16);
  const view = new DataView(bytes);
  view.setUint32(0, blocks, true);
  for (const [i, [name, type]] of kernel.params.entries()) {
    if (type === 'f32') view.setFloat32(4 * (i + 1), params[name], true);
    else view.setUint32(4 * (i + 1), params[name], true);
  }
  return bytes;
}

/** The whole WGSL module of a kernel. Bindings are numbered in the order read, write, parameters. */
export function kernel<Read extends string, Write extends string, Parameter extends string>(
  source: Source<Read, Write, Parameter>,
): Kernel<Read, Write, Parameter> {
  const { key, workgroup = 64, enable = '', declare = '', body } = source;
  const read = Object.keys(source.read) as Read[];
  const write = Object.keys(source.write) as Write[];
  const params = Object.entries(source.params) as [Parameter, ParameterType][];
  const bindings = [
    ...read.map((name) => `var<storage, read> ${name}: array<${source.read[name]}>;`),
    ...write.map((name) => `var<storage, read_write> ${name}: array<${source.write[name]}>;`),
    'var<uniform> params: Params;',
  ];
  const code = `// ${key}
${enable}
struct Params { ${[['blocks', 'u32'], ...params].map(([name, type]) => `${name}: ${type}`).join(', ')} }
${bindings.map((text, binding) => `@group(0) @binding(${binding}) ${text}`).join('\n')}
${declare}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
${body}
}
`;
  return { key, read, write, elements: { ...source.read, ...source.write }, params, workgroup, code };
}

/** How many workgroups cover `items`, one thread each. */
export function blocksFor(kernel: Kernel, items: number): number {
  return Math.ceil(items / kernel.workgroup);
}

/** Sum and maximum over the 64 threads of a workgroup, in an order that never depends on the data. Both are barriers, and what they give may decide over others. */
export const REDUCE = `
var<workgroup> lanes: array<f32, 64>;
fn sumOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane < step) { lanes[lane] += lanes[lane + step]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&lanes[0]);
}
fn maxOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane < step) { lanes[lane] = max(lanes[lane], lanes[lane + step]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&lanes[0]);
}`;

/**
 * How threads share work. `shared`: those of a workgroup work together through shared memory, as graphics cards like it.
 * `registers`: each thread works alone; barriers are what makes adapters slow that compute on the CPU.
 */
export type Variant = 'shared' | 'registers';

/** What decides which kernels a device runs; `quads`: threads may hand each other values within groups of four. */
export type DeviceKind = { readonly variant: Variant; readonly quads: boolean };

/** What of a model decides which kernels it needs: its sides, and whether its adapter is merged into the weights that answer. */
export type ModelKind = {
  readonly width: number;
  readonly inner: number;
  readonly headWidth: number;
  readonly vocabulary: number;
  readonly merged: boolean;
  /** Its decoding step, where that is one dispatch. */
  readonly step: StepShape | null;
};

/** Kernels to be compiled ahead of their first use: those that write an answer, and those that scoring and training need beside them. */
export type AheadKernels = { readonly answering?: readonly Kernel[]; readonly rest?: readonly Kernel[] };

/** What a file of kernels exports as `ahead`: those that nearly every run needs. */
export type Ahead = (device: DeviceKind, model: ModelKind) => AheadKernels;

const ROW_THREADS: Record<Variant, { readonly declare: string; readonly place: string }> = {
  shared: {
    declare: `${REDUCE}
const STEP = 64u;
fn settle() { storageBarrier(); }`,
    place: `
  let row = block;
  let first = lane;
  let leader = lane == 0u;`,
  },
  registers: {
    declare: `
const STEP = 1u;
fn sumOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn maxOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn settle() {}`,
    place: `
  let row = block * 64u + lane;
  if (row >= params.rows) { return; }
  let first = 0u;
  let leader = true;`,
  },
};

/**
 * A kernel that reduces the rows of a matrix, one workgroup or one thread a row. Its body walks `first`, `first + STEP`, ... of
 * row `row`, adds up with `sumOverLanes`, and writes single results where `leader` holds; `settle()` stands between what all threads
 * read of a row and what they write over it.
 */
export function rowKernel<Read extends string, Write extends string, Parameter extends string>(
  source: Source<Read, Write, Parameter>,
): Readonly<Record<Variant, Kernel<Read, Write, Parameter | 'rows'>>> {
  const make = (variant: Variant): Kernel<Read, Write, Parameter | 'rows'> =>
    kernel({
      ...source,
      key: `${source.key} ${variant}`,
      params: { ...source.params, rows: 'u32' },
      declare: `${ROW_THREADS[variant].declare}${source.declare ?? ''}`,
      body: `${ROW_THREADS[variant].place}${source.body}`,
    });
  return { shared: make('shared'), registers: make('registers') };
}

/** Workgroups for `rows` rows of a row kernel. */
export function blocksForRows(variant: Variant, rows: number): number {
  return variant === 'shared' ? rows : Math.ceil(rows / 64);
}
