/**
 * What is asked and how an answer is graded, as the method and the measurements see it. The miniature world implements it; knows
 * nothing of how questions are made.
 */

export type Question = {
  readonly id: string;
  readonly kind: string;
  /** As a person reads it. */
  readonly text: string;
  /** As the model reads it, up to where its answer begins. */
  readonly prompt: string;
};

/** A worked example. `text` is the whole turn as the model reads it, `thoughtText` the same with a thought before the answer. */
export type Demonstration = {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly text: string;
  readonly thoughtText: string;
};

/** An answer to choose, as a whole completion. */
export type Candidate = { readonly text: string; readonly aligned: boolean };

export interface Task {
  /** A short rule text, as the model reads it. */
  readonly principles: string;
  /** The pool of demonstrations, disjoint from every question that is asked. */
  readonly pool: readonly Demonstration[];
  /** Ends an answer. */
  readonly stop: string;
  /** Is this completion the aligned answer? `question` is one of the task's own questions. */
  aligned(question: Question, completion: string): boolean;
  /** A completion without the thought before its answer. */
  withoutThought(completion: string): string;

  /** Answers to a question, one of them aligned, always the same for the same question. */
  candidates(question: Question): readonly Candidate[];
  /** The prompt of a question that offers two answers to choose from. */
  choosing(question: Question, first: Candidate, second: Candidate): string;
  /** An everyday question, which nobody has a reason to refuse. */
  ordinary(question: Question): boolean;
  /** Does this completion decline to answer? */
  refuses(completion: string): boolean;

  /** How questions begin: the topics of prompts that the model writes itself. */
  readonly openings: readonly string[];
  /** What the model reads before it goes on from an opening. */
  asking(opening: string): string;
  /** A question from its text; null for one that is held out, so that nobody learns from it. */
  own(text: string): Question | null;
}

/** The context c_x: principles, demonstrations, then the prompt (SELF-ALIGN, arXiv 2305.03047, section 3). */
export function renderContext(
  task: Task,
  question: Question,
  {
    demonstrations,
    principles,
    thoughts = false,
  }: { readonly demonstrations: readonly Demonstration[]; readonly principles: boolean; readonly thoughts?: boolean },
): string {
  const turns = demonstrations.map(({ text, thoughtText }) => (thoughts ? thoughtText : text));
  return (principles ? task.principles : '') + turns.join('') + question.prompt;
}
