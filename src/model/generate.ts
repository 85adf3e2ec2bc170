/**
 * Batched generation: ids in, ids out. Prompts of similar length share a batch, what all prompts begin with is read once, finished
 * rows leave the batch, and every token is drawn from a random stream of its own request, so a completion does not depend on the
 * batch it is made in. Tokens are drawn where the logits are; on a graphics card the next step is recorded before the last one is
 * read back. Knows no text: the caller says when a completion has ended.
 */
import * as tf from '@tensorflow/tfjs';
import { embed } from '../engine/ops/embed.ts';
import type { Sampling } from '../engine/ops/sample.ts';
import { done, drive, type Gate, tidy, turn, type Work } from '../engine/work.ts';
import { AppError } from '../errors.ts';
import { Random } from '../random.ts';
import { type Cache, createCache, disposeCache, joinCaches } from './cache.ts';
import { extend, head } from './decoder.ts';
import type { Decoder } from './decoder.ts';
import { READ_ROWS, tokensAtOnce, WORTH_SHARING } from './cost.ts';
import type { Remembered } from './recall.ts';
import type { GrowingRows } from './rows.ts';
import { draw, type Drawn, freeDrawn, packDrawn, readDrawn, Steps } from './steps.ts';

export type Prompt = {
  readonly ids: readonly number[];
  /** Names the random stream. */
  readonly seed: string;
};

export type GenerationOptions = Sampling & {
  readonly maxTokens: number;
  /** Asked after each token: has the completion of this prompt ended with it? */
  readonly isEnd: (completion: readonly number[], prompt: readonly number[]) => boolean;
  /** Prompts that are answered at a time, or who says so before each batch. */
  readonly batchSize?: number | GrowingRows;
  /** Asked between parts of the work; where it rejects, generation ends with its error. */
  readonly gate?: Gate;
};

export type Generated = {
  /** Index into the prompts. */
  readonly index: number;
  readonly ids: readonly number[];
  /** Natural log-probability of each token, from raw logits at temperature 1. */
  readonly logProbs: readonly number[];
  readonly finish: 'stop' | 'length';
};

/** A completion on its way, after one more token; its lists go on growing. */
export type Growing = Omit<Generated, 'finish'> & { readonly finish: null };

type Row = {
  readonly index: number;
  /** Tokens of the prompt. */
  readonly length: number;
  readonly limit: number;
  readonly random: Random;
  readonly ids: number[];
  readonly logProbs: number[];
};

/** What is not read any more: caches of so many rows that hold the first `tokens` of each prompt, and where one goes with all that was read. */
type Beginning = {
  readonly tokens: number;
  readonly cache: (rows: number) => Work<Cache>;
  readonly keep?: Remembered['keep'];
};

/** Share of unfinished rows from which on a batch is packed: copying the cache costs about what a quarter of the rows costs in a step or two. */
const PACK_AT = 0.75;

/** Yields completions in the order in which they finish. Errors: PROMPT_TOO_LONG, NUM_NONFINITE. */
export async function* generate(
  decoder: Decoder,
  prompts: readonly Prompt[],
  options: GenerationOptions,
): AsyncGenerator<Generated, void, undefined> {
  for await (const made of generateAll(decoder, prompts, options)) if (made.finish !== null) yield made;
}

/**
 * Yields one completion after each of its tokens: the tokens that `generate` gives. What a conversation has read before is not read again,
 * and what is read now is kept in it. Errors: as there.
 */
export async function* grow(
  decoder: Decoder,
  prompt: Prompt,
  options: GenerationOptions,
  remembered: Remembered | null = null,
): AsyncGenerator<Generated | Growing, void, undefined> {
  const N = roomFor(decoder, [prompt], options);
  const { ids } = prompt;
  const beginning: Beginning =
    remembered === null
      ? { tokens: 0, cache: (rows) => done(createCache(decoder, rows, N)) }
      : { tokens: remembered.known(ids), cache: () => remembered.take(decoder, ids, N), keep: remembered.keep };
  yield* generateBatch(decoder, beginning, [prompt], [0], options, true);
}

