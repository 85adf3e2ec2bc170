/**
 * Batched generation: ids in, ids out. Prompts of similar length share a batch; each row has its own place in the cache, finished
 * rows leave the batch, and every token is drawn from a random stream of its own request, so a completion does not depend on the
 * batch it is made in. Knows no text: the caller says when a completion has ended.
 */
import * as tf from '@tensorflow/tfjs';
import { AppError } from '../errors.ts';
import { Random } from '../random.ts';
import { createCache, decodeStep, disposeCache, prefill, selectCache } from './decoder.ts';
import type { Cache, Decoder } from './decoder.ts';
import { sampleToken } from './sample.ts';
import type { Sampling } from './sample.ts';

export type Prompt = {
  readonly ids: readonly number[];
  /** Names the random stream. */
  readonly seed: string;
};

export type GenerationOptions = Sampling & {
  readonly maxTokens: number;
  /** Asked after each token: has the completion ended with it? */
  readonly isEnd: (completion: readonly number[]) => boolean;
  /** Prompts that are answered at a time. */
  readonly batchSize?: number;
};

export type Generated = {
  /** Index into the prompts. */
  readonly index: number;
  readonly ids: readonly number[];
  /** Natural log-probability of each token, from raw logits at temperature 1. */
  readonly logProbs: readonly number[];
  readonly finish: 'stop' | 'length';
};

type Row = {
  readonly index: number;
  readonly length: number;
  readonly limit: number;
  readonly random: Random;
  readonly ids: number[];
  readonly logProbs: number[];
};

/** Yields completions in the order in which they finish. Errors: PROMPT_TOO_LONG, NUM_NONFINITE. */
export async function* generate(
  decoder: Decoder,
  prompts: readonly Prompt[],
  options: GenerationOptions,
): AsyncGenerator<Generated, void, undefined> {
  const { maxTokens, batchSize = 64 } = options;
  const { max_position_embeddings: context } = decoder.config;
  for (const { ids } of prompts) {
    if (ids.length === 0) throw new RangeError('generate: a prompt has no tokens');
    if (ids.length >= context) throw new AppError('PROMPT_TOO_LONG', `${ids.length} tokens, the model reads ${context}`);
  }
  const order = [...prompts.keys()].sort((a, b) => lengthOf(prompts, a) - lengthOf(prompts, b) || a - b);
  const N = Math.min(context, lengthOf(prompts, order.at(-1) ?? 0) + maxTokens);
  const width = Math.min(batchSize, order.length);
  let shared: Cache | null = null;
  try {
    for (let from = 0; from < order.length; from += batchSize) {
      const indices = order.slice(from, from + batchSize);
      // Full batches write over one cache; a last, smaller one has its own.
      if (indices.length === width) shared ??= createCache(decoder, width, N);
      const cache: Cache = indices.length === width && shared !== null ? shared : createCache(decoder, indices.length, N);
      try {
        yield* generateBatch(decoder, cache, prompts, indices, options);
      } finally {
        if (cache !== shared) disposeCache(cache);
      }
    }
  } finally {
    if (shared !== null) disposeCache(shared);
  }
}

function lengthOf(prompts: readonly Prompt[], index: number): number {
  return prompts[index]?.ids.length ?? 0;
}

async function* generateBatch(
  decoder: Decoder,
  first: Cache,
  prompts: readonly Prompt[],
  indices: readonly number[],
  options: GenerationOptions,
): AsyncGenerator<Generated, void, undefined> {
  const { max_position_embeddings: context, vocab_size: V } = decoder.config;
  const all = indices.map((index): Row => {
    const { ids, seed } = prompts[index] as Prompt;
    return {
      index,
      length: ids.length,
      limit: Math.min(options.maxTokens, context - ids.length),
      random: Random.of('generate', seed),
      ids: [],
      logProbs: [],
    };
  });
  /** The rows of the batch; a finished one is null until the batch is packed. */
  let rows: (Row | null)[] = all;
  let cache = first;
  try {
    let logits = await read(prefillBatch(decoder, cache, prompts, indices));
    for (;;) {
      for (const [b, row] of rows.entries()) {
        if (row === null) continue;
        const at = row.ids.length;
        // Two words a token: token `at` is the same whatever was drawn before.
        const uniform = options.temperature === 0 ? 0 : row.random.seek(2 * at).next();
        const { id, logProb } = sampleToken(logits.subarray(b * V, (b + 1) * V), options, uniform);
        row.ids.push(id);
        row.logProbs.push(logProb);
        const ended = options.isEnd(row.ids);
        if (!ended && row.ids.length < row.limit) continue;
        rows[b] = null;
        yield { index: row.index, ids: row.ids, logProbs: row.logProbs, finish: ended ? 'stop' : 'length' };
      }
      const active = [...rows.keys()].filter((b) => rows[b] !== null);
      if (active.length === 0) return;
      if (active.length <= rows.length / 2) {
        const packed = selectCache(cache, active);
        if (cache !== first) disposeCache(cache);
        cache = packed;
        rows = active.map((b) => rows[b] as Row | null);
      }
      // A finished row repeats position 0 until it leaves; nothing reads what comes of it.
      const ids = rows.map((row) => row?.ids.at(-1) ?? 0);
      const positions = rows.map((row) => (row === null ? 0 : row.length + row.ids.length - 1));
      logits = await read(decodeStep(decoder, cache, ids, positions));
    }
  } finally {
    if (cache !== first) disposeCache(cache);
  }
}

function prefillBatch(decoder: Decoder, cache: Cache, prompts: readonly Prompt[], indices: readonly number[]): tf.Tensor {
  const T = Math.max(...indices.map((index) => lengthOf(prompts, index)));
  const padded = new Int32Array(indices.length * T).fill(decoder.config.pad_token_id);
  for (const [b, index] of indices.entries()) padded.set(prompts[index]?.ids ?? [], b * T);
  const last = indices.map((index) => lengthOf(prompts, index) - 1);
  return tf.tidy(() => prefill(decoder, cache, tf.tensor2d(padded, [indices.length, T], 'int32'), last));
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return (await tensor.data()) as Float32Array;
  } finally {
    tensor.dispose();
  }
}
