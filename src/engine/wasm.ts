/**
 * The CPU backend: starts tfjs' wasm backend (single thread, SIMD) and puts our own kernels (src/engine/simd) on its memory, which other
 * threads share where the browser lets them. The only file that knows the private fields of that backend; a self-test at the start says
 * if they have changed. Knows no operation.
 */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simdBytes from 'virtual:simd';
import readBinary from 'virtual:tfjs-binary';
import { AppError } from '../errors.ts';
import { ownFile } from '../own-files.ts';
import { canShareMemory, withSharedMemory } from './shared-memory.ts';
import { type Call, MOST_THREADS, SCRATCH, Threads } from './threads.ts';

/** The private parts of tfjs' BackendWasm that we rely on. */
type WasmBackend = tf.KernelBackend & {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    readonly _malloc: (bytes: number) => number;
    readonly _free: (pointer: number) => void;
  };
  readonly dataIdMap: { readonly get: (id: object) => { readonly memoryOffset: number; readonly id: number } };
  readonly dataIdNextNumber: number;
  readonly makeOutput: (shape: readonly number[], dtype: 'float32' | 'int32') => tf.TensorInfo;
};

type Block = { readonly pointer: number; readonly bytes: number };
type Kernel = (...operands: number[]) => number;
type Engine = {
  readonly backend: WasmBackend;
  /** What the files of src/engine/simd export, in the order in which threads know them, and where each is in it. */
  readonly kernels: readonly { readonly name: string; readonly run: Kernel }[];
  readonly places: ReadonlyMap<string, number>;
  readonly module: WebAssembly.Module;
  /** Scratch memory of this thread, and of each beside it. */
  readonly scratch: Block[];
  readonly tables: Map<string, Block>;
  /** Null where this thread is alone. */
  threads: Threads | null;
};

/** Hears which kernels are called with what (src/engine/replay.ts). */
export type Recorder = {
  /** A kernel's output is new. */
  readonly made: (tensor: tf.TensorInfo) => void;
  /** The address of a tensor is asked for. */
  readonly used: (tensor: tf.TensorInfo) => void;
  readonly called: (kernel: string, operands: readonly number[]) => void;
  /** The address of at least so many bytes instead of the scratch memory that all share. */
  readonly scratch: (bytes: number) => number;
};

let engine: Engine | null = null;
/** Calls that are written down instead of made, and the scratch memory that they need, in bytes. */
let written: { readonly calls: Call[]; scratch: number } | null = null;
let recorder: Recorder | null = null;

function started(): Engine {
  if (engine === null) throw new AppError('BACKEND_SELFTEST', 'the wasm backend was used before startWasm()');
  return engine;
}

/** Where the data of a tensor of the wasm backend begins, in bytes. */
function address(tensor: tf.TensorInfo): number {
  recorder?.used(tensor);
  return started().backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** Calls a kernel of src/engine/simd; a tensor is passed as its address, a flag as 0 or 1. Returns what the kernel returns, or undefined. */
export function simd(name: string, ...operands: readonly (tf.TensorInfo | number | boolean)[]): number {
  const { kernels, places } = started();
  const place = places.get(name);
  if (place === undefined) throw new AppError('INTERNAL', `src/engine/simd has no kernel ${name}`);
  const { run } = kernels[place] as Engine['kernels'][number];
  // A missing operand would silently be 0.
  if (operands.length !== run.length) throw new AppError('INTERNAL', `${name} takes ${run.length} operands, not ${operands.length}`);
  const values = operands.map((operand) => (typeof operand === 'object' ? address(operand) : Number(operand)));
  recorder?.called(name, values);
  if (written === null) return run(...values);
  written.calls.push({ kernel: place, operands: values });
  return 0;
}

/** The address of number `offset` of a tensor, or 0 for none. */
export function addressOf(tensor: tf.TensorInfo | undefined, offset = 0): number {
  return tensor === undefined ? 0 : address(tensor) + 4 * offset;
}

/** A new tensor of the wasm backend with arbitrary contents. */
export function output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): tf.TensorInfo {
  const tensor = started().backend.makeOutput(shape, dtype);
  recorder?.made(tensor);
  return tensor;
}

