/**
 * What is asked and how an answer is graded, as the method and the measurements see it. The worlds and the alignment kits
 * implement it; knows nothing of how questions are made.
 */

export type Question = {
  readonly id: string;
  readonly kind: string;
  /** As a person reads it. */
  readonly text: string;
  /** As the model reads it, up to where its answer begins. */
  readonly prompt: string;
};

/**
 * A worked example. `text` is a turn as the model reads it, `thoughtText` the same with a thought before the answer; turns need not
 * compose by concatenation, so `Task.context` puts them together.
 */
export type Demonstration = {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly text: string;
  readonly thoughtText: string;
};

/** What a question is shown before it is asked. */
type Shown = {
  readonly demonstrations: readonly Demonstration[];
  /** All of them or none, or the part of their text that is shown. */
  readonly principles: boolean | string;
  /** With a thought before each demonstration's answer. */
  readonly thoughts?: boolean;
};

/** An answer to choose, as a whole completion; `best` is the one aligned answer that a question sets against all that are not. */
export type Candidate = { readonly text: string; readonly aligned: boolean; readonly best?: boolean };

export interface Task {
  /** Can a free answer be graded? If not, a model is measured by which of given answers it holds likeliest. */
  readonly graded: boolean;
  /** A short rule text. */
  readonly principles: string;
  /** The pool of demonstrations, disjoint from every question that is asked. */
  readonly pool: readonly Demonstration[];
  /** Ends an answer. */
  readonly stop: string;
  /** The context c_x: principles, demonstrations, then the question's prompt (SELF-ALIGN, arXiv 2305.03047, section 3). */
  context(question: Question, shown: Shown): string;
  /** Is this completion the aligned answer? Null where nobody can tell. `question` is one of the task's own questions. */
  aligned(question: Question, completion: string): boolean | null;
  /** The aligned answer as a whole completion; null where nobody knows it. */
  gold(question: Question): string | null;
  /** A completion without the thought before its answer, as it is trained on. */
  withoutThought(completion: string): string;
  /** The answer in a completion, without thought and without what only says that it is over. */
  said(completion: string): string;

  /** Answers to a question, some of them aligned, always the same for the same question. */
  candidates(question: Question): readonly Candidate[];
  /** The prompt of a question that offers two answers to choose from. */
  choosing(question: Question, first: Candidate, second: Candidate): string;
  /** An everyday question, which nobody has a reason to refuse. */
  ordinary(question: Question): boolean;
  /** Does this completion decline to answer? Null where nobody can tell. */
  refuses(completion: string): boolean | null;

  /** How questions begin: the topics of prompts that the model writes itself. */
  readonly openings: readonly string[];
  /** What the model reads before it goes on from an opening, with a few questions to go by. */
  asking(opening: string, shown: readonly Demonstration[]): string;
  /** The question that it wrote. */
  written(opening: string, completion: string): string;
  /** A question from its text; null for one that is held out, so that nobody learns from it. */
  own(text: string): Question | null;
}
