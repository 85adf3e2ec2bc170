/**
 * Causal attention with grouped queries on WebGPU: nothing of size T x T is stored, queries, keys and values are read where they stand
 * side by side, and a row's result depends on its own sequence only. Chooses kernels and sizes; the arithmetic is in the files of
 * the two variants.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import type { Ahead, Variant } from '../webgpu-kernel.ts';
import type { AttentionKernels, Parameter } from './attention-kernels.ts';
import { attentionInRegisters } from './attention-registers.ts';
import { attentionInShared, OWN } from './attention-shared.ts';
import type { HeadShape } from './attention.ts';
import { registerOpKernel } from './op.ts';

const MAKERS: Record<Variant, (width: number) => AttentionKernels> = { shared: attentionInShared, registers: attentionInRegisters };
const MADE: Record<Variant, Map<number, AttentionKernels>> = { shared: new Map(), registers: new Map() };

/** Kernels in registers are written out dimension by dimension: at 96 SwiftShader compiles one for ten seconds, at 128 WGSL refuses the nesting. */
const WIDEST_IN_REGISTERS = 64;

function variantFor(variant: Variant, width: number): Variant {
  return width > WIDEST_IN_REGISTERS ? 'shared' : variant;
}

/** The kernels for heads of `width` numbers: the width sizes arrays, so it is part of the text. */
function attentionKernels(wanted: Variant, width: number): AttentionKernels {
  const variant = variantFor(wanted, width);
  let made = MADE[variant].get(width);
  if (made === undefined) MADE[variant].set(width, (made = MAKERS[variant](width)));
  return made;
}

export const ahead: Ahead = ({ variant }, { headWidth }) => ({ rest: Object.values(attentionKernels(variant, headWidth)) });

/** Parameters and workgroups of a kernel that works on `heads` heads of `rows` tokens. */
function sizes(wanted: Variant, rows: number, heads: number, { B, H, K, E }: HeadShape): [Record<Parameter, number>, blocks: number] {
  const variant = variantFor(wanted, E);
  const length = rows === 0 ? 0 : rows / B;
  const size = B * heads * Math.ceil(length / (variant === 'shared' ? OWN : 4));
  const params = { size, sequences: B, length, heads: H, keyHeads: K, scale: 1 / Math.sqrt(E) };
  return [params, variant === 'shared' ? size : Math.ceil(size / 64)];
}

type AttentionInputs = { readonly qkv: Tensor };

registerOpKernel<AttentionInputs, HeadShape>('Attention', 'webgpu', ({ qkv }, shape, backend) => {
  const gpu = ownBackend(backend);
  const rows = qkv.shape[0] as number;
  const [out, lse] = [gpu.output([rows, shape.H * shape.E]), gpu.output([rows, shape.H])];
  gpu.run(attentionKernels(gpu.variant, shape.E).forward, { qkv, out, lse }, ...sizes(gpu.variant, rows, shape.H, shape));
  return [out, lse];
});

registerOpKernel<AttentionInputs & { readonly out: Tensor; readonly lse: Tensor; readonly dy: Tensor }, HeadShape>(
  'AttentionGrad',
  'webgpu',
  ({ qkv, out, lse, dy }, shape, backend) => {
    const gpu = ownBackend(backend);
    const rows = qkv.shape[0] as number;
    const { gradQuery, gradKeys } = attentionKernels(gpu.variant, shape.E);
    const [gradient, delta] = [gpu.output(qkv.shape), gpu.output([rows, shape.H])];
    gpu.run(gradQuery, { qkv, out, dy, lse, gradient, delta }, ...sizes(gpu.variant, rows, shape.H, shape));
    gpu.run(gradKeys, { qkv, dy, lse, delta, gradient }, ...sizes(gpu.variant, rows, shape.K, shape));
    gpu.release(delta);
    return [gradient];
  },
);
