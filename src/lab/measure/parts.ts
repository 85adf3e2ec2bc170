/** What is measured, of whatever program: a decoder that learns, reads or answers, and single operations. Knows no tensor and no clock. */
import type { StoredTensor } from '../../files/safetensors.ts';

/** A Llama-type decoder with a tied head: V tokens, width D, inner layer F, L layers, H heads, K key and value heads. */
export type LlamaShape = {
  readonly key: string;
  readonly V: number;
  readonly D: number;
  readonly F: number;
  readonly L: number;
  readonly H: number;
  readonly K: number;
  /** Longest sequence. */
  readonly context: number;
};

/** Start values by the names of the checkpoint; matrices are [out,in]. */
export type Weights = ReadonlyMap<string, StoredTensor>;

/** B sequences of T tokens, and the token to be predicted at each place. */
export type Batch = { readonly B: number; readonly T: number; readonly ids: Int32Array; readonly targets: Int32Array };

/** A decoder that learns one batch by heart. */
export type Trainer = {
  /** One whole optimiser step, done when it resolves; the loss before the step. */
  readonly step: () => Promise<number>;
  readonly dispose: () => void | Promise<void>;
};

/** Something that is repeated. `sync` resolves when all that was run is done. */
export type Work = { readonly run: () => void; readonly sync: () => Promise<void>; readonly dispose: () => void };

/** What a call used on the device. */
export type Usage = { readonly dispatches: number; readonly bytes: number };

/** How a matrix product's operands are stored: as they are multiplied (N) or transposed (T). */
type Storage = 'NN' | 'NT' | 'TN';

export type Operation =
  /** A plain copy of memory. */
  | { readonly kind: 'copy'; readonly floats: number }
  /** The least that can be asked for: what remains is the cost of a call. */
  | { readonly kind: 'tiny' }
  | {
      readonly kind: 'product';
      readonly batch: number;
      readonly M: number;
      readonly K: number;
      readonly N: number;
      readonly storage: Storage;
    }
  | { readonly kind: 'attention'; readonly B: number; readonly T: number; readonly H: number; readonly K: number; readonly E: number }
  | { readonly kind: 'rmsnorm'; readonly M: number; readonly D: number }
  | { readonly kind: 'cross-entropy'; readonly R: number; readonly V: number }
  | { readonly kind: 'adamw'; readonly floats: number };

/** What is read in one call of `generate`, and how many tokens are made for each prompt. */
export type Prompts = { readonly prompts: readonly (readonly number[])[]; readonly tokens: number };

/** Answers all prompts in one batch; `generate` resolves when the last token is there. */
export type Generator = { readonly generate: (wanted: Prompts) => Promise<void>; readonly dispose: () => void };
