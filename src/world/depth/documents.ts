/**
 * What the base model reads in pre-training: pages of plain facts, and pages of chains worked out look-up by look-up. Three look-ups are
 * common, each one more is rarer by far. Knows no split.
 */
import type { Random } from '../../random.ts';
import { turn } from '../turns.ts';
import { answerText, DEEPEST, drawChain, FORMS, HELD_OUT_FORMS, peopleOf, question } from './chains.ts';
import { OWNER, PEOPLE, RELATIONS, statement, THINGS } from './facts.ts';

/** The rule that may open a page. */
export const PRINCIPLES = 'Rules: Go step by step.\n';

const FACT_PAGES = 0.15;
const OWNER_FACTS = 0.25;
const OPENED_PAGES = 0.2;
const HELD_OUT_TURNS = 0.2;
const MOST_TURNS = 5;
/** How often a turn takes so many look-ups, from one on: what decides how far the base model can be trusted. */
export const DEPTH_WEIGHTS = [20, 25, 25, 3, 1, 0.35, 0.12, 0.04] as const satisfies { readonly length: typeof DEEPEST };

function fact(random: Random): string {
  return random.chance(OWNER_FACTS) ? statement(random.pick(THINGS), OWNER) : statement(random.pick(PEOPLE), random.pick(RELATIONS));
}

function answeredTurn(random: Random): string {
  const chain = drawChain(random, 1 + random.weighted(DEPTH_WEIGHTS));
  const asked = question(chain, random.pick(random.chance(HELD_OUT_TURNS) ? HELD_OUT_FORMS : FORMS));
  return turn(asked, answerText(chain, peopleOf(chain)));
}

/** One page of pre-training text, without special tokens; it ends with a line break. */
export function document(random: Random): string {
  if (random.chance(FACT_PAGES)) return `${Array.from({ length: 3 + random.int(6) }, () => fact(random)).join(' ')}\n`;
  const opened = random.chance(OPENED_PAGES);
  const turns = Array.from({ length: 1 + random.int(MOST_TURNS) }, () => answeredTurn(random));
  return (opened ? PRINCIPLES : '') + turns.join('');
}
