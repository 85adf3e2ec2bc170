/** A whole run as one zip: which files are in it, and what is in each (docs/formats.md). Knows no store. */
import type { HeldOutAnswers, Measured, RoundResult, Sample } from '../../contracts/records.ts';
import type { RunConfig } from '../../run/config.ts';
import type { RunModel, RunResult } from '../../run/records.ts';
import type { Loss, Spent } from '../../run/run-store.ts';

export const FORMAT = 'step-on-feet run';
export const VERSION = 1;

/** The names of its files; the SHA-256 of all others is in `hashes.json`. */
export const NAMES = {
  hashes: 'hashes.json',
  run: 'run.json',
  samples: 'samples.jsonl',
  heldOut: 'held-out.jsonl',
  losses: 'losses.json',
} as const;

export const adapterName = (round: number): string => `adapters/round-${round}.safetensors`;

/** Is it the name of a file of a run? */
export function isRunFile(name: string): boolean {
  return Object.values(NAMES).some((known) => known === name) || /^adapters\/round-[1-9]\d?\.safetensors$/.test(name);
}

/** What `run.json` holds. */
export type RunHead = {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly config: RunConfig;
  readonly model: RunModel | null;
  readonly spent: Spent;
  readonly result: RunResult | null;
  readonly failure: { readonly code: string; readonly detail: string } | null;
  readonly base: Measured | null;
  readonly prompts: readonly string[] | null;
  readonly difficulty: Readonly<Record<string, number>> | null;
  /** Committed rounds, in order, each with the SHA-256 of its adapter. */
  readonly rounds: readonly { readonly result: RoundResult; readonly adapter: string }[];
};

/** A sample without the name of its run, which is another in each browser. */
export type FiledSample = Omit<Sample, 'run'>;
export type FiledHeldOut = HeldOutAnswers & { readonly round: number };

/** A run file, read and checked. */
export type FiledRun = {
  readonly head: RunHead;
  readonly samples: readonly FiledSample[];
  /** By round, 0 for the base. */
  readonly heldOut: ReadonlyMap<number, HeldOutAnswers>;
  readonly losses: readonly Loss[];
  /** Round t at t - 1. */
  readonly adapters: readonly Uint8Array<ArrayBuffer>[];
};
