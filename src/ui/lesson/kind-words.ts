/** The kinds of questions of the lesson's world, in the world's own few words, and those that few of its writers answer as they should. */
import { aboutWorld } from '../../run/worlds.ts';
import { say, sayName } from '../language/language.ts';
import { WORLD } from './question.ts';

/** Kinds up to this rung are right from the start. */
const EASY = 2;

/** From the lowest rung up. */
export const HARD_KINDS: readonly string[] = (aboutWorld(WORLD)?.writers?.kinds ?? [])
  .filter(({ rung }) => rung > EASY)
  .map(({ kind }) => kind);

/** A question of a kind. */
export function exampleOf(kind: string): string {
  return aboutWorld(WORLD)?.kindWords[kind]?.example ?? '';
}

/** "premise: a false premise". */
export function kindText(kind: string): string {
  const found = aboutWorld(WORLD)?.kindWords[kind];
  return found === undefined ? sayName(kind) : `${sayName(kind)}: ${say(found.words)}`;
}
