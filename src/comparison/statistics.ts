/**
 * What a handful of numbers allows one to say: means with 95 % intervals, differences over common seeds, and which of several
 * differences are more than luck. Pure; knows no run and no model.
 */
import { mean } from '../numbers.ts';
import { criticalOf, tailOf } from './student.ts';

/**
 * A mean over `n` seeds with its 95 % Student-t interval, cut at what the number can be. A single seed, or seeds that all agree, show no
 * spread: both ends are then the mean, and there is no interval to speak of.
 */
export type Interval = { readonly mean: number; readonly low: number; readonly high: number; readonly n: number };

/** A mean paired difference over the seeds that two arms have in common. */
export type Difference = Interval & {
  /** Two-sided p of Student's paired t test, with Holm's correction over its family; null where there is no test. */
  readonly p: number | null;
  /** `too few` = fewer seeds than a verdict takes; `alike` = the same on every seed, so that there is no test. */
  readonly verdict: 'too few' | 'alike' | 'unclear' | 'better' | 'worse';
};

/** With fewer common seeds nothing is called better or worse. */
export const FEWEST_SEEDS = 5;

/** Chance of a wrong "better" or "worse" among all differences of a comparison, where there is none. */
const LEVEL = 0.05;

/** Numbers that differ by less are the same: shares of whole questions, but for the rounding of their quotients. */
const ROUNDING = 1e-9;

/** The standard error of a mean over independent values; null where they do not show one: fewer than two, or all the same. */
function errorOf(values: readonly number[]): number | null {
  if (values.length < 2 || Math.max(...values) - Math.min(...values) <= ROUNDING) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length * (values.length - 1)));
}

/** What a number can be: an interval is cut there, which loses nothing of what it covers. */
type Range = { readonly least: number; readonly most: number };
const SHARE: Range = { least: 0, most: 1 };
const DIFFERENCE: Range = { least: -1, most: 1 };

/** The mean of shares with its Student-t interval; without a spread both ends are the mean. */
export function intervalOf(values: readonly number[], { least, most }: Range = SHARE): Interval {
  const [centre, error] = [mean(values), errorOf(values)];
  const half = error === null ? 0 : criticalOf(values.length - 1) * error;
  return {
    mean: centre,
    low: Math.max(Math.min(least, centre), centre - half),
    high: Math.min(Math.max(most, centre), centre + half),
    n: values.length,
  };
}

/** a - b over the keys (seeds) that both have, by rising key, so that what they share falls out. */
export function paired(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): readonly number[] {
  return [...a]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([seed, value]) => {
      const other = b.get(seed);
      return other === undefined ? [] : [value - other];
    });
}

/** Holm's step-down correction (1979): each p-value as it counts among all of them, in the order given. */
export function holm(ps: readonly number[]): readonly number[] {
  const rising = ps.map((p, place) => ({ p, place })).toSorted((a, b) => a.p - b.p);
  const adjusted = ps.map(() => 1);
  let most = 0;
  for (const [rank, { p, place }] of rising.entries()) {
    most = Math.max(most, Math.min(1, (ps.length - rank) * p));
    adjusted[place] = most;
  }
  return adjusted;
}

/**
 * The mean of each list of paired differences with its interval and what may be said of it. One call is one family: Holm's correction
 * is over all lists that can have a verdict. Empty lists give null.
 */
export function judgeAll(lists: readonly (readonly number[])[]): readonly (Difference | null)[] {
  const tested = lists.map((values) => {
    const error = errorOf(values);
    return error === null || values.length < FEWEST_SEEDS ? null : tailOf(mean(values) / error, values.length - 1);
  });
  const corrected = holm(tested.filter((p) => p !== null)).values();
  return lists.map((values, i) => {
    if (values.length === 0) return null;
    const interval = intervalOf(values, DIFFERENCE);
    const p = tested[i] === null ? null : (corrected.next().value ?? 1);
    return { ...interval, p, verdict: verdictOf(interval, p) };
  });
}

function verdictOf({ mean, n }: Interval, p: number | null): Difference['verdict'] {
  if (n < FEWEST_SEEDS) return 'too few';
  if (p === null) return 'alike';
  if (p > LEVEL) return 'unclear';
  return mean > 0 ? 'better' : 'worse';
}
