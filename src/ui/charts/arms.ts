/** The arms of a comparison in its charts: how each looks, and what may be said of it in words. Pure; knows no chart. */
import { say } from '../language/language.ts';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import type { Difference, Interval } from '../../comparison/statistics.ts';
import { points, rangeText } from '../../shares.ts';

/** Told apart by hue and marker, from the fifth arm on by dash too; no two of sixteen look the same. */
const COLOURS = ['var(--curve-1)', 'var(--curve-2)', 'var(--curve-3)', 'var(--curve-4)'] as const;
const DASHES = ['', '7 4', '2 3', '10 3 2 3'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

/** A sentence names so many arms; the table has them all. */
const MOST_NAMES = 3;

export type ArmLook = { readonly colour: string; readonly dash: string; readonly symbol: (typeof SYMBOLS)[number] };

/** How the arm at a place of the comparison looks in every chart. */
export function lookOf(index: number): ArmLook {
  const [place, turn] = [index % 4, Math.floor(index / 4)];
  return {
    colour: COLOURS[place] ?? COLOURS[0],
    dash: DASHES[(place + turn) % 4] ?? '',
    symbol: SYMBOLS[(place + turn) % 4] ?? 'circle',
  };
}

/** Does the arm train? Demonstrations alone have no curve. */
export function trains({ curve }: Pick<ArmRow, 'curve'>): boolean {
  return curve.length > 0;
}

/** The reference as its zero-shot numbers by question kind are: without training, those of the base model. */
export function baseline({ arms, reference }: Comparison): string {
  const row = arms.find(({ arm }) => arm === reference);
  return row === undefined || trains(row) ? reference : say('the base model');
}

/** Is the difference more than luck, as far as its seeds can tell? */
export function isClear(difference: Difference | null): boolean {
  return difference !== null && (difference.verdict === 'better' || difference.verdict === 'worse');
}

/** Is the difference none at all, as it is shown? */
export function isNothing(difference: Difference | null): boolean {
  return difference !== null && points(difference.mean) === '0.0';
}

/** What a difference allows one to say, in words. */
export function verdictText(difference: Difference | null): string {
  if (difference === null) return say('no common seed yet');
  const { mean, n, verdict } = difference;
  if (verdict === 'unclear') return say('no clear difference');
  if (verdict === 'too few')
    return say('{mean}, {n, plural, one {one seed only} other {# seeds: too few to tell}}', { mean: points(mean), n });
  if (verdict === 'alike')
    return isNothing(difference) ? say('the same on all {n} seeds', { n }) : say('{mean} on each of {n} seeds', { mean: points(mean), n });
  return verdict === 'better' ? say('{mean} points, better', { mean: points(mean) }) : say('{mean} points, worse', { mean: points(mean) });
}

/** "5 seeds". */
export function seedsText(n: number): string {
  return say('{n, plural, one {one seed} other {# seeds}}', { n });
}

/** A mean with its interval and how many seeds it is of, for the tip of a mark. */
export function meanText(interval: Interval, write: (value: number) => string): string {
  return `${rangeText(interval, write)}, ${seedsText(interval.n)}`;
}

/** "better: SOFT, SOFT+"; nothing where there is none. */
export function listing(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMES;
  return [`${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` ${say('and {more} more', { more })}` : ''}`];
}

/** "SOFT and SOFT+", in the middle of a sentence. */
export function andList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const last = more > 0 ? say('{more} more', { more }) : (names.at(-1) ?? '');
  const first = more > 0 ? names.slice(0, MOST_NAMES) : names.slice(0, -1);
  return first.length === 0 ? last : say('{first} and {last}', { first: first.join(', '), last });
}
