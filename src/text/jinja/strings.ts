/** The methods of Python's texts that templates call. Knows no template. */
import { braceFormat } from './format.ts';
import { isAscii, isSpace, lengthOf, linesOf, pointsOf, stripped } from './text.ts';
import { each, fail, Tuple, typeOf, unsupported, type Value } from './values.ts';

type Given = { readonly at: (index: number, name?: string) => Value | undefined };
type Method = (text: string, given: Given, all: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

/** Letters whose lower, upper or title form Python and JavaScript may see otherwise. */
const UNSURE = /[\u0130\u01c4-\u01cc\u01f1-\u01f3\u1f80-\u1fff\ufb00-\ufb17]/;
const MAX_WIDTH = 100_000;

const textOf = (value: Value | undefined, what: string): string => (typeof value === 'string' ? value : fail(`${what} must be str`));
const optionalText = (value: Value | undefined, what: string): string | null =>
  value === undefined || value === null ? null : textOf(value, what);

function wholeOf(value: Value | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  return typeof value === 'bigint' || typeof value === 'boolean'
    ? Number(value)
    : fail(`'${typeOf(value)}' object cannot be interpreted as an integer`);
}

/** A place in a text or list as slices take it: from the end where it is negative, and never outside. */
export function placeIn(length: number, value: Value | undefined, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  const at = wholeOf(value, fallback);
  return Math.max(0, Math.min(length, at < 0 ? at + length : at));
}

/** The part of a text that `start` and `end` name; null where it begins behind the end. */
function part(text: string, given: Given, from: number): { readonly points: readonly string[]; readonly start: number } | null {
  const points = pointsOf(text);
  const [first, last] = [given.at(from), given.at(from + 1)];
  const start = placeIn(points.length, first, 0);
  if (typeof first === 'bigint' && first > BigInt(points.length)) return null;
  return { points: points.slice(start, placeIn(points.length, last, points.length)), start };
}

function found(text: string, given: Given, last: boolean): number {
  const inside = part(text, given, 1);
  const wanted = textOf(given.at(0), 'the text to find');
  if (inside === null) return -1;
  const joined = inside.points.join('');
  const at = last ? joined.lastIndexOf(wanted) : joined.indexOf(wanted);
  return at === -1 ? -1 : inside.start + lengthOf(joined.slice(0, at));
}

function meets(text: string, given: Given, starts: boolean): boolean {
  const wanted = given.at(0);
  const options = wanted instanceof Tuple ? wanted.items : [wanted];
  const inside = part(text, given, 1);
  const all = options.map((option) =>
    typeof option === 'string' ? option : fail(`${starts ? 'startswith' : 'endswith'} first arg must be str or a tuple of str`),
  );
  if (inside === null) return false;
  const joined = inside.points.join('');
  return all.some((option) => (starts ? joined.startsWith(option) : joined.endsWith(option)));
}

/** `split` and `rsplit`, at most so often; -1 is without end. */
export function split(text: string, separator: string | null, most: number, right: boolean): readonly string[] {
  if (separator === '') return fail('empty separator');
  if (separator !== null) {
    const words = text.split(separator);
    if (most < 0 || words.length <= most + 1) return words;
    const rest = words.length - most;
    return right
      ? [words.slice(0, rest).join(separator), ...words.slice(rest)]
      : [...words.slice(0, most), words.slice(most).join(separator)];
  }
  const [points, words] = [pointsOf(text), wordsOf(text)];
  if (most < 0 || words.length <= most) return words.map(([word]) => word);
  // white space on the far side of what is left is kept
  if (!right) return [...words.slice(0, most).map(([word]) => word), points.slice(words[most]?.[1]).join('')];
  const rest = words.length - most;
  const [word, at] = words[rest - 1] as readonly [string, number];
  return [points.slice(0, at + lengthOf(word)).join(''), ...words.slice(rest).map(([other]) => other)];
}

/** The words of a text, with the places where they begin. */
function wordsOf(text: string): readonly (readonly [string, number])[] {
  const words: [string, number][] = [];
  let inside = false;
  for (const [at, point] of pointsOf(text).entries()) {
    const last = words.at(-1);
    if (isSpace(point)) inside = false;
    else if (inside && last !== undefined) last[0] += point;
    else {
      words.push([point, at]);
      inside = true;
    }
  }
  return words;
}

/** `str.replace`. */
export function replaced(text: string, from: string, to: string, count: number): string {
  if (count < 0) return from === '' ? [...pointsOf(text).map((point) => to + point), to].join('') : text.replaceAll(from, () => to);
  if (from === '') {
    const points = pointsOf(text);
    return points.map((point, i) => (i < count ? to + point : point)).join('') + (count > points.length ? to : '');
  }
  const parts = text.split(from);
  return parts.map((piece, i) => (i === 0 ? piece : (i <= count ? to : from) + piece)).join('');
}

function cased(text: string, made: (text: string) => string): string {
  return UNSURE.test(text) ? unsupported('the case of a letter in this text') : made(text);
}
export const upper = (text: string): string => cased(text, (all) => all.toUpperCase());
export const lower = (text: string): string => cased(text, (all) => all.toLowerCase());
export function capitalized(text: string): string {
  const [first = ''] = pointsOf(text);
  if (first > '\x7f' && lengthOf(first.toUpperCase()) !== 1) return unsupported('the case of a letter in this text');
  // the whole in lower case, as the last letter of a word may have another one
  return upper(first) + pointsOf(lower(text)).slice(1).join('');
}

/** Has it a letter of this case, and none of another? */
const isLower = (text: string): boolean => /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
const isUpper = (text: string): boolean => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);

