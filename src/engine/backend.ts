/**
 * Where the tensors live: WebGPU when there is a graphics card, the CPU otherwise. Reports what was opened, what it holds, and
 * when it fails. Everything above the engine asks here and never tfjs or the device. Knows no operation and no kernel.
 */
import * as tf from '@tensorflow/tfjs';
import { AppError } from '../errors.ts';
import type { BackendName, EngineInfo, Gauges } from '../contracts/engine.ts';
import { heldOnCpu, startWasm, threadCount, useThreads } from './wasm.ts';
import type { OwnWebGPUBackend } from './webgpu.ts';
import { findAdapter, type FoundAdapter } from './webgpu-device.ts';
import type { ModelKind } from './webgpu-kernel.ts';

const listeners = new Set<(failure: AppError) => void>();
/** The open WebGPU backend; null on the CPU. */
let gpu: OwnWebGPUBackend | null = null;

async function openGpu(found: FoundAdapter): Promise<EngineInfo> {
  preparation = NOTHING;
  // Loaded on demand: on the CPU neither tfjs' WebGPU backend nor our WGSL is needed.
  const [{ openWebGPU }] = await Promise.all([import('./webgpu-open.ts'), import('./webgpu-ops.ts')]);
  gpu = null;
  gpu = await openWebGPU(found, (failure) => {
    for (const listener of listeners) listener(failure);
  });
  return { backend: 'webgpu', device: found.name, software: found.software, threads: 1 };
}

async function openCpu(): Promise<EngineInfo> {
  preparation = NOTHING;
  await startWasm();
  if (gpu !== null) (await import('./webgpu-open.ts')).closeWebGPU();
  gpu = null;
  return { backend: 'wasm', device: 'WebAssembly SIMD', software: true, threads: threadCount() };
}

/**
 * Opens a backend and makes it tfjs' active one. `auto` takes WebGPU only on a real graphics card, because a software adapter is
 * slower than wasm; `webgpu` takes any adapter. Opening again, also after a loss, gives a fresh backend without the old tensors.
 * @throws AppError GPU_NONE (`webgpu` asked for, no adapter), BACKEND_NONE, BACKEND_SELFTEST
 */
export async function openBackend(want: BackendName | 'auto'): Promise<EngineInfo> {
  if (want === 'wasm') return openCpu();
  const found = await findAdapter();
  if (want === 'webgpu') {
    if (found === null) throw new AppError('GPU_NONE', 'requestAdapter gave no adapter');
    return openGpu(found);
  }
  if (found === null || found.software) return openCpu();
  try {
    return await openGpu(found);
  } catch (error) {
    // A card that cannot run our kernels must not stop anyone: the CPU can do everything.
    console.warn(`WebGPU on ${found.name} is not usable, the CPU is used instead`, error);
    return openCpu();
  }
}

/**
 * Lets `count` cores work on each operation of the CPU backend from now on, on one set of weights: for a large model. A small one is faster
 * with a worker a core (src/lab/pool). Changes no bit of a result.
 * @returns how many threads work: fewer where memory cannot be shared, 1 on a card
 */
export async function spread(count: number): Promise<number> {
  return gpu === null ? useThreads(count) : 1;
}

/**
 * Calls `listener` once for each backend that fails: GPU_LOST (the device is gone), GPU_VALIDATION (the driver refused an
 * operation) or GPU_OOM. After that every operation throws the same error until `openBackend` is called again.
 * @returns a function that ends the subscription
 */
export function onEngineFailure(listener: (failure: AppError) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Tensors alive, bytes held (with what is free in the pool, on the CPU the whole memory of WebAssembly), and dispatches sent to the device since it was opened. */
export function gauges(): Gauges {
  const { numTensors } = tf.memory();
  return {
    'engine/tensors': numTensors,
    'engine/bytes': gpu?.pool.numBytesAllocated ?? heldOnCpu(),
    'engine/dispatches': gpu?.dispatches ?? 0,
  };
}

/** Whether what computes is the processor: its own backend, or a software adapter of WebGPU. */
export function isOnProcessor(): boolean {
  return gpu === null || gpu.variant === 'registers';
}

/** Whether the device has room for so many bytes beside what is held, found out by taking them; on the CPU the memory is known. */
export async function hasRoom(bytes: number): Promise<boolean> {
  return gpu === null || gpu.hasRoom(bytes);
}

/** Gives unused buffers back to the device at once; while work goes on the pool does so by itself. */
export function giveBack(): void {
  gpu?.giveBack();
}

/** The most bytes held at one time since the last call; on the CPU all that the memory was ever grown to, since it never shrinks. */
export function takePeak(): number {
  return gpu?.pool.takePeak() ?? heldOnCpu();
}

/** What is waited for: the kernels that write answers, or all that a run needs. */
export type Prepared = 'answering' | 'everything';
const NOTHING: Readonly<Record<Prepared, Promise<void>>> = { answering: Promise.resolve(), everything: Promise.resolve() };
let preparation = NOTHING;

/**
 * Begins to compile the kernels that such a model needs, in parallel and in the background: those that write answers first, the others
 * when these are done. Compiling is what a graphics card keeps its first user waiting for; on the CPU there is nothing to do.
 */
export function prepare(model: ModelKind): void {
  const own = gpu;
  if (own === null) return;
  const kernels = kernelsOf(own, model);
  const answering = kernels.then(({ answering: first }) => own.precompile(first));
  const everything = answering.then(() => kernels).then(({ rest }) => own.precompile(rest));
  for (const part of [answering, everything]) part.catch(() => {}); // also when nobody waits
  preparation = { answering, everything };
}

async function kernelsOf(backend: OwnWebGPUBackend, model: ModelKind) {
  const { allKernels } = await import('./webgpu-ops.ts');
  return allKernels(backend, model);
}

/** Waits for what `prepare` has begun, so that work does not compile the same a second time. Errors: those of the backend. */
export function prepared(what: Prepared): Promise<void> {
  return preparation[what];
}
