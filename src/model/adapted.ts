/**
 * An adapter on a model's frozen weights, and fresh ones after it: a restart adds the adapter to the weights and begins another (ReLoRA,
 * arXiv 2307.05695). The sums are always made from the weights as they were loaded, so what is held depends on the adapters alone, however
 * it came about. Knows no training.
 */
import * as tf from '@tensorflow/tfjs';
import { type Pairs, rankOf, splitAdapter, stackAdapters } from '../files/adapters.ts';
import { linearPath } from '../files/config.ts';
import type { LoraOptions } from '../files/lora.ts';
import { mergeAdapter } from '../files/out/merged.ts';
import { Random } from '../random.ts';
import type { Weights } from './decoder.ts';
import { toTensors, type ModelFiles } from './load.ts';
import { checkLora, createLora, initialLora, type Lora, readArena, setLora } from './lora.ts';
import { borrowWeights, type Borrowed, packingOf } from './shared-weights.ts';
import { STACK_NAMES, STACKS } from './stack.ts';

/** An adapter, and whether it may be followed by others. */
export type AdapterOptions = LoraOptions & { readonly restarts?: boolean };

export class Adapted {
  readonly lora: Lora;
  readonly #files: ModelFiles;
  readonly #options: AdapterOptions;
  readonly #seed: number;
  readonly #borrowed: Borrowed;
  /** The adapters before the last restart as one; null before the first. */
  #earlier: Pairs | null = null;
  /** The adapted layers with the earlier adapters in them, a copy of its own. */
  #merged: Weights | null = null;

  /** The base model: an adapter that changes nothing. `seed` names its start values. */
  constructor(files: ModelFiles, options: AdapterOptions, seed: number) {
    this.#files = files;
    this.#options = options;
    this.#seed = seed;
    this.#borrowed = borrowWeights(files);
    this.lora = createLora(files.config, options, this.#fresh());
  }

  /** What the adapter reads; valid until the next restart or `take`. */
  get weights(): Weights {
    return this.#merged === null ? this.#borrowed.weights : new Map([...this.#borrowed.weights, ...this.#merged]);
  }

  /** All that was trained since the base model, as one adapter on the weights as they were loaded: each restart adds `rank` to its rank. */
  async pairs(): Promise<Pairs> {
    const current = await readArena(this.#files.config, this.lora, this.lora.arena);
    return this.#earlier === null ? current : stackAdapters(this.#earlier, current);
  }

  /** Goes over to what `pairs` gave, or to the base model. Errors: MODEL_MISMATCH; it is then as it was. */
  take(pairs: Pairs | null): void {
    if (pairs === null) {
      this.#hold(null);
      setLora(this.#files.config, this.lora, this.#fresh());
      return;
    }
    const { config } = this.#files;
    const { rank, restarts = false } = this.#options;
    const whole = restarts ? Math.max(rank, Math.ceil(rankOf(pairs) / rank) * rank) : rank;
    checkLora(config, { ...this.#options, rank: whole }, pairs);
    const { below, above } = splitAdapter(pairs, rank);
    this.#hold(below);
    setLora(config, this.lora, above);
  }

  /** Adds the adapter to the weights and begins another: the model stays as it is, up to rounding. */
  async restart(): Promise<void> {
    this.#hold(await this.pairs());
    setLora(this.#files.config, this.lora, this.#fresh());
  }

  dispose(): void {
    this.#hold(null);
    this.#borrowed.release();
    this.lora.arena.dispose();
  }

  /** Start values: other ones after each restart, since the same directions are learnt from already. */
  #fresh(): Pairs {
    const { rank } = this.#options;
    const before = this.#earlier === null ? [] : [rankOf(this.#earlier) / rank];
    return initialLora(this.#files.config, this.#options, Random.of(this.#seed, 'lora', ...before));
  }

  /** Frees what it held of earlier adapters and holds others. */
  #hold(earlier: Pairs | null): void {
    if (this.#merged !== null) tf.dispose([...this.#merged.values()]);
    this.#merged = null;
    this.#earlier = earlier;
    if (earlier === null) return;
    const { config, weights } = this.#files;
    const { alpha, rank: each, targets } = this.#options;
    const rank = rankOf(earlier);
    const sums = mergeAdapter(config, weights, { rank, alpha: (alpha / each) * rank, targets, tensors: earlier });
    const stacked = new Set(this.#stacked());
    this.#merged = toTensors(config, new Map([...sums].filter(([name]) => stacked.has(name))), packingOf(this.#files));
  }

  /** Names of all matrices in stacks that have a target: a stack is one tensor. */
  #stacked(): readonly string[] {
    const { targets } = this.#options;
    const linears = STACK_NAMES.flatMap((stack) => (STACKS[stack].some((name) => targets.includes(name)) ? [...STACKS[stack]] : []));
    return Array.from({ length: this.#files.config.num_hidden_layers }, (_, layer) => layer).flatMap((layer) =>
      linears.map((name) => `${linearPath(layer, name)}.weight`),
    );
  }
}
