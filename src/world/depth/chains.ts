/**
 * What can be asked: a chain of look-ups from a thing on, each relation at most once. Its depth is how many look-ups it takes. A question has
 * one of four wordings that alignment uses, or of two that are held out. Knows no split.
 */
import { Random } from '../../random.ts';
import { promptText } from '../turns.ts';
import { lookUp, OWNER, RELATIONS, THINGS } from './facts.ts';

/** The owner first, then relation after relation. */
export type Chain = { readonly thing: string; readonly path: readonly string[] };

export const DEEPEST = 8;
export const KINDS = ['depth 1', 'depth 2', 'depth 3', 'depth 4', 'depth 5', 'depth 6', 'depth 7', 'depth 8'] as const;
export type Kind = (typeof KINDS)[number];

/** How a question begins; what is held out the base model has read, but no prompt, demonstration or validation question uses it. */
export const FORMS = ['Who is', 'Find', 'Name', 'Show'] as const;
export const HELD_OUT_FORMS = ['Tell me', 'I seek'] as const;
export type Form = (typeof FORMS)[number] | (typeof HELD_OUT_FORMS)[number];

export type Question = {
  readonly id: string;
  readonly kind: Kind;
  readonly text: string;
  /** What the model reads before it answers; the completion starts with a space and ends with a line break. */
  readonly prompt: string;
  /** The one right answer, look-up by look-up. */
  readonly answer: string;
  readonly chain: Chain;
};

/** A chain's name, unique in the world, e.g. `jar/owner/friend`. */
export function chainKey({ thing, path }: Chain): string {
  return [thing, ...path].join('/');
}

export function kindOf({ path }: Chain): Kind {
  const kind = KINDS[path.length - 1];
  if (kind === undefined) throw new RangeError(`no question has ${path.length} steps`);
  return kind;
}

/** A random chain of so many look-ups. */
export function drawChain(random: Random, depth: number): Chain {
  return { thing: random.pick(THINGS), path: [OWNER, ...random.sample(RELATIONS, depth - 1)] };
}

/** The people that the look-ups come to, in order. */
export function peopleOf({ thing, path }: Chain): readonly string[] {
  const people: string[] = [];
  for (const relation of path) people.push(lookUp(people.at(-1) ?? thing, relation));
  return people;
}

/** An answer that comes to these people. */
export function answerText({ path }: Chain, people: readonly string[]): string {
  return `${people.map((person, i) => `${path[i] ?? ''} ${person}`).join(', ')}.`;
}

/** The question that asks for a chain in a form; its id is the chain's key with the form, e.g. `jar/owner/friend/Who is`. */
export function question(chain: Chain, form: Form): Question {
  // The last look-up is named first, as in English; so each stands as far from its place in the answer in a short question as in a long one.
  const text = `${form} ${[chain.thing, ...chain.path]
    .toReversed()
    .map((word) => `the ${word}`)
    .join(' of ')}${form === 'Who is' ? '?' : '.'}`;
  return {
    id: `${chainKey(chain)}/${form}`,
    kind: kindOf(chain),
    text,
    prompt: promptText({ text }),
    answer: answerText(chain, peopleOf(chain)),
    chain,
  };
}

/** The question with a text; null for any other text. */
export function parseQuestion(text: string): Question | null {
  const [, opening, list = ''] = /^(.+?) the ((?:[a-z]+ of the )*[a-z]+)[.?]$/.exec(text) ?? [];
  const [thing = '', ...path] = list.split(' of the ').toReversed();
  const form = [...FORMS, ...HELD_OUT_FORMS].find((other) => other === opening);
  const [owner, ...relations] = path;
  const good = THINGS.includes(thing) && owner === OWNER && path.length <= DEEPEST && relations.every((r) => RELATIONS.includes(r));
  if (form === undefined || !good || new Set(path).size < path.length) return null;
  const asked = question({ thing, path }, form);
  return asked.text === text ? asked : null;
}

/** Chains of a depth in a fixed order: all of the shallow ones, as many of the others. */
const CHAINS_OF_DEPTH = 500;

function chainsOf(depth: number): readonly Chain[] {
  const random = Random.of('depth', 'chains', depth);
  if (depth === 1) return random.shuffle(THINGS.map((thing) => ({ thing, path: [OWNER] })));
  if (depth === 2) return random.shuffle(THINGS.flatMap((thing) => RELATIONS.map((relation) => ({ thing, path: [OWNER, relation] }))));
  const made = new Map<string, Chain>();
  while (made.size < CHAINS_OF_DEPTH) {
    const chain = drawChain(random, depth);
    made.set(chainKey(chain), chain);
  }
  return [...made.values()];
}

export const CHAINS: ReadonlyMap<Kind, readonly Chain[]> = new Map(KINDS.map((kind, i) => [kind, chainsOf(i + 1)]));
