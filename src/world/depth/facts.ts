/**
 * What is true in the world of chains: thirty things with an owner each, eight people, and nine relations, in each of which everybody has
 * one other. The world is fixed. Knows no question.
 */
import { Random } from '../../random.ts';

const words = (line: string): readonly string[] => line.split(' ');

export const THINGS = words(
  'bell rope lamp boat drum kite coin book sail net flag harp cup map ring hat pot cart key box clock chair bag ball bike coat desk fan jar tent',
);
export const PEOPLE = words('Mira Tom Lena Omar Petra Ivan Nina Bruno');
/** What one may be to another; to a thing one can be its owner alone. */
export const RELATIONS = words('friend teacher cousin guest boss twin nurse baker pilot');
export const OWNER = 'owner';

const OWNERS = new Map(THINGS.map((thing) => [thing, Random.of('depth', 'owner', thing).pick(PEOPLE)]));
/** Each relation goes round in a circle, so nobody is his own friend. */
const CIRCLES = new Map(RELATIONS.map((relation) => [relation, Random.of('depth', 'circle', relation).shuffle(PEOPLE)]));

/** Who stands in a relation to a person, or owns a thing. Throws RangeError for what the world does not have. */
export function lookUp(from: string, relation: string): string {
  const circle = CIRCLES.get(relation);
  const found = relation === OWNER ? OWNERS.get(from) : circle?.[(circle.indexOf(from) + 1) % circle.length];
  if (found === undefined || (circle !== undefined && !circle.includes(from))) throw new RangeError(`nobody is ${relation} of ${from}`);
  return found;
}

/** One look-up as a sentence. */
export function statement(from: string, relation: string): string {
  return `The ${relation} of ${relation === OWNER ? `the ${from}` : from} is ${lookUp(from, relation)}.`;
}
