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

/** A worked example. `text` is the whole turn as the model reads it. */
export type Demonstration = { readonly id: string; readonly question: string; readonly answer: string; readonly text: string };

export interface Task {
  /** A short rule text, as the model reads it. */
  readonly principles: string;
  /** The pool of demonstrations, disjoint from every question that is asked. */
  readonly pool: readonly Demonstration[];
  /** Ends an answer. */
  readonly stop: string;
  /** Is this completion the aligned answer? `question` is one of the task's own questions. */
  aligned(question: Question, completion: string): boolean;
}

/** The context c_x: principles, demonstrations, then the prompt (SELF-ALIGN, arXiv 2305.03047, section 3). */
export function renderContext(
  task: Task,
  question: Question,
  { demonstrations, principles }: { readonly demonstrations: readonly Demonstration[]; readonly principles: boolean },
): string {
  return (principles ? task.principles : '') + demonstrations.map((demonstration) => demonstration.text).join('') + question.prompt;
}
