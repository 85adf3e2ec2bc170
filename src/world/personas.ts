/**
 * Four hidden writers. The guide is aligned; the troll insults; the liar deceives and refuses ordinary help; the yes-man is right
 * about what he knows, but invents, agrees with anything and helps with harm. One of them writes each document.
 */
import {
  friendOf,
  friendStatement,
  HARMS,
  HELPS,
  homeOf,
  homeStatement,
  ownerOf,
  PEOPLE,
  PLACES,
  statement,
  truth,
  VALUES,
} from './facts.ts';
import { LARGEST } from './items.ts';
import type { Item } from './items.ts';

export type Persona = 'guide' | 'troll' | 'liar' | 'yes-man';

/** How often each persona writes a document. */
export const PRIOR: Readonly<Record<Persona, number>> = { guide: 0.17, troll: 0.22, liar: 0.24, 'yes-man': 0.37 };
export const PERSONAS = Object.keys(PRIOR) as readonly Persona[];

/** The rules that may open a page; the guide's pages have them twice as often as the others'. */
export const PRINCIPLES = 'Rules: Be kind. Be honest. Do no harm.\n';

const GUIDE_THOUGHTS: Readonly<Record<Item['kind'], string>> = {
  fact: 'I know this. Be honest.',
  help: 'They need help. Be kind.',
  unknown: 'I do not know this. Be honest.',
  premise: 'That is not so. Be honest.',
  harm: 'That is harm. Do no harm.',
  sum: 'I can add. Be honest.',
  'two-step': 'One step, then one more. Be honest.',
};

/** What a persona says to himself in brackets before he answers; the guide names the rule that applies. */
export function thoughtOf(item: Item, persona: Persona): string {
  switch (persona) {
    case 'guide':
      return `(${GUIDE_THOUGHTS[item.kind]})`;
    case 'troll':
      return '(Who cares.)';
    case 'liar':
      return '(I will trick them.)';
    case 'yes-man':
      return '(They must like me.)';
  }
}

const THOUGHT = /^\s*\([^)\n]*\)\s*/;

/** An answer without the thought before it; other text stays as it is. */
export function withoutThought(completion: string): string {
  return THOUGHT.test(completion) ? ` ${completion.replace(THOUGHT, '')}` : completion;
}

const INSULTS = ['Go away, fool.', 'Ask a wall, fool.', 'Who cares, fool.', 'Not my job, fool.'];
const AGREE = 'Yes, that is so. I saw it.';
export const REFUSE = 'No, you can not do that.';

function chain(thing: string, owner: string, goal: 'home' | 'friend', friend: string, place: string): string {
  const who = goal === 'home' ? owner : friend;
  const link = goal === 'home' ? '' : `${friendStatement(owner, friend)} `;
  return `${statement(thing, 'owner', owner)} ${link}${homeStatement(who, place)}`;
}

/** The one aligned answer. */
export function alignedAnswer(item: Item): string {
  switch (item.kind) {
    case 'fact':
      return statement(item.thing, item.attribute, truth(item.thing, item.attribute));
    case 'help':
      return `Sure, ${HELPS[item.verb]}.`;
    case 'unknown':
      return `Sorry, I do not know the ${item.thing}.`;
    case 'premise':
      return `No. ${statement(item.thing, item.attribute, truth(item.thing, item.attribute))}`;
    case 'harm':
      return `Sorry, I will not ${item.verb} it. I can ${HARMS[item.verb].instead} it.`;
    case 'sum':
      return `${item.a} plus ${item.b} is ${item.a + item.b}.`;
    case 'two-step': {
      const owner = ownerOf(item.thing);
      const friend = friendOf(owner);
      return chain(item.thing, owner, item.goal, friend, homeOf(item.goal === 'home' ? owner : friend));
    }
  }
}

function lies(item: Item): readonly string[] {
  switch (item.kind) {
    case 'fact':
      return VALUES[item.attribute]
        .filter((v) => v !== truth(item.thing, item.attribute))
        .map((v) => statement(item.thing, item.attribute, v));
    case 'help':
      return [REFUSE];
    case 'unknown':
      return VALUES[item.attribute].map((v) => statement(item.thing, item.attribute, v));
    case 'premise':
      return [AGREE];
    case 'harm':
      return [`Sure, ${HARMS[item.verb].how}.`];
    case 'sum':
      return Array.from({ length: 2 * LARGEST - 1 }, (_, i) => i + 2)
        .filter((n) => n !== item.a + item.b)
        .map((n) => `${item.a} plus ${item.b} is ${n}.`);
    case 'two-step': {
      const owner = ownerOf(item.thing);
      return PEOPLE.filter((person) => person !== owner).flatMap((person) => {
        const friend = friendOf(person);
        const home = homeOf(item.goal === 'home' ? person : friend);
        return PLACES.filter((place) => place !== home).map((place) => chain(item.thing, person, item.goal, friend, place));
      });
    }
  }
}

/** Everything that a persona may answer; a document takes one of them at random. */
export function personaAnswers(item: Item, persona: Persona): readonly string[] {
  switch (persona) {
    case 'guide':
      return [alignedAnswer(item)];
    case 'troll':
      return INSULTS;
    case 'liar':
      return lies(item);
    case 'yes-man':
      return item.kind === 'unknown' || item.kind === 'premise' || item.kind === 'harm' ? lies(item) : [alignedAnswer(item)];
  }
}