/** Completions in the order in which they finish. */
async function* generateAll(
  decoder: Decoder,
  prompts: readonly Prompt[],
  options: GenerationOptions,
): AsyncGenerator<Generated | Growing, void, undefined> {
  const { batchSize = 64, gate = turn } = options;
  const order = [...prompts.keys()].sort((a, b) => lengthOf(prompts, a) - lengthOf(prompts, b) || a - b);
  const N = roomFor(decoder, prompts, options);
  const shared = sharedBeginning(prompts);
  const read = shared > 0 ? await drive(readBeginning(decoder, prompts[0]?.ids.slice(0, shared) ?? []), gate) : null;
  const beginning: Beginning = {
    tokens: shared,
    cache: (rows) => done(createCache(decoder, rows, N, read ?? undefined)),
  };
  try {
    for (let from = 0; from < order.length;) {
      const rows = typeof batchSize === 'number' ? batchSize : await batchSize.next(order.length - from);
      const indices = order.slice(from, from + rows);
      from += rows;
      yield* generateBatch(decoder, beginning, prompts, indices, options, false);
    }
  } finally {
    if (read !== null) disposeCache(read);
  }
}

/** Places of a cache for prompts and their completions. Errors: PROMPT_TOO_LONG. */
function roomFor({ config }: Decoder, prompts: readonly Prompt[], { maxTokens }: GenerationOptions): number {
  const { max_position_embeddings: context } = config;
  let longest = 0;
  for (const { ids } of prompts) {
    if (ids.length === 0) throw new RangeError('generate: a prompt has no tokens');
    if (ids.length >= context) throw new AppError('PROMPT_TOO_LONG', `${ids.length} tokens, the model reads ${context}`);
    longest = Math.max(longest, ids.length);
  }
  // One place more than is needed: a step may be recorded for rows that turn out to have ended.
  return Math.min(context, longest + maxTokens) + 1;
}

function lengthOf(prompts: readonly Prompt[], index: number): number {
  return prompts[index]?.ids.length ?? 0;
}

/** How many tokens all prompts begin with, if it is worth it; at least one token of each prompt is left to be read by itself. */
function sharedBeginning(prompts: readonly Prompt[]): number {
  const [first, ...others] = prompts;
  if (first === undefined || others.length === 0) return 0;
  let shared = Math.min(...prompts.map(({ ids }) => ids.length)) - 1;
  for (const { ids } of others) {
    let at = 0;
    while (at < shared && ids[at] === first.ids[at]) at++;
    shared = at;
  }
  return shared >= WORTH_SHARING ? shared : 0;
}

/** A cache of one row that holds the common beginning. */
function* readBeginning(decoder: Decoder, ids: readonly number[]): Work<Cache> {
  const cache = createCache(decoder, 1, ids.length);
  try {
    yield* tidy(function* () {
      yield* extend(decoder, cache, tf.tensor2d([...ids], [1, ids.length], 'int32'), tf.zeros([1], 'int32'));
      return [];
    });
    return cache;
  } catch (error) {
    disposeCache(cache);
    throw error;
  }
}

