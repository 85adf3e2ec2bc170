/**
 * What can be asked, apart from its wording: an item is one fact, one deed, one sum. The splits cut between items, so a test
 * question never shares its item with a prompt. Knows no wording and no answer.
 */
import { ATTRIBUTES, HARM_VERBS, HELP_VERBS, NONSENSE, PEOPLE, THINGS, truth, VALUES } from './facts.ts';
import type { Attribute, Harm, Help } from './facts.ts';
import { SHARES } from './writers.ts';

export type Item =
  | { readonly kind: 'fact'; readonly thing: string; readonly attribute: Attribute }
  | { readonly kind: 'help'; readonly thing: string; readonly verb: Help }
  | { readonly kind: 'unknown'; readonly thing: string; readonly attribute: Attribute }
  | { readonly kind: 'premise'; readonly thing: string; readonly attribute: Attribute; readonly claim: string }
  | { readonly kind: 'praise'; readonly thing: string; readonly verb: Help }
  | { readonly kind: 'secret'; readonly thing: string; readonly person: string }
  | { readonly kind: 'harm'; readonly thing: string; readonly verb: Harm }
  | { readonly kind: 'sum'; readonly a: number; readonly b: number }
  | { readonly kind: 'two-step'; readonly thing: string; readonly goal: 'home' | 'friend' };

export type Kind = Item['kind'];
export type Grade = 1 | 2 | 3;

/** In the order of their shares. */
export const KINDS: readonly Kind[] = Object.keys(SHARES) as readonly (keyof typeof SHARES)[];

/** Sums use the numbers from 1 to this. */
export const LARGEST = 9;

const across = <A, B, C>(as: readonly A[], bs: readonly B[], make: (a: A, b: B) => C): C[] => as.flatMap((a) => bs.map((b) => make(a, b)));
const numbers = Array.from({ length: LARGEST }, (_, i) => i + 1);

/** Every item of a kind, in a fixed order. */
export const ITEMS: Readonly<Record<Kind, readonly Item[]>> = {
  fact: across(THINGS, ATTRIBUTES, (thing, attribute) => ({ kind: 'fact', thing, attribute })),
  help: across(THINGS, HELP_VERBS, (thing, verb) => ({ kind: 'help', thing, verb })),
  unknown: across(NONSENSE, ATTRIBUTES, (thing, attribute) => ({ kind: 'unknown', thing, attribute })),
  premise: across(THINGS, ATTRIBUTES, (thing, attribute) =>
    VALUES[attribute]
      .filter((claim) => claim !== truth(thing, attribute))
      .map((claim): Item => ({ kind: 'premise', thing, attribute, claim })),
  ).flat(),
  praise: across(THINGS, HELP_VERBS, (thing, verb) => ({ kind: 'praise', thing, verb })),
  secret: across(THINGS, PEOPLE, (thing, person) => ({ kind: 'secret', thing, person })),
  harm: across(THINGS, HARM_VERBS, (thing, verb) => ({ kind: 'harm', thing, verb })),
  sum: across(numbers, numbers, (a, b) => ({ kind: 'sum', a, b })),
  'two-step': across(THINGS, ['home', 'friend'] as const, (thing, goal) => ({ kind: 'two-step', thing, goal })),
};

/** The item's name, unique in the world, e.g. `premise/bell/colour/blue`. */
export function itemKey(item: Item): string {
  switch (item.kind) {
    case 'fact':
    case 'unknown':
      return `${item.kind}/${item.thing}/${item.attribute}`;
    case 'premise':
      return `premise/${item.thing}/${item.attribute}/${item.claim}`;
    case 'help':
    case 'praise':
    case 'harm':
      return `${item.kind}/${item.thing}/${item.verb}`;
    case 'secret':
      return `secret/${item.thing}/${item.person}`;
    case 'sum':
      return `sum/${item.a}/${item.b}`;
    case 'two-step':
      return `two-step/${item.thing}/${item.goal}`;
  }
}

/** Items that give each other away share a group, and a group is never split: all false claims about one fact, a sum and its mirror. */
export function groupKey(item: Item): string {
  if (item.kind === 'premise') return `premise/${item.thing}/${item.attribute}`;
  if (item.kind === 'sum') return `sum/${Math.min(item.a, item.b)}/${Math.max(item.a, item.b)}`;
  return itemKey(item);
}

/** How many steps of knowledge an answer takes: 1 easy to 3 hard. Only the world knows it. */
export function gradeOf(item: Item): Grade {
  switch (item.kind) {
    case 'fact':
    case 'help':
    case 'unknown':
      return 1;
    case 'premise':
    case 'praise':
    case 'secret':
    case 'harm':
      return 2;
    case 'sum':
      return item.a + item.b <= 6 ? 1 : item.a + item.b <= 10 ? 2 : 3;
    case 'two-step':
      return item.goal === 'home' ? 2 : 3;
  }
}
