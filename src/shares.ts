/** Shares, differences and means over seeds as people read them: one form of each for the page, the tables and the pictures. */
import { decimal } from './locale.ts';

/** A mean with the ends of its interval; both are the mean where its values show no spread. */
type Range = { readonly mean: number; readonly low: number; readonly high: number };

/** 0.9314 as "93.1", where a heading says that it is percent. */
export function hundredths(share: number, digits = 1): string {
  return decimal(100 * share, digits);
}

/** A share with its sign, as the language at hand writes it: "93.1%", "93,1 %". */
function withSign(share: number, digits: number): string {
  return decimal(100 * share, digits, { style: 'unit', unit: 'percent' });
}

/** 0.8765 as "88%". */
export function percent(share: number): string {
  return withSign(share, 0);
}

/** 0.9314 as "93.1%". */
export function percent1(share: number): string {
  return withSign(share, 1);
}

/** A share that may not be known. */
export function shareText(share: number | null): string {
  return share === null ? '–' : percent(share);
}

/** 0.031 as "+3.1", in points of a hundred; what rounds to nothing has no sign. */
export function points(difference: number): string {
  return decimal(100 * difference, 1, { signDisplay: 'exceptZero' });
}

/** A tick of an axis of differences: whole points without their zero. */
export function wholePoints(difference: number): string {
  return points(difference).replace(/[.,]0$/, '');
}

/** Do the values show a spread? One seed, or seeds that all agree, have no interval. */
export function hasSpread({ low, high }: Range): boolean {
  return high > low;
}

/** A mean with its interval where it has one: "93.1% (91.0% to 95.2%)". */
export function rangeText(range: Range, say: (value: number) => string): string {
  const { mean, low, high } = range;
  return hasSpread(range) ? `${say(mean)} (${say(low)} to ${say(high)})` : say(mean);
}
