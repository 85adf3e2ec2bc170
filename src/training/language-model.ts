/**
 * The tensor engine as the method sees it: text in, text and numbers out. Joins tokenizer, generation, scoring, fine-tuning and
 * snapshots over one decoder, with an adapter or with all weights trained. Knows no rounds and no store.
 */
import * as tf from '@tensorflow/tfjs';
import type {
  AdapterState,
  Completion,
  DistillOptions,
  FinetuneOptions,
  GenerateOptions,
  GenerateRequest,
  LanguageModel,
  Score,
  StepReport,
  TaughtRow,
  TopTokens,
  TrainingRow,
} from '../contracts/language-model.ts';
import { giveBack, prepared } from '../engine/backend.ts';
import { drive, type Gate, turn, type Work } from '../engine/work.ts';
import { AppError } from '../errors.ts';
import type { Decoder, Weights } from '../model/decoder.ts';
import { Adapted, type AdapterOptions } from '../model/adapted.ts';
import { generate, type GenerationOptions, grow, type Prompt } from '../model/generate.ts';
import type { Remembered } from '../model/recall.ts';
import type { GrowingRows } from '../model/rows.ts';
import { checkWeights, toCheckpoint, toVariables } from '../model/load.ts';
import type { ModelFiles } from '../model/load.ts';
import { loraShapes, mergedWeights } from '../model/lora.ts';
import { stackWeights } from '../model/stack.ts';
import { weightShapes } from '../files/config.ts';
import { isSmall, tokensAtOnce } from '../model/cost.ts';
import { readSafetensors, writeSafetensors } from '../files/safetensors.ts';
import { makeBatch } from './batch.ts';
import type { Batch, Row, Teaching } from './batch.ts';
import { CONTINUES, Encoding, type End, type LikelyToken } from './encoding.ts';
import { finetune } from './finetune.ts';
import { chances, likeliest } from './likeliest.ts';
import { Scoring } from './scoring.ts';
import { sha256 } from '../digest.ts';

/** What fine-tuning trains: an adapter on some linear layers, a fresh one after each restart if it has any, or every weight. */
export type Tuning = ({ readonly mode: 'lora' } & AdapterOptions) | { readonly mode: 'full' };

/** Rows that are answered or scored at a time, where the planner does not ask for fewer. */
const ROWS = 64;

/** How a model is used. */
export type ModelOptions = {
  /** Names the start values of the adapter. */
  readonly seed: number;
  /** What ends an answer of a chat model, and the text that stands for it; null for the bundled model, whose answers end with a stop string. */
  readonly end?: End | null;
  /** Rows that are answered or scored at a time, or who says so before each batch of answers. */
  readonly rows?: number | GrowingRows;
  /** Asked between parts of the work; where it rejects, what is under way ends with its error. */
  readonly gate?: Gate;
};

/** A token of a completion on its way; `finish` says how it ended with this one, null where it goes on. */
export type StreamedToken = LikelyToken & { readonly finish: Completion['finish'] | null };

/** The targets of row `index` among those of its batch. */
type Targets = { readonly index: number; readonly from: number; readonly tokens: number };

/** A row as far as its teacher says something of it: he may have read less of the answer, having more before it. */
function taught({ ids, promptLength }: Row, { k, alpha, ids: said, logProbs }: Teaching): Row {
  const tokens = Math.min(ids.length - promptLength, logProbs.length / k);
  const teacher = { k, alpha, ids: said.subarray(0, tokens * k), logProbs: logProbs.subarray(0, tokens * k) };
  return { ids: ids.slice(0, promptLength + tokens), promptLength, teacher };
}

export class TfLanguageModel implements LanguageModel, Disposable {
  readonly #files: ModelFiles;
  readonly #tuning: Tuning;
  readonly #end: End | null;
  readonly #encoding: Encoding;
  readonly #rows: number | GrowingRows;
  readonly #gate: Gate;
  /** The adapter on its frozen weights; null where every weight is trained. */
  readonly #adapted: Adapted | null;
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  /** Adapted layers with their adapter added, made when first generated with and dropped by training. */
  #merged: Weights | null = null;
  readonly #scoring: Scoring;

  constructor(files: ModelFiles, tuning: Tuning, { seed, end = null, rows = ROWS, gate = turn }: ModelOptions) {
    this.#files = files;
    this.#tuning = tuning;
    this.#end = end;
    this.#encoding = new Encoding(files, end);
    this.#rows = rows;
    this.#scoring = new Scoring(typeof rows === 'number' ? rows : rows.now);
    this.#gate = gate;
    if (tuning.mode === 'lora') {
      this.#adapted = new Adapted(files, tuning, seed);
      this.#parameters = new Map([['adapter', this.#adapted.lora.arena]]);
    } else {
      this.#adapted = null;
      this.#parameters = toVariables(files.config, files.weights);
    }
  }