function every(text: string, test: RegExp, method: string): boolean {
  if (!isAscii(text) && method !== 'isalpha') return unsupported(`${method} of other letters than those of ASCII`);
  return text !== '' && pointsOf(text).every((point) => test.test(point));
}

function centred(text: string, width: number, fill: string): string {
  const missing = width - lengthOf(text);
  if (width > MAX_WIDTH) throw new RangeError('it makes a value that is too large');
  if (missing <= 0) return text;
  // CPython puts the odd one to the left only where the width is odd
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

function filled(text: string, given: Given, right: boolean): string {
  const [width, fill] = [wholeOf(given.at(0), 0), optionalText(given.at(1), 'the fill character') ?? ' '];
  if (lengthOf(fill) !== 1) return fail('The fill character must be exactly one character long');
  if (width > MAX_WIDTH) throw new RangeError('it makes a value that is too large');
  const pad = fill.repeat(Math.max(0, width - lengthOf(text)));
  return right ? pad + text : text + pad;
}

/** Each method with how many values it takes, and what they are called where Python lets them be called. */
export const METHODS: Readonly<
  Record<string, { readonly takes: readonly [number, number]; readonly names?: readonly string[]; readonly of: Method }>
> = {
  upper: { takes: [0, 0], of: upper },
  lower: { takes: [0, 0], of: lower },
  capitalize: { takes: [0, 0], of: capitalized },
  title: {
    takes: [0, 0],
    of: (text) =>
      !isAscii(text) ? unsupported('title() of other letters than those of ASCII') : text.toLowerCase().replace(/[a-z]+/g, capitalized),
  },
  swapcase: {
    takes: [0, 0],
    of: (text) =>
      !isAscii(text)
        ? unsupported('swapcase() of other letters than those of ASCII')
        : text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase())),
  },
  strip: { takes: [0, 1], of: (text, { at }) => stripped(text, optionalText(at(0), 'strip arg'), true, true) },
  lstrip: { takes: [0, 1], of: (text, { at }) => stripped(text, optionalText(at(0), 'lstrip arg'), true, false) },
  rstrip: { takes: [0, 1], of: (text, { at }) => stripped(text, optionalText(at(0), 'rstrip arg'), false, true) },
  split: {
    takes: [0, 2],
    names: ['sep', 'maxsplit'],
    of: (text, { at }) => split(text, optionalText(at(0), 'sep'), wholeOf(at(1), -1), false),
  },
  rsplit: {
    takes: [0, 2],
    names: ['sep', 'maxsplit'],
    of: (text, { at }) => split(text, optionalText(at(0), 'sep'), wholeOf(at(1), -1), true),
  },
  splitlines: { takes: [0, 1], names: ['keepends'], of: (text, { at }) => linesOf(text, wholeOf(at(0), 0) !== 0) },
  replace: {
    takes: [2, 3],
    of: (text, { at }) => replaced(text, textOf(at(0), 'replace() argument 1'), textOf(at(1), 'replace() argument 2'), wholeOf(at(2), -1)),
  },
  join: {
    takes: [1, 1],
    of: (text, { at }) => [...each(at(0) as Value)].map((item) => textOf(item, 'sequence item')).join(text),
  },
  startswith: { takes: [1, 3], of: (text, given) => meets(text, given, true) },
  endswith: { takes: [1, 3], of: (text, given) => meets(text, given, false) },
  find: { takes: [1, 3], of: (text, given) => BigInt(found(text, given, false)) },
  rfind: { takes: [1, 3], of: (text, given) => BigInt(found(text, given, true)) },
  index: { takes: [1, 3], of: (text, given) => there(found(text, given, false)) },
  rindex: { takes: [1, 3], of: (text, given) => there(found(text, given, true)) },
  count: { takes: [1, 3], of: (text, given) => BigInt(counted(text, given)) },
  removeprefix: {
    takes: [1, 1],
    of: (text, { at }) => (text.startsWith(textOf(at(0), 'removeprefix() argument')) ? text.slice((at(0) as string).length) : text),
  },
  removesuffix: {
    takes: [1, 1],
    of: (text, { at }) => {
      const end = textOf(at(0), 'removesuffix() argument');
      return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
    },
  },
  partition: {
    takes: [1, 1],
    of: (text, { at }) => {
      const separator = textOf(at(0), 'sep') || fail('empty separator');
      const place = text.indexOf(separator);
      return new Tuple(place === -1 ? [text, '', ''] : [text.slice(0, place), separator, text.slice(place + separator.length)]);
    },
  },
  rpartition: {
    takes: [1, 1],
    of: (text, { at }) => {
      const separator = textOf(at(0), 'sep') || fail('empty separator');
      const place = text.lastIndexOf(separator);
      return new Tuple(place === -1 ? ['', '', text] : [text.slice(0, place), separator, text.slice(place + separator.length)]);
    },
  },
  center: {
    takes: [1, 2],
    of: (text, { at }) => {
      const fill = optionalText(at(1), 'the fill character') ?? ' ';
      return lengthOf(fill) === 1 ? centred(text, wholeOf(at(0), 0), fill) : fail('The fill character must be exactly one character long');
    },
  },
  ljust: { takes: [1, 2], of: (text, given) => filled(text, given, false) },
  rjust: { takes: [1, 2], of: (text, given) => filled(text, given, true) },
  zfill: {
    takes: [1, 1],
    of: (text, { at }) => {
      const missing = wholeOf(at(0), 0) - lengthOf(text);
      if (missing > MAX_WIDTH) throw new RangeError('it makes a value that is too large');
      const sign = /^[-+]/.exec(text)?.[0] ?? '';
      return missing <= 0 ? text : sign + '0'.repeat(missing) + text.slice(sign.length);
    },
  },
  isupper: { takes: [0, 0], of: isUpper },
  islower: { takes: [0, 0], of: isLower },
  isalpha: { takes: [0, 0], of: (text) => every(text, /^\p{L}$/u, 'isalpha') },
  isdigit: { takes: [0, 0], of: (text) => every(text, /^\d$/, 'isdigit') },
  isdecimal: { takes: [0, 0], of: (text) => every(text, /^\d$/, 'isdecimal') },
  isnumeric: { takes: [0, 0], of: (text) => every(text, /^\d$/, 'isnumeric') },
  isalnum: { takes: [0, 0], of: (text) => every(text, /^[\da-z]$/i, 'isalnum') },
  isascii: { takes: [0, 0], of: (text) => isAscii(text) },
  isspace: { takes: [0, 0], of: (text) => text !== '' && pointsOf(text).every(isSpace) },
  format: { takes: [0, Number.POSITIVE_INFINITY], of: (text, _, all, named) => braceFormat(text, all, named) },
};

function there(at: number): bigint {
  return at === -1 ? fail('substring not found') : BigInt(at);
}

function counted(text: string, given: Given): number {
  const wanted = textOf(given.at(0), 'the text to count');
  const inside = part(text, given, 1);
  if (inside === null) return 0;
  return wanted === '' ? inside.points.length + 1 : inside.points.join('').split(wanted).length - 1;
}

/** Every name that a text has in Python: what is not among the methods above is refused, and not undefined. */
export const OTHERS = [
  'casefold',
  'encode',
  'expandtabs',
  'format_map',
  'isidentifier',
  'isprintable',
  'istitle',
  'maketrans',
  'translate',
];
