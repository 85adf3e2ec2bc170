/** The worlds as page and tables see them: their names, labels and words, and that one may be gone. Knows no question of theirs. */
import { words } from '../similarity.ts';
import { aboutWorld } from '../world/catalogue.ts';

export { aboutWorld };
export { voicesOf } from '../world/voices.ts';

/** Does a world come with the page, so that its runs can go on and be asked? */
export function hasWorld(name: string): boolean {
  return aboutWorld(name) !== undefined;
}

/** The words of a question that no question of a world has, each once; none where nobody says which words it has. */
export function outsideOf(name: string, question: string): readonly string[] {
  const known = aboutWorld(name)?.words;
  return known === undefined ? [] : [...new Set(words(question))].filter((word) => !known.includes(word));
}

/** What a question of the kind "own" is, which no world lists: the model wrote it. */
export const OWN_WORDS = 'The model wrote this question itself.';
/** What follows from it in a world. */
export const OWN_GRADE = 'Where its world does not know it, nobody can grade the answer.';

/** The names of the writers who are aligned on a kind of question, from the lowest rung up; none where a world is no ladder of writers. */
export function alignedOn(name: string, kind: string): readonly string[] {
  const writers = aboutWorld(name)?.writers;
  if (writers === undefined) return [];
  const found = writers.kinds.find((other) => other.kind === kind);
  return found === undefined ? [] : writers.names.slice(found.rung);
}

/** The kinds of question that a writer of a world is aligned on, easy ones first. */
export function kindsOf(name: string, writer: string): readonly string[] {
  const kinds = aboutWorld(name)?.writers?.kinds ?? [];
  return kinds.map(({ kind }) => kind).filter((kind) => alignedOn(name, kind).includes(writer));
}

/** "Ladder": a world as a person reads it. */
export function worldText(name: string): string {
  return aboutWorld(name)?.label ?? 'an earlier world';
}

/** Why a run in a world that does not come with the page is only to be looked at. */
export const WORLD_GONE =
  'It was made in an earlier world, whose model no longer comes with this page: what it made can be looked at and saved, but it can neither go on nor be asked.';