/** Lets a recorder hear all calls, or none any more. */
export function recordBy(next: Recorder | null): void {
  recorder = next;
}

/** A number that is larger for a tensor that was made later; null for one that is made next. */
export function ageOf(tensor: tf.TensorInfo | null): number {
  const { dataIdMap, dataIdNextNumber } = started().backend;
  return tensor === null ? dataIdNextNumber : dataIdMap.get(tensor.dataId).id;
}

function grow(backend: WasmBackend, old: Block, bytes: number): Block {
  if (bytes <= old.bytes) return old;
  if (old.bytes > 0) backend.wasm._free(old.pointer);
  const pointer = backend.wasm._malloc(bytes) >>> 0;
  if (pointer === 0) throw new AppError('INTERNAL', `the wasm memory has no room for ${bytes} bytes`);
  return { pointer, bytes };
}

const NOTHING: Block = { pointer: 0, bytes: 0 };

/** Bytes of the memory that all tensors lie in; it grows and never shrinks. */
export function heldOnCpu(): number {
  return engine === null ? 0 : engine.backend.wasm.asm.memory.buffer.byteLength;
}

/** The address of memory of the caller's own, which must `free` it. */
export function allocate(bytes: number): number {
  return grow(started().backend, NOTHING, bytes).pointer;
}

export function free(pointer: number): void {
  started().backend.wasm._free(pointer);
}

/** Numbers in double precision where they lie, as `int32View`. */
export function float64At(pointer: number, length: number): Float64Array {
  return new Float64Array(started().backend.wasm.asm.memory.buffer, pointer, length);
}

/** The address of scratch memory for at least `floats` numbers, shared by all kernels; its contents last until the next call. */
export function scratch(floats: number): number {
  if (recorder !== null) return recorder.scratch(4 * floats);
  if (written !== null) {
    written.scratch = Math.max(written.scratch, 4 * floats);
    return SCRATCH;
  }
  return scratchOf(0, 4 * floats);
}

function scratchOf(thread: number, bytes: number): number {
  const { backend, scratch: blocks } = started();
  const block = grow(backend, blocks[thread] ?? NOTHING, bytes);
  blocks[thread] = block;
  return block.pointer;
}

/** How many threads work on an operation, this one included. */
export function threadCount(): number {
  return engine?.threads?.count ?? 1;
}

/** The last change of the number of threads: one waits for the other, else both would start some. */
let changing: Promise<unknown> = Promise.resolve();

/**
 * Lets `count` threads work on each operation from now on, or as many as can be had; each uses the same memory.
 * @returns how many they are: 1 where memory cannot be shared
 */
export function useThreads(count: number): Promise<number> {
  const change = changing.then(() => changeThreads(count));
  changing = change.catch(() => {});
  return change;
}

async function changeThreads(count: number): Promise<number> {
  const current = started();
  const { memory } = current.backend.wasm.asm;
  const wanted = Math.min(count, MOST_THREADS);
  // a page that is not isolated has not even the name
  const shared = typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
  if (wanted === threadCount() || !shared) return threadCount();
  current.threads?.end();
  current.threads = null;
  if (wanted < 2) return 1;
  const { module, kernels } = current;
  try {
    current.threads = await Threads.start(wanted, { module, memory, kernels: kernels.map(({ name }) => name), allocate });
  } catch (error) {
    console.warn('the CPU works with one thread', error); // everything works, slower
  }
  return threadCount();
}

/** Parts for each thread: so many that all end together, whoever was held up. */
export const PARTS_A_THREAD = 4;

