/** A date as Python's strftime writes it in the C locale, for templates that ask for it. Knows no template. */

const two = (n: number): string => String(n).padStart(2, '0');
const name = (date: Date, options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en-US', options).format(date);
const hour = (date: Date): number => date.getHours() % 12 || 12;
const dayOfYear = (date: Date): number =>
  Math.round((Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000) + 1;

const CODES: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => name(date, { weekday: 'short' }),
  A: (date) => name(date, { weekday: 'long' }),
  b: (date) => name(date, { month: 'short' }),
  B: (date) => name(date, { month: 'long' }),
  d: (date) => two(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2),
  F: (date) => dateText(date, '%Y-%m-%d'),
  H: (date) => two(date.getHours()),
  I: (date) => two(hour(date)),
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  m: (date) => two(date.getMonth() + 1),
  M: (date) => two(date.getMinutes()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  S: (date) => two(date.getSeconds()),
  T: (date) => dateText(date, '%H:%M:%S'),
  u: (date) => String(date.getDay() || 7),
  w: (date) => String(date.getDay()),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  Z: () => '',
  z: () => '',
  '%': () => '%',
};

/** Local time, as `datetime.now().strftime(format)` gives it. Errors: RangeError names a code that is not known. */
export function dateText(date: Date, format: string): string {
  return format.replace(/%(-?)([^]?)/g, (all, bare: string, letter: string) => {
    const code = CODES[letter];
    if (code === undefined) throw new RangeError(`strftime_now: the code ${all} is not supported`);
    const text = code(date);
    return bare === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}
