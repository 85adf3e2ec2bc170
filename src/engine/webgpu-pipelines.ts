/** The compiled kernels of one device, each compiled once and found by its key. Knows the device and nothing of tfjs. */
import type { Kernel } from './webgpu-kernel.ts';

type Pipeline = { readonly pipeline: GPUComputePipeline; readonly layout: GPUBindGroupLayout };

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #compiled = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pipeline of a kernel, compiled now if it is new, by way of `watched`. */
  of(kernel: Kernel, watched: (compile: () => GPUComputePipeline) => GPUComputePipeline): Pipeline {
    let made = this.#compiled.get(kernel.key);
    if (made === undefined) {
      const layout = this.#layout(kernel);
      made = { pipeline: watched(() => this.#device.createComputePipeline(this.#description(kernel, layout))), layout };
      this.#compiled.set(kernel.key, made);
    }
    return made;
  }

  /** Compiles kernels in parallel, without holding anything up. One that is refused is left to its first use, which says so. */
  async precompile(kernels: readonly Kernel[]): Promise<void> {
    await Promise.all(
      kernels.map(async (kernel) => {
        if (this.#compiled.has(kernel.key)) return;
        const layout = this.#layout(kernel);
        const pipeline = await this.#device.createComputePipelineAsync(this.#description(kernel, layout)).catch(() => null);
        if (pipeline !== null && !this.#compiled.has(kernel.key)) this.#compiled.set(kernel.key, { pipeline, layout });
      }),
    );
  }

  /** Explicit, so that a buffer that a variant does not use may still be bound; shared by all kernels with as many buffers. */
  #layout({ read, write }: Kernel): GPUBindGroupLayout {
    const key = `${read.length} ${write.length}`;
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const types: GPUBufferBindingType[] = [
        ...read.map(() => 'read-only-storage' as const),
        ...write.map(() => 'storage' as const),
        'uniform',
      ];
      layout = this.#device.createBindGroupLayout({
        entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  #description({ key, code }: Kernel, layout: GPUBindGroupLayout): GPUComputePipelineDescriptor {
    return {
      label: key,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ label: key, code }), entryPoint: 'main' },
    };
  }
}
