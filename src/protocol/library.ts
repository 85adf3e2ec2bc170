/** The read side of what is stored, as the page calls it. Knows no database. */
import type { Comparison } from '../comparison/compare.ts';
import type { HeldOutAnswers, Sample } from '../contracts/records.ts';
import type { KeptExperiment } from '../run/experiment-file.ts';
import type { RunSummary } from '../run/records.ts';
import type { Answer } from './lm.ts';

/** What the name of the lock begins with that a run has while it is written. */
export const RUN_LOCK = 'run:';

export interface LibraryWorker {
  /** Compares stored, finished runs; unfinished ones are left out. */
  compare(arms: readonly { readonly name: string; readonly runs: readonly string[] }[], reference: string): Promise<Answer<Comparison>>;
  runs(): Promise<Answer<readonly RunSummary[]>>;
  samples(run: string, round: number): Promise<Answer<readonly Sample[]>>;
  /** The answers to the held-out questions by which a round was measured, 0 for the base; null where none were kept. */
  heldOut(run: string, round: number): Promise<Answer<HeldOutAnswers | null>>;
  /** Loss by step over all rounds. */
  losses(run: string): Promise<Answer<readonly { readonly round: number; readonly step: number; readonly loss: number }[]>>;
  /** The adapter of a round as safetensors bytes. */
  adapter(run: string, round: number): Promise<Answer<Uint8Array<ArrayBuffer>>>;
  /** What the owner of a run calls it, and has to say of it; empty text takes that back. */
  describeRun(run: string, name: string, note: string): Promise<Answer<null>>;
  deleteRun(run: string): Promise<Answer<null>>;
  /** A whole run as one file. */
  runFile(run: string): Promise<Answer<Blob>>;
  /** Stores the run of such a file, and gives its name here. */
  bringRun(file: Blob): Promise<Answer<string>>;
  /** The experiments that this browser keeps, oldest first. */
  experiments(): Promise<Answer<readonly KeptExperiment[]>>;
  /** Keeps an experiment in the place of the one with its id. */
  putExperiment(experiment: KeptExperiment): Promise<Answer<null>>;
  /** Its runs stay. */
  deleteExperiment(id: string): Promise<Answer<null>>;
}
