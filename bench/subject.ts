/**
 * What the benchmark asks of a program that it measures, ours or another one. Every subject runs alone in a worker or a process of its
 * own. Knows no tensor library and no clock.
 */
import type { BackendName } from '../src/contracts/engine.ts';
import type { LanguageModel } from '../src/contracts/language-model.ts';
import type { Batch, Generator, LlamaShape, Operation, Trainer, Usage, Weights, Work } from '../src/lab/measure/parts.ts';

/** A program under measurement; what it cannot do is absent. */
export type Subject = {
  readonly name: string;
  /** What a reader of its numbers must know. */
  readonly note?: string;
  /** Its trainer knows the mode `lora`. */
  readonly adapts?: boolean;
  readonly open: (backend: BackendName, threads: number) => Promise<void>;
  /** Null where it has no such operation. */
  readonly operation?: (operation: Operation) => Work | null;
  readonly trainer?: (shape: LlamaShape, weights: Weights, batch: Batch, mode: 'all' | 'lora') => Promise<Trainer>;
  /** As a trainer, but nothing changes. */
  readonly scorer?: (shape: LlamaShape, weights: Weights, batch: Batch) => Promise<Trainer>;
  /** The language model of a run; ours alone has one. Texts are ids in decimal. */
  readonly languageModel?: (shape: LlamaShape, weights: Weights) => LanguageModel & Disposable;
  readonly generator?: (shape: LlamaShape, weights: Weights) => Promise<Generator>;
  /** The same in as many workers as there are cores; null where there are none. */
  readonly crowd?: (shape: LlamaShape) => Promise<(Generator & { readonly workers: number }) | null>;
  /** What one call uses on the device, once everything is compiled and warm. */
  readonly usage?: (call: () => Promise<unknown>) => Promise<Usage>;
};

/** One of several workers that answer side by side, through Comlink. */
export type Member = { readonly open: (shape: LlamaShape) => Promise<void>; readonly generate: Generator['generate'] };
