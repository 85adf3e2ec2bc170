/** What crosses a worker when this machine is measured: progress, rows, and the result that a link carries. Plain data. */
import type { BackendName } from '../contracts/engine.ts';
import type { Failure } from '../errors.ts';

/** What is measured: what the device can do at most, then what our engine makes of it. */
export const CEILINGS = ['copy', 'product'] as const;
export const RATES = ['training', 'reading', 'together', 'single'] as const;
export type Measure = (typeof CEILINGS)[number] | (typeof RATES)[number];

export const UNITS: Readonly<Record<Measure, string>> = {
  copy: 'GB/s',
  product: 'GFLOP/s',
  training: 'tok/s',
  reading: 'tok/s',
  together: 'tok/s',
  single: 'tok/s',
};

export type MachineRow = {
  readonly measure: Measure;
  readonly backend: BackendName;
  /** Threads that shared the work. */
  readonly threads: number;
  /** Weights of the model, or null where there is none. */
  readonly parameters: number | null;
  readonly value: number;
  /** Of the arithmetic that the plain product on the same device does; null for the ceilings. */
  readonly share: number | null;
};

/** What a machine says of a browser that it does not know. */
export const UNKNOWN_BROWSER = 'an unknown browser';

/** Greedy tokens that are the CPU's, up to the first that is another in each answer. */
export type EqualTokens = { readonly equal: number; readonly of: number };

/** What was measured on one machine, at one time. */
export type Machine = {
  /** What its user calls it; browsers do not tell what processor there is. */
  readonly name: string;
  readonly backend: BackendName;
  readonly device: string;
  readonly software: boolean;
  readonly browser: string;
  readonly cores: number;
  /** May threads share memory on the page? */
  readonly isolated: boolean;
  readonly commit: string;
  /** When, as ISO 8601 in UTC. */
  readonly at: string;
  readonly rows: readonly MachineRow[];
  /** Null where the engine is the CPU itself. */
  readonly equal: EqualTokens | null;
};

/** What is measured next, as sentences with named parts: the page says them in its language. */
export const PART_TEXTS = [
  'the engine',
  'the memory of the CPU',
  'the memory of the card',
  'a plain product',
  'a plain product, {threads} threads',
  'a plain product on the CPU',
  'training, {weights} weights',
  'reading, {weights} weights',
  '{answers} answers at once, {weights} weights',
  'one answer, {weights} weights',
  'the tokens of the card and of the CPU',
] as const;

/** Such a sentence with what its parts are; `weights` are those of a model. */
export type PartText = {
  readonly text: (typeof PART_TEXTS)[number];
  readonly threads?: number;
  readonly weights?: number;
  readonly answers?: number;
};

export type MachineEvent =
  /** What is measured next; `done` and `total` are about seconds of an idle machine. */
  | { readonly type: 'next'; readonly what: PartText; readonly done: number; readonly total: number }
  | { readonly type: 'row'; readonly row: MachineRow }
  | { readonly type: 'measured'; readonly machine: Machine }
  | { readonly type: 'failed'; readonly failure: Failure };

export interface MachineWorker {
  /**
   * Measures the engine that is open, for about 15 seconds, or thoroughly, for a minute or two. `model` is the address of the bundled model, whose
   * tokens are compared. Cancelling the stream stops it after the part under way, and so does a run.
   */
  measureMachine(options: { readonly thorough: boolean; readonly model: string }): Promise<ReadableStream<MachineEvent>>;
}
