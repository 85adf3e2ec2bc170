/**
 * The CPU backend: starts tfjs' wasm backend (single thread, SIMD) and puts our own kernels (src/engine/simd) on its memory.
 * The only file that knows the private fields of that backend; a self-test at the start says if they have changed.
 * Knows no operation.
 */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import binaryUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import simdBytes from 'virtual:simd';
import { AppError } from '../errors.ts';

/** The exports of src/engine/simd/index.ts. Every number is a pointer, a size or a flag (0 or 1) unless its name says otherwise. */
export type Simd = {
  readonly product: (
    a: number,
    b: number,
    c: number,
    batch: number,
    M: number,
    K: number,
    N: number,
    transposeA: number,
    transposeB: number,
    scratch: number,
  ) => void;
};

/** The private parts of tfjs' BackendWasm that we rely on. */
type WasmBackend = tf.KernelBackend & {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    readonly _malloc: (bytes: number) => number;
    readonly _free: (pointer: number) => void;
  };
  readonly dataIdMap: { readonly get: (id: object) => { readonly memoryOffset: number } };
  readonly makeOutput: (shape: readonly number[], dtype: tf.DataType) => tf.TensorInfo;
};

type Engine = { readonly backend: WasmBackend; readonly simd: Simd; scratch: number; scratchBytes: number };

let engine: Engine | null = null;

function started(): Engine {
  if (engine === null) throw new AppError('BACKEND_SELFTEST', 'the wasm backend was used before startWasm()');
  return engine;
}

/** The compiled kernels; valid after `startWasm`. */
export function simd(): Simd {
  return started().simd;
}

/** Where the data of a tensor of the wasm backend begins, in bytes. */
export function address(tensor: tf.TensorInfo): number {
  return started().backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** A new tensor of the wasm backend with arbitrary contents. */
export function output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): tf.TensorInfo {
  return started().backend.makeOutput(shape, dtype);
}

/** At least `bytes` of scratch memory, shared by all kernels; its contents last until the next call. */
export function scratch(bytes: number): number {
  const current = started();
  if (bytes > current.scratchBytes) {
    const { _malloc, _free } = current.backend.wasm;
    if (current.scratch !== 0) _free(current.scratch);
    current.scratchBytes = Math.max(bytes, 2 * current.scratchBytes);
    current.scratch = _malloc(current.scratchBytes) >>> 0;
  }
  return current.scratch;
}

/** A view of the backend's memory; do not keep it, since growing the memory detaches it. */
export function int32View(tensor: tf.TensorInfo): Int32Array {
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  return new Int32Array(started().backend.wasm.asm.memory.buffer, address(tensor), size);
}

function assertInternals(backend: Partial<WasmBackend>): asserts backend is WasmBackend {
  const found = {
    'wasm.asm.memory': backend.wasm?.asm?.memory instanceof WebAssembly.Memory,
    'wasm._malloc': typeof backend.wasm?._malloc === 'function',
    'wasm._free': typeof backend.wasm?._free === 'function',
    'dataIdMap.get': typeof backend.dataIdMap?.get === 'function',
    makeOutput: typeof backend.makeOutput === 'function',
  };
  const missing = Object.entries(found).filter(([, present]) => !present);
  if (missing.length > 0) throw new AppError('BACKEND_SELFTEST', `tfjs wasm has no ${missing.map(([name]) => name).join(', ')}`);
}

/** Multiplies two small matrices by our kernel on tensors made by tfjs; proves addresses, memory and kernels in one go. */
async function selfTest(): Promise<void> {
  const [a, b] = [tf.tensor([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor([1, 0, -1, 2, 0.5, 4], [3, 2])];
  const info = output([2, 2]);
  simd().product(address(a), address(b), address(info), 1, 2, 3, 2, 0, 0, scratch(4096));
  const c = tf.engine().makeTensorFromTensorInfo(info);
  const got = Array.from(await c.data());
  tf.dispose([a, b, c]);
  const want = [0.5, 16, 2, 34];
  if (want.some((value, i) => value !== got[i]))
    throw new AppError('BACKEND_SELFTEST', `product gave ${got.join(', ')}, not ${want.join(', ')}`);
}

/**
 * Starts the CPU backend and makes it the active one. A second call changes nothing but the active backend.
 * @throws AppError BACKEND_NONE without WebAssembly SIMD, BACKEND_SELFTEST if tfjs is not as expected
 */
export async function startWasm(): Promise<void> {
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new AppError('BACKEND_NONE', 'WebAssembly SIMD is not supported');
  // The threaded build has a shared memory, which our kernels do not match.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  // In Node tfjs finds its own file.
  if (engine === null && ('document' in globalThis || 'WorkerGlobalScope' in globalThis)) {
    setWasmPaths({
      'tfjs-backend-wasm.wasm': binaryUrl,
      'tfjs-backend-wasm-simd.wasm': binaryUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': binaryUrl,
    });
  }
  if (!(await tf.setBackend('wasm'))) throw new AppError('BACKEND_NONE', 'tfjs could not start its wasm backend');
  if (engine !== null) return;
  const backend: Partial<WasmBackend> = tf.backend();
  assertInternals(backend);
  const { memory } = backend.wasm.asm;
  const abort = (): never => {
    throw new AppError('INTERNAL', 'a CPU kernel aborted');
  };
  const { instance } = await WebAssembly.instantiate(simdBytes, { env: { memory, abort } });
  engine = { backend, simd: instance.exports as unknown as Simd, scratch: 0, scratchBytes: 0 };
  await selfTest();
}
