/**
 * Everything that crosses a worker: the configuration of a run, the records it leaves, the events it sends, and the two worker
 * interfaces. Plain data only. Imports nothing but the shape of an error.
 */
import type { Failure } from './errors.ts';

/** Where the tensors live. */
export type BackendName = 'webgpu' | 'wasm';

/** `single` = one round on all prompts (SELF-ALIGN), `soft` = rounds, `soft+` = rounds with prompts ordered easy to hard. */
export type Method = 'single' | 'soft' | 'soft+';

/** All options of a run; `src/options.ts` declares label, range and default of each. */
export type RunConfig = {
  readonly seed: number;
  readonly method: Method;
  readonly rounds: number;
  readonly prompts: number;
  /** In-context demonstrations for each prompt while answering. */
  readonly demonstrations: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly principles: boolean;
  readonly tuning: 'lora' | 'full';
  readonly loraRank: number;
  readonly learningRate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly earlyStop: boolean;
};

export type Verdict = 'kept' | 'empty' | 'unfinished' | 'repeats-prompt' | 'repeats-itself' | 'copied' | 'new-turn';

/** One answer that the model gave itself to learn from: its whole provenance. */
export type Sample = {
  readonly run: string;
  readonly round: number;
  /** Position among the round's prompts, from 0. */
  readonly index: number;
  readonly promptId: string;
  readonly kind: string;
  readonly question: string;
  readonly demonstrationIds: readonly string[];
  /** The whole text that the model read: principles, demonstrations, question. */
  readonly context: string;
  readonly completion: string;
  readonly pieces: readonly string[];
  readonly logProbs: readonly number[];
  /** exp of the mean negative log-likelihood, with the demonstrations in view. */
  readonly perplexity: number;
  /** The perplexity of M_0's draft, by which SOFT+ sorted the prompts; null where nothing was drafted. */
  readonly difficulty: number | null;
  readonly verdict: Verdict;
  /** What the world says: is the answer aligned? Never used for training, only for measuring. */
  readonly aligned: boolean;
  /** Place in the training order of the round, from 0; null when dropped or not yet ordered. */
  readonly order: number | null;
  readonly seed: string;
};

/** Shares between 0 and 1. */
export type Scores = { readonly zeroShot: number; readonly oneShot: number; readonly fewShot: number };

export type RoundResult = Scores & {
  readonly round: number;
  readonly prompts: number;
  readonly kept: number;
  readonly labelQuality: number;
  readonly validation: number;
  readonly trainLoss: readonly number[];
  /** Zero-shot share for each question kind. */
  readonly byKind: Readonly<Record<string, number>>;
};

export type Phase = 'load' | 'measure' | 'draft' | 'answer' | 'train' | 'validate';

/** The metrics of the engine that are always shown; the names are paths. */
export type Gauges = { readonly 'engine/tensors': number; readonly 'engine/bytes': number; readonly 'engine/dispatches': number };

export type EngineInfo = { readonly backend: BackendName; readonly adapter: string; readonly software: boolean };

export type RunResult = {
  readonly seed: number;
  readonly method: Method;
  readonly backend: BackendName;
  readonly adapter: string;
  readonly commit: string;
  readonly seconds: number;
  readonly firstSampleSeconds: number;
  readonly base: Scores;
  readonly rounds: readonly RoundResult[];
  readonly bestRound: number;
  readonly adapterHash: string;
};

export type RunEvent =
  | { readonly type: 'started'; readonly run: string; readonly config: RunConfig; readonly engine: EngineInfo; readonly resumed: boolean }
  | { readonly type: 'progress'; readonly phase: Phase; readonly round: number; readonly done: number; readonly total: number }
  | { readonly type: 'base'; readonly scores: Scores; readonly validation: number; readonly byKind: Readonly<Record<string, number>> }
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'ordered'; readonly round: number; readonly samples: readonly Sample[] }
  | {
      readonly type: 'step';
      readonly round: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly gradientNorm: number;
      readonly learningRate: number;
    }
  | { readonly type: 'round'; readonly result: RoundResult; readonly gauges: Gauges }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'warning'; readonly failure: Failure }
  | { readonly type: 'finished'; readonly result: RunResult }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly failure: Failure };

/** A worker call's answer: errors cross as data. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** A token of a chat answer with its probability. */
export type ChatToken = { readonly text: string; readonly probability: number };
export type ChatReply = { readonly round: number; readonly text: string; readonly tokens: readonly ChatToken[] };

export interface LmWorker {
  /** Picks the backend and loads the model; called once before anything else. */
  open(options: { readonly backend: BackendName | 'auto'; readonly model: string }): Promise<Answer<EngineInfo>>;
  /** Starts a new run, or continues the stored one named `resume`. Cancelling the stream stops it after the current step. */
  run(config: RunConfig, resume?: string): Promise<ReadableStream<RunEvent>>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Asks round `round` of a run (0 = the base model) one question, zero-shot, greedily. */
  ask(run: string, round: number, question: string): Promise<Answer<ChatReply>>;
}

/** A stored run as the list shows it. */
export type RunSummary = {
  readonly run: string;
  readonly config: RunConfig;
  readonly status: 'running' | 'finished';
  readonly base: { readonly scores: Scores; readonly validation: number; readonly byKind: Readonly<Record<string, number>> } | null;
  readonly rounds: readonly RoundResult[];
  readonly result: RunResult | null;
};

export interface LibraryWorker {
  runs(): Promise<Answer<readonly RunSummary[]>>;
  samples(run: string, round: number): Promise<Answer<readonly Sample[]>>;
  /** Loss by step over all rounds. */
  losses(run: string): Promise<Answer<readonly { readonly round: number; readonly step: number; readonly loss: number }[]>>;
  /** The adapter of a round as safetensors bytes. */
  adapter(run: string, round: number): Promise<Answer<Uint8Array<ArrayBuffer>>>;
  deleteRun(run: string): Promise<Answer<null>>;
}
