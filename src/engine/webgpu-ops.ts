/** Every operation that has WGSL kernels: the files ops/*.wgsl.ts, which register them when they are imported, as importing this one does. */
import type { Ahead, DeviceKind, Kernel } from './webgpu-kernel.ts';

const FILES = import.meta.glob<{ readonly ahead?: Ahead }>('./ops/*.wgsl.ts', { eager: true });

/** The kernels that nearly every run needs, for heads of `headWidth` dimensions, to be compiled ahead of their first use. */
export function allKernels(device: DeviceKind, headWidth: number): readonly Kernel[] {
  return Object.values(FILES).flatMap(({ ahead }) => ahead?.(device, headWidth) ?? []);
}
