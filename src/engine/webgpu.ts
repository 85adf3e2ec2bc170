/**
 * tfjs' WebGPU backend on our own device: it can run WGSL kernels between tfjs' own, counts dispatches, and turns a lost device or
 * a refused operation into an AppError that every later call throws. The only file that touches private fields of this backend;
 * each one is proved at start-up by `selfTest`. Knows no operation of the decoder.
 */
import * as tf from '@tensorflow/tfjs';
import type { DataId, TensorInfo } from '@tensorflow/tfjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { AppError, type ErrorCode } from '../errors.ts';
import type { FoundAdapter } from './webgpu-device.ts';
import { blocksFor, type Kernel, kernel, packParameters, type Variant } from './webgpu-kernel.ts';
import { Pipelines } from './webgpu-pipelines.ts';
import { BufferPool } from './webgpu-pool.ts';
import { countDispatch, deviceCaughtUp } from './work.ts';

/** Fields of WebGPUBackend 4.22.0 that are private in TypeScript. */
type Internals = {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  uniformPendingDisposal: GPUBuffer[];
  dispatchCountInPass: number;
};
/** What a kernel can be given: a tensor, or a buffer made by `constant`. */
export type Operand = TensorInfo | GPUBuffer;

/** Recorded dispatches before a submit: disposed tensors are held back until then. */
export const BATCH = 16;

const TO_FLOAT = kernel({
  key: 'ToFloat',
  read: { whole: 'i32' },
  write: { real: 'f32' },
  params: { size: 'u32' },
  body: 'let i = block * 64u + lane;\n  if (i < params.size) { real[i] = f32(whole[i]); }',
});

const ADD_ONE = kernel({
  key: 'SelfTest',
  read: {},
  write: { values: 'f32' },
  params: { size: 'u32' },
  body: 'if (lane < params.size) { values[lane] += 1.0; }',
});

/** Buffers that a question for room takes at most. */
const MOST_PIECES = 64;

function isTensor(operand: Operand): operand is TensorInfo {
  return 'dataId' in operand;
}

export class OwnWebGPUBackend extends WebGPUBackend {
  /** Which kernels run; tests set it. */
  variant: Variant;
  /** Whether threads may hand each other values within groups of four; tests clear it. */
  quads: boolean;
  /** More workgroups than this are folded into two dimensions; tests lower it. */
  foldAt: number;
  /** Where tfjs and our kernels get their buffers. */
  readonly pool: BufferPool;
  /** Kernels recorded since the start, tfjs' own and ours. */
  dispatches = 0;

  readonly #pipelines: Pipelines;
  readonly #constants = new Map<string, GPUBuffer>();
  readonly #onFailure: (failure: AppError) => void;
  #failure: AppError | null = null;
  /** What the driver has not yet said of compiled kernels and submitted work. */
  readonly #verdicts = new Set<Promise<void>>();

  constructor(device: GPUDevice, { adapter, software }: FoundAdapter, onFailure: (failure: AppError) => void) {
    super(device, adapter.info);
    this.variant = software ? 'registers' : 'shared';
    this.quads = device.features.has('subgroups');
    this.foldAt = device.limits.maxComputeWorkgroupsPerDimension;
    this.pool = new BufferPool(device);
    this.bufferManager = this.pool as unknown as WebGPUBackend['bufferManager'];
    this.#pipelines = new Pipelines(device);
    this.#onFailure = onFailure;
    void device.lost.then(({ reason, message }) => this.#fail('GPU_LOST', `${reason}: ${message}`));
    device.onuncapturederror = (event) => {
      event.preventDefault();
      this.#fail(event.error.constructor.name === 'GPUOutOfMemoryError' ? 'GPU_OOM' : 'GPU_VALIDATION', event.error.message);
    };
  }

  /** The first failure ends this backend, since later results would be zeros or garbage: every later call throws it. */
  #fail(code: ErrorCode, detail: string): AppError {
    if (this.#failure === null) {
      this.#failure = new AppError(code, detail);
      this.#onFailure(this.#failure);
    }
    return this.#failure;
  }