  /** How many numbers are trained. */
  get trained(): number {
    const { config } = this.#files;
    const shapes = this.#tuning.mode === 'lora' ? loraShapes(config, this.#tuning) : weightShapes(config);
    return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<Completion, void, undefined> {
    const prompts = requests.map((request) => this.#prompt(request));
    const { decoder, generation } = await this.#answering(options);
    for await (const { index, ids, logProbs, finish } of generate(decoder, prompts, generation)) {
      const pieces = this.#files.tokenizer.pieces(ids, CONTINUES);
      if (this.#encoding.stops(ids)) pieces[pieces.length - 1] = this.#end?.text ?? '';
      yield { index, text: pieces.join(''), pieces, logProbs, finish };
    }
  }

  /**
   * One completion, token by token: the tokens that `generate` gives, each with the text that it adds. `remembered` is the conversation with
   * the weights that the model holds, of which what was read before is not read again.
   */
  async *stream(
    request: GenerateRequest,
    options: GenerateOptions,
    remembered: Remembered | null = null,
  ): AsyncGenerator<StreamedToken, void, undefined> {
    const prompt = this.#prompt(request);
    const { decoder, generation } = await this.#answering(options);
    for await (const { ids, logProbs, finish } of grow(decoder, prompt, generation, remembered)) {
      yield { ...this.#encoding.token(ids), logProb: logProbs.at(-1) as number, finish };
    }
  }

  /**
   * The `most` likeliest tokens at each place of an answer `ids` to a prompt, the likeliest first, with their log-probabilities among all tokens:
   * natural, at temperature 1. As far as the model reads.
   */
  async alternatives(prompt: string, ids: readonly number[], most: number): Promise<readonly (readonly LikelyToken[])[]> {
    await prepared('everything');
    const read = this.#encoding.prompt(prompt);
    const k = Math.min(most, this.#files.config.vocab_size);
    const row = { ids: [...read, ...ids].slice(0, this.#files.config.max_position_embeddings + 1), promptLength: read.length };
    const decoder = await drive(this.#inference(), this.#gate);
    const found = await chances(decoder, makeBatch([row], this.#files.config.pad_token_id), k, this.#gate);
    return found.map((all, at) => {
      const before = ids.slice(Math.max(0, at - 8), at); // of which the first bytes of a character may be
      return all.map(({ id, logProb }) => ({ ...this.#encoding.token([...before, id]), logProb }));
    });
  }

  #prompt({ prompt, seed }: GenerateRequest): Prompt {
    return { ids: this.#encoding.prompt(prompt), seed };
  }

  async #answering(options: GenerateOptions): Promise<{ readonly decoder: Decoder; readonly generation: GenerationOptions }> {
    const { tokenizer } = this.#files;
    const ended = tokenizer.stopsAt(options.stop, CONTINUES);
    const kept = tokenizer.stopsAt(this.#end?.kept ?? [], { ...CONTINUES, names: true });
    const isEnd: GenerationOptions['isEnd'] = (ids, prompt) => this.#encoding.stops(ids) || ended(ids) || kept(ids, prompt);
    await prepared('answering');
    this.#scoring.forget(); // the cache takes its place
    return {
      decoder: await drive(this.#inference(), this.#gate),
      generation: { ...options, isEnd, batchSize: this.#rows, gate: this.#gate },
    };
  }

  async score(rows: readonly TrainingRow[]): Promise<readonly Score[]> {
    await prepared('everything');
    const encoded = rows.map((row) => this.#row(row));
    const logProbs = await this.#scoring.logProbs(await drive(this.#inference(), this.#gate), encoded, this.#gate);
    return encoded.map(({ ids, promptLength }, i) => {
      const nll = (logProbs[i] as Float32Array).reduce((sum, next) => sum - next, 0);
      return { nll, tokens: ids.length - promptLength };
    });
  }

  async likeliest(rows: readonly TrainingRow[], most: number): Promise<readonly TopTokens[]> {
    await prepared('everything');
    const k = Math.min(most, this.#files.config.vocab_size);
    const found: TopTokens[] = [];
    for (const { batch, of } of this.#batches(rows)) {
      const { ids, logProbs } = await likeliest(await drive(this.#inference(), this.#gate), batch, k, this.#gate);
      for (const { index, from, tokens } of of) {
        const [start, end] = [from * k, (from + tokens) * k];
        found[index] = { k, ids: ids.slice(start, end), logProbs: logProbs.slice(start, end) };
      }
    }
    return found;
  }

  finetune(rows: readonly TrainingRow[], options: FinetuneOptions): AsyncGenerator<StepReport, void, undefined> {
    return this.#train(
      rows.map((row) => this.#row(row)),
      options,
    );
  }

  distill(rows: readonly TaughtRow[], options: DistillOptions): AsyncGenerator<StepReport, void, undefined> {
    const { alpha } = options;
    const encoded = rows.map(({ teacher, ...row }) => taught(this.#row(row), { ...teacher, alpha }));
    return this.#train(encoded, options);
  }

  async *#train(encoded: readonly Row[], options: FinetuneOptions): AsyncGenerator<StepReport, void, undefined> {
    await prepared('everything');
    const trainee = { decoder: this.#decoder, parameters: this.#parameters };
    this.#dropMade();
    for await (const report of finetune(trainee, encoded, options, this.#gate)) {
      this.#dropMade();
      yield report;
    }
  }

  async restart(): Promise<void> {
    if (this.#adapted === null) return;
    this.#dropMade();
    await this.#adapted.restart();
  }

  async snapshot(): Promise<AdapterState> {
    const tensors = await (this.#adapted?.pairs() ?? toCheckpoint(this.#files.config, this.#parameters));
    const bytes = writeSafetensors(tensors);
    return { bytes, hash: await sha256(bytes) };
  }

  /** Errors: MODEL_TRUNCATED, MODEL_FORMAT, MODEL_MISMATCH; the model is then as it was. */
  restore(state: AdapterState | null): Promise<void> {
    const { config } = this.#files;
    const tensors = state === null ? null : readSafetensors(state.bytes).tensors;
    if (this.#adapted !== null) this.#adapted.take(tensors);
    else {
      const whole = tensors ?? this.#files.weights;
      checkWeights(config, whole);
      for (const [name, { shape, data }] of stackWeights(config, whole)) {
        tf.tidy(() => this.#parameters.get(name)?.assign(tf.tensor(data, [...shape])));
      }
    }
    this.#dropMade();
    return Promise.resolve();
  }

  dispose(): void {
    this.#dropMade();
    this.#adapted?.dispose();
    tf.dispose([...this.#parameters.values()]);
    giveBack();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  get #decoder(): Decoder {
    return { config: this.#files.config, weights: this.#adapted?.weights ?? this.#parameters, lora: this.#adapted?.lora ?? null };
  }

  /** The decoder for answering: the adapter merged once, instead of three products for one in every layer of every token. */
  *#inference(): Work<Decoder> {
    const decoder = this.#decoder;
    const { config, weights, lora } = decoder;
    // A second copy of a large model costs more than the adapter beside it.
    if (lora === null || !isSmall(config)) return decoder;
    this.#merged ??= yield* mergedWeights(weights, lora);
    return { config, weights: new Map([...weights, ...this.#merged]), lora: null };
  }

  /** The weights change: what was made of them is no more. */
  #dropMade(): void {
    this.#scoring.forget();
    if (this.#merged !== null) tf.dispose([...this.#merged.values()]);
    this.#merged = null;
  }

  /** A row as far as the model reads: what an answer has beyond that is neither trained on nor scored. Errors: PROMPT_TOO_LONG. */
  #row({ prompt, completion }: TrainingRow): Row {
    const read = this.#encoding.prompt(prompt);
    const { max_position_embeddings: context } = this.#files.config;
    if (read.length > context) throw new AppError('PROMPT_TOO_LONG', `${read.length} tokens, the model reads ${context}`);
    // The last token is predicted, not read.
    return { ids: [...read, ...this.#encoding.answer(completion)].slice(0, context + 1), promptLength: read.length };
  }

  /** Rows as they are read together, each with its targets among those of the batch. */
  *#batches(rows: readonly TrainingRow[]): Generator<{ readonly batch: Batch; readonly of: readonly Targets[] }> {
    const encoded = rows.map((row) => this.#row(row));
    const byLength = [...encoded.keys()].sort((a, b) => (encoded[a] as Row).ids.length - (encoded[b] as Row).ids.length || a - b);
    for (const indices of this.#groups(byLength, encoded)) {
      let from = 0;
      const of = indices.map((index) => {
        const { ids, promptLength } = encoded[index] as Row;
        const targets = { index, from, tokens: ids.length - promptLength };
        from += targets.tokens;
        return targets;
      });
      const group = indices.map((i) => encoded[i] as Row);
      yield { batch: makeBatch(group, this.#files.config.pad_token_id), of };
    }
  }

  /** Rows in ascending length, cut into groups that are read together. */
  #groups(byLength: readonly number[], encoded: readonly Row[]): number[][] {
    const groups: number[][] = [];
    const most = typeof this.#rows === 'number' ? this.#rows : this.#rows.now;
    for (const i of byLength) {
      const group = groups.at(-1);
      const tokens = ((group?.length ?? 0) + 1) * (encoded[i] as Row).ids.length;
      if (group !== undefined && group.length < most && tokens <= tokensAtOnce(this.#files.config)) group.push(i);
      else groups.push([i]);
    }
    return groups;
  }
}
