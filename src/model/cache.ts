/**
 * The key-value caches of a batch: made, packed, joined and freed. What reads and writes them is `extend` of decoder.ts. Knows no weights.
 *
 * Shapes: B rows, N places a row, K key/value heads, E width of a head.
 */
import * as tf from '@tensorflow/tfjs';
import { embed } from '../engine/ops/embed.ts';
import { inParts, tidy, type Work } from '../engine/work.ts';
import type { DecoderConfig } from '../files/config.ts';

/**
 * Keys and values of every layer for B `rows` of N tokens, of which the first `shared` are the same in all rows and there once: each
 * [shared+B(N-shared),K,E], written in place.
 */
export type Cache = { readonly layers: readonly Layer[]; readonly rows: number; readonly shared: number };
type Layer = { readonly keys: tf.Variable; readonly values: tf.Variable };

/**
 * An empty cache for B rows of at most N tokens, filled where it stands: zeros of JavaScript would be garbage as large as the cache. All rows
 * begin with what the one row of `beginning` holds, where there is one; it stays the caller's.
 */
export function createCache({ config }: { readonly config: DecoderConfig }, B: number, N: number, beginning?: Cache): Cache {
  const [K, E] = [config.num_key_value_heads, config.head_dim];
  const shared = beginning?.layers[0]?.keys.shape[0] ?? 0;
  const made = (layer: number, half: keyof Layer): tf.Variable =>
    tf.tidy(() => {
      // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a tensor of a shape, no array
      const empty = tf.fill([B * (N - shared), K, E], 0);
      const before = beginning?.layers[layer]?.[half];
      return tf.variable(before === undefined ? empty : tf.concat([before as tf.Tensor, empty]), false);
    });
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => ({
    keys: made(layer, 'keys'),
    values: made(layer, 'values'),
  }));
  return { layers, rows: B, shared };
}

/** The places that all rows of a layer's keys or values share, none where `tokens` is 0, and those of the rows themselves. */
const placesOf = (half: tf.Tensor, tokens: number): { readonly shared: readonly tf.Tensor[]; readonly own: tf.Tensor } => {
  if (tokens === 0) return { shared: [], own: half };
  const [, K, E] = half.shape as [number, number, number];
  return { shared: [tf.slice(half, [0, 0, 0], [tokens, K, E])], own: tf.slice(half, [tokens, 0, 0]) };
};

/**
 * A new cache with the given rows of another one, in that order; a row may be taken many times. With `spend` the other one is freed layer by
 * layer on the way, so that the two are never held together.
 */
export function* selectCache(cache: Cache, rows: readonly number[], { spend = false } = {}): Work<Cache> {
  const { rows: B, shared: tokens } = cache;
  const select = (x: tf.Variable): Work<tf.Variable> =>
    tidy(function* () {
      const [, ...place] = x.shape as [number, number, number];
      const { shared, own } = placesOf(x, tokens);
      const picked = yield* embed(tf.tensor1d([...rows], 'int32'), tf.reshape(own, [B, own.size / B])); // `embed` looks up rows
      const taken = tf.reshape(picked, [-1, ...place]);
      return tf.variable(shared.length === 0 ? taken : tf.concat([...shared, taken]), false);
    });
  const layers = yield* layersOf(cache.layers.length, function* (layer, half) {
    const from = (cache.layers[layer] as Layer)[half];
    const taken = yield* select(from);
    if (spend) from.dispose();
    return taken;
  });
  return { layers, rows: rows.length, shared: tokens };
}

/** One cache with the rows of several that begin alike; they are freed layer by layer. */
export function* joinCaches(caches: readonly Cache[]): Work<Cache> {
  const [first, ...others] = caches;
  if (first === undefined) throw new RangeError('joinCaches: there is none');
  if (others.length === 0) return first;
  const layers = yield* layersOf(first.layers.length, function* (layer, half) {
    const parts = caches.map(({ layers }) => (layers[layer] as Layer)[half]);
    const cost = 8 * parts.reduce((sum, { size }) => sum + size, 0);
    const made: tf.Variable[] = [];
    const join = (): tf.Variable => {
      const places = parts.map((part) => placesOf(part, first.shared));
      return tf.variable(tf.concat([...(places[0]?.shared ?? []), ...places.map(({ own }) => own)]), false);
    };
    yield* inParts(1, cost, () => void made.push(tf.tidy(join)));
    tf.dispose(parts);
    return made[0] as tf.Variable;
  });
  const rows = caches.reduce((sum, cache) => sum + cache.rows, 0);
  for (const cache of caches) disposeCache(cache);
  return { layers, rows, shared: first.shared };
}

/** Keys and values of `count` layers, made half by half; what was made is freed if the work ends early. */
export function* layersOf(count: number, make: (layer: number, half: keyof Layer) => Work<tf.Variable>): Work<readonly Layer[]> {
  const layers: Layer[] = [];
  let keys: tf.Variable | null = null;
  try {
    for (let layer = 0; layer < count; layer++) {
      keys = yield* make(layer, 'keys');
      layers.push({ keys, values: yield* make(layer, 'values') });
      keys = null;
    }
    return layers;
  } catch (error) {
    keys?.dispose();
    disposeCache({ layers });
    throw error;
  }
}

/** Frees a cache. */
export function disposeCache({ layers }: Pick<Cache, 'layers'>): void {
  for (const { keys, values } of layers) tf.dispose([keys, values]);
}
