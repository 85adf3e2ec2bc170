/** A run as a whole: the engine that made it, its sessions, its result, and how it is stored. Plain data only. */
import type { Measured, Probes, RoundResult, Scores } from '../contracts/records.ts';
import type { BackendName, EngineInfo } from '../contracts/engine.ts';
import type { Failure } from '../errors.ts';
import type { Method, RunConfig } from './config.ts';

/**
 * An engine with a model in it, how many workers answer (on the CPU one a core, each with a copy of a small model; a large one has threads
 * instead), the commit that the program was built from, and of a run how many answers are made together at first and, where speeds were measured,
 * what its plan expects.
 */
export type OpenedEngine = EngineInfo & {
  readonly workers: number;
  readonly commit: string;
  readonly rows?: number;
  readonly seconds?: PlannedSeconds;
};

/** Seconds at measured speeds: for the answers of a round and its training, for a measurement, and for the probes. */
export type PlannedSeconds = Readonly<Record<'answering' | 'training' | 'measuring' | 'probing', number>>;

/** A part of a run: from its start, or from where it was resumed, to its next stop. What an early version did not write down is null. */
export type RunSession = {
  readonly backend: BackendName | null;
  readonly device: string | null;
  readonly commit: string | null;
  readonly workers: number | null;
  /** Working time, without pauses. */
  readonly seconds: number;
};

/** Backend, device and commit are those of the last session. */
export type RunResult = {
  readonly seed: number;
  readonly method: Method;
  readonly backend: BackendName;
  /** The graphics card's name, or how the CPU computes; called `adapter` in what was stored before marks were kept. */
  readonly device: string;
  readonly commit: string;
  readonly sessions: readonly RunSession[];
  readonly seconds: number;
  readonly firstSampleSeconds: number;
  readonly base: Scores;
  readonly rounds: readonly RoundResult[];
  readonly bestRound: number;
  /** Absent where the task has none, and in what was stored before they were taken. */
  readonly probes?: Probes;
  /** SHA-256 of the returned round's LoRA adapter; empty for the base model. */
  readonly adapterHash: string;
  /** The base in full, and every option, so that a result stands for itself. */
  readonly baseMeasured: Measured;
  readonly config: RunConfig;
  /** The model and its kit; absent for the bundled model, and in what was stored before it was written down here. */
  readonly model?: RunModel;
};

/** A kit as runs remember it: the name says which files it was put together from, the hash is that of all its texts. */
export type RunKit = { readonly name: string; readonly hash: string };

/** The model that a run belongs to, and its kit; two of one name differ in fingerprint or hash. */
export type RunModel = {
  readonly name: string;
  readonly fingerprint: string;
  /** Absent in what was stored before it was remembered: then any kit may be its own. */
  readonly kit?: RunKit;
  /** A hash of how its prompts are written (lab/rendering); absent likewise, and then any way may be its own. */
  readonly rendering?: string;
  /** The local time that its prompts tell, to the second; absent where its template writes no date. */
  readonly date?: string;
  /** A hash of the beginnings of all its weights; absent likewise. */
  readonly weights?: string;
};

/** Is it the same model with the same kit? */
export function isSameModel(a: RunModel, b: RunModel): boolean {
  return hasSameWeights(a, b) && (a.kit === undefined || b.kit === undefined || a.kit.hash === b.kit.hash);
}

/** Has it the same weights, as far as they were looked at? */
export function hasSameWeights(a: RunModel, b: RunModel): boolean {
  return a.fingerprint === b.fingerprint && (a.weights === undefined || b.weights === undefined || a.weights === b.weights);
}

/** Are its prompts written as they were, as far as both are known? */
export function isWrittenAlike(a: Pick<RunModel, 'rendering'>, b: Pick<RunModel, 'rendering'>): boolean {
  return a.rendering === undefined || b.rendering === undefined || a.rendering === b.rendering;
}

/** A stored run as the list shows it. */
export type RunSummary = {
  readonly run: string;
  /** What its owner calls it, and has written about it; absent where there is nothing. */
  readonly name?: string;
  readonly note?: string;
  readonly config: RunConfig;
  /** Absent for the bundled model. */
  readonly model?: RunModel;
  readonly status: 'running' | 'finished';
  readonly base: Measured | null;
  readonly rounds: readonly RoundResult[];
  readonly result: RunResult | null;
  /** Every part of it, oldest first; the sum of their seconds is the run's. */
  readonly sessions: readonly RunSession[];
  /** The failure that is its end, because it comes again with the run's own settings; absent where there is none. */
  readonly failure?: Failure;
  /** A sentence why an unfinished run cannot go on; null where it can. */
  readonly problem: string | null;
  /** Settings that it was started with and that this version does not know. */
  readonly unknown: readonly string[];
};
