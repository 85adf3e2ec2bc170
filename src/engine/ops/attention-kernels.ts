/** What the attention kernels of both variants have in common: their parameters and their operands. Knows no arithmetic. */
import type { Kernel } from '../webgpu-kernel.ts';

export const PARAMS = {
  /** Threads, or workgroups, that have something to do. */
  size: 'u32',
  sequences: 'u32',
  length: 'u32',
  heads: 'u32',
  keyHeads: 'u32',
  scale: 'f32',
} as const;
export type Parameter = keyof typeof PARAMS;

/** The kernels for heads of one width. */
export type AttentionKernels = {
  readonly forward: Kernel<'qkv', 'out' | 'lse', Parameter>;
  readonly gradQuery: Kernel<'qkv' | 'out' | 'dy' | 'lse', 'gradient' | 'delta', Parameter>;
  readonly gradKeys: Kernel<'qkv' | 'dy' | 'lse' | 'delta', 'gradient', Parameter>;
};
