/**
 * Decoding steps of a batch: each reads the last token of every row and draws one more, from the random stream of the row's own request.
 * A small model's step is one dispatch on a graphics card (whole-step.ts). On the CPU it is recorded once and then done again in one call
 * (src/engine/replay.ts): the same bits, without the overhead of operations, which takes longer than their arithmetic. Knows neither prompts
 * nor ends.
 */
import * as tf from '@tensorflow/tfjs';
import { readNow, record, type Recording, rewrite } from '../engine/replay.ts';
import { sample, type Sampling } from '../engine/ops/sample.ts';
import { tidy, type Work } from '../engine/work.ts';
import type { Random } from '../random.ts';
import { type Cache, disposeCache, selectCache } from './cache.ts';
import { isSmall } from './cost.ts';
import { extend, head } from './decoder.ts';
import type { Decoder } from './decoder.ts';
import { WholeStep } from './whole-step.ts';

/** What a step needs of a row. */
export type Row = {
  /** Tokens of the prompt. */
  readonly length: number;
  readonly random: Random;
  /** What was drawn so far. */
  readonly ids: readonly number[];
};

/**
 * The tokens drawn in one step, still on the device: ids int32 [B] for the next step; report [2,B] for the host, their ids and
 * log-probabilities. What is lent is overwritten by the next step.
 */
export type Drawn = { readonly ids: tf.Tensor; readonly report: tf.Tensor; readonly lent: boolean };

/** [B] ids int32 and [2,B], as `sample` gives them. */
type Sampled = [ids: tf.Tensor, report: tf.Tensor];
/** A step that can be done again: the tensors that it reads, each [B], and those that it writes. */
type Repeated = {
  readonly recording: Recording;
  readonly inputs: readonly [ids: tf.Tensor, positions: tf.Tensor, uniforms: tf.Tensor];
  readonly sampled: Sampled;
};

/** The report of what was drawn. */
export function readDrawn({ report, lent }: Drawn): Float32Array | Promise<Float32Array> {
  return lent ? readNow(report) : (report.data() as Promise<Float32Array>);
}

export function freeDrawn({ ids, report, lent }: Drawn): void {
  if (!lent) tf.dispose([ids, report]);
}

/** Only the given rows of what was drawn. */
export function packDrawn(drawn: Drawn, active: readonly number[]): Drawn {
  const packed = tf.tidy(() => {
    const at = tf.tensor1d([...active], 'int32');
    return { ids: tf.gather(drawn.ids, at), report: tf.gather(drawn.report, at, 1) };
  });
  freeDrawn(drawn);
  return { ...packed, lent: false };
}

/** Token `at` of each row is the same whatever was drawn before it: it has two words of the row's stream to itself. */
function uniformsOf(rows: readonly (Row | null)[], at: number, { temperature }: Sampling): number[] {
  return rows.map((row) => (row === null || temperature === 0 ? 0 : row.random.seek(2 * at).next()));
}

/** Draws token `at` of each row from its logits [B,V]. */
export function* draw(logits: tf.Tensor, rows: readonly Row[], at: number, sampling: Sampling): Work<Drawn> {
  const [ids, report] = yield* sample(logits, tf.tensor1d(uniformsOf(rows, at, sampling)), only(sampling));
  return { ids, report, lent: false };
}

/** Without what else the options hold, since attributes go to a kernel. */
const only = ({ temperature, topK, topP }: Sampling): Sampling => ({ temperature, topK, topP });

/** The steps of one batch. Owns its cache. */
export class Steps {
  readonly #decoder: Decoder;
  readonly #sampling: Sampling;
  #repeats: boolean;
  #cache: Cache | WholeStep;
  #repeated: Repeated | null = null;

  constructor(decoder: Decoder, cache: Cache, sampling: Sampling) {
    this.#decoder = decoder;
    this.#sampling = only(sampling);
    this.#cache = WholeStep.of(decoder, cache, sampling) ?? cache;
    // A large model gains nothing by it.
    this.#repeats = tf.getBackend() === 'wasm' && isSmall(decoder.config);
  }

  /**
   * Reads token `at` - 1 of each row, `ids` int32 [B] where it is still on the device, and draws token `at`. A finished row is null: it reads
   * something at position 0, and nothing looks at what comes of it.
   */
  *next(rows: readonly (Row | null)[], at: number, ids: tf.Tensor | null = null): Work<Drawn> {
    const last = rows.map((row) => row?.ids.at(-1) ?? 0);
    const positions = rows.map((row) => (row === null ? 0 : row.length + at - 1));
    const uniforms = uniformsOf(rows, at, this.#sampling);
    if (this.#repeats) return yield* this.#repeat(last, positions, uniforms);
    const step = tidy(() => this.#step(ids ?? tf.tensor1d(last, 'int32'), tf.tensor1d(positions, 'int32'), tf.tensor1d(uniforms)));
    const [drawn, report] = yield* step;
    return { ids: drawn, report, lent: false };
  }

  /** Keeps only the given rows. */
  *pack(active: readonly number[]): Work<void> {
    this.#forget();
    if (this.#cache instanceof WholeStep) return yield* this.#cache.pack(active);
    this.#cache = yield* selectCache(this.#cache, active, { spend: true });
  }

  /** Gives its cache away, where it has the form in which others read it; of all that is left to do there is `dispose`. */
  release(): Cache | null {
    if (this.#cache instanceof WholeStep) return null;
    const cache = this.#cache;
    this.#forget();
    this.#cache = { layers: [], rows: 0, shared: 0 };
    return cache;
  }

  dispose(): void {
    this.#forget();
    if (this.#cache instanceof WholeStep) this.#cache.dispose();
    else disposeCache(this.#cache);
  }

  /** One step: ids and positions int32 [B], uniforms [B]. */
  *#step(ids: tf.Tensor, positions: tf.Tensor, uniforms: tf.Tensor): Work<Sampled> {
    if (this.#cache instanceof WholeStep) return yield* this.#cache.next(ids, positions, uniforms);
    const x = yield* extend(this.#decoder, this.#cache, tf.reshape(ids, [-1, 1]), positions); // [B,D]
    return yield* sample(yield* head(this.#decoder, x), uniforms, this.#sampling);
  }

  /** The step with these numbers: done and recorded, or done again. */
  *#repeat(...numbers: readonly [ids: number[], positions: number[], uniforms: number[]]): Work<Drawn> {
    if (this.#repeated !== null) {
      const { recording, inputs, sampled } = this.#repeated;
      for (const [i, tensor] of inputs.entries()) rewrite(tensor, numbers[i] as number[]);
      yield* recording.again();
      return { ids: sampled[0], report: sampled[1], lent: true };
    }
    const inputs = [tf.tensor1d(numbers[0], 'int32'), tf.tensor1d(numbers[1], 'int32'), tf.tensor1d(numbers[2])] as const;
    try {
      const { results, recording } = yield* record(tidy(() => this.#step(...inputs)));
      if (recording === null) this.#repeats = false;
      else this.#repeated = { recording, inputs, sampled: results };
      return { ids: results[0], report: results[1], lent: recording !== null };
    } finally {
      if (this.#repeated === null) tf.dispose([...inputs]);
    }
  }

  #forget(): void {
    if (this.#repeated === null) return;
    const { recording, inputs, sampled } = this.#repeated;
    this.#repeated = null;
    recording.dispose();
    tf.dispose([...inputs, ...sampled]);
  }
}
