/**
 * What was read of conversations: keys and values of their tokens, for the next question, which begins as the last one and its answer did.
 * Knows no text, and of weights only what their owner calls them.
 */
import * as tf from '@tensorflow/tfjs';
import { done, inParts, now, type Work } from '../engine/work.ts';
import { type Cache, createCache, disposeCache, layersOf } from './cache.ts';
import type { Decoder } from './decoder.ts';

/** One conversation with one model's weights. */
export type Remembered = {
  /** How many of the tokens were read before; one at least is left to be read. */
  readonly known: (ids: readonly number[]) => number;
  /** A cache of one row for N tokens that holds those which are known. It is the caller's; what was kept is no more. */
  readonly take: (decoder: Decoder, ids: readonly number[], N: number) => Work<Cache>;
  /** Keeps a cache of one row that holds all of `ids`; it is the caller's no longer. */
  readonly keep: (ids: readonly number[], cache: Cache) => void;
};

type Held = { readonly ids: readonly number[]; readonly cache: Cache };

/** A shorter common beginning is not worth copying. */
const WORTH_KEEPING = 8;
/** Bytes of several conversations together; one alone may be longer, as its answer had room for it too. */
const MOST = 2 ** 27;

export class Recall {
  readonly #most: number;
  /** By the name of the weights, the one that was asked last at the end. */
  readonly #held = new Map<string, Held>();

  constructor(most = MOST) {
    this.#most = most;
  }

  /** The conversation with the weights of that name. */
  of(name: string): Remembered {
    const known = (ids: readonly number[]): number => inCommon(this.#held.get(name)?.ids ?? [], ids);
    return {
      known,
      take: (decoder, ids, N) => {
        const held = this.#held.get(name);
        const tokens = known(ids);
        this.#held.delete(name);
        if (held !== undefined && tokens > 0) return resized(held.cache, tokens, N);
        if (held !== undefined) disposeCache(held.cache);
        return done(createCache(decoder, 1, N));
      },
      keep: (ids, cache) => {
        this.#drop(name);
        this.#held.set(name, { ids: [...ids], cache: now(resized(cache, ids.length, ids.length)) });
        let bytes = [...this.#held.values()].reduce((sum, held) => sum + bytesOf(held.cache), 0);
        for (const [other, held] of [...this.#held].slice(0, -1)) {
          if (bytes <= this.#most) break;
          bytes -= bytesOf(held.cache);
          this.#drop(other);
        }
      },
    };
  }

  /** Frees everything that is kept. */
  forget(): void {
    for (const name of this.#held.keys()) this.#drop(name);
  }

  #drop(name: string): void {
    const held = this.#held.get(name);
    if (held !== undefined) disposeCache(held.cache);
    this.#held.delete(name);
  }
}

/** How many tokens of `ids` stand in what was read, at the same places; 0 where they are too few. */
function inCommon(read: readonly number[], ids: readonly number[]): number {
  const most = Math.min(read.length, ids.length - 1);
  let n = 0;
  while (n < most && read[n] === ids[n]) n++;
  return n >= WORTH_KEEPING ? n : 0;
}

function bytesOf({ layers }: Cache): number {
  return layers.reduce((sum, { keys, values }) => sum + 4 * (keys.size + values.size), 0);
}

/** The first `tokens` of a cache of one row in one with N places; the old one is freed layer by layer. */
function* resized(cache: Cache, tokens: number, N: number): Work<Cache> {
  try {
    const layers = yield* layersOf(cache.layers.length, function* (layer, half) {
      const from = (cache.layers[layer] as Cache['layers'][number])[half];
      const [, K, E] = from.shape as [number, number, number];
      const made: tf.Variable[] = [];
      yield* inParts(1, 8 * N * K * E, () => {
        const copy = tf.tidy(() => {
          const kept = tf.slice(from as tf.Tensor3D, [0, 0, 0], [tokens, K, E]);
          return tf.variable(N === tokens ? kept : tf.concat([kept, tf.zeros([N - tokens, K, E])]), false);
        });
        made.push(copy);
      });
      from.dispose();
      return made[0] as tf.Variable;
    });
    return { layers, rows: 1, shared: 0 };
  } catch (error) {
    // a variable that is freed twice would take data from another one that shares it
    for (const half of cache.layers.flatMap(({ keys, values }) => [keys, values])) if (!half.isDisposed) half.dispose();
    throw error;
  }
}
