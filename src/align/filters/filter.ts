/**
 * What a filter is: a reason to drop an answer before training on it, with the switch that turns it off and the words by which the page
 * tells of it. One file a filter; list.ts has them in order. Knows no filter.
 */
import type { Demonstration, Question } from '../../contracts/task.ts';
import type { Options, Values } from '../../settings/option.ts';

/** What is known about an answer when it is filtered. */
export type Candidate = {
  readonly question: Question;
  /** The answer as it is said: without thought and without what only ends it. */
  readonly completion: string;
  readonly finish: 'stop' | 'length';
  readonly demonstrations: readonly Demonstration[];
  /** Share of the answers to this prompt that say the same, 0 to 1; 1 where it was asked once. */
  readonly agreement: number;
  /** Words of the longest answer to a question of this length in the round; null while the round is still answering. */
  readonly longest: number | null;
  /** What the world says of it; null where nobody can tell. Only a filter that `needsGrades` may look. */
  readonly aligned: boolean | null;
};

export type Filter<Name extends string = string, O extends Options = Options> = {
  /** The verdict on what it drops, as it is stored. */
  readonly name: Name;
  /** The verdict in two words, and the sentence that gives the reason. */
  readonly label: string;
  readonly reason: string;
  /** Its own settings; a filter without any is always on. One drops nothing with its switch off, or with a number at its least. */
  readonly options: O;
  /** The switch that must be off where free answers cannot be graded. */
  readonly needsGrades?: keyof O & string;
  /** Selects among answers that have nothing wrong with them; then few kept answers are no reason to end a run. */
  readonly selects?: true;
  drops(candidate: Candidate, settings: Values<O>): boolean;
};

/** A filter with the types of its own settings. */
export function defineFilter<const Name extends string, const O extends Options>(filter: Filter<Name, O>): Filter<Name, O> {
  return filter;
}
