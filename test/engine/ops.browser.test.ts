import * as tf from '@tensorflow/tfjs';
import { openBackend } from '../../src/engine/backend.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';
import type { Variant } from '../../src/engine/webgpu-kernel.ts';
import { describeOps } from './ops/suite.ts';

/** Opens WebGPU with the kernels of a graphics card or of a software adapter, folding dispatches of more than `foldAt` workgroups. */
const open = (variant: Variant, foldAt?: number) => async (): Promise<void> => {
  await openBackend('webgpu');
  const backend = ownBackend(tf.backend());
  backend.variant = variant;
  if (foldAt !== undefined) backend.foldAt = foldAt;
};

describeOps('webgpu, kernels for software adapters', { open: open('registers'), runs: 10 });
describeOps('webgpu, kernels for graphics cards, folded dispatches', { open: open('shared', 3), runs: 10 });
