/**
 * How far two forms of one model are apart: the largest difference of a logit over whole texts, of an adapter beside the weights and of the
 * weights with it added, rounded as a file has them. One block of one form is on the device at a time, as float32. Knows no text.
 */
import * as tf from '@tensorflow/tfjs';
import { drive, type Gate, turn } from '../engine/work.ts';
import type { DecoderConfig } from '../files/config.ts';
import { encodedPieces, type FloatType, tensorOver, type StoredTensor } from '../files/floats.ts';
import type { Adapter } from '../files/lora.ts';
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
          const pieces = [...encodedPieces(tensor, dtype)];
          const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
          let at = 0;
          for (const piece of pieces) {
            bytes.set(piece, at);
            at += piece.length;
          }
          return tensorOver(tensor.shape, dtype, bytes).data;
        },
      },
    ]),
  );
}

/** The largest |difference| of a logit at any position of any text, each of which is its ids. */
export async function largestDifference(
  config: DecoderConfig,
  a: Form,
  b: Form,
  texts: readonly (readonly number[])[],
  gate: Gate = turn,
): Promise<number> {
  const mine = await logitsOf(config, a, texts, gate);
  const theirs = await logitsOf(config, b, texts, gate);
  let largest = 0;
  for (const [text, logits] of mine.entries()) {
    const other = theirs[text] as Float32Array;
    for (let i = 0; i < logits.length; i++) largest = Math.max(largest, Math.abs((logits[i] as number) - (other[i] as number)));
  }
  return largest;
}

/** The logits [T,V] of every text. */
async function logitsOf(
  config: DecoderConfig,
  { weights: stored, adapter }: Form,
  texts: readonly (readonly number[])[],
  gate: Gate,
): Promise<readonly Float32Array[]> {
  const weights = new Passing(stackWeights(config, stored));
  const lora = adapter === null ? null : createLora(config, adapter, adapter.tensors);
  try {
    const all: Float32Array[] = [];
    for (const ids of texts) {
      const input = tf.tensor2d([...ids], [1, ids.length], 'int32');
      const logits = await drive(forward({ config, weights, lora }, input), gate);
      all.push((await logits.data()) as Float32Array);
      tf.dispose([input, logits]);
    }
    return all;
  } finally {
    if (lora !== null) lora.arena.dispose();
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
