/**
 * Everything that crosses a worker: the configuration of a run, the records it leaves, the events it sends, and the two worker
 * interfaces. Plain data only. Imports nothing but the shape of an error.
 */
import type { Failure } from './errors.ts';

/** Where the tensors live. */
export type BackendName = 'webgpu' | 'wasm';

/**
 * `icl` = demonstrations alone, no training (URIAL's setting), `single` = one round on all prompts (SELF-ALIGN), `soft` = rounds,
 * `soft+` = rounds with prompts ordered easy to hard.
 */
export type Method = 'icl' | 'single' | 'soft' | 'soft+';

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
  readonly thoughts: boolean;
  /** How the demonstrations of a prompt are drawn from the pool. */
  readonly draw: 'prompt' | 'round' | 'fixed' | 'nearest';
  readonly poolSize: number;
  readonly promptSource: 'given' | 'own';
  /** Which model answers in a round. */
  readonly answersFrom: 'previous' | 'base';
  /** Which weights a round's fine-tuning starts from. */
  readonly startFrom: 'previous' | 'base';
  /** `method` leaves it to the method: `soft+` means easy to hard. */
  readonly order: 'method' | 'none' | 'easy-to-hard' | 'hard-to-easy';
  readonly orderScope: 'across' | 'within' | 'both';
  readonly perplexityContext: 'with' | 'without';
  /** Whose perplexity orders the pairs within a round; the order across rounds is always M_0's. */
  readonly perplexityModel: 'base' | 'previous';
  readonly dropUnfinished: boolean;
  readonly dropNewTurn: boolean;
  readonly dropRepeatsPrompt: boolean;
  readonly dropRepeatsItself: boolean;
  readonly dropCopied: boolean;
  /** Keeps only answers that the world grades right: the ceiling of STaR and ReST-EM, not a self-alignment. */
  readonly oracle: boolean;
  readonly tuning: 'lora' | 'full';
  readonly loraRank: number;
  readonly loraTargets: 'all' | 'attention' | 'query-value' | 'mlp';
  readonly schedule: 'constant' | 'cosine';
  readonly learningRate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly earlyStop: boolean;
  /** `scores` = zero-, one-, few-shot and out-of-distribution; `all` adds choices, pass@k and the collapse gauges. */
  readonly measures: 'scores' | 'all';
  /** Test questions after each round; src/measuring.ts says what follows from it. 0 leaves it to the plan, which writes the number down. */
  readonly questions: number;
};

export type Verdict = 'kept' | 'not-aligned' | 'empty' | 'unfinished' | 'repeats-prompt' | 'repeats-itself' | 'copied' | 'new-turn';

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
  /** exp of the mean negative log-likelihood, by the model that answered, with the demonstrations in view. */
  readonly perplexity: number;
  /** The perplexity of M_0's draft, by which SOFT+ sorted the prompts; null where nothing was drafted. */
  readonly difficulty: number | null;
  readonly verdict: Verdict;
  /** What the world says: is the answer aligned? Null where nobody can tell. Never used for training, only for measuring. */
  readonly aligned: boolean | null;
  /** Place in the training order of the round, from 0; null when dropped or not yet ordered. */
  readonly order: number | null;
  readonly seed: string;
};

/** Shares between 0 and 1; null where the demonstrations do not fit into what the model reads. */
export type Scores = { readonly zeroShot: number; readonly oneShot: number | null; readonly fewShot: number | null };

/** A measurement that does not fit, in tokens: what it needs, and what the model reads. */
export type LeftOut = { readonly what: 'oneShot' | 'fewShot'; readonly needs: number; readonly has: number };

/** What `measures: all` adds, zero-shot on a part of the test questions. */
export type Extras = {
  /** Share of two-choice questions answered by the aligned candidate, asked in both orders, log-probabilities added. */
  readonly twoChoice: number;
  /** Share of questions whose likeliest candidate is aligned (TruthfulQA MC1). */
  readonly mc1: number;
  /** Mean probability of the aligned candidates among all (TruthfulQA MC2). */
  readonly mc2: number;
  /** Estimates of pass@1 and pass@4 from 8 samples at temperature 1; null where free answers cannot be graded. */
  readonly pass1: number | null;
  readonly pass4: number | null;
  /** Collapse gauges, from the same samples. */
  readonly gauges: {
    /** Mean -log p of a sampled token at temperature 1: an unbiased estimate of the token entropy, natural log. */
    readonly entropy: number;
    /** Distinct answers / samples of a question, mean. */
    readonly distinct: number;
    /** Mean tokens of an answer. */
    readonly length: number;
    /** Share of one-shot answers that say the demonstration's answer, less the share that say another demonstration's. */
    readonly copyRate: number;
    /** Share of refusals among the greedy answers to ordinary questions (facts, help, sums); null where refusals are not told apart. */
    readonly overRefusal: number | null;
  };
};

