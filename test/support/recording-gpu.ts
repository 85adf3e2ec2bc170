/**
 * A WebGPU that computes nothing: it writes down every module that it is asked to compile, and all that is read back is zero. So Node can
 * tell what a run hands to a graphics card without having one. Knows no kernel and no model.
 */

/** A module as it was handed to `createShaderModule`. */
export type Module = { readonly label: string; readonly code: string };

/** What an adapter says of itself. */
export type Card = { readonly vendor: string; readonly software: boolean; readonly features: readonly GPUFeatureName[] };

const LIMITS = {
  maxBufferSize: 2 ** 31,
  maxStorageBufferBindingSize: 2 ** 31 - 4,
  maxStorageBuffersPerShaderStage: 10,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeWorkgroupSizeX: 256,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
};

class RecordingBuffer {
  readonly size: number;
  readonly usage: number;

  constructor({ size, usage }: GPUBufferDescriptor) {
    this.size = size;
    this.usage = usage;
  }

  getMappedRange(): ArrayBuffer {
    return new ArrayBuffer(this.size);
  }

  mapAsync(): Promise<void> {
    return Promise.resolve();
  }

  unmap(): void {}
  destroy(): void {}
}

/** The names that WebGPU puts into the global scope, with the values of its standard. */
const GLOBALS = {
  GPUBuffer: RecordingBuffer,
  GPUBufferUsage: { MAP_READ: 1, MAP_WRITE: 2, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128, QUERY_RESOLVE: 512 },
  GPUMapMode: { READ: 1, WRITE: 2 },
  GPUShaderStage: { VERTEX: 1, FRAGMENT: 2, COMPUTE: 4 },
};

function deviceOf({ features }: Card, record: (module: Module) => void): GPUDevice {
  const pipeline = { getBindGroupLayout: () => ({}) };
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} };
  const encoder = { beginComputePass: () => pass, copyBufferToBuffer() {}, finish: () => ({}) };
  const device = {
    features: new Set(features),
    limits: LIMITS,
    lost: new Promise(() => {}),
    queue: { submit() {}, writeBuffer() {}, onSubmittedWorkDone: () => Promise.resolve() },
    createBuffer: (description: GPUBufferDescriptor) => new RecordingBuffer(description),
    createShaderModule: ({ label = '', code }: GPUShaderModuleDescriptor) => {
      record({ label, code });
      return {};
    },
    createComputePipeline: () => pipeline,
    createComputePipelineAsync: () => Promise.resolve(pipeline),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createBindGroup: () => ({}),
    createCommandEncoder: () => encoder,
    pushErrorScope() {},
    popErrorScope: () => Promise.resolve(null),
    destroy() {},
  };
  return device as unknown as GPUDevice;
}

/** Puts such a WebGPU in the place of the machine's own; `record` is told of every module, in the order in which they are compiled. */
export function installRecordingGpu(card: Card, record: (module: Module) => void): void {
  const adapter = {
    features: new Set(card.features),
    limits: LIMITS,
    info: { vendor: card.vendor, architecture: '', device: '', description: '', isFallbackAdapter: card.software },
    requestDevice: () => Promise.resolve(deviceOf(card, record)),
  };
  const navigator = { gpu: { requestAdapter: () => Promise.resolve(adapter) } };
  for (const [name, value] of Object.entries({ ...GLOBALS, navigator }))
    Object.defineProperty(globalThis, name, { value, configurable: true });
}
