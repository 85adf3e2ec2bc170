/**
 * In which locale numbers are written: English, unless a page says otherwise. Knows no language and no sentence.
 */
let source = (): string => 'en';

/** The locale at hand, as `Intl` takes it. */
export function locale(): string {
  return source();
}

/** Says from where the locale comes; a page gives a function that reads a signal, so that its numbers follow. */
export function localeFrom(from: () => string): void {
  source = from;
}

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = source();
  const key = `${name} ${JSON.stringify(options)}`;
  const known = formats.get(key) ?? new Intl.NumberFormat(name, options);
  formats.set(key, known);
  return known;
}

/** A number, or one that is rounded already, with a minus that is one; what rounds to nothing has no sign. */
function written(value: number | string, options: Intl.NumberFormatOptions): string {
  return formatOf({ signDisplay: 'negative', ...options })
    .format(value as Intl.StringNumericLiteral | number)
    .replace('-', '−');
}

/** A number with so many digits after the point: 0.5 with two as "0.50". */
export function decimal(value: number, digits: number, options: Intl.NumberFormatOptions = {}): string {
  // rounded as everywhere else: `Intl` has its own way with 0.25
  const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false, ...options };
  return written(value.toFixed(digits), fixed);
}

/** A number that is read in a sentence: 480, 0.7, from 10,000 on in groups. */
export function counted(value: number): string {
  return written(value, { maximumFractionDigits: 6, useGrouping: 'min2' });
}

/** A number as it would be typed, without groups: 0.0001, 1200. */
export function numeral(value: number): string {
  return written(value, { maximumFractionDigits: 12, useGrouping: false });
}

/** A number with so many digits that count: 0.123, 12.3, 123. */
export function significant(value: number, digits: number): string {
  return written(value.toPrecision(digits), { minimumSignificantDigits: digits, maximumSignificantDigits: digits, useGrouping: false });
}

/** A count that stands by itself, always in groups: 1,234,567. */
export function grouped(value: number): string {
  return written(value, { maximumFractionDigits: 6 });
}

/** A moment: "29 November 2026 at 11:15". */
export function moment(at: number, options: Intl.DateTimeFormatOptions): string {
  const name = source();
  // English as it is written where most of its readers do not live: the day first
  return new Intl.DateTimeFormat(name === 'en' ? 'en-GB' : name, options).format(at);
}

/** A number as somebody types it, with the sign of their decimals or with a point: "0,7" is 0.7 in every language. */
export function plainNumber(text: string): string {
  return /^\s*[-−+]?\d*,\d+\s*$/.test(text) ? text.replace(',', '.').replace('−', '-') : text;
}
