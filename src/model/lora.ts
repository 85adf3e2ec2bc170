/**
 * Low-rank adapters (Hu et al., arXiv 2106.09685) on any of the decoder's linear layers: y = x W^T + s (x A^T) B^T.
 * Creates them, merges them into weights for generation, and names them as the PEFT library does. Knows no training.
 *
 * All pairs lie in one flat tensor, the arena, stack by stack (src/model/stack.ts): the A of a stack's layers below each other, then
 * their B. A layer of a stack that is no target has a pair of zeros: its gradients are zero as well, so it stays without effect.
 */
import * as tf from '@tensorflow/tfjs';
import { blocksOf, type Placement } from '../engine/ops/linear.ts';
import { product } from '../engine/ops/product.ts';
import { tidy, type Work } from '../engine/work.ts';
import { AppError } from '../errors.ts';
import type { Random } from '../random.ts';
import { LINEARS, linearPath, linearShapes } from '../files/config.ts';
import type { DecoderConfig, LinearName } from '../files/config.ts';
import { pairNames, type LoraOptions } from '../files/lora.ts';
import type { StoredTensor } from '../files/safetensors.ts';
import { STACK_NAMES, stackPath, STACKS, stackShape } from './stack.ts';

/** The arena, and where each stack's pairs lie in it by the path of the stack. */
export type Lora = LoraOptions & { readonly arena: tf.Variable; readonly placements: ReadonlyMap<string, Placement> };

/** Every matrix begins at a multiple of this many numbers, so that kernels may read four at a time. */
const ALIGNMENT = 4;

/** Name and shape of both halves of every pair, as PEFT names them, in a fixed order. */
export function loraShapes(config: DecoderConfig, { rank, targets }: LoraOptions): ReadonlyMap<string, readonly number[]> {
  const linears = linearShapes(config);
  const shapes = new Map<string, readonly number[]>();
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const name of LINEARS.filter((name) => targets.includes(name))) {
      const [out, into] = linears[name];
      const { A, B } = pairNames(linearPath(layer, name));
      shapes.set(A, [rank, into]).set(B, [out, rank]);
    }
  }
  return shapes;
}

/** The start values: A uniform in +-1/sqrt(in) (Kaiming with a = sqrt(5), as PEFT), B zero, so that nothing changes yet. */
export function initialLora(config: DecoderConfig, options: LoraOptions, random: Random): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of loraShapes(config, options)) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    if (name.endsWith('.lora_A.weight')) {
      const stream = random.fork(name);
      const bound = 1 / Math.sqrt(shape[1] as number);
      for (let i = 0; i < data.length; i++) data[i] = bound * (2 * stream.next() - 1);
    }
    tensors.set(name, { shape, data });
  }
  return tensors;
}

