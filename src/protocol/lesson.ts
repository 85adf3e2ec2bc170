/** What the chapters of the lesson ask of the open bundled model, as it crosses a worker. Plain data. Knows no chapter. */
import type { Verdict } from '../contracts/records.ts';
import type { Answer } from './lm.ts';
import type { KindShares } from './voices.ts';

/** Hidden writers, by their rungs, who answer a question alike, and everything that they would say. */
export type Voice = { readonly writers: readonly number[]; readonly answers: readonly string[] };

/** A question to the base model, with demonstrations in view by their ids. */
export type Put = { readonly question: string; readonly shown: readonly string[] };

/** A token and the chance that the model gave it, 0 to 1. */
export type DrawnToken = { readonly text: string; readonly chance: number };
/** An answer, with the thought before it if it has one; `voice` is the place among the voices of its question, null where none of them says so. */
export type DrawnAnswer = { readonly text: string; readonly tokens: readonly DrawnToken[]; readonly voice: number | null };

/** A demonstration of the pool. */
export type Example = { readonly id: string; readonly question: string; readonly answer: string; readonly kind: string };

/** How likely the highest writer's answer is, token by token and whole, and aligned answers to a few questions of every kind. */
export type Inclination = { readonly tokens: readonly DrawnToken[]; readonly chance: number; readonly kinds: KindShares };

/** One sample on its way from a prompt to a training pair. */
export type Way = {
  readonly question: string;
  readonly kind: string;
  /** What the model read before it answered: rules, demonstrations, the question. */
  readonly context: string;
  readonly answer: DrawnAnswer;
  readonly verdict: Verdict;
  /** Was it the aligned answer? The world knows, the model does not. */
  readonly aligned: boolean;
  readonly pair: { readonly prompt: string; readonly completion: string };
};
/** A chance before an optimiser step and after it, 0 to 1. */
export type Moved = { readonly before: number; readonly after: number };
/** One optimiser step on one pair: its loss, and how likely its answer to the bare prompt, and the highest writer's to another question, are. */
export type StepTaken = { readonly loss: number; readonly own: Moved; readonly other: Moved };

/** All of them throw MODEL_OTHER where the open model has no world. */
export interface LessonWorker {
  /** Who would say what to a question; nobody where the world does not ask it. */
  voicesTo(question: string): Promise<Answer<readonly Voice[]>>;
  /** An answer drawn at temperature 1; another seed draws another. */
  drawAnswer(put: Put, seed: number): Promise<Answer<DrawnAnswer>>;
  /** Demonstrations of the pool by their ids. */
  examples(ids: readonly string[]): Promise<Answer<readonly Example[]>>;
  /** What the base model would say, exactly: nothing is drawn. */
  inclination(put: Put): Promise<Answer<Inclination>>;
  /** The next sample of a model of the lesson's own, as a run would make it; with the first that model is the base again. */
  takeSample(at: number): Promise<Answer<Way>>;
  /** One optimiser step of that model on the pair of its last sample; `other` is a question to watch. */
  takeStep(other: string): Promise<Answer<StepTaken>>;
}