/** One mark a question, in the order of the questions: a digit 0 or 1 each, or shares where some question counts by a part. */
export type Marks = string | readonly number[];

/** The marks behind the shares, so that two models can be compared question by question. */
export type MarkSets = {
  readonly validation: Marks;
  /** Of the test questions; with demonstrations in view only a part of them may have been asked, or none. */
  readonly zeroShot: Marks;
  readonly oneShot: Marks | null;
  readonly fewShot: Marks | null;
  readonly outOfDistribution: Marks | null;
};

/** What is measured of a model: round 0 is the base. */
export type Measured = {
  readonly scores: Scores;
  readonly validation: number;
  /** Zero-shot share for each question kind. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Zero-shot share on test items in held-out wordings and on held-out things, half each; null where nothing was held out so. */
  readonly outOfDistribution: number | null;
  readonly extras: Extras | null;
  /** Why a score is null; absent where all were measured. */
  readonly leftOut?: readonly LeftOut[];
  /** Absent in what was stored before marks were kept. */
  readonly marks?: MarkSets;
};

export type RoundResult = Scores &
  Omit<Measured, 'scores'> & {
    readonly round: number;
    readonly prompts: number;
    readonly kept: number;
    /** Share of aligned answers among all that were made; null where nobody can grade them. */
    readonly labelQuality: number | null;
    readonly trainLoss: readonly number[];
  };

export type Phase = 'load' | 'write' | 'measure' | 'draft' | 'answer' | 'train' | 'validate';

/** The metrics of the engine that are always shown; the names are paths. */
export type Gauges = { readonly 'engine/tensors': number; readonly 'engine/bytes': number; readonly 'engine/dispatches': number };

/** `device` is the graphics card's name, or how the CPU computes. */
export type EngineInfo = { readonly backend: BackendName; readonly device: string; readonly software: boolean };

/**
 * An engine with a model in it, how many workers answer (on the CPU one a core, each with a copy of a small model), and the commit that the
 * program was built from.
 */
export type OpenedEngine = EngineInfo & { readonly workers: number; readonly commit: string };

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
  /** SHA-256 of the returned round's LoRA adapter; empty for the base model. */
  readonly adapterHash: string;
  /** The base in full, and every option, so that a result stands for itself. */
  readonly baseMeasured: Measured;
  readonly config: RunConfig;
};

export type RunEvent =
  | { readonly type: 'started'; readonly run: string; readonly config: RunConfig; readonly engine: OpenedEngine; readonly resumed: boolean }
  | { readonly type: 'progress'; readonly phase: Phase; readonly round: number; readonly done: number; readonly total: number }
  | ({ readonly type: 'base' } & Measured)
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
  /** `removed`: the run held nothing and never can, so it is no longer stored. */
  | { readonly type: 'failed'; readonly failure: Failure; readonly removed?: boolean };

/** A worker call's answer: errors cross as data. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** A token of a chat answer with its probability. */
export type ChatToken = { readonly text: string; readonly probability: number };
export type ChatReply = { readonly round: number; readonly text: string; readonly tokens: readonly ChatToken[] };

/** A file that the user picked or dropped; `path` begins with its folder, where there is one. */
export type PickedEntry = { readonly path: string; readonly file: File };
/** Where a model comes from: the bundled one, files of the user's, or one that this browser keeps. */
export type ModelSource =
  | { readonly kind: 'bundled'; readonly url: string }
  | { readonly kind: 'files'; readonly files: readonly PickedEntry[] }
  | { readonly kind: 'kept'; readonly folder: string };
/** The model that a run belongs to; two models of one name differ in their fingerprint. */
export type RunModel = { readonly name: string; readonly fingerprint: string };
/** What was opened. `note` is a sentence for the user, such as that the model brings no chat template. */
export type OpenedModel = RunModel & {
  readonly bundled: boolean;
  readonly family: string;
  readonly parameters: number;
  /** Tokens that it reads at most. */
  readonly context: number;
  /** Prompts of the kit that it is aligned with; null for the bundled model and its world. */
  readonly prompts: number | null;
  /** Options with which its runs begin, where they are not the usual ones. */
  readonly standard: Partial<RunConfig>;
  readonly note: string | null;
};

