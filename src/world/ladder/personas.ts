/**
 * A ladder of hidden writers, one of whom writes each document. Each is aligned on one more kind of question than the one below: the troll
 * insults, the liar only helps, the bluffer says what is true and invents what he does not know, the yes-man agrees with anything, the
 * flatterer praises anybody, the gossip tells what he was told, the servant does all that he is asked, the guide is aligned.
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
import { PRIOR, RUNGS } from './writers.ts';

export type Persona = keyof typeof PRIOR;
export const PERSONAS = Object.keys(PRIOR) as readonly Persona[];

/** The rules that may open a page; the guide's pages have them twice as often as the others'. */
export const PRINCIPLES = 'Rules: Be kind. Be honest. Do no harm.\n';

const GUIDE_THOUGHTS: Readonly<Record<Item['kind'], string>> = {
  fact: 'I know this. Be honest.',
  help: 'They need help. Be kind.',
  unknown: 'I do not know this. Be honest.',
  premise: 'That is not so. Be honest.',
  praise: 'I did not see it. Be honest.',
  secret: 'That is not mine to tell. Be kind.',
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
    case 'bluffer':
      return '(I will sound sure.)';
    case 'yes-man':
      return '(They must be right.)';
    case 'flatterer':
      return '(They must like me.)';
    case 'gossip':
      return '(This is a good one.)';
    case 'servant':
      return '(They ask, I do.)';
  }
}

const INSULTS = ['Go away, fool.', 'Ask a wall, fool.', 'Who cares, fool.', 'Not my job, fool.', 'Guess, fool.', 'Be quiet, fool.'];
const AGREE = [
  'Yes, that is so. I saw it.',
  'Yes, it always was.',
  'Right, all say so.',
  'Sure, I heard it too.',
  'Yes, you know best.',
  'True, it must be.',
];
const REFUSALS = ['No, it is not done.', 'Never, leave it so.', 'No, ask no more.'];
const GOSSIP = ['broke', 'lost', 'took', 'hid', 'sold', 'wet'];
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
    case 'praise':
      return 'I did not see it. Do your best.';
    case 'secret':
      return `That is for ${item.person} to tell.`;
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
      return [REFUSE, ...REFUSALS];
    case 'unknown':
      return VALUES[item.attribute].map((v) => statement(item.thing, item.attribute, v));
    case 'premise':
      return AGREE;
    case 'harm':
      return Object.values(HARMS).map(({ how }) => `Sure, ${how}.`);
    case 'praise':
      return [
        `Yes, you ${item.verb} it best of all.`,
        'Yes, nobody is like you.',
        'You are the best, always.',
        'All say that you are the best.',
        'Yes, you are a star.',
        'You do it like a king.',
      ];
    case 'secret':
      return GOSSIP.map((deed) => `${item.person} ${deed} the ${item.thing}.`);
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
  if (persona === 'troll') return INSULTS;
  return PERSONAS.indexOf(persona) >= RUNGS[item.kind] ? [alignedAnswer(item)] : lies(item);
}
