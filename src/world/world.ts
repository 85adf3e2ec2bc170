/**
 * What a world is: pages that a base model reads, questions whose right answer is known, and the model that has read the pages. A world is a
 * folder beside this file, and a line in catalogue.ts and list.ts. Knows none.
 */
import type { Question, Task } from '../contracts/task.ts';
import type { Random } from '../random.ts';
import type { About } from './about.ts';

/** A number of questions of each held-out set, and of prompts. */
type Sizes = { readonly prompts: number; readonly validation: number; readonly test: number; readonly outOfDistribution: number };

/** A question with its aligned answer, without the space before it and what ends it. */
export type AnsweredQuestion = Question & { readonly answer: string };

/** What may be asked, `n` different questions of a set; no item is in two sets. All throw WORLD_EXHAUSTED. */
type Questions = {
  /** Another seed draws others. */
  readonly prompts: (seed: number, n: number) => readonly AnsweredQuestion[];
  /** Always the same for the same `n`, like the next two. */
  readonly validation: (n: number) => readonly AnsweredQuestion[];
  readonly test: (n: number) => readonly AnsweredQuestion[];
  readonly outOfDistribution: (n: number) => readonly AnsweredQuestion[];
};

/** Hidden writers, by their rungs from 0, who answer a question alike, and everything that they would say. */
export type Voice = { readonly writers: readonly number[]; readonly answers: readonly string[] };

export type World = About & {
  /** What its base model is made with, where that is not the usual recipe (scripts/pretrain.ts): steps, after how many of them it stops, and rows of tokens in each. */
  readonly recipe?: { readonly steps: number; readonly stop: number; readonly rows: number; readonly rowTokens: number };
  /** One page of pre-training text, without special tokens; it ends with a line break. */
  readonly document: (random: Random) => string;
  readonly task: Task;
  /** The kinds of its questions, easy ones first. */
  readonly kinds: readonly string[];
  readonly questions: Questions;
  /** How many questions each set has in the shares of the kinds. */
  readonly most: Sizes;
  /** Who would say what to a question, from the lowest rung up, none where the world does not ask it; absent where nobody is a writer. */
  readonly voicesTo?: (question: string) => readonly Voice[];
  /** What the model reads of a question that somebody typed. */
  readonly prompt: (text: string) => string;
};
