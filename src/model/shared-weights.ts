/**
 * A model's frozen weights on the device: one set, however many read it (a run, the chat, a measurement). Made when the first one comes,
 * freed when the last one goes. Knows no adapter.
 */
import * as tf from '@tensorflow/tfjs';
import type { Weights } from './decoder.ts';
import { toTensors, type ModelFiles } from './load.ts';
import { isSmall } from './cost.ts';

/** Weights that are read and never written; `release` them once. */
export type Borrowed = { readonly weights: Weights; readonly release: () => void };

type Held = { readonly weights: Weights; readers: number };

/** By backend too: what a lost device held is gone with it. */
const held = new WeakMap<tf.KernelBackend, WeakMap<ModelFiles, Held>>();

/** Are the matrices of `files` packed as float16 on the active backend? Those of a large model on WebGPU are. */
export function packsHalves({ config }: Pick<ModelFiles, 'config'>): boolean {
  return tf.getBackend() === 'webgpu' && !isSmall(config);
}

/** The weights of `files` on the active backend. */
export function borrowWeights(files: ModelFiles): Borrowed {
  const backend = tf.backend();
  const here = held.get(backend) ?? new WeakMap<ModelFiles, Held>();
  held.set(backend, here);
  const shared = here.get(files) ?? { weights: toTensors(files.config, files.weights, { halves: packsHalves(files) }), readers: 0 };
  here.set(files, shared);
  shared.readers++;
  return {
    weights: shared.weights,
    release: () => {
      if (--shared.readers > 0) return;
      here.delete(files);
      tf.dispose([...shared.weights.values()]);
    },
  };
}
