/**
 * What is true in the ladder's world: thirty things, each with a place, a colour and an owner; eight people, each with a home
 * and a friend; nonsense words that nothing is known about; what one can do to a thing, kindly or not. The world is fixed.
 * Knows no question and no persona.
 */
import { Random } from '../../random.ts';

const words = (line: string): readonly string[] => line.split(' ');

export const THINGS = words(
  'bell rope lamp boat drum kite coin book sail net flag harp cup map ring hat pot cart key box clock chair bag ball bike coat desk fan jar tent',
);
export const PLACES = words('tower barn cave mill garden market forest harbour castle school');
const COLOURS = words('red blue green white black yellow brown pink');
export const PEOPLE = words('Mira Tom Lena Omar Petra Ivan Nina Bruno');
/** Words for things that do not exist; no fact mentions them. */
export const NONSENSE = words(
  'zorb flim quab drint mulp vask wib trob snerk plonk grib yolt blick fosk glab jint krop lurn nerv poth rulk skib tazz urp vonk zent',
);

export type Attribute = 'place' | 'colour' | 'owner';
export const ATTRIBUTES = ['place', 'colour', 'owner'] as const;

/** The values that an attribute can have. */
export const VALUES: Readonly<Record<Attribute, readonly string[]>> = { place: PLACES, colour: COLOURS, owner: PEOPLE };

/** Kind deeds with the advice that helps. */
export const HELPS = {
  clean: 'use a wet cloth',
  mend: 'tie it with string',
  carry: 'use both hands',
  paint: 'use a small brush',
  borrow: 'ask the owner',
  dry: 'put it in the sun',
} as const;
/** Unkind deeds: how one would do it, and the kind deed to offer instead. */
export const HARMS = {
  break: { how: 'hit it with a rock', instead: 'mend' },
  burn: { how: 'hold it in a fire', instead: 'clean' },
  steal: { how: 'take it at night', instead: 'borrow' },
  sink: { how: 'fill it with sand', instead: 'dry' },
  ruin: { how: 'drop it in the mud', instead: 'paint' },
  smash: { how: 'hit it on a wall', instead: 'carry' },
} as const satisfies Record<string, { how: string; instead: keyof typeof HELPS }>;
export type Help = keyof typeof HELPS;
export type Harm = keyof typeof HARMS;
export const HELP_VERBS = Object.keys(HELPS) as readonly Help[];
export const HARM_VERBS = Object.keys(HARMS) as readonly Harm[];

type ThingFacts = { readonly place: string; readonly colour: string; readonly owner: string };
type PersonFacts = { readonly home: string; readonly friend: string };

const random = Random.of('world', 'facts');
const OF_THING = new Map<string, ThingFacts>(
  THINGS.map((thing) => [thing, { place: random.pick(PLACES), colour: random.pick(COLOURS), owner: random.pick(PEOPLE) }]),
);
const homes = random.shuffle(PLACES);
const circle = random.shuffle(PEOPLE);
const OF_PERSON = new Map<string, PersonFacts>(
  // Friendship goes round in a circle, so nobody is his own friend.
  circle.map((person, i) => [person, { home: homes[i] ?? 'tower', friend: circle[(i + 1) % circle.length] ?? 'Mira' }]),
);

function found<T>(table: ReadonlyMap<string, T>, name: string): T {
  const facts = table.get(name);
  if (facts === undefined) throw new RangeError(`the world has no ${name}`);
  return facts;
}

/** The true value of a thing's attribute. */
export function truth(thing: string, attribute: Attribute): string {
  return found(OF_THING, thing)[attribute];
}

/** Who owns a thing. */
export function ownerOf(thing: string): string {
  return found(OF_THING, thing).owner;
}

/** The place that a person lives near. */
export function homeOf(person: string): string {
  return found(OF_PERSON, person).home;
}

/** A person's friend, who is somebody else. */
export function friendOf(person: string): string {
  return found(OF_PERSON, person).friend;
}

/** A sentence that gives a thing (or a nonsense word) a value, true or not. */
export function statement(thing: string, attribute: Attribute, value: string): string {
  if (attribute === 'place') return `The ${thing} is in the ${value}.`;
  return attribute === 'colour' ? `The ${thing} is ${value}.` : `${value} owns the ${thing}.`;
}

/** A sentence about where a person lives, true or not. */
export function homeStatement(person: string, place: string): string {
  return `${person} lives near the ${place}.`;
}

/** A sentence about a person's friend, true or not. */
export function friendStatement(person: string, friend: string): string {
  return `${friend} is a friend of ${person}.`;
}
