/**
 * Who may ask what: the chains of each depth are dealt once and for all to the pool P, the validation set V, the test set E and the prompts
 * X, so no two of them share a chain. The out-of-distribution set O asks the test chains in held-out wordings, and chains from things that no
 * other set speaks of. Every set has the depths in the same shares; the pool has shallow ones alone.
 */
import { AppError } from '../../errors.ts';
import { Random } from '../../random.ts';
import { drawShares, type Shares } from '../shares.ts';
import {
  type Chain,
  CHAINS,
  chainKey,
  type Form,
  FORMS,
  HELD_OUT_FORMS,
  type Kind,
  kindOf,
  KINDS,
  type Question,
  question,
} from './chains.ts';
import { THINGS } from './facts.ts';

/** How much of every set each depth has: mostly the last one that pre-training made common and the three beyond it. */
export const SHARES: Shares<Kind> = {
  'depth 1': 1,
  'depth 2': 3,
  'depth 3': 24,
  'depth 4': 24,
  'depth 5': 24,
  'depth 6': 24,
  'depth 7': 0,
  'depth 8': 0,
};
/** Demonstrations of each depth in the pool. */
const POOL_SIZES: Readonly<Partial<Record<Kind, number>>> = { 'depth 1': 4, 'depth 2': 12, 'depth 3': 24 };
/** Shares of the chains that are left when the pool has its own; the prompts get the rest. */
const VALIDATION_SHARE = 0.11;
const TEST_SHARE = 0.24;

/** Things that only O asks about; the base model has read who owns them. */
const HELD_OUT_THINGS: ReadonlySet<string> = new Set(Random.of('depth', 'held-out things').sample(THINGS, 3));

type Part = 'pool' | 'validation' | 'test' | 'prompts' | 'heldOut';

function deal(kind: Kind): Readonly<Record<Part, readonly Chain[]>> {
  const all = CHAINS.get(kind) ?? [];
  const heldOut = all.filter(({ thing }) => HELD_OUT_THINGS.has(thing));
  const free = Random.of('depth', 'split', kind).shuffle(all.filter((chain) => !heldOut.includes(chain)));
  const pool = free.splice(0, POOL_SIZES[kind] ?? 0);
  const [v, e] = [Math.ceil(free.length * VALIDATION_SHARE), Math.ceil(free.length * TEST_SHARE)];
  return { pool, validation: free.slice(0, v), test: free.slice(v, v + e), prompts: free.slice(v + e), heldOut };
}

const SPLITS = new Map(KINDS.map((kind) => [kind, deal(kind)]));

/** The chains of a kind that belong to one part. */
function chainsOf(part: Part, kind: Kind): readonly Chain[] {
  return SPLITS.get(kind)?.[part] ?? [];
}

const NOT_FREE = new Set(
  KINDS.flatMap((kind) => (['pool', 'validation', 'test', 'heldOut'] as const).flatMap((part) => chainsOf(part, kind).map(chainKey))),
);

/** May a chain be asked while learning? */
export function isFree(chain: Chain): boolean {
  return !NOT_FREE.has(chainKey(chain)) && !HELD_OUT_THINGS.has(chain.thing) && KINDS.includes(kindOf(chain));
}

function draw(part: Exclude<Part, 'pool'>, forms: readonly Form[], n: number, random: Random): readonly Question[] {
  const all = new Map(KINDS.map((kind) => [kind, chainsOf(part, kind).flatMap((chain) => forms.map((form) => question(chain, form)))]));
  return drawShares(n, all, { shares: SHARES, random, set: part });
}

/** What each set has in the shares of the depths. */
export const MOST = { prompts: 1200, validation: 200, test: 450, outOfDistribution: 200 };

/** `n` different prompts X; another seed draws others. Throws WORLD_EXHAUSTED. */
export function prompts(seed: number, n: number): readonly Question[] {
  return draw('prompts', FORMS, n, Random.of('depth', 'prompts', seed));
}

/** The validation set V, always the same for the same `n`. Throws WORLD_EXHAUSTED. */
export function validation(n: number): readonly Question[] {
  return draw('validation', FORMS, n, Random.of('depth', 'validation'));
}

/** The test set E, always the same for the same `n`. Throws WORLD_EXHAUSTED. */
export function test(n: number): readonly Question[] {
  return draw('test', FORMS, n, Random.of('depth', 'test'));
}

/** The out-of-distribution test set O: half test chains in held-out wordings, half held-out things. Throws WORLD_EXHAUSTED. */
export function outOfDistribution(n: number): readonly Question[] {
  const random = Random.of('depth', 'out-of-distribution');
  const half = Math.floor(n / 2);
  return [...draw('test', HELD_OUT_FORMS, n - half, random.fork('forms')), ...draw('heldOut', FORMS, half, random.fork('things'))];
}

/** The pool P of demonstrations, each in the next form. */
export const POOL: readonly Question[] = KINDS.flatMap((kind) =>
  chainsOf('pool', kind).map((chain, i) => {
    const form = FORMS[i % FORMS.length];
    if (form === undefined) throw new AppError('WORLD_EXHAUSTED', 'no wording for the pool');
    return question(chain, form);
  }),
);
