/** Texts with places for values: `%` as in `"%s: %d" % (a, b)` and `format` as in `"{}: {}".format(a, b)`. Knows no template. */
import { decimal } from './decimal.ts';
import { lengthOf, pointsOf } from './text.ts';
import { Dict, fail, isList, isNumber, Range, Safe, Tuple, typeOf, Undefined, unsupported, type Value } from './values.ts';
import { repr, text } from './written.ts';

const CONVERSION = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?([hlL]?)([^]?)/g;

/** `format % values`. */
export function percentFormat(format: string, values: Value): string {
  const items: readonly Value[] = values instanceof Tuple ? values.items : [values];
  let [at, named] = [0, false];
  const next = (): Value => (at < items.length ? (items[at++] as Value) : fail('not enough arguments for format string'));
  const made = format.replace(
    CONVERSION,
    (all, key: string | undefined, flags: string, width: string, precision: string | undefined, _, letter) => {
      if (letter === '%') return all === '%%' ? '%' : unsupported(`the format ${all}`);
      if (width === '*' || precision === '*' || flags.includes('#')) return unsupported(`the format ${all}`);
      if (key !== undefined) {
        if (!(values instanceof Dict)) return fail('format requires a mapping');
        named = true;
      }
      const value = key === undefined ? next() : ((values as Dict).get(key) ?? fail(`KeyError: '${key}'`));
      return padded(converted(value, letter as string, precision, flags), flags, Number(width || 0), 'srca'.includes(letter as string));
    },
  );
  if (values instanceof Undefined && at === 0) return unsupported('formatting with an undefined value');
  // what has items by their keys may be left over
  const spare = at < items.length && !named && !(values instanceof Dict) && !(values instanceof Range) && !isList(values);
  return spare ? fail('not all arguments converted during string formatting') : made;
}

function converted(value: Value, letter: string, precision: string | undefined, flags: string): string {
  switch (letter) {
    case 's':
    case 'r': {
      if (value instanceof Safe) return unsupported('formatting a text that was marked safe');
      const whole = letter === 's' ? text(value) : repr(value);
      return precision === undefined ? whole : pointsOf(whole).slice(0, Number(precision)).join('');
    }
    case 'd':
    case 'i':
    case 'u': {
      if (!isNumber(value)) return fail(`%${letter} format: a real number is required, not ${typeOf(value)}`);
      if (precision !== undefined) return unsupported(`the format %.${precision}${letter}`);
      if (typeof value === 'number' && !Number.isFinite(value)) return fail(`cannot convert float ${value} to integer`);
      return withSign(String(typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(value)), flags);
    }
    case 'f':
    case 'F':
      if (!isNumber(value)) return fail(`must be real number, not ${typeOf(value)}`);
      if (!Number.isFinite(Number(value))) return unsupported('formatting a number that is not finite');
      return withSign(decimal(Number(value), precision === undefined ? 6 : Number(precision)), flags);
    default:
      return unsupported(`the format %${letter}`);
  }
}

const withSign = (digits: string, flags: string): string =>
  digits.startsWith('-') ? digits : flags.includes('+') ? `+${digits}` : flags.includes(' ') ? ` ${digits}` : digits;

function padded(body: string, flags: string, width: number, isText: boolean): string {
  const missing = width - lengthOf(body);
  if (missing <= 0) return body;
  if (missing > 10_000) return unsupported('so wide a format');
  if (flags.includes('-')) return body + ' '.repeat(missing);
  if (!flags.includes('0') || isText) return ' '.repeat(missing) + body;
  return body.replace(/^[-+ ]?/, (sign) => sign + '0'.repeat(missing));
}

const FIELD = /\{\{|\}\}|\{(\w*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]/g;

/** `format.format(...)`: fields without attributes; a width, a place and digits after the point as far as they go. */
export function braceFormat(format: string, args: readonly Value[], named: ReadonlyMap<string, Value>): string {
  let at = 0;
  let manual: boolean | null = null;
  return format.replace(FIELD, (all, name: string | undefined, conversion: string | undefined, spec: string | undefined) => {
    if (all === '{{' || all === '}}') return all[0] as string;
    if (name === undefined) return unsupported('this field of format()');
    let value: Value | undefined;
    if (name === '' || /^\d+$/.test(name)) {
      if (manual !== null && manual !== (name !== '')) return fail('cannot switch between manual and automatic field numbering');
      manual = name !== '';
      value = args[name === '' ? at++ : Number(name)];
    } else value = named.get(name);
    if (value === undefined) return fail(`format() has no value for the field ${all}`);
    if (value instanceof Safe) return unsupported('formatting a text that was marked safe');
    const given = conversion === undefined ? value : conversion === 'r' ? repr(value) : text(value);
    return specified(given, spec ?? '');
  });
}

function specified(value: Value, spec: string): string {
  if (spec === '') return text(value);
  const [, align = '', width = '', precision, letter = ''] =
    /^([<>^]?)(\d*)(?:\.(\d+))?([sdf]?)$/.exec(spec) ?? unsupported(`the format ${spec}`);
  const isText = typeof value === 'string';
  if (width.startsWith('0') || (!isText && (!isNumber(value) || typeof value === 'boolean'))) return unsupported(`the format ${spec}`);
  let body: string;
  if (isText) {
    if (letter !== '' && letter !== 's') return fail(`Unknown format code '${letter}' for object of type 'str'`);
    body = precision === undefined ? value : pointsOf(value).slice(0, Number(precision)).join('');
  } else if (letter === 'f') {
    if (!Number.isFinite(Number(value))) return unsupported('formatting a number that is not finite');
    body = decimal(Number(value), precision === undefined ? 6 : Number(precision));
  } else if (precision !== undefined || (letter === 'd') !== (typeof value === 'bigint') ? letter !== '' || precision !== undefined : false)
    return unsupported(`the format ${spec}`);
  else body = text(value);
  const missing = Number(width || 0) - lengthOf(body);
  if (missing <= 0) return body;
  if (missing > 10_000) return unsupported('so wide a format');
  const side = align === '' ? (isText ? '<' : '>') : align;
  const left = side === '<' ? 0 : side === '>' ? missing : Math.floor(missing / 2);
  return ' '.repeat(left) + body + ' '.repeat(missing - left);
}
