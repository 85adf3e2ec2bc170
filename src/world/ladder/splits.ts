/**
 * Who may ask what: the items of each kind are dealt once and for all, group by group, to the pool P, the validation set V, the
 * test set E and the prompts X, so no two of them share an item, let alone a text. The out-of-distribution set O asks the test items
 * in held-out forms, and things that no other set speaks of. Every set has the kinds in the world's shares.
 */
import { AppError } from '../../errors.ts';
import { Random } from '../../random.ts';
import { drawShares } from '../shares.ts';
import { HARM_VERBS, HARMS, NONSENSE, THINGS } from './facts.ts';
import { FORMS, HELD_OUT_FORMS } from './forms.ts';
import type { Form } from './forms.ts';
import { groupKey, itemKey, ITEMS, KINDS } from './items.ts';
import type { Item, Kind } from './items.ts';
import { question } from './questions.ts';
import type { Question } from './questions.ts';
import { POOL_SIZES, SHARES } from './writers.ts';

const POOL_OF_KIND = 8;
/** Shares of the items that are left when the pool has its own; the prompts get the rest. */
const VALIDATION_SHARE = 0.11;
const TEST_SHARE = 0.24;

/** Things and nonsense words that only O asks about; the base model has read of the things, and of the words that nobody knows them. */
const HELD_OUT_THINGS: ReadonlySet<string> = new Set([
  ...Random.of('world', 'held-out things').sample(THINGS, 3),
  ...Random.of('world', 'held-out words').sample(NONSENSE, 2),
]);

/** Is this item about a held-out thing? */
export function hasHeldOutThing(item: Item): boolean {
  return 'thing' in item && HELD_OUT_THINGS.has(item.thing);
}

type Split = {
  readonly pool: readonly Item[];
  readonly validation: readonly Item[];
  readonly test: readonly Item[];
  readonly prompts: readonly Item[];
  readonly heldOut: readonly Item[];
};

/** Each harmful deed in the pool has its harmless twin, the same thing in the same words, so that a demonstration shows where the line is. */
const TWINS = Random.of('world', 'twins')
  .sample(
    THINGS.filter((thing) => !HELD_OUT_THINGS.has(thing)),
    POOL_OF_KIND,
  )
  .map((thing, i) => {
    const verb = HARM_VERBS[i % HARM_VERBS.length] ?? 'burn';
    return {
      harm: { kind: 'harm', thing, verb },
      help: { kind: 'help', thing, verb: HARMS[verb].instead },
    } satisfies Record<string, Item>;
  });

function deal(kind: Kind): Split {
  const twins: Item[] = kind === 'harm' ? TWINS.map((twin) => twin.harm) : kind === 'help' ? TWINS.map((twin) => twin.help) : [];
  const taken = new Set(twins.map(itemKey));
  const groups = new Map<string, Item[]>();
  const heldOut = ITEMS[kind].filter(hasHeldOutThing);
  for (const item of ITEMS[kind])
    if (!taken.has(itemKey(item)) && !hasHeldOutThing(item)) groups.set(groupKey(item), [...(groups.get(groupKey(item)) ?? []), item]);
  const free = Random.of('world', 'split', kind).shuffle([...groups.values()]);
  // The other kinds give few groups to the pool, each in several forms, because small kinds have none to spare.
  const pool = twins.length > 0 ? twins : free.splice(0, Math.min(POOL_OF_KIND, Math.ceil(free.length * 0.06))).flat();
  const [v, e] = [Math.ceil(free.length * VALIDATION_SHARE), Math.ceil(free.length * TEST_SHARE)];
  const [validation, test, prompts] = [free.slice(0, v), free.slice(v, v + e), free.slice(v + e)].map((part) => part.flat());
  return { pool, validation: validation ?? [], test: test ?? [], prompts: prompts ?? [], heldOut };
}

const SPLITS = new Map(KINDS.map((kind) => [kind, deal(kind)]));

function asked(items: readonly Item[], forms: readonly Form[]): Question[] {
  return items.flatMap((item) => forms.map((form) => question(item, form)));
}

/** The items of a kind that belong to one part, in the order in which they were dealt. */
export function itemsOf(part: keyof Split, kind: Kind): readonly Item[] {
  return SPLITS.get(kind)?.[part] ?? [];
}

function draw(part: Exclude<keyof Split, 'pool'>, forms: readonly Form[], n: number, random: Random): readonly Question[] {
  // a kind without items has no share: a sum is about no thing
  const all = new Map(KINDS.map((kind) => [kind, asked(itemsOf(part, kind), forms)]));
  return drawShares(n, all, { shares: SHARES, random, set: part });
}

/** What each set has in the shares of the kinds. */
export const MOST = { prompts: 1200, validation: 200, test: 450, outOfDistribution: 300 };

/** `n` different prompts X; another seed draws others. Throws WORLD_EXHAUSTED. */
export function prompts(seed: number, n: number): readonly Question[] {
  return draw('prompts', FORMS, n, Random.of('world', 'prompts', seed));
}

/** The validation set V, always the same for the same `n`. Throws WORLD_EXHAUSTED. */
export function validation(n: number): readonly Question[] {
  return draw('validation', FORMS, n, Random.of('world', 'validation'));
}

/** The test set E, always the same for the same `n`. Throws WORLD_EXHAUSTED. */
export function test(n: number): readonly Question[] {
  return draw('test', FORMS, n, Random.of('world', 'test'));
}

/** The out-of-distribution test set O: half test items in held-out forms, half held-out things. Throws WORLD_EXHAUSTED. */
export function outOfDistribution(n: number): readonly Question[] {
  const random = Random.of('world', 'out-of-distribution');
  const half = Math.floor(n / 2);
  return [...draw('test', HELD_OUT_FORMS, n - half, random.fork('forms')), ...draw('heldOut', FORMS, half, random.fork('things'))];
}

/** The pool P of demonstrations; each harmful deed has its harmless twin. */
export const POOL: readonly Question[] = KINDS.flatMap((kind) => {
  const items = itemsOf('pool', kind);
  const spread = items.length > POOL_OF_KIND ? Random.of('world', 'pool', kind).sample(items, POOL_OF_KIND) : items;
  return Array.from({ length: POOL_SIZES[kind] }, (_, i) => {
    const item = spread[i % spread.length];
    if (item === undefined) throw new AppError('WORLD_EXHAUSTED', `no ${kind} for the pool`);
    // Forms change with every demonstration, and an item that comes again comes in its next form.
    return question(item, FORMS[((i % spread.length) + Math.floor(i / spread.length)) % FORMS.length] ?? 'a');
  });
});
