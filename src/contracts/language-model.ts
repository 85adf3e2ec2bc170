/**
 * What the method asks of a language model, in strings and numbers. The tensor engine implements it in a worker, a scripted model
 * in tests. Knows no tensor, no worker and no store.
 */

export type GenerateRequest = {
  readonly prompt: string;
  /** Names the random stream of this completion: the same seed and prompt give the same completion in any batch. */
  readonly seed: string;
};

export type GenerateOptions = {
  readonly maxTokens: number;
  /** 0 is greedy decoding. */
  readonly temperature: number;
  /** 0 keeps every token. */
  readonly topK: number;
  /** 1 keeps every token. */
  readonly topP: number;
  /** Generation ends after a token whose text brings one of these; the stop string stays in the completion. */
  readonly stop: readonly string[];
};

export type Completion = {
  /** Index into the requests. */
  readonly index: number;
  /** With the stop string, if it was reached. */
  readonly text: string;
  readonly pieces: readonly string[];
  /** Natural log-probability of each piece, from raw logits at temperature 1. */
  readonly logProbs: readonly number[];
  readonly finish: 'stop' | 'length';
};

export type TrainingRow = { readonly prompt: string; readonly completion: string };

/**
 * What a model says of each token of a completion, in its context: its `k` likeliest tokens, the likeliest first, with their
 * log-probabilities among themselves. Both lists hold `k` numbers a token.
 */
export type TopTokens = { readonly k: number; readonly ids: Int32Array; readonly logProbs: Float32Array };

/** A completion at each of whose tokens a teacher says what should come: to be drawn towards him, not to be learned by heart. */
export type TaughtRow = TrainingRow & { readonly teacher: TopTokens };

export type FinetuneOptions = {
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of the steps with a rising learning rate. */
  readonly warmup: number;
  readonly schedule: 'constant' | 'cosine';
  readonly weightDecay: number;
  /** Largest global gradient norm. */
  readonly clip: number;
};

export type DistillOptions = FinetuneOptions & {
  /** The divergence of the student from the teacher: 0 is KL(teacher || student), 1 KL(student || teacher), between them Jensen and Shannon's. */
  readonly alpha: number;
};

export type StepReport = {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Of a completion token on average, natural log: its negative log-likelihood, or the divergence from the teacher. */
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
};

/** Summed negative log-likelihood of the completion's tokens, natural log. */
export type Score = { readonly nll: number; readonly tokens: number };

/** Trained weights as a safetensors file, with their SHA-256 in hexadecimal. */
export type AdapterState = { readonly bytes: Uint8Array<ArrayBuffer>; readonly hash: string };

export interface LanguageModel {
  /** Completions in the order in which they finish. */
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncIterable<Completion>;
  score(rows: readonly TrainingRow[]): Promise<readonly Score[]>;
  /** The `k` likeliest tokens, all where there are fewer, at each token of the completions as far as the model reads. */
  likeliest(rows: readonly TrainingRow[], k: number): Promise<readonly TopTokens[]>;
  /** One optimiser step, and one report, for every `batchSize` rows as they come; ending the iteration early stops training after that step. */
  finetune(rows: readonly TrainingRow[], options: FinetuneOptions): AsyncIterable<StepReport>;
  /** The same, by distillation: the loss is how far the model is from the teacher on his tokens; what he says nothing of is not read. */
  distill(rows: readonly TaughtRow[], options: DistillOptions): AsyncIterable<StepReport>;
  /**
   * Adds what was trained to the frozen weights and goes on with a fresh adapter (ReLoRA, arXiv 2307.05695): what the model says stays, up to
   * rounding. Does nothing where all weights are trained. Snapshots hold everything since M_0, before and after.
   */
  restart(): Promise<void>;
  snapshot(): Promise<AdapterState>;
  /** Goes back to a snapshot; `null` is the base model M_0. */
  restore(state: AdapterState | null): Promise<void>;
}
