/**
 * The tensor engine as the method sees it: text in, text and numbers out. Joins tokenizer, generation, scoring, fine-tuning and
 * snapshots over one decoder, with an adapter or with all weights trained. Knows no rounds and no store.
 *
 * Every prompt is read after the begin-of-text token; callers never write it.
 */
import * as tf from '@tensorflow/tfjs';
import type {
  AdapterState,
  Completion,
  FinetuneOptions,
  GenerateOptions,
  GenerateRequest,
  LanguageModel,
  Score,
  StepReport,
  TrainingRow,
} from '../align/language-model.ts';
import { tokenLogProbs } from '../engine/ops/cross-entropy.ts';
import { embed } from '../engine/ops/embed.ts';
import { AppError } from '../errors.ts';
import { head, hiddenStates } from '../model/decoder.ts';
import type { Decoder, Weights } from '../model/decoder.ts';
import { generate } from '../model/generate.ts';
import { checkWeights, toCheckpoint, toTensors, toVariables } from '../model/load.ts';
import type { ModelFiles } from '../model/load.ts';
import { createLora, initialLora, loraShapes, mergedWeights, readArena, setLora } from '../model/lora.ts';
import type { Lora, LoraOptions } from '../model/lora.ts';
import { stackWeights } from '../model/stack.ts';
import { weightShapes } from '../model/config.ts';
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts';
import type { StoredTensor } from '../model/safetensors.ts';
import { chunks, makeBatch } from './batch.ts';
import type { Batch, Row } from './batch.ts';
import { finetune } from './finetune.ts';
import { Random } from '../random.ts';

/** What fine-tuning trains: an adapter on some linear layers, or every weight. */
export type Tuning = ({ readonly mode: 'lora' } & LoraOptions) | { readonly mode: 'full' };

/** Rows that are answered or scored at a time. */
const BATCH = 64;

export class TfLanguageModel implements LanguageModel, Disposable {
  readonly #files: ModelFiles;
  readonly #tuning: Tuning;
  /** Names the start values of the adapter. */
  readonly #seed: number;
  /** The weights as they were loaded; for full tuning, the variables that are trained. */
  readonly #weights: Weights;
  readonly #lora: Lora | null;
  readonly #parameters: ReadonlyMap<string, tf.Variable>;
  /** Adapted layers with their adapter added, made when first generated with and dropped by training. */
  #merged: Weights | null = null;

  constructor(files: ModelFiles, tuning: Tuning, { seed }: { readonly seed: number }) {
    this.#files = files;
    this.#tuning = tuning;
    this.#seed = seed;
    if (tuning.mode === 'lora') {
      this.#weights = toTensors(files.config, files.weights);
      this.#lora = createLora(files.config, tuning, this.#startValues());
      this.#parameters = new Map([['adapter', this.#lora.arena]]);
    } else {
      this.#parameters = toVariables(files.config, files.weights);
      this.#weights = this.#parameters;
      this.#lora = null;
    }
  }

