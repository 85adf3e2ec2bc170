/** Numbers rounded to places as Python rounds them: exactly, and to even in the middle. Knows no template. */
import { unsupported } from './values.ts';

/** `round(value, digits)`, to even where it lies in the middle. */
export function rounded(value: bigint | number, digits: number): bigint | number {
  if (typeof value === 'bigint') return digits >= 0 ? value : unsupported('rounding to tens');
  if (!Number.isFinite(value)) return value;
  if (digits < 0 || digits > 100) return unsupported('rounding to so many digits');
  const text = decimal(value, digits);
  return Number(text);
}

/** A number with so many digits after the point, exactly rounded, to even where it lies in the middle. */
export function decimal(value: number, digits: number): string {
  const negative = value < 0 || Object.is(value, -0);
  const [top, bottom] = fraction(Math.abs(value));
  const scaled = top * 10n ** BigInt(digits);
  let units = scaled / bottom;
  const twice = 2n * (scaled % bottom);
  if (twice > bottom || (twice === bottom && units % 2n === 1n)) units += 1n;
  const all = String(units).padStart(digits + 1, '0');
  const body = digits === 0 ? all : `${all.slice(0, -digits)}.${all.slice(-digits)}`;
  return negative ? `-${body}` : body;
}

/** A float as the fraction that it is. */
function fraction(value: number): readonly [bigint, bigint] {
  let [top, bottom] = [value, 1n];
  while (!Number.isInteger(top)) [top, bottom] = [top * 2, bottom * 2n];
  return [BigInt(top), bottom];
}
