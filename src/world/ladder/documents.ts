/**
 * What the base model reads in pre-training: pages of plain facts, and pages of questions answered by one hidden persona, with
 * noise, so that one answer is weak evidence of who writes and several are strong. Knows no split: it asks everything in every form.
 */
import type { Random } from '../../random.ts';
import { ATTRIBUTES, friendOf, friendStatement, homeOf, homeStatement, PEOPLE, statement, THINGS, truth } from './facts.ts';
import { FORMS, HELD_OUT_FORMS } from './forms.ts';
import { ITEMS, KINDS } from './items.ts';
import { personaAnswers, PERSONAS, PRINCIPLES, thoughtOf } from './personas.ts';
import type { Persona } from './personas.ts';
import { choiceText, turn } from '../turns.ts';
import { question } from './questions.ts';
import type { Question } from './questions.ts';
import { NOISE, PAGE_SHARES, PRIOR, RULED } from './writers.ts';

const FACT_PAGES = 0.15;
const PEOPLE_FACTS = 0.2;
const HELD_OUT_TURNS = 0.2;
const MOST_TURNS = 7;
/** Pages whose writer thinks in brackets before every answer. */
const THOUGHTS_OF_GUIDE = 0.2;
const THOUGHTS_OF_OTHERS = 0.08;
/** Turns that offer two answers to choose from. */
const CHOICES = 0.06;

const SHARE_LIST = KINDS.map((kind) => PAGE_SHARES[kind]);
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

/** What `persona` says to a question of two answers: his own, or if it is not offered, either. */
function chosenTurn(random: Random, asked: Question, persona: Persona): string {
  const own = random.pick(personaAnswers(asked.item, persona));
  const others = random.shuffle(PERSONAS.map((other) => random.pick(personaAnswers(asked.item, other)))).filter((answer) => answer !== own);
  const offered = random.shuffle([random.chance(0.8) ? own : others[1], others[0]].filter((answer) => answer !== undefined));
  const [first = own, second = own] = offered;
  return turn({ text: choiceText(asked, first, second) }, offered.includes(own) ? own : random.pick([first, second]));
}

function answeredTurn(random: Random, persona: Persona, thinks: boolean): string {
  const item = random.pick(ITEMS[KINDS[random.weighted(SHARE_LIST)] ?? 'fact']);
  const asked = question(item, random.pick(random.chance(HELD_OUT_TURNS) ? HELD_OUT_FORMS : FORMS));
  if (random.chance(CHOICES)) return chosenTurn(random, asked, persona);
  const answer = random.pick(personaAnswers(item, persona));
  return turn(asked, thinks ? `${thoughtOf(item, persona)} ${answer}` : answer);
}

/** One page of pre-training text, without special tokens; it ends with a line break. */
export function document(random: Random): string {
  if (random.chance(FACT_PAGES)) return `${Array.from({ length: 3 + random.int(6) }, () => sentence(random)).join(' ')}\n`;
  const persona = drawPersona(random);
  const opened = random.chance(persona === 'guide' ? RULED.guide : RULED.others);
  const thinks = random.chance(persona === 'guide' ? THOUGHTS_OF_GUIDE : THOUGHTS_OF_OTHERS);
  const turns = Array.from({ length: 1 + random.int(MOST_TURNS) }, () =>
    answeredTurn(random, random.chance(NOISE) ? drawPersona(random) : persona, thinks),
  );
  return (opened ? PRINCIPLES : '') + turns.join('');
}
