/**
 * Work of the CPU backend that is done over and over on the same tensors with other numbers in them, as a decoding step is. The kernel
 * calls that it makes the first time are recorded; after that they are made again by a single call from JavaScript (simd/replay.ts),
 * without the bookkeeping of tensors, which takes longer than a small model's arithmetic. The same calls in the same order give the
 * same bits. Knows no operation but those that simd/replay.ts can call.
 */
import * as tf from '@tensorflow/tfjs';
import { ageOf, allocate, free, int32View, float32View, float64At, recordBy, type Recorder, simd, threadCount } from './wasm.ts';
import { inParts, operationsDone, type Work } from './work.ts';

/** The kernels that can be called again, in the order of simd/replay.ts, and the numbers of a call there. */
const KERNELS = ['embed', 'rmsNorm', 'multiply', 'scale', 'ropeAppend', 'cachedAttention', 'swiglu', 'sample'];
const NUMBERS = 17;

/** What is heard of the work while it is done for the first time. */
class Listener implements Recorder {
  readonly calls: number[][] = [];
  /** Everything that is read or written, held under new tensors so that its memory stays where it is. */
  readonly held = new Map<object, tf.Tensor>();
  readonly scratches: { readonly pointer: number; readonly bytes: number }[] = [];
  /** Only tensors that were there before and outputs of kernels can be computed again. */
  complete = true;
  readonly #made = new Set<object>();
  readonly #start = ageOf(null);

  made({ dataId }: tf.TensorInfo): void {
    this.#made.add(dataId);
  }

  used(tensor: tf.TensorInfo): void {
    const { dataId, shape, dtype } = tensor;
    if (this.held.has(dataId)) return;
    if (!this.#made.has(dataId) && ageOf(tensor) >= this.#start) this.complete = false;
    tf.backend().incRef(dataId);
    this.held.set(dataId, tf.keep(tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype })));
  }

  called(name: string, operands: readonly number[]): void {
    const kernel = KERNELS.indexOf(name);
    if (kernel < 0) this.complete = false;
    this.calls.push([kernel, ...operands]);
  }

  scratch(bytes: number): number {
    const last = this.scratches.at(-1);
    if (last !== undefined && last.bytes >= bytes) return last.pointer;
    const pointer = allocate(bytes);
    this.scratches.push({ pointer, bytes });
    return pointer;
  }

  /** Whether all of `results` come from what was recorded. */
  explains(results: readonly tf.Tensor[]): boolean {
    return this.complete && results.every(({ dataId }) => this.#made.has(dataId) && this.held.has(dataId));
  }

  dispose(): void {
    tf.dispose([...this.held.values()]);
    for (const { pointer } of this.scratches) free(pointer);
  }
}

/** Work that can be done again. It holds all tensors that it computes with until `dispose`. */
export class Recording {
  readonly #heard: Listener;
  readonly #calls: number;
  readonly #operations: number;

  constructor(heard: Listener, operations: number) {
    this.#heard = heard;
    this.#operations = operations;
    this.#calls = allocate(8 * NUMBERS * heard.calls.length);
    const numbers = float64At(this.#calls, NUMBERS * heard.calls.length);
    for (const [i, call] of heard.calls.entries()) numbers.set(call, i * NUMBERS);
  }

  /** Does it again: what the first time gave has new numbers then. */
  again(): Work<void> {
    return inParts(1, this.#operations, () => void simd('replay', this.#calls, this.#heard.calls.length));
  }

  dispose(): void {
    free(this.#calls);
    this.#heard.dispose();
  }
}

/**
 * Does the work and records it. `recording` is null where it cannot be done again: on another backend, by several threads, where it
 * computes by other kernels too, or where it was too much to be done without a turn of the event loop.
 */
export function* record<T extends readonly tf.Tensor[]>(
  work: Work<T>,
): Work<{ readonly results: T; readonly recording: Recording | null }> {
  if (tf.getBackend() !== 'wasm' || threadCount() > 1) return { results: yield* work, recording: null };
  const heard = new Listener();
  const before = operationsDone();
  let step: IteratorResult<void, T>;
  try {
    recordBy(heard);
    step = work.next();
  } catch (error) {
    heard.dispose();
    throw error;
  } finally {
    recordBy(null);
  }
  if (step.done === true && heard.explains(step.value))
    return { results: step.value, recording: new Recording(heard, operationsDone() - before) };
  heard.dispose();
  return { results: step.done === true ? step.value : yield* work, recording: null };
}

/** Puts other numbers into a tensor of the CPU backend, which may be one that a recording reads. */
export function rewrite(tensor: tf.Tensor, values: readonly number[]): void {
  (tensor.dtype === 'int32' ? int32View(tensor) : float32View(tensor)).set(values);
}

/** A copy of the numbers of a tensor of the CPU backend. */
export function readNow(tensor: tf.Tensor): Float32Array {
  return float32View(tensor).slice();
}
