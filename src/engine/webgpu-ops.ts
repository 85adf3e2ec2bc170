/** Every operation that has WGSL kernels: the files ops/*.wgsl.ts, which register them when they are imported, as importing this one does. */
import type { Ahead, AheadKernels, DeviceKind, ModelKind } from './webgpu-kernel.ts';

const FILES = import.meta.glob<{ readonly ahead?: Ahead }>('./ops/*.wgsl.ts', { eager: true });

/** The kernels that nearly every run of such a model needs, to be compiled ahead of their first use. */
export function allKernels(device: DeviceKind, model: ModelKind): Required<AheadKernels> {
  const made = Object.values(FILES).flatMap(({ ahead }) => ahead?.(device, model) ?? []);
  return { answering: made.flatMap(({ answering = [] }) => answering), rest: made.flatMap(({ rest = [] }) => rest) };
}
