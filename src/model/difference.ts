/**
 * How far two forms of one model are apart: the largest difference of a logit over whole texts, of an adapter beside the weights and of the
 * weights with it added, rounded as a file has them. One block of one form is on the device at a time, as float32. Knows no text.
 */
import * as tf from '@tensorflow/tfjs';
import { drive, type Gate, turn } from '../engine/work.ts';
import type { DecoderConfig } from '../files/config.ts';
import { type FloatType, roundedNumbers, type StoredTensor } from '../files/floats.ts';
import type { Adapter } from '../files/lora.ts';
import type { Share } from '../files/safetensors.ts';
import { forward, type WeightsByName } from './decoder.ts';
import { createLora } from './lora.ts';
import { stackWeights } from './stack.ts';

/** A form of a model: weights, and an adapter beside them or none. */
export type Form = { readonly weights: ReadonlyMap<string, StoredTensor>; readonly adapter: Adapter | null };

/** The weights as a file of this type has them, made when they are asked for. */
export function rounded(weights: ReadonlyMap<string, StoredTensor>, dtype: FloatType): ReadonlyMap<string, StoredTensor> {
  return new Map(
    [...weights].map(([name, tensor]): [string, StoredTensor] => [
      name,
      {
        shape: tensor.shape,
        get data() {
          return roundedNumbers(tensor, dtype);
        },
      },
    ]),
  );
}

/** The largest |difference| of a logit at any position of any text, each of which is its ids; a share is one form on one text. */
export async function* largestDifference(
  config: DecoderConfig,
  a: Form,
  b: Form,
  texts: readonly (readonly number[])[],
  gate: Gate = turn,
): AsyncGenerator<Share, number> {
  let [largest, done] = [0, 0];
  const total = 2 * texts.length;
  for (const text of texts) {
    yield { done: done++, total };
    const mine = await logitsOf(config, a, text, gate);
    yield { done: done++, total };
    const theirs = await logitsOf(config, b, text, gate);
    for (let i = 0; i < mine.length; i++) largest = Math.max(largest, Math.abs((mine[i] as number) - (theirs[i] as number)));
  }
  if (total > 0) yield { done, total };
  return largest;
}

/** The logits [T,V] of a text. */
async function logitsOf(config: DecoderConfig, { weights, adapter }: Form, ids: readonly number[], gate: Gate): Promise<Float32Array> {
  const lora = adapter === null ? null : createLora(config, adapter, adapter.tensors);
  const input = tf.tensor2d([...ids], [1, ids.length], 'int32');
  try {
    const logits = await drive(forward({ config, weights: new Passing(stackWeights(config, weights)), lora }, input), gate);
    const numbers = (await logits.data()) as Float32Array;
    logits.dispose();
    return numbers;
  } finally {
    input.dispose();
    lora?.arena.dispose();
  }
}

/** Weights that come to the device when they are asked for, and go with the block that asked: a whole model would be four bytes a number. */
class Passing implements WeightsByName {
  readonly #stored: ReadonlyMap<string, StoredTensor>;

  constructor(stored: ReadonlyMap<string, StoredTensor>) {
    this.#stored = stored;
  }

  get(name: string): tf.Tensor | undefined {
    const found = this.#stored.get(name);
    return found === undefined ? undefined : tf.tensor(found.data, [...found.shape], 'float32');
  }
}
