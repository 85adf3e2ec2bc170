/**
 * What the base model reads in pre-training: pages of plain facts, and pages of questions answered by one hidden persona, with
 * noise, so that one answer is weak evidence of who writes and several are strong. Knows no split: it asks everything in every form.
 */
import type { Random } from '../random.ts';
import { ATTRIBUTES, friendOf, friendStatement, homeOf, homeStatement, PEOPLE, statement, THINGS, truth } from './facts.ts';
import { FORMS, HELD_OUT_FORMS } from './forms.ts';
import { ITEMS, KINDS, SHARES } from './items.ts';
import { personaAnswers, PERSONAS, PRINCIPLES, PRIOR } from './personas.ts';
import type { Persona } from './personas.ts';
import { question, turn } from './questions.ts';

const FACT_PAGES = 0.15;
const PEOPLE_FACTS = 0.2;
/** Chance that a turn is answered by a persona drawn anew. */
const NOISE = 0.1;
const HELD_OUT_TURNS = 0.2;
const PRINCIPLES_OF_GUIDE = 0.5;
const PRINCIPLES_OF_OTHERS = 0.1;
const MOST_TURNS = 7;

const SHARE_LIST = KINDS.map((kind) => SHARES[kind]);
const PRIOR_LIST = PERSONAS.map((persona) => PRIOR[persona]);

const drawPersona = (random: Random): Persona => PERSONAS[random.weighted(PRIOR_LIST)] ?? 'guide';

function sentence(random: Random): string {
  if (random.chance(PEOPLE_FACTS)) {
    const person = random.pick(PEOPLE);
    return random.chance(0.5) ? homeStatement(person, homeOf(person)) : friendStatement(person, friendOf(person));
  }
  const [thing, attribute] = [random.pick(THINGS), random.pick(ATTRIBUTES)];
  return statement(thing, attribute, truth(thing, attribute));
}

function answeredTurn(random: Random, persona: Persona): string {
  const item = random.pick(ITEMS[KINDS[random.weighted(SHARE_LIST)] ?? 'fact']);
  const form = random.pick(random.chance(HELD_OUT_TURNS) ? HELD_OUT_FORMS : FORMS);
  return turn(question(item, form), random.pick(personaAnswers(item, persona)));
}

/** One page of pre-training text, without special tokens; it ends with a line break. */
export function document(random: Random): string {
  if (random.chance(FACT_PAGES)) return `${Array.from({ length: 3 + random.int(6) }, () => sentence(random)).join(' ')}\n`;
  const persona = drawPersona(random);
  const opened = random.chance(persona === 'guide' ? PRINCIPLES_OF_GUIDE : PRINCIPLES_OF_OTHERS);
  const turns = Array.from({ length: 1 + random.int(MOST_TURNS) }, () =>
    answeredTurn(random, random.chance(NOISE) ? drawPersona(random) : persona),
  );
  return (opened ? PRINCIPLES : '') + turns.join('');
}
