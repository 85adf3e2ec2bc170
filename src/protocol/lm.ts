/**
 * The worker that owns the device and the model, as the page calls it: open, run, pause, stop. Plain data crosses, errors too. Knows no
 * implementation.
 */
import type { Failure } from '../errors.ts';
import type { RunConfig } from '../run/config.ts';
import type { RunEvent } from '../run/events.ts';
import type { OpenedEngine, RunModel } from '../run/records.ts';
import type { BackendName } from '../contracts/engine.ts';
import type { KitReport, KitUse } from '../contracts/kit.ts';

/** A worker call's answer: errors cross as data. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** A file that the user picked or dropped; `path` begins with its folder, where there is one. */
export type PickedEntry = { readonly path: string; readonly file: File };

/** Files of the user's, of the folder that is named where several models lie among them. */
export type PickedSource = { readonly kind: 'files'; readonly files: readonly PickedEntry[]; readonly folder?: string };

/** Where a model comes from: the bundled one of a world, files of the user's, or one that this browser keeps. */
export type ModelSource =
  | { readonly kind: 'bundled'; readonly url: string; readonly world: string }
  | PickedSource
  | { readonly kind: 'stored'; readonly folder: string };

/** Files of a kit, what each path of them is for where somebody has said so, and the seed that splits what is for several things. */
export type KitChoice = {
  readonly files: readonly PickedEntry[];
  readonly uses: Readonly<Record<string, readonly KitUse[]>>;
  readonly seed: number;
};

/** What was opened. `note` is a sentence for the user, such as that the model brings no chat template. */
export type OpenedModel = RunModel & {
  /** The world of a bundled model; null for one of the user's. */
  readonly world: string | null;
  readonly family: string;
  readonly parameters: number;
  /** Is it small enough for every core to hold a copy? */
  readonly small: boolean;
  /** The type in which most of its numbers were quantised in its file, as GGUF names it; absent where they are floats. */
  readonly quantisation?: string;
  /** Tokens that it reads at most. */
  readonly context: number;
  /** Prompts of the kit that it is aligned with; null for a bundled model and its world. */
  readonly prompts: number | null;
  /** Principles of that kit; null for a bundled model, which learns those of its world. */
  readonly principles: string | null;
  /** Options with which its runs begin, where they are not the usual ones. */
  readonly standard: Partial<RunConfig>;
  readonly note: string | null;
};

/** How far a run goes on: not at all, to the next sample, optimiser step or end of a round, or to its own end. */
export type Until = 'now' | 'sample' | 'step' | 'round' | 'end';

/** What is to be opened: where the model comes from, and what computes. */
export type OpenWanted = {
  readonly backend: BackendName | 'auto';
  readonly model: ModelSource;
  /** The folder of the alignment kit for models that are not bundled. */
  readonly kit?: string;
  /** Files in the place of that kit. */
  readonly own?: KitChoice | null;
};

/** How much of one of the parts of something long is done, in whatever its work comes in. */
export type Progress<P extends string> = { readonly type: 'progress'; readonly part: P; readonly done: number; readonly total: number };

/** Something that takes long, as it is told to its end: after `made` or `failed` the stream ends. */
export type Told<P extends string, T> =
  | Progress<P>
  | { readonly type: 'made'; readonly made: T }
  | { readonly type: 'failed'; readonly failure: Failure };

/** Of how many numbers of the weights how many are read and checked, or sent to where they are computed with. */
export type OpenProgress = Progress<'reading' | 'sending'>;

/** What is open then. */
export type OpenedLm = OpenedEngine & { readonly model: OpenedModel };

export type OpenEvent = Told<OpenProgress['part'], OpenedLm>;

export interface LmWorker {
  /**
   * Picks the backend and loads the model; called before anything else, and again for another model. Cancelling the stream stops it: what was
   * open before still answers.
   */
  open(wanted: OpenWanted): Promise<ReadableStream<OpenEvent>>;
  /** What picked files would make of a kit. `kit` as in `open`: what the files do not give comes from there. */
  readKit(options: { readonly own: KitChoice; readonly kit: string }): Promise<Answer<KitReport>>;
  /** Starts a new run, or continues the stored one named `resume`. Cancelling the stream stops it after the current step. */
  run(config: RunConfig, resume?: string): Promise<ReadableStream<RunEvent>>;
  /** Play, pause and step: the run on its way goes so far, and is paused there. A step ends with its round, if not before. */
  go(until: Until): Promise<void>;
  stop(): Promise<void>;
}
