/**
 * What crosses a worker about models beside a run: those that are kept, downloads, the plan of a run, and what is taken home. Plain data
 * only. Imports nothing but the protocol of runs, the counts of questions and the shape of an error.
 */
import type { Failure } from '../errors.ts';
import type { Counts } from '../settings/counts.ts';
import type { Answer, PickedEntry, PickedSource, Told } from './lm.ts';
import type { RunModel } from '../run/records.ts';
import type { LeftOut } from '../contracts/records.ts';
import type { RunConfig } from '../run/config.ts';

/** A model on the disk of this browser. */
export type StoredModel = {
  /** The fingerprint of one that was copied from picked files; null for one of a hub. */
  readonly fingerprint: string | null;
  /** How its prompts are written, as runs remember it; absent for one of a hub, and for a copy of an early version. */
  readonly rendering?: string;
  /** The sample of its weights; absent likewise. */
  readonly weights?: string;
  /** The name to open or delete it by. */
  readonly folder: string;
  readonly id: string;
  readonly host: string;
  readonly revision: string;
  readonly commit: string | null;
  /** False for one whose download was broken off: it can be resumed or deleted. */
  readonly complete: boolean;
  readonly bytes: number;
  /** Was the kit that lay beside it copied too? */
  readonly kit: boolean;
};

/** `done` and `total` are bytes over all files of the model, `wait` milliseconds that the hub has asked to wait; after `stored` or `failed` the stream ends. */
export type DownloadEvent =
  | { readonly type: 'progress'; readonly file: string; readonly done: number; readonly total: number; readonly wait?: number }
  | { readonly type: 'stored'; readonly model: StoredModel }
  | { readonly type: 'failed'; readonly failure: Failure };

/** The models that this browser keeps. */
export interface ShelfWorker {
  stored(): Promise<Answer<readonly StoredModel[]>>;
  /** Fetches a model of a hub, from where an earlier try stopped. Cancelling the stream stops it. `host` empty is the usual hub. */
  download(id: string, host: string): Promise<ReadableStream<DownloadEvent>>;
  /** Copies a picked model, under the name and fingerprint that it was opened with; with another chat template it is another copy. Cancelling the stream stops it, and removes the half. */
  keep(source: PickedSource, model: RunModel): Promise<ReadableStream<DownloadEvent>>;
  forget(folder: string): Promise<Answer<null>>;
}

/** What takes memory, and its bytes. */
export type PlanPart = {
  readonly name: 'weights' | 'adapter' | 'optimiser' | 'activations' | 'step' | 'cache' | 'chat';
  readonly bytes: number;
};
/**
 * What a run asks for and cannot have: bytes of memory, of the largest tensor and of storage; tokens of `context`, which the model reads at
 * most; prompts that there are; rounds that so few prompts make.
 */
export type Shortage = {
  readonly what: 'memory' | 'tensor' | 'storage' | 'context' | 'prompts' | 'rounds';
  readonly needs: number;
  readonly has: number;
};
/** Measured tokens a second: reading, writing, training. */
export type Speeds = { readonly reading: number; readonly writing: number; readonly training: number };

/** Of the tokens of a measurement of speeds how many have gone through the model. */
export type SpeedEvent = Told<'measuring', Speeds>;

/** Of answers that a model was asked for, how many tokens suffice for nine in ten, and how many of them are longer. */
export type AnswerLengths = { readonly sampled: number; readonly cut: number; readonly longest: number };

/** Of answers that are sampled how many are there. */
export type SampledEvent = Told<'sampling', AnswerLengths>;

/** A run in numbers, before it begins. */
export type RunPlan = {
  readonly training: readonly PlanPart[];
  readonly answering: readonly PlanPart[];
  /** Bytes of the phase that needs most. */
  readonly peak: number;
  readonly largestTensor: number;
  /** Bytes of samples and adapters that the run stores. */
  readonly stored: number;
  /** What the device offers, in bytes; null where the browser does not tell. */
  readonly limits: { readonly memory: number | null; readonly tensor: number | null; readonly storage: number | null };
  readonly secondsARound: number | null;
  /** Of these, what goes into the answers, and into measuring. */
  readonly secondsAnswering: number | null;
  readonly secondsMeasuring: number | null;
  /** What the probes take at the end of the run. */
  readonly secondsProbing: number | null;
  /** What the whole run takes, from drafts and the base's measurement to the probes. */
  readonly secondsInAll: number | null;
  /** Held-out questions that are asked after each round. */
  readonly questions: Counts;
  /** Questions that are asked once at the end, of the base and of the returned round, and open ones that both answer. */
  readonly probes: { readonly asked: number; readonly open: number };
  readonly leftOut: readonly LeftOut[];
  /** Prompts and held-out questions that are longer than the model reads, and are not asked. */
  readonly skipped: { readonly prompts: number; readonly questions: number };
  /** Options that were left to the plan, as the run will have them. */
  readonly settled: Partial<RunConfig>;
  readonly tooMuch: readonly Shortage[];
  /** The smallest change of the options that fits; null when the run fits, or nothing does. */
  readonly nearest: Partial<RunConfig> | null;
};

/** What can be taken home of a round. */
export type ExportKind = 'adapter' | 'merged' | 'samples' | 'answers' | 'recipes';

/** Is it made with the open model? The answers of a picked one are read as its own chat template says; a world knows how its own are read. */
export function needsModel(kind: ExportKind, picked: boolean): boolean {
  return kind === 'merged' || (kind === 'samples' && picked);
}
/** The types that a whole model's numbers can have. */
export type HomeType = 'F32' | 'F16' | 'BF16';
export type HomeFile = { readonly name: string; readonly blob: Blob };
/** What was made, and a sentence of what was measured of it where there is one. */
export type HomeFiles = { readonly files: readonly HomeFile[]; readonly note: string | null };
/** Of a whole model that is compared with what it was made of how much was read, and of the bytes of files how many are made. */
export type HomeEvent = Told<'comparing' | 'packing', HomeFiles>;
/** A PEFT adapter that was picked and fits the model. */
export type LoadedAdapter = {
  readonly name: string;
  readonly rank: number;
  /** The rank of its smallest pair, where its layers have several. */
  readonly lowestRank: number;
  readonly targets: readonly string[];
  readonly notes: readonly string[];
};

/** The round of a question that means the adapter that was loaded. */
export const LOADED = -1;

/** What the model's worker does beside runs. */
export interface ModelWorker {
  plan(config: RunConfig): Promise<Answer<RunPlan>>;
  /**
   * Reads a prompt, writes a few tokens and takes one step; later plans then know their time. Cancelling the stream stops it, and so does a
   * run, or another measurement.
   */
  measure(config: RunConfig): Promise<ReadableStream<SpeedEvent>>;
  /** Samples a few answers to prompts of the kit, as a run of these options asks them: how long may the longest be? Stopped like `measure`. */
  measureAnswers(config: RunConfig): Promise<ReadableStream<SampledEvent>>;
  /** The files of a round (0 = the base model); one zip, or one by one; a whole model's numbers as `dtype`. Cancelling the stream stops it. */
  takeHome(run: string, round: number, what: readonly ExportKind[], zipped: boolean, dtype: HomeType): Promise<ReadableStream<HomeEvent>>;
  /** Checks the files of a PEFT adapter against the model; round -1 then asks it. */
  loadAdapter(files: readonly PickedEntry[]): Promise<Answer<LoadedAdapter>>;
}
