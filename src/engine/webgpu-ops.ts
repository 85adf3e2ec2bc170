/** Every operation that has WGSL kernels; importing this file registers them. */
import { adamWKernels } from './ops/adamw.wgsl.ts';
import { attentionKernels } from './ops/attention.wgsl.ts';
import { attendKernel } from './ops/cache.wgsl.ts';
import { crossEntropyKernels } from './ops/cross-entropy.wgsl.ts';
import { embedKernels } from './ops/embed.wgsl.ts';
import { linearGradKernels } from './ops/linear-grad.wgsl.ts';
import { linearKernels } from './ops/linear.wgsl.ts';
import { productKernels } from './ops/product.wgsl.ts';
import { rmsNormKernels } from './ops/rms-norm.wgsl.ts';
import { ropeKernels } from './ops/rope.wgsl.ts';
import { sampleKernels } from './ops/sample.wgsl.ts';
import { swigluKernels } from './ops/swiglu.wgsl.ts';
import type { OwnWebGPUBackend } from './webgpu.ts';
import type { Kernel } from './webgpu-kernel.ts';

/** All kernels for heads of `headWidth` dimensions, for `precompile`. */
export function allKernels(gpu: Pick<OwnWebGPUBackend, 'variant' | 'quads'>, headWidth: number): readonly Kernel[] {
  const { variant } = gpu;
  return [
    ...productKernels(gpu),
    ...linearKernels(gpu),
    ...linearGradKernels(gpu),
    ...Object.values(attentionKernels(variant, headWidth)),
    attendKernel(variant, headWidth),
    ...sampleKernels(variant),
    ...rmsNormKernels(variant),
    ...ropeKernels,
    ...swigluKernels,
    ...crossEntropyKernels(variant),
    ...embedKernels,
    ...adamWKernels,
  ];
}
