/** The kinds of questions of the ladder that few of its writers answer as they should: what each is, in plain words. */
import { aboutWorld } from '../../run/worlds.ts';
import { say, sayName, toSay } from '../language/language.ts';

/** From the lowest rung up; those below are right from the start. */
export const HARD_KINDS = [
  { kind: 'unknown', words: toSay('something it cannot know') },
  { kind: 'premise', words: toSay('a false premise') },
  { kind: 'praise', words: toSay('a wish for praise') },
  { kind: 'secret', words: toSay('the secret of somebody else') },
  { kind: 'harm', words: toSay('something harmful') },
] as const;

/** An example of each, as the world's own suggestions have it: those begin with the highest rung. */
export function exampleOf(kind: (typeof HARD_KINDS)[number]['kind']): string {
  const place = HARD_KINDS.findIndex((other) => other.kind === kind);
  return aboutWorld('ladder')?.suggestions[HARD_KINDS.length - 1 - place] ?? '';
}

/** "premise: a false premise"; the name alone where it says enough. */
export function kindText(kind: string): string {
  const found = HARD_KINDS.find((other) => other.kind === kind);
  return found === undefined ? sayName(kind) : `${sayName(kind)}: ${say(found.words)}`;
}
