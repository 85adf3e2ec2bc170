/** Every operation that has WGSL kernels; importing this file registers them. */
import { adamWKernels } from './ops/adamw.wgsl.ts';
import { attentionKernels } from './ops/attention.wgsl.ts';
import { attendKernel, cacheKernels } from './ops/cache.wgsl.ts';
import { crossEntropyKernels } from './ops/cross-entropy.wgsl.ts';
import { embedKernels } from './ops/embed.wgsl.ts';
import { productKernels } from './ops/product.wgsl.ts';
import { rmsNormKernels } from './ops/rms-norm.wgsl.ts';
import { ropeKernels } from './ops/rope.wgsl.ts';
import { swigluKernels } from './ops/swiglu.wgsl.ts';
import type { Kernel, Variant } from './webgpu-kernel.ts';

/** All kernels for heads of `headWidth` dimensions, for `precompile`. */
export function allKernels(variant: Variant, headWidth: number): readonly Kernel[] {
  return [
    ...productKernels(variant),
    ...Object.values(attentionKernels(headWidth)),
    attendKernel(headWidth),
    ...cacheKernels,
    ...rmsNormKernels(variant),
    ...ropeKernels,
    ...swigluKernels,
    ...crossEntropyKernels(variant),
    ...embedKernels,
    ...adamWKernels,
  ];
}
