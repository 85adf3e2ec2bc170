/** The arms of a comparison in its charts: how each looks, and what may be said of it in words. Pure; knows no chart. */
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
  return row === undefined || trains(row) ? reference : 'the base model';
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
  if (difference === null) return 'no common seed yet';
  const { mean, n, verdict } = difference;
  if (verdict === 'unclear') return 'no clear difference';
  if (verdict === 'too few') return `${points(mean)}, ${n === 1 ? 'one seed only' : `${n} seeds: too few to tell`}`;
  if (verdict === 'alike') return isNothing(difference) ? `the same on all ${n} seeds` : `${points(mean)} on each of ${n} seeds`;
  return `${points(mean)} points, ${verdict}`;
}

/** "5 seeds". */
export function seedsText(n: number): string {
  return n === 1 ? 'one seed' : `${n} seeds`;
}

/** A mean with its interval and how many seeds it is of, for the tip of a mark. */
export function meanText(interval: Interval, say: (value: number) => string): string {
  return `${rangeText(interval, say)}, ${seedsText(interval.n)}`;
}

/** "better: SOFT, SOFT+"; nothing where there is none. */
export function listing(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMES;
  return [`${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/** "SOFT and SOFT+", in the middle of a sentence. */
export function andList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const last = more > 0 ? `${more} more` : names.at(-1);
  const first = more > 0 ? names.slice(0, MOST_NAMES) : names.slice(0, -1);
  return first.length === 0 ? String(last) : `${first.join(', ')} and ${last}`;
}