  /** How many numbers are trained. */
  get trained(): number {
    const { config } = this.#files;
    const shapes = this.#tuning.mode === 'lora' ? loraShapes(config, this.#tuning) : weightShapes(config);
    return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<Completion, void, undefined> {
    const { tokenizer } = this.#files;
    const prompts = requests.map(({ prompt, seed }) => ({ ids: this.#read(prompt), seed }));
    const isEnd = tokenizer.stopsAt(options.stop);
    for await (const { index, ids, logProbs, finish } of generate(this.#inference(), prompts, { ...options, isEnd, batchSize: BATCH })) {
      const pieces = tokenizer.pieces(ids);
      yield { index, text: pieces.join(''), pieces, logProbs, finish };
    }
  }

  async score(rows: readonly TrainingRow[]): Promise<readonly Score[]> {
    const scores: Score[] = rows.map(() => ({ nll: 0, tokens: 0 }));
    const encoded = rows.map((row) => this.#row(row));
    const byLength = [...encoded.keys()].sort((a, b) => (encoded[a] as Row).ids.length - (encoded[b] as Row).ids.length || a - b);
    for (const indices of chunks(byLength, BATCH)) {
      const group = indices.map((i) => encoded[i] as Row);
      const logProbs = await this.#logProbs(makeBatch(group, this.#files.config.pad_token_id));
      let at = 0;
      for (const [b, i] of indices.entries()) {
        const { ids, promptLength } = group[b] as Row;
        const tokens = ids.length - promptLength;
        scores[i] = { nll: -logProbs.subarray(at, at + tokens).reduce((sum, next) => sum + next, 0), tokens };
        at += tokens;
      }
    }
    return scores;
  }

  async *finetune(rows: readonly TrainingRow[], options: FinetuneOptions): AsyncGenerator<StepReport, void, undefined> {
    const trainee = { decoder: { config: this.#files.config, weights: this.#weights, lora: this.#lora }, parameters: this.#parameters };
    const encoded = rows.map((row) => this.#row(row));
    for await (const report of finetune(trainee, encoded, options)) {
      this.#dropMerged();
      yield report;
    }
  }

  async snapshot(): Promise<AdapterState> {
    const { config } = this.#files;
    const tensors =
      this.#lora === null ? await toCheckpoint(config, this.#parameters) : await readArena(config, this.#lora, this.#lora.arena);
    const bytes = writeSafetensors(tensors);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return { bytes, hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') };
  }

  /** Errors: MODEL_TRUNCATED, MODEL_FORMAT, MODEL_MISMATCH; the model is then as it was. */
  restore(state: AdapterState | null): Promise<void> {
    const { config } = this.#files;
    const tensors = state === null ? this.#startValues() : readSafetensors(state.bytes).tensors;
    if (this.#lora !== null) setLora(config, this.#lora, tensors);
    else {
      checkWeights(config, tensors);
      for (const [name, { shape, data }] of stackWeights(config, tensors)) {
        tf.tidy(() => this.#parameters.get(name)?.assign(tf.tensor(data, [...shape])));
      }
    }
    this.#dropMerged();
    return Promise.resolve();
  }

  dispose(): void {
    this.#dropMerged();
    tf.dispose([...this.#weights.values(), ...this.#parameters.values()]);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The base model M_0: an adapter that changes nothing, or the weights as they were loaded. */
  #startValues(): ReadonlyMap<string, StoredTensor> {
    const { config, weights } = this.#files;
    return this.#tuning.mode === 'lora' ? initialLora(config, this.#tuning, Random.of(this.#seed, 'lora')) : weights;
  }

  /** The decoder for answering: the adapter merged once, instead of three products for one in every layer of every token. */
  #inference(): Decoder {
    const { config } = this.#files;
    if (this.#lora === null) return { config, weights: this.#weights, lora: null };
    this.#merged ??= mergedWeights(this.#weights, this.#lora);
    return { config, weights: new Map([...this.#weights, ...this.#merged]), lora: null };
  }

  #dropMerged(): void {
    if (this.#merged !== null) tf.dispose([...this.#merged.values()]);
    this.#merged = null;
  }

  #read(text: string): number[] {
    return [this.#files.config.bos_token_id, ...this.#files.tokenizer.encode(text)];
  }

  #row({ prompt, completion }: TrainingRow): Row {
    const read = this.#read(prompt);
    const ids = [...read, ...this.#files.tokenizer.encode(completion)];
    const { max_position_embeddings: context } = this.#files.config;
    // The last token is predicted, not read.
    if (ids.length - 1 > context) throw new AppError('PROMPT_TOO_LONG', `${ids.length} tokens, the model reads ${context}`);
    return { ids, promptLength: read.length };
  }

  /** Log-probabilities of all targets of a batch, row by row. */
  async #logProbs({ B, T, ids, places, targets }: Batch): Promise<Float32Array> {
    if (places.length === 0) return new Float32Array();
    const decoder = this.#inference();
    const result = tf.tidy(() => {
      const x = hiddenStates(decoder, tf.tensor2d(ids, [B, T], 'int32')); // [B*T,D]
      return tokenLogProbs(head(decoder, embed(tf.tensor1d(places, 'int32'), x)), tf.tensor1d(targets, 'int32'));
    });
    try {
      return (await result.data()) as Float32Array;
    } finally {
      result.dispose();
    }
  }
}
