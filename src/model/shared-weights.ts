/**
 * A model's frozen weights on the device: one set, however many read it (a run, the chat, a measurement). Sent ahead, or made when the first
 * one comes, and freed when the last one goes. Knows no adapter.
 */
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../files/floats.ts';
import type { Weights } from './decoder.ts';
import { type ModelFiles, numbersOf, packedForm, type Packing, type Share, toTensor, toTensors } from './load.ts';
import { isSmall } from './cost.ts';
import { stackWeights } from './stack.ts';

/** Weights that are read and never written; `release` them once. */
export type Borrowed = { readonly weights: Weights; readonly release: () => void };

type Held = { readonly weights: Weights; readers: number };

/** By backend too: what a lost device held is gone with it. */
const held = new WeakMap<tf.KernelBackend, WeakMap<ModelFiles, Held>>();

/** How the matrices of `files` are packed on a backend: those of a large model as float16 on WebGPU, and as their file has them on the CPU. */
export function packingOf({ config }: Pick<ModelFiles, 'config'>, backend = tf.getBackend()): Packing {
  if (isSmall(config)) return 'none';
  return backend === 'webgpu' ? 'float16' : 'as stored';
}

/** Bytes of a number in the frozen matrices on a backend, 2 to 4: the mean, where a file mixes types. */
export function bytesOfWeight(files: Pick<ModelFiles, 'config' | 'weights'>, backend: string): number {
  const packing = packingOf(files, backend);
  const matrices = [...stackWeights(files.config, files.weights).values()].filter(({ shape }) => shape.length > 1);
  let [bytes, numbers] = [0, 0];
  for (const matrix of matrices) {
    numbers += sizeOf(matrix);
    bytes += sizeOf(matrix) * (packedForm(matrix, packing) === 'float32' ? 4 : 2);
  }
  return bytes / numbers;
}

/** What is held of the models on the active backend. */
function here(): WeakMap<ModelFiles, Held> {
  const backend = tf.backend();
  const mine = held.get(backend) ?? new WeakMap<ModelFiles, Held>();
  held.set(backend, mine);
  return mine;
}

/** The weights of `files` on the active backend. */
export function borrowWeights(files: ModelFiles): Borrowed {
  const models = here();
  const shared = models.get(files) ?? { weights: toTensors(files.config, files.weights, packingOf(files)), readers: 0 };
  models.set(files, shared);
  shared.readers++;
  return {
    weights: shared.weights,
    release: () => {
      if (--shared.readers === 0) drop(models, files, shared);
    },
  };
}

function drop(models: WeakMap<ModelFiles, Held>, files: ModelFiles, { weights }: Held): void {
  models.delete(files);
  tf.dispose([...weights.values()]);
}

/** Sends the weights ahead, one tensor after the other: the first who borrows them finds them there. Ended early, nothing of it stays. */
export function* sendWeights(files: ModelFiles): Generator<Share, void> {
  const models = here();
  if (models.has(files)) return;
  const stacked = stackWeights(files.config, files.weights);
  const [total, packing] = [numbersOf(stacked), packingOf(files)];
  const weights = new Map<string, tf.Tensor>();
  let done = 0;
  try {
    for (const [name, stored] of stacked) {
      weights.set(name, toTensor(stored, packing));
      done += sizeOf(stored);
      yield { done, total };
    }
    if (models.has(files)) return; // somebody could not wait
    models.set(files, { weights: new Map(weights), readers: 0 });
    weights.clear();
  } finally {
    tf.dispose([...weights.values()]);
  }
}

/** Frees weights that were sent and that nobody reads. */
export function dropUnread(files: ModelFiles): void {
  const models = here();
  const shared = models.get(files);
  if (shared?.readers === 0) drop(models, files, shared);
}