/** Does units `from` .. `from + count - 1` of work whose units may be done at the same time: all calls of kernels in it are shared by the threads. */
export function together(from: number, count: number, run: (from: number, count: number) => void): void {
  const { threads, kernels, scratch: blocks } = started();
  if (threads === null) return run(from, count);
  const parts = Math.min(count, PARTS_A_THREAD * threads.count);
  const { calls, scratch: bytes } = writeDown(() => {
    for (let part = 0; part < parts; part++) {
      const [first, end] = [Math.floor((part * count) / parts), Math.floor(((part + 1) * count) / parts)];
      run(from + first, end - first);
    }
  });
  for (let thread = 0; thread < threads.count; thread++) scratchOf(thread, bytes);
  const places = blocks.map(({ pointer }) => pointer);
  threads.run(calls, places, ({ kernel, operands }) => {
    const values = operands.map((operand) => (operand >= SCRATCH ? (places[0] as number) + (operand - SCRATCH) : operand));
    (kernels[kernel] as Engine['kernels'][number]).run(...values);
  });
}

function writeDown(work: () => void): { readonly calls: readonly Call[]; readonly scratch: number } {
  const list = { calls: [] as Call[], scratch: 0 };
  written = list;
  try {
    work();
  } finally {
    written = null;
  }
  return list;
}

/** Numbers of scratch memory for a product: an edge tile, four rows of a transposed operand, one packed block (simd/product.ts). */
export function productSpace(K: number, N: number): number {
  return 1056 + Math.min(K, 256) * Math.min(Math.ceil(N / 8) * 8, 256);
}

/**
 * The address of a constant table of at least `floats` numbers, kept under `key` and made anew when a longer one is wanted. The shorter
 * one stays, since a recording may hold its address; a longer one is at least twice as long, so that this costs no more than the table.
 */
export function table(key: string, floats: number, make: (floats: number) => Float32Array): number {
  const { backend, tables } = started();
  const old = tables.get(key) ?? NOTHING;
  if (4 * floats <= old.bytes) return old.pointer;
  const length = Math.max(floats, old.bytes / 2);
  const block = grow(backend, NOTHING, 4 * length);
  new Float32Array(backend.wasm.asm.memory.buffer, block.pointer, length).set(make(length));
  tables.set(key, block);
  return block.pointer;
}

/** The elements of a tensor where they lie; do not keep the view, since growing the memory detaches it. */
export function int32View(tensor: tf.TensorInfo): Int32Array {
  return new Int32Array(started().backend.wasm.asm.memory.buffer, address(tensor), tf.util.sizeFromShape(tensor.shape));
}

/** As `int32View`, for numbers. */
export function float32View(tensor: tf.TensorInfo): Float32Array {
  return new Float32Array(started().backend.wasm.asm.memory.buffer, address(tensor), tf.util.sizeFromShape(tensor.shape));
}

function assertInternals(backend: Partial<WasmBackend>): asserts backend is WasmBackend {
  const found = {
    'wasm.asm.memory': backend.wasm?.asm?.memory instanceof WebAssembly.Memory,
    'wasm._malloc': typeof backend.wasm?._malloc === 'function',
    'wasm._free': typeof backend.wasm?._free === 'function',
    'dataIdMap.get': typeof backend.dataIdMap?.get === 'function',
    dataIdNextNumber: typeof backend.dataIdNextNumber === 'number',
    makeOutput: typeof backend.makeOutput === 'function',
  };
  const missing = Object.entries(found).filter(([, present]) => !present);
  if (missing.length > 0) throw new AppError('BACKEND_SELFTEST', `tfjs wasm has no ${missing.map(([name]) => name).join(', ')}`);
}