  #assertAlive(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  get #private(): Internals {
    return this as unknown as Internals;
  }

  override write(...args: Parameters<WebGPUBackend['write']>): DataId {
    this.#assertAlive();
    return super.write(...args);
  }

  /** Above a limit WebGPU only reports an error later and the tensor reads as zeros, so the size is checked first. */
  override uploadToGPU(dataId: DataId): void {
    this.#assertAlive();
    const { shape, resource } = this.tensorMap.get(dataId);
    if (resource !== undefined && resource !== null) return;
    const bytes = 4 * tf.util.sizeFromShape(shape);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    if (bytes > Math.min(maxBufferSize, maxStorageBufferBindingSize)) {
      throw new AppError('GPU_OOM', `a tensor [${shape.join(',')}] of ${bytes} bytes is larger than the device can bind`);
    }
    try {
      super.uploadToGPU(dataId);
    } catch (error) {
      // A buffer that is mapped at creation throws at once where there is no memory; a small one does so on a lost device only.
      if (!(error instanceof RangeError)) throw error;
      throw this.#fail(bytes < 2 ** 20 ? 'GPU_LOST' : 'GPU_OOM', `no buffer for a tensor [${shape.join(',')}]: ${error.message}`);
    }
  }

  override runWebGPUProgram(...args: Parameters<WebGPUBackend['runWebGPUProgram']>): TensorInfo {
    this.#assertAlive();
    this.dispatches++;
    countDispatch();
    return super.runWebGPUProgram(...args);
  }

  /** Reads a tensor back. Unlike tfjs it caches nothing, because kernels that write in place would make the copy stale. */
  override async read(dataId: DataId): ReturnType<WebGPUBackend['read']> {
    this.#assertAlive();
    const { values, resource, dtype, shape } = this.tensorMap.get(dataId);
    const size = tf.util.sizeFromShape(shape);
    if (size === 0) return dtype === 'float32' ? new Float32Array() : new Int32Array();
    if ((values !== null && values !== undefined) || !(resource instanceof GPUBuffer)) return super.read(dataId);
    let bytes: ArrayBuffer;
    try {
      bytes = await this.getBufferData(resource);
      await Promise.all(this.#verdicts);
      deviceCaughtUp();
    } catch (error) {
      throw this.#fail('GPU_LOST', `reading a tensor back failed: ${String(error)}`);
    }
    this.#assertAlive();
    // a buffer may be larger than what it holds
    if (dtype === 'float32') return new Float32Array(bytes, 0, size);
    const whole = new Int32Array(bytes, 0, size);
    return dtype === 'bool' ? Uint8Array.from(whole) : whole;
  }

  /**
   * Records one kernel into tfjs' own command encoder, so that it runs in order with tfjs' kernels.
   * Tensors under `write` are changed in place; a new one from `output` starts with whatever its pooled buffer held.
   */
  run<Read extends string, Write extends string, Parameter extends string>(
    kernel: Kernel<Read, Write, Parameter>,
    operands: Readonly<Record<Read | Write, Operand>>,
    params: Readonly<Record<Parameter, number>>,
    blocks: number,
  ): void {
    this.#assertAlive();
    if (blocks === 0) return;
    const columns = Math.min(blocks, this.foldAt);
    const rows = Math.ceil(blocks / columns);
    if (rows > this.device.limits.maxComputeWorkgroupsPerDimension)
      throw new AppError('GPU_OOM', `${kernel.key}: ${blocks} workgroups are more than the device can run`);

    // All uploads and conversions come first: they may end the current compute pass.
    const converted: TensorInfo[] = [];
    const bound = [...kernel.read, ...kernel.write].map((name) => this.#onDevice(operands[name], kernel, name, converted));
    const buffers = bound.map((operand) => this.#buffer(operand));
    const written = buffers.slice(kernel.read.length);
    if (written.some((buffer) => buffers.filter((other) => other === buffer).length > 1)) {
      throw new AppError('INTERNAL', `${kernel.key}: a tensor is written and also used otherwise in one dispatch`);
    }
    const uniform = this.#uniform(packParameters(kernel, params, blocks));
    for (const operand of bound) if (isTensor(operand)) this.#private.commandQueueOwnedIds.add(operand.dataId); // disposed after the submit only
    const { pipeline, layout } = this.#pipelines.of(kernel, (compile) => this.#watched(compile));
    const entries = [...buffers, uniform].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = this.device.createBindGroup({ layout, entries });
    this.ensureCommandEncoderReady();
    const encoder = this.#private.commandEncoder as GPUCommandEncoder;
    const pass = (this.#private.computePassEncoder ??= encoder.beginComputePass());
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(columns, rows, 1);
    this.dispatches++;
    countDispatch();
    if (++this.#private.dispatchCountInPass >= BATCH) this.flush();
    for (const tensor of converted) this.release(tensor);
  }

  /** Uploads an operand. tfjs casts int32 to float32 by name only: such a tensor is converted here, where a kernel reads floats. */
  #onDevice(operand: Operand, kernel: Kernel, name: string, converted: TensorInfo[]): Operand {
    if (!isTensor(operand)) return operand;
    this.uploadToGPU(operand.dataId);
    const stored = this.tensorMap.get(operand.dataId).dtype === 'float32' ? 'f32' : 'i32';
    const wanted = kernel.elements[name] === 'i32' ? 'i32' : 'f32';
    if (stored === wanted) return operand;
    if (wanted === 'i32' || kernel.write.includes(name)) throw new AppError('INTERNAL', `${kernel.key}: ${name} must be ${wanted}`);
    const real = this.output(operand.shape);
    converted.push(real);
    const size = tf.util.sizeFromShape(operand.shape);
    this.run(TO_FLOAT, { whole: operand, real }, { size }, blocksFor(TO_FLOAT, size));
    return real;
  }

  #buffer(operand: Operand): GPUBuffer {
    if (!isTensor(operand)) return operand;
    // A buffer of no bytes cannot be bound.
    if (tf.util.sizeFromShape(operand.shape) === 0) return this.constant('nothing', () => new Float32Array(4));
    return this.tensorMap.get(operand.dataId).resource as GPUBuffer;
  }

  #uniform(bytes: ArrayBuffer): GPUBuffer {
    const buffer = this.bufferManager.acquireBuffer(bytes.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    this.queue.writeBuffer(buffer, 0, bytes);
    this.#private.uniformPendingDisposal.push(buffer); // back in the pool only after the submit that uses it
    return buffer;
  }

  /** A new tensor for a kernel to fill. One without elements has no buffer, so it is complete at once. */
  output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    const nothing = dtype === 'float32' ? new Float32Array(0) : new Int32Array(0);
    return shape.includes(0) ? this.makeTensorInfo([...shape], dtype, nothing) : this.makeTensorInfo([...shape], dtype);
  }

  /** Frees a tensor that lived only between two kernels of one operation. */
  release(tensor: TensorInfo): void {
    this.disposeData(tensor.dataId);
  }

  /** A read-only buffer that is made once for each key and lives as long as the backend. */
  constant(key: string, make: () => Float32Array): GPUBuffer {
    this.#assertAlive();
    let buffer = this.#constants.get(key);
    if (buffer === undefined) {
      const values = make();
      buffer = this.device.createBuffer({ size: values.byteLength, usage: GPUBufferUsage.STORAGE, mappedAtCreation: true });
      new Float32Array(buffer.getMappedRange()).set(values);
      buffer.unmap();
      this.#constants.set(key, buffer);
    }
    return buffer;
  }

  /** Whether so many bytes more can be had, by taking, filling and giving them back; the pool keeps what it has meanwhile. */
  async hasRoom(bytes: number): Promise<boolean> {
    this.#assertAlive();
    const { device } = this;
    const most = device.limits.maxBufferSize;
    if (bytes > MOST_PIECES * most) return false;
    const sizes = Array.from({ length: Math.ceil(bytes / most) }, (_, i) => 4 * Math.ceil(Math.min(most, bytes - i * most) / 4));
    device.pushErrorScope('out-of-memory');
    const buffers = sizes.map((size) => device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST }));
    const refused = device.popErrorScope();
    const encoder = device.createCommandEncoder();
    // a driver may promise what it has not, until it is written
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation'); // of buffers that were refused
    for (const buffer of buffers) encoder.clearBuffer(buffer);
    device.queue.submit([encoder.finish()]);
    await device.popErrorScope();
    const failed = await device.popErrorScope();
    await device.queue.onSubmittedWorkDone();
    for (const buffer of buffers) buffer.destroy();
    return (await refused) === null && failed === null;
  }

  /** Compiles kernels in parallel, without holding anything up. */
  async precompile(kernels: readonly Kernel[]): Promise<void> {
    this.#assertAlive();
    await this.#pipelines.precompile(kernels);
  }

  /** Does something that the driver may refuse. The event of a refusal may come after the results, so reading waits for this verdict. */
  #watched<T>(work: () => T): T {
    this.device.pushErrorScope('validation');
    const result = work();
    const verdict = this.#hear(this.device.popErrorScope()).finally(() => this.#verdicts.delete(verdict));
    this.#verdicts.add(verdict);
    return result;
  }

  async #hear(scope: Promise<GPUError | null>): Promise<void> {
    const error = await scope.catch(() => null); // a lost device reports itself
    if (error !== null) this.#fail('GPU_VALIDATION', error.message);
  }

  override submitQueue(): void {
    this.#watched(() => super.submitQueue());
    this.pool.submitted();
  }

  /** Sends everything recorded so far to the device. */
  flush(): void {
    this.#assertAlive();
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.submitQueue();
  }

  /** Gives unused buffers back to the device; a lost one has them already. */
  giveBack(): void {
    if (this.#failure !== null) return;
    this.flush(); // what is recorded may hold some
    this.pool.empty();
  }

  override dispose(): void {
    this.#failure ??= new AppError('GPU_LOST', 'the backend was closed');
    super.dispose();
    for (const buffer of this.#constants.values()) buffer.destroy();
    this.device.destroy();
  }

  /**
   * Proves the private fields that this class uses, and that kernels of both kinds run in the order in which they were recorded.
   * @throws AppError BACKEND_SELFTEST
   */
  async selfTest(): Promise<void> {
    const my = this.#private;
    const fields = {
      commandEncoder: my.commandEncoder === null,
      computePassEncoder: my.computePassEncoder === null,
      commandQueueOwnedIds: my.commandQueueOwnedIds instanceof WeakSet,
      uniformPendingDisposal: Array.isArray(my.uniformPendingDisposal),
      dispatchCountInPass: my.dispatchCountInPass === 0,
      bufferManager: this.bufferManager === (this.pool as unknown),
    };
    const changed = Object.entries(fields).filter(([, asExpected]) => !asExpected);
    if (changed.length > 0)
      throw new AppError('BACKEND_SELFTEST', `tfjs webgpu has other fields: ${changed.map(([name]) => name).join(', ')}`);

    const start = tf.tensor1d([1, 2, 3, 4, 5]);
    const doubled = tf.add(start, start);
    this.run(ADD_ONE, { values: doubled }, { size: 5 }, 1);
    const squared = tf.square(doubled);
    this.run(ADD_ONE, { values: doubled }, { size: 5 }, 1);
    const got = [...(await squared.data()), ...(await doubled.data())];
    tf.dispose([start, doubled, squared]);
    this.giveBack();
    const want = [9, 25, 49, 81, 121, 4, 6, 8, 10, 12];
    if (want.some((value, i) => value !== got[i]))
      throw new AppError('BACKEND_SELFTEST', `kernels gave ${got.join(' ')}, not ${want.join(' ')}`);
    const left = this.pool.getNumUsedBuffers() + this.pool.getNumFreeBuffers();
    if (left !== 0) throw new AppError('BACKEND_SELFTEST', `${left} buffers are left after everything was freed`);
  }
}

/** The backend as a kernel function receives it. */
export function ownBackend(backend: unknown): OwnWebGPUBackend {
  if (!(backend instanceof OwnWebGPUBackend)) throw new AppError('INTERNAL', 'the active WebGPU backend is not our own');
  return backend;
}
