/** Numbers of a comparison as people read them. Pure text. */
import type { Difference, Interval } from './statistics.ts';

/** 0.9314 as "93.1%". */
export function share1(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** 0.031 as "+3.1", in points of a hundred; what rounds to zero has no sign. */
export function points(difference: number): string {
  const rounded = (100 * difference).toFixed(1);
  return Number(rounded) === 0 ? '0.0' : difference > 0 ? `+${rounded}` : rounded.replace('-', '−');
}

/** "5 seeds". */
export function seedsText(n: number): string {
  return n === 1 ? 'one seed' : `${n} seeds`;
}

/** One seed, or seeds that all agree, have no interval. */
export function hasSpread({ low, high }: Interval): boolean {
  return high > low;
}

/** A mean with its interval where its values show one: "93.1% (92.0% to 94.2%)". */
export function withRange(interval: Interval, say: (value: number) => string): string {
  const { mean, low, high } = interval;
  return hasSpread(interval) ? `${say(mean)} (${say(low)} to ${say(high)})` : say(mean);
}

/** The same in little room, shares without their sign: "93.1 [92.0, 94.2]". */
export function brackets(interval: Interval, say: (value: number) => string): string {
  const number = (value: number): string => say(value).replace('%', '');
  const { mean, low, high } = interval;
  return hasSpread(interval) ? `${number(mean)} [${number(low)}, ${number(high)}]` : number(mean);
}

/** What a difference allows one to say, in a cell. */
export function verdictWord(difference: Difference | null): string {
  const words = { 'too few': 'too few seeds', alike: 'the same on every seed', unclear: 'not clear', better: 'better', worse: 'worse' };
  return difference === null ? '–' : words[difference.verdict];
}