/** Checks stored halves against the model. Errors: MODEL_MISMATCH names a half that is missing, of another shape or not asked for. */
export function checkLora(config: DecoderConfig, options: LoraOptions, tensors: ReadonlyMap<string, StoredTensor>): void {
  const shapes = loraShapes(config, options);
  for (const [name, shape] of shapes) {
    const found = tensors.get(name);
    if (found === undefined) throw new AppError('MODEL_MISMATCH', `the adapter has no ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new AppError('MODEL_MISMATCH', `${name} is [${found.shape.join()}], the model needs [${shape.join()}]`);
    }
  }
  for (const name of tensors.keys())
    if (!shapes.has(name)) throw new AppError('MODEL_MISMATCH', `the adapter has ${name}, which is no target`);
}

type Layout = {
  readonly size: number;
  readonly placements: ReadonlyMap<string, Placement>;
  /** Where each half that is trained begins, by its PEFT name. */
  readonly halves: ReadonlyMap<string, { readonly at: number; readonly shape: readonly number[] }>;
};

/** Where everything lies in an arena. */
function layoutOf(config: DecoderConfig, options: LoraOptions): Layout {
  const { rank, targets } = options;
  const shapes = loraShapes(config, options);
  const placements = new Map<string, Placement>();
  const halves = new Map<string, { at: number; shape: readonly number[] }>();
  let size = 0;
  const take = (numbers: number): number => {
    const at = size;
    size += Math.ceil(numbers / ALIGNMENT) * ALIGNMENT;
    return at;
  };
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const stack of STACK_NAMES) {
      const names: readonly LinearName[] = STACKS[stack];
      if (!names.some((name) => targets.includes(name))) continue;
      const { ends, into } = stackShape(config, stack);
      const [a, b] = [take(names.length * rank * into), take((ends.at(-1) as number) * rank)];
      placements.set(stackPath(layer, stack), { a, b, rank, scale: options.alpha / rank, ends });
      for (const [g, name] of names.entries()) {
        const { A, B } = pairNames(linearPath(layer, name));
        const half = (key: string, at: number): void => {
          const shape = shapes.get(key);
          if (shape !== undefined) halves.set(key, { at, shape });
        };
        half(A, a + g * rank * into);
        half(B, b + (ends[g - 1] ?? 0) * rank);
      }
    }
  }
  return { size, placements, halves };
}

/** An adapter with the values of `tensors`, or with new start values from a random stream. Errors: MODEL_MISMATCH. */
export function createLora(config: DecoderConfig, options: LoraOptions, from: Random | ReadonlyMap<string, StoredTensor>): Lora {
  const { size, placements } = layoutOf(config, options);
  const lora = { ...options, placements, arena: tf.tidy(() => tf.variable(tf.zeros([size]))) };
  setLora(config, lora, from instanceof Map ? (from as ReadonlyMap<string, StoredTensor>) : initialLora(config, options, from as Random));
  return lora;
}

/** Puts other values into an adapter. Errors: MODEL_MISMATCH; the adapter is then as it was. */
export function setLora(config: DecoderConfig, lora: Lora, tensors: ReadonlyMap<string, StoredTensor>): void {
  checkLora(config, lora, tensors);
  const { size, halves } = layoutOf(config, lora);
  const values = new Float32Array(size);
  for (const [name, { at }] of halves) values.set((tensors.get(name) as StoredTensor).data, at);
  tf.tidy(() => lora.arena.assign(tf.tensor1d(values)));
}

/** The trained halves out of an arena, by their PEFT names; also of gradients that lie in one. */
export async function readArena(config: DecoderConfig, options: LoraOptions, arena: tf.Tensor): Promise<ReadonlyMap<string, StoredTensor>> {
  const values = (await arena.data()) as Float32Array;
  const { halves } = layoutOf(config, options);
  const tensors = new Map<string, StoredTensor>();
  for (const name of loraShapes(config, options).keys()) {
    const { at, shape } = halves.get(name) as { at: number; shape: readonly number[] };
    tensors.set(name, { shape, data: values.slice(at, at + shape.reduce((product, n) => product * n, 1)) });
  }
  return tensors;
}

/** W + s B A for the adapted stacks as new tensors, by the names of the weights; the caller disposes of them. */
export function* mergedWeights(weights: ReadonlyMap<string, tf.Tensor>, { arena, placements }: Lora): Work<ReadonlyMap<string, tf.Tensor>> {
  const merged = new Map<string, tf.Tensor>();
  for (const [path, placement] of placements) {
    const W = weights.get(`${path}.weight`) as tf.Tensor;
    const { a, b, rank, scale } = placement;
    const into = W.shape[1] as number;
    const matrix = (at: number, rows: number, columns: number): tf.Tensor =>
      tf.reshape(tf.slice(arena as tf.Tensor, at, rows * columns), [rows, columns]);
    const sum = yield* tidy(function* () {
      // Not tf.matMul: on wasm it keeps a packed copy of its second operand, which goes stale when the optimiser writes in place.
      const changes: tf.Tensor[] = [];
      for (const [g, [from, width]] of blocksOf(placement).entries()) {
        changes.push(yield* product(matrix(b + from * rank, width, rank), matrix(a + g * rank * into, rank, into))); // [out_g,rank] x [rank,in]
      }
      return tf.add(W, tf.mul(tf.concat(changes, 0), scale));
    });
    merged.set(`${path}.weight`, sum);
  }
  return merged;
}
