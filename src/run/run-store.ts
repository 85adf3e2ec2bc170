/**
 * What the workers ask of a store of runs. IndexedDB implements it (store/runs/indexed.ts), and so does plain memory (store/runs/memory.ts)
 * for a browser that does not let the page store anything; one suite of tests runs on both. Knows no database.
 */
import type { Ledger, Saved } from '../contracts/ledger.ts';
import type { AdapterState } from '../contracts/language-model.ts';
import type { Failure } from '../errors.ts';
import type { KeptExperiment } from './experiment-file.ts';
import type { RunConfig } from './config.ts';
import type { RunModel, RunResult, RunSession, RunSummary } from './records.ts';
import type { HeldOutAnswers, Sample } from '../contracts/records.ts';

/** The sessions of a run, oldest first, and its working time up to the first sample; `null` before that. */
export type Spent = { readonly sessions: readonly RunSession[]; readonly firstSampleSeconds: number | null };

export type Loss = { readonly round: number; readonly step: number; readonly loss: number };

/** What a run was started with and how far its clock is; the bundled model is not named. `problem` says why it cannot go on. */
export type RunRecord = { readonly config: RunConfig; readonly model?: RunModel; readonly spent: Spent; readonly problem: string | null };

/** The sessions with another one at its place. */
export function withSession(sessions: readonly RunSession[], index: number, session: RunSession): readonly RunSession[] {
  return [...sessions.slice(0, index), session, ...sessions.slice(index + 1)];
}

export interface RunStore {
  /** Stores a new run and names it. */
  createRun(config: RunConfig, model?: RunModel | null): Promise<string>;
  /** Throws `RUN_UNKNOWN`. */
  run(run: string): Promise<RunRecord>;
  /** What a run has drawn before its first round, without writing anything; null where it has not yet. Throws `RUN_UNKNOWN`. */
  begun(run: string): Promise<Pick<Saved, 'prompts' | 'difficulty'>>;
  /** The write side of a run. The caller holds the run's lock; a ledger opened before this one may commit no more. */
  openLedger(run: string): Promise<Ledger>;
  /** Writes or overwrites losses by (run, round, step). */
  putLosses(run: string, losses: readonly Loss[]): Promise<void>;
  /** Writes or overwrites a session by its number, from 0: a writer that was overtaken touches no session but its own. */
  putSession(run: string, index: number, session: RunSession, firstSampleSeconds: number | null): Promise<void>;
  finishRun(run: string, result: RunResult): Promise<void>;
  /** Writes down the failure that is the end of a run (errors.ts, `FINAL`). */
  failRun(run: string, failure: Failure): Promise<void>;

  /** Newest first. */
  runs(): Promise<readonly RunSummary[]>;
  /** By index; also those of a round that is not committed yet. */
  samples(run: string, round: number): Promise<readonly Sample[]>;
  /** The answers by which a round was measured, 0 for the base; null where it is not committed, or from a version that kept none. */
  heldOut(run: string, round: number): Promise<HeldOutAnswers | null>;
  /** By round and step. */
  losses(run: string): Promise<readonly Loss[]>;
  /** Weights of a committed round. Throws `STORAGE_CORRUPT` when a hash does not hold. */
  adapter(run: string, round: number): Promise<AdapterState>;
  /** What the owner of a run calls it, and has to say of it; empty text takes that back. */
  describeRun(run: string, name: string, note: string): Promise<void>;
  deleteRun(run: string): Promise<void>;

  /** Oldest first; a damaged one is left out. */
  experiments(): Promise<readonly KeptExperiment[]>;
  /** Keeps it in the place of the one with its id. */
  putExperiment(experiment: KeptExperiment): Promise<void>;
  /** Its runs stay. */
  deleteExperiment(id: string): Promise<void>;
}