export interface LmWorker {
  /** Picks the backend and loads the model; called before anything else, and again for another model. */
  open(options: {
    readonly backend: BackendName | 'auto';
    readonly model: ModelSource;
    /** The folder of the alignment kit for models that are not the bundled one. */
    readonly kit?: string;
  }): Promise<Answer<OpenedEngine & { readonly model: OpenedModel }>>;
  /** Starts a new run, or continues the stored one named `resume`. Cancelling the stream stops it after the current step. */
  run(config: RunConfig, resume?: string): Promise<ReadableStream<RunEvent>>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Asks round `round` of a run (0 = the base model, -1 = the adapter that was loaded) one question, zero-shot, greedily. */
  ask(run: string, round: number, question: string): Promise<Answer<ChatReply>>;
}

/** A stored run as the list shows it. */
export type RunSummary = {
  readonly run: string;
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

/**
 * A mean over `n` seeds with its 95 % Student-t interval, cut at what the number can be. A single seed, or seeds that all agree, show no
 * spread: both ends are then the mean, and there is no interval to speak of.
 */
export type Interval = { readonly mean: number; readonly low: number; readonly high: number; readonly n: number };

/** A mean paired difference over the seeds that two arms have in common. */
export type Difference = Interval & {
  /** Two-sided p of Student's paired t test, with Holm's correction over its family; null where there is no test. */
  readonly p: number | null;
  /** `too few` = fewer seeds than a verdict takes; `alike` = the same on every seed, so that there is no test. */
  readonly verdict: 'too few' | 'alike' | 'unclear' | 'better' | 'worse';
};

/** How the test questions were asked. */
export type Measure = 'zero-shot' | 'few-shot';

/**
 * One measure of one arm. Everything that trains is measured zero-shot, as the round that its runs return; demonstrations alone have a
 * row few-shot, with the demonstrations in view, and one zero-shot.
 */
export type ArmRow = {
  /** Unlike those of all other rows: the arm, and the measure where the arm has two rows. */
  readonly name: string;
  readonly arm: string;
  readonly measure: Measure;
  readonly seeds: readonly number[];
  /** One value a seed, in the order of `seeds`. */
  readonly values: readonly number[];
  readonly score: Interval;
  /**
   * The last round that each run made; null where nothing trains. Of a run that stopped early it is the round whose fall made it stop, so
   * it says nothing of what the run would have reached. `stopped` is how many did.
   */
  readonly last: (Interval & { readonly stopped: number }) | null;
  /** The same measure out of distribution; null where it was not taken. */
  readonly outOfDistribution: Interval | null;
  /** Paired difference to the reference's row of the same measure; null for the reference itself, without such a row or common seeds. */
  readonly difference: Difference | null;
  /** Zero-shot by question kind, with the paired difference to the reference's model; empty where the measure is another. */
  readonly kinds: readonly { readonly kind: string; readonly score: Interval; readonly difference: Difference | null }[];
  /** Means by round, from the base (round 0) on, each over the `n` runs that made that round; empty where nothing trains. */
  readonly curve: readonly {
    readonly round: number;
    readonly zeroShot: Interval;
    readonly fewShot: Interval | null;
    readonly labelQuality: Interval | null;
  }[];
  readonly seconds: number;
};

/** Arms side by side, in the order in which they were given. */
export type Comparison = {
  /** The arm that the others are compared with. */
  readonly reference: string;
  /** What the differences are to: its zero-shot row, or the arm where few-shot was compared too; null where it has no finished run. */
  readonly against: string | null;
  /** How many differences were tested together: scores to the reference, and scores by question kind. */
  readonly tests: { readonly scores: number; readonly kinds: number };
  readonly arms: readonly ArmRow[];
};

/** A named set of options; what it does not name keeps its default. */
export type Arm = { readonly name: string; readonly options: Readonly<Partial<RunConfig>> };
export type Experiment = { readonly arms: readonly Arm[]; readonly seeds: readonly number[] };

export interface LibraryWorker {
  /** Compares stored, finished runs; unfinished ones are left out. */
  compare(arms: readonly { readonly name: string; readonly runs: readonly string[] }[], reference: string): Promise<Answer<Comparison>>;
  runs(): Promise<Answer<readonly RunSummary[]>>;
  samples(run: string, round: number): Promise<Answer<readonly Sample[]>>;
  /** Loss by step over all rounds. */
  losses(run: string): Promise<Answer<readonly { readonly round: number; readonly step: number; readonly loss: number }[]>>;
  /** The adapter of a round as safetensors bytes. */
  adapter(run: string, round: number): Promise<Answer<Uint8Array<ArrayBuffer>>>;
  deleteRun(run: string): Promise<Answer<null>>;
}
