/**
 * The database: which stores there are and what a row holds. No key uses wall time, so a replayed step overwrites its own row. Knows
 * nothing of connections or transactions; how a version grows from the one before is in migrations.ts.
 */
import type { DBSchema } from 'idb';
import type { HeldOutAnswers, Measured, RoundResult, Sample } from '../../contracts/records.ts';
import type { KeptExperiment } from '../../run/experiment-file.ts';
import type { RunConfig } from '../../run/config.ts';
import type { RunModel, RunResult } from '../../run/records.ts';
import type { Loss, Spent } from '../../run/run-store.ts';

export const NAME = 'step-on-feet';
export const VERSION = 5;

export type RunRow = {
  readonly run: string;
  /** Grows by one a run; the list is sorted by it. */
  readonly serial: number;
  readonly config: RunConfig;
  /** Absent in rows of the bundled model. */
  readonly model?: RunModel;
  readonly spent: Spent;
  readonly result: RunResult | null;
  /** The failure that ended it for good; absent where there is none, and in rows of earlier versions. */
  readonly failure?: { readonly code: string; readonly detail: string };
  /** What its owner calls it, and has written about it; absent in rows of earlier versions. */
  readonly name?: string;
  readonly note?: string;
};

/** Grows by one with each new experiment; the list is sorted by it. */
export type ExperimentRow = KeptExperiment & { readonly serial: number };

/** The one row that says how far a run is. Whatever it does not point at is not committed. */
export type HeadRow = {
  readonly run: string;
  /** Raised each time the ledger is opened: a writer with an older number may commit no more. */
  readonly writer: number;
  /** The last committed round; 0 before the first. */
  readonly round: number;
  readonly base: Measured | null;
  readonly difficulty: Readonly<Record<string, number>> | null;
};

type ChunkRef = { readonly sha256: string; readonly length: number };

/** Where the bytes of an adapter are: its chunks in order, and the SHA-256 of the whole. */
export type AdapterRef = { readonly hash: string; readonly length: number; readonly chunks: readonly ChunkRef[] };

export type RoundRow = { readonly run: string; readonly round: number; readonly result: RoundResult; readonly adapter: AdapterRef };

/** The answers by which a round was measured; round 0 is the base. */
export type HeldOutRow = HeldOutAnswers & { readonly run: string; readonly round: number };

/** The texts of all prompts of a run. */
type PromptsRow = { readonly run: string; readonly prompts: readonly string[] };

export type ChunkRow = { readonly run: string; readonly sha256: string; readonly bytes: Uint8Array<ArrayBuffer> };

export interface StoreSchema extends DBSchema {
  meta: { key: string; value: number };
  runs: { key: string; value: RunRow };
  heads: { key: string; value: HeadRow };
  rounds: { key: [string, number]; value: RoundRow };
  samples: { key: [string, number, number]; value: Sample };
  metrics: { key: [string, number, number]; value: Loss & { readonly run: string } };
  chunks: { key: [string, string]; value: ChunkRow };
  prompts: { key: string; value: PromptsRow };
  heldOut: { key: [string, number]; value: HeldOutRow };
  experiments: { key: string; value: ExperimentRow };
}

export type StoreName = 'meta' | 'runs' | 'heads' | 'rounds' | 'samples' | 'metrics' | 'chunks' | 'prompts' | 'heldOut' | 'experiments';

/** Every key that starts with `prefix`, in a store whose keys are arrays: an array sorts after every number and string. */
export function keysBelow(...prefix: readonly (string | number)[]): IDBKeyRange {
  return IDBKeyRange.bound([...prefix], [...prefix, []]);
}