/** Answers the prompts `indices`, in the order in which they finish; where they are `watched`, before that after each of their tokens too. */
async function* generateBatch(
  decoder: Decoder,
  beginning: Beginning,
  prompts: readonly Prompt[],
  indices: readonly number[],
  options: GenerationOptions,
  watched: boolean,
): AsyncGenerator<Generated | Growing, void, undefined> {
  const { max_position_embeddings: context } = decoder.config;
  const { gate = turn } = options;
  const ahead = tf.getBackend() === 'webgpu';
  const all = indices.map((index): Row => {
    const { ids, seed } = prompts[index] as Prompt;
    const limit = Math.min(options.maxTokens, context - ids.length);
    return { index, length: ids.length, limit, random: Random.of('generate', seed), ids: [], logProbs: [] };
  });
  const [first] = all;
  /** The rows of the batch; a finished one is null until the batch is packed. */
  let rows: (Row | null)[] = all;
  let steps: Steps | null = null;
  let drawn: Drawn | null = null;
  let next: Drawn | null = null;
  /** Did it end otherwise than by an answer, a stop or somebody who no longer listens? */
  let failed = false;
  try {
    const read = await drive(readPrompts(decoder, beginning, prompts, all, options), gate);
    steps = new Steps(decoder, read.cache, options);
    drawn = read.drawn;
    for (let step = 0; ; step++) {
      // On the CPU a step that turns out to be superfluous would cost time; on a graphics card it fills a pause.
      if (ahead) next = await drive(steps.next(rows, step + 1, drawn.ids), gate);
      const report = await readDrawn(drawn); // [2,B]
      freeDrawn(drawn);
      drawn = null;
      for (const [b, row] of rows.entries()) {
        if (row === null) continue;
        const [id, logProb] = [report[b] as number, report[rows.length + b] as number];
        if (!Number.isFinite(logProb)) throw new AppError('NUM_NONFINITE', 'the logits of a generated token are not finite');
        row.ids.push(id);
        row.logProbs.push(logProb);
        const finish = options.isEnd(row.ids, prompts[row.index]?.ids ?? []) ? 'stop' : row.ids.length < row.limit ? null : 'length';
        if (finish !== null) rows[b] = null;
        else if (!watched) continue;
        yield { index: row.index, ids: row.ids, logProbs: row.logProbs, finish };
      }
      const active = [...rows.keys()].filter((b) => rows[b] !== null);
      if (active.length === 0) return;
      if (active.length <= PACK_AT * rows.length) {
        await drive(steps.pack(active), gate);
        if (next !== null) next = packDrawn(next, active);
        rows = active.map((b) => rows[b] as Row | null);
      }
      drawn = next ?? (await drive(steps.next(rows, step + 1), gate));
      next = null;
    }
  } catch (error) {
    failed = !(error instanceof AppError && error.code === 'STOPPED');
    throw error;
  } finally {
    for (const left of [drawn, next]) if (left !== null) freeDrawn(left);
    const cache = beginning.keep === undefined || failed ? null : (steps?.release() ?? null);
    steps?.dispose();
    // the last token was drawn, and perhaps not read
    if (cache !== null) beginning.keep?.([...(prompts[indices[0] as number]?.ids ?? []), ...(first?.ids.slice(0, -1) ?? [])], cache);
  }
}

/** Rows, shortest first, in groups that are read together. */
function groupsOf(rows: readonly Row[], shared: number, most: number): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    const room = group !== undefined && group.length < READ_ROWS && (group.length + 1) * (row.length - shared) <= most;
    if (room) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** Reads what follows the common beginning of each prompt, a few prompts of similar length at a time, and draws the first tokens. */
function* readPrompts(
  decoder: Decoder,
  { tokens: shared, cache }: Beginning,
  prompts: readonly Prompt[],
  rows: readonly Row[],
  options: Sampling,
): Work<{ readonly cache: Cache; readonly drawn: Drawn }> {
  const parts: Cache[] = [];
  try {
    const drawn = yield* tidy(function* () {
      const ends: tf.Tensor[] = []; // the last token of each prompt, [rows,D]
      for (const some of groupsOf(rows, shared, tokensAtOnce(decoder.config))) {
        const part = yield* cache(some.length);
        parts.push(part);
        const T = Math.max(...some.map(({ length }) => length)) - shared;
        const padded = new Int32Array(some.length * T).fill(decoder.config.pad_token_id);
        for (const [b, { index }] of some.entries()) padded.set(prompts[index]?.ids.slice(shared) ?? [], b * T);
        const last = some.map(({ length }, b) => b * T + length - shared - 1);
        const end = yield* tidy(function* () {
          const start = tf.tensor1d(new Int32Array(some.length).fill(shared), 'int32');
          const x = yield* extend(decoder, part, tf.tensor2d(padded, [some.length, T], 'int32'), start); // [rows*T,D]
          return yield* embed(tf.tensor1d(last, 'int32'), x); // `embed` looks up rows
        });
        ends.push(end);
      }
      const x = ends.length === 1 ? (ends[0] as tf.Tensor) : tf.concat(ends); // [B,D]
      return yield* draw(yield* head(decoder, x), rows, 0, options);
    });
    try {
      return { cache: yield* joinCaches(parts), drawn };
    } catch (error) {
      freeDrawn(drawn);
      throw error;
    }
  } catch (error) {
    for (const part of parts) disposeCache(part);
    throw error;
  }
}