/** Multiplies two small matrices by our kernel on tensors made by tfjs; proves addresses, memory and kernels in one go. */
async function selfTest(): Promise<void> {
  const [a, b] = [tf.tensor([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor([1, 0, -1, 2, 0.5, 4], [3, 2])];
  const info = output([2, 2]);
  simd('multiply', a, 12, 4, b, 8, 4, info, 8, 2, 3, 2, false, 0, 0, 0, scratch(productSpace(3, 2)));
  const c = tf.engine().makeTensorFromTensorInfo(info);
  const got = Array.from(await c.data());
  tf.dispose([a, b, c]);
  const want = [0.5, 16, 2, 34];
  if (want.some((value, i) => value !== got[i]))
    throw new AppError('BACKEND_SELFTEST', `multiply gave ${got.join(', ')}, not ${want.join(', ')}`);
}

/**
 * tfjs' own Identity copies the data, and the tape makes an identity of everything that it saves. Ours shares it, as the
 * Reshape of this backend and the Identity of the others do.
 */
function shareIdentity(): void {
  tf.unregisterKernel('Identity', 'wasm');
  tf.registerKernel({
    kernelName: 'Identity',
    backendName: 'wasm',
    kernelFunc: ({ inputs: { x } }) => {
      if (x === undefined) throw new RangeError('Identity: no input');
      started().backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
}

/** tfjs' binary and our kernels as they are, or with the memory that threads can share. */
async function binaries(): Promise<readonly [tfjs: Uint8Array<ArrayBuffer>, kernels: Uint8Array<ArrayBuffer>]> {
  const plain = await ownFile('tfjs-backend-wasm-simd.wasm', readBinary);
  return canShareMemory(PAGES) ? [withSharedMemory(plain), withSharedMemory(simdBytes)] : [plain, simdBytes];
}

/** The smallest module: magic number and version. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Errors: WASM_BLOCKED where a Content Security Policy lets no module be compiled, which looks like a browser without SIMD else. */
function assertAllowed(): void {
  if (typeof WebAssembly === 'undefined') throw new AppError('BACKEND_NONE', 'there is no WebAssembly');
  try {
    void new WebAssembly.Module(EMPTY);
  } catch (error) {
    throw new AppError('WASM_BLOCKED', String(error), { cause: error });
  }
}

/** What both binaries declare as the memory's maximum, in pages of 64 KiB. */
const PAGES = 65_536;

/**
 * Starts the CPU backend and makes it the active one. A second call changes nothing but the active backend.
 * @throws AppError WASM_BLOCKED where the page's server forbids it, BACKEND_NONE without WebAssembly SIMD, BACKEND_SELFTEST if tfjs is not as expected
 */
export async function startWasm(): Promise<void> {
  assertAllowed();
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new AppError('BACKEND_NONE', 'WebAssembly SIMD is not supported');
  if (engine !== null) {
    await tf.setBackend('wasm');
    return;
  }
  // Threads are our own: tfjs' would not call our kernels.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const [tfjs, kernels] = await binaries();
  const url = URL.createObjectURL(new Blob([tfjs], { type: 'application/wasm' }));
  setWasmPaths({ 'tfjs-backend-wasm.wasm': url, 'tfjs-backend-wasm-simd.wasm': url, 'tfjs-backend-wasm-threaded-simd.wasm': url }, true);
  try {
    if (!(await tf.setBackend('wasm'))) throw new AppError('BACKEND_NONE', 'tfjs could not start its wasm backend');
  } finally {
    URL.revokeObjectURL(url);
  }
  const backend: Partial<WasmBackend> = tf.backend();
  assertInternals(backend);
  const { memory } = backend.wasm.asm;
  const abort = (): never => {
    throw new AppError('INTERNAL', 'a CPU kernel aborted');
  };
  const { instance, module } = await WebAssembly.instantiate(kernels, { env: { memory, abort } });
  const functions = Object.entries(instance.exports).filter((entry): entry is [string, Kernel] => typeof entry[1] === 'function');
  const list = functions.map(([name, run]) => ({ name, run }));
  const places = new Map(list.map(({ name }, place) => [name, place] as const));
  engine = { backend, kernels: list, places, module, scratch: [], tables: new Map(), threads: null };
  shareIdentity();
  await selfTest();
}
