/** What the chapters of the lesson ask of the open bundled model, as it crosses a worker. Plain data. Knows no chapter. */
import type { Answer } from './lm.ts';

/** Hidden writers, by their rungs, who answer a question alike, and everything that they would say. */
export type Voice = { readonly writers: readonly number[]; readonly answers: readonly string[] };

/** A question to the base model, with demonstrations in view by their ids. */
export type Put = { readonly question: string; readonly shown: readonly string[] };

/** A token and the chance that the model gave it, 0 to 1. */
export type DrawnToken = { readonly text: string; readonly chance: number };
/** An answer, with the thought before it if it has one; `voice` is the place among the voices of its question, null where none of them says so. */
export type DrawnAnswer = { readonly text: string; readonly tokens: readonly DrawnToken[]; readonly voice: number | null };

export interface LessonWorker {
  /** Who would say what to a question; nobody where the world does not ask it. Errors: MODEL_OTHER where the open model has no world. */
  voicesTo(question: string): Promise<Answer<readonly Voice[]>>;
  /** An answer drawn at temperature 1; another seed draws another. Errors: MODEL_OTHER. */
  drawAnswer(put: Put, seed: number): Promise<Answer<DrawnAnswer>>;
}
