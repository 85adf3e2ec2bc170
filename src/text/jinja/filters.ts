/** The filters of jinja2 that chat templates use, with transformers' `tojson`; the others are refused by name. Knows no statement. */
import { given, type Given } from './arguments.ts';
import { operate, toFloat } from './arithmetic.ts';
import { item } from './attributes.ts';
import { heldAll } from './bounds.ts';
import { rounded } from './decimal.ts';
import { percentFormat } from './format.ts';
import { capitalized, lower, replaced, upper } from './strings.ts';
import { isAscii, linesOf, pointsOf, stripped } from './text.ts';
import { tested } from './tests.ts';
import {
  compare,
  Dict,
  each,
  fail,
  isList,
  isNumber,
  Once,
  or,
  Range,
  Safe,
  sizeOf,
  truth,
  Tuple,
  Undefined,
  unsupported,
  type Value,
  View,
} from './values.ts';
import { json, text } from './written.ts';

type Named = ReadonlyMap<string, Value>;
type Filter = {
  /** Parameters after the value, and how many are needed. */
  readonly names: readonly string[];
  readonly least?: number;
  readonly of: (value: Value, at: Given['at']) => Value;
};

const flag = (value: Value | undefined): boolean => value !== undefined && truth(value);
const soft = (value: Value): string => (value instanceof Safe ? unsupported('a filter on a text that was marked safe') : text(value));
const folded = (value: Value): Value => (typeof value === 'string' ? lower(value) : value);

/** A function of an item's attribute, as `attribute="a.0.b"` names it. */
function getter(attribute: Value | undefined, fallback?: Value): (value: Value) => Value {
  if (attribute === undefined || attribute === null) return (value) => value;
  const parts: readonly Value[] =
    typeof attribute === 'string' ? attribute.split('.').map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) : [attribute];
  return (value) =>
    parts.reduce<Value>((of, part) => {
      const found = item(of, part);
      return found instanceof Undefined && fallback !== undefined && fallback !== null ? fallback : found;
    }, value);
}

function sortedBy<T>(values: readonly T[], key: (value: T) => Value, reverse: boolean): readonly T[] {
  const keyed = values.map((value) => ({ value, key: key(value) }));
  // equal ones stay in their order, the other way round too
  keyed.sort((a, b) => (reverse ? -1 : 1) * compare(a.key, b.key, '<'));
  return keyed.map(({ value }) => value);
}

function extreme(value: Value, at: Given['at'], sign: 1 | -1): Value {
  const key = getter(at(1));
  const fold = flag(at(0)) ? (of: Value) => of : folded;
  const [first, ...rest] = [...each(value)];
  if (first === undefined) return new Undefined('No aggregated item, sequence was empty.');
  return rest.reduce((best, other) => (compare(fold(key(other)), fold(key(best)), '<') * sign < 0 ? other : best), first);
}

/** Characters of a whole number: reading one takes the square of them. */
const MAX_DIGITS = 1200;
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const FLOAT = /^\s*[+-]?(?:(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?|inf(?:inity)?|nan)\s*$/i;

/** `float(value)`; null where Python raises a ValueError or TypeError. */
function float(value: Value): number | null {
  if (isNumber(value)) return toFloat(typeof value === 'boolean' ? BigInt(value) : value);
  if (value instanceof Undefined) return fail(value.why);
  if (typeof value !== 'string') return null;
  if (!isAscii(value)) return unsupported('a number in other letters than those of ASCII');
  if (!FLOAT.test(value)) return null;
  const plain = value.trim().replaceAll('_', '').toLowerCase();
  return /[ni]/.test(plain) ? (plain.includes('nan') ? Number.NaN : plain.startsWith('-') ? -Infinity : Infinity) : Number(plain);
}

function truncated(value: number, fallback: Value): Value {
  if (Number.isNaN(value)) return fallback;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : fallback;
}

function integer(value: Value, at: Given['at']): Value {
  const fallback = or(at(0), () => 0n);
  if (at(1) !== undefined && at(1) !== 10n) return unsupported('int() of another base');
  if (typeof value === 'string' && INTEGER.test(value))
    return value.length > MAX_DIGITS ? unsupported('a number of so many digits') : BigInt(value.trim().replaceAll('_', ''));
  if (typeof value === 'bigint' || typeof value === 'boolean') return BigInt(value);
  if (typeof value === 'number')
    return Number.isFinite(value) || Number.isNaN(value) ? truncated(value, fallback) : fail('cannot convert float infinity to integer');
  const number = float(value);
  return number === null ? fallback : truncated(number, fallback);
}

function round(value: Value, at: Given['at']): Value {
  const [digits, method] = [or(at(0), () => 0n), or(at(1), () => 'common')];
  if (!isNumber(value)) return fail('type has no __round__');
  if (typeof digits !== 'bigint') return fail("'precision' must be an integer");
  const plain = typeof value === 'boolean' ? BigInt(value) : value;
  if (method === 'common') return rounded(plain, Number(digits));
  if (method !== 'ceil' && method !== 'floor') return fail('method must be common, ceil or floor');
  if (digits < 0n || digits > 15n) return unsupported('rounding to so many digits');
  const by = 10n ** digits;
  const moved = operate('*', plain, by);
  const whole =
    typeof moved === 'bigint'
      ? moved
      : Number.isFinite(moved)
        ? BigInt(method === 'ceil' ? Math.ceil(moved as number) : Math.floor(moved as number))
        : fail('cannot convert');
  return operate('/', whole, by);
}

function indented(value: Value, at: Given['at']): Value {
  const [width = 4n, first, blank] = [at(0), at(1), at(2)];
  if (typeof value !== 'string') return fail('indent needs a text');
  if (typeof width !== 'string' && typeof width !== 'bigint' && typeof width !== 'boolean') return fail('indent needs a width');
  if (typeof width !== 'string' && BigInt(width) > 1000n) throw new RangeError('it makes a value that is too large');
  const by = typeof width === 'string' ? width : ' '.repeat(Math.max(0, Number(width)));
  const lines = linesOf(`${value}\n`);
  const body = lines.map((line, i) => (i === 0 || (line === '' && !flag(blank)) ? line : by + line)).join('\n');
  return flag(first) ? by + body : body;
}

function tojson(value: Value, at: Given['at']): Value {
  const [ascii, indent, separators, sorted] = [at(0), at(1), at(2), at(3)];
  const width =
    indent === undefined || indent === null
      ? null
      : typeof indent === 'string'
        ? indent
        : typeof indent === 'bigint' || typeof indent === 'boolean'
          ? ' '.repeat(Math.min(100, Math.max(0, Number(indent))))
          : fail('indent must be a number or a text');
  if (typeof indent === 'bigint' && indent > 100n) return unsupported('so wide an indent');
  const pair = separators === undefined || separators === null ? [width === null ? ', ' : ',', ': '] : [...each(separators)];
  const [between, after] = pair;
  if (pair.length !== 2 || typeof between !== 'string' || typeof after !== 'string') return fail('separators must be two texts');
  return json(value, { ascii: flag(ascii), indent: width, separators: [between, after], sorted: flag(sorted) });
}

/** Every filter by its name. */
const FILTERS: Readonly<Record<string, Filter>> = {
  abs: {
    names: [],
    of: (value) =>
      isNumber(value)
        ? typeof value === 'boolean'
          ? BigInt(value)
          : value < 0 || Object.is(value, -0)
            ? -value
            : value
        : fail('bad operand type for abs()'),
  },
  capitalize: { names: [], of: (value) => capitalized(soft(value)) },
  count: { names: [], of: (value) => BigInt(sizeOf(value)) },
  length: { names: [], of: (value) => BigInt(sizeOf(value)) },
  default: {
    names: ['default_value', 'boolean'],
    of: (value, at) => (value instanceof Undefined || (flag(at(1)) && !truth(value)) ? or(at(0), () => '') : value),
  },
  dictsort: {
    names: ['case_sensitive', 'by', 'reverse'],
    of: (value, at) => {
      const by = or(at(1), () => 'key');
      if (by !== 'key' && by !== 'value') return fail('You can only sort by either "key" or "value"');
      if (!(value instanceof Dict)) return fail('dictsort needs a dict');
      const fold = flag(at(0)) ? (of: Value) => of : folded;
      return sortedBy(value.pairs, (pair) => fold(pair[by === 'key' ? 0 : 1]), flag(at(2))).map((pair) => new Tuple(pair));
    },
  },
  first: {
    names: [],
    of: (value) => {
      // not a loop: leaving one would end what can be walked through once
      const { done, value: found } = each(value)[Symbol.iterator]().next();
      return done === true ? new Undefined('No first item, sequence was empty.') : found;
    },
  },
  last: { names: [], of: (value) => or([...each(reversed(value))][0], () => new Undefined('No last item, sequence was empty.')) },
  float: { names: ['default'], of: (value, at) => float(value) ?? or(at(0), () => 0) },
  indent: { names: ['width', 'first', 'blank'], of: indented },
  int: { names: ['default', 'base'], of: integer },
  items: {
    names: [],
    of: (value) =>
      value instanceof Undefined
        ? new Once([])
        : value instanceof Dict
          ? new Once(new View('items', value).items)
          : new Once(failing('Can only get item pairs from a mapping.')),
  },
  join: {
    names: ['d', 'attribute'],
    of: (value, at) =>
      [...each(value)]
        .map(getter(at(1)))
        .map(text)
        .join(text(or(at(0), () => ''))),
  },
  list: { names: [], of: (value) => [...each(value)] },
  lower: { names: [], of: (value) => lower(soft(value)) },
  max: { names: ['case_sensitive', 'attribute'], of: (value, at) => extreme(value, at, -1) },
  min: { names: ['case_sensitive', 'attribute'], of: (value, at) => extreme(value, at, 1) },
  replace: {
    names: ['old', 'new', 'count'],
    least: 2,
    of: (value, at) => {
      const count = at(2) ?? null;
      if (count !== null && typeof count !== 'bigint' && typeof count !== 'boolean') return fail('count must be a whole number');
      return replaced(soft(value), soft(at(0) as Value), soft(at(1) as Value), count === null ? -1 : Number(count));
    },
  },
  reverse: {
    names: [],
    of: (value) =>
      typeof value === 'string'
        ? pointsOf(value).toReversed().join('')
        : value instanceof Once
          ? [...each(value)].toReversed()
          : reversed(value),
  },
  round: { names: ['precision', 'method'], of: round },
  safe: { names: [], of: (value) => (value instanceof Safe ? value : new Safe(text(value))) },
  sort: {
    names: ['reverse', 'case_sensitive', 'attribute'],
    of: (value, at) => {
      const attribute = at(2);
      const fold = flag(at(1)) ? (of: Value) => of : folded;
      const keys = typeof attribute === 'string' ? attribute.split(',').map((one) => getter(one)) : [getter(attribute)];
      return [...sortedBy([...each(value)], (one) => keys.map((key) => fold(key(one))), flag(at(0)))];
    },
  },
  string: { names: [], of: (value) => (value instanceof Safe ? value : text(value)) },
  sum: {
    names: ['attribute', 'start'],
    of: (value, at) =>
      typeof at(1) === 'string'
        ? fail("sum() can't sum strings")
        : [...each(value)].map(getter(at(0))).reduce(
            (sum: Value, one) => added(sum, one),
            or(at(1), () => 0n),
          ),
  },
  title: {
    names: [],
    of: (value) =>
      soft(value)
        .split(/([-\s({[<]+)/)
        .map((word) => (word === '' ? '' : upper(pointsOf(word)[0] as string) + lower(pointsOf(word).slice(1).join(''))))
        .join(''),
  },
  tojson: { names: ['ensure_ascii', 'indent', 'separators', 'sort_keys'], of: tojson },
  trim: {
    names: ['chars'],
    of: (value, at) =>
      stripped(
        soft(value),
        at(0) === undefined || at(0) === null
          ? null
          : typeof at(0) === 'string'
            ? (at(0) as string)
            : fail('strip arg must be None or str'),
        true,
        true,
      ),
  },
  unique: {
    names: ['case_sensitive', 'attribute'],
    of: (value, at) => {
      const [key, fold] = [getter(at(1)), flag(at(0)) ? (of: Value) => of : folded];
      return new Once(
        (function* () {
          const seen = new Dict();
          for (const one of each(value)) {
            const mark = fold(key(one));
            if (mark instanceof Undefined) unsupported('unique values of what is not there');
            if (seen.get(mark) !== undefined) continue;
            seen.put(mark, true);
            yield one;
          }
        })(),
      );
    },
  },
  upper: { names: [], of: (value) => upper(soft(value)) },
  wordcount: {
    names: [],
    of: (value) =>
      !isAscii(soft(value))
        ? unsupported('counting words of other letters than those of ASCII')
        : BigInt(soft(value).match(/\w+/g)?.length ?? 0),
  },
};
const SAME: Readonly<Record<string, string>> = { d: 'default' };

function added(sum: Value, one: Value): Value {
  const floats = typeof sum === 'number' || typeof one === 'number';
  return floats && isNumber(sum) && isNumber(one) ? floatSum(sum, one) : operate('+', sum, one);
}

/** Python adds floats in sums with the lost digits kept (since 3.12), which plain addition does not. */
function floatSum(sum: bigint | number | boolean, one: bigint | number | boolean): Value {
  const total = Number(sum) + Number(one);
  const exact = Number.isInteger(Number(sum)) && Number.isInteger(Number(one)) && Number.isSafeInteger(total);
  return exact ? total : unsupported('a sum of numbers with a point');
}

function* failing(why: string): Generator<Value> {
  yield fail(why);
}

/** `reversed`: of what has an order. */
function reversed(value: Value): Value {
  if (
    typeof value === 'string' ||
    isList(value) ||
    value instanceof Tuple ||
    value instanceof View ||
    value instanceof Dict ||
    value instanceof Range ||
    value instanceof Undefined
  )
    return new Once([...each(value)].toReversed());
  return fail('object is not reversible');
}

/** `map`, `select`, `reject` and those by attribute: lazily, as in jinja2, and each once. */
function walked(name: string, value: Value, args: readonly Value[], named: Named): Value {
  return new Once(heldAll(passing()));

  function* passing(): Generator<Value> {
    if (!truth(value)) return;
    const change = name === 'map' ? mapped(args, named) : null;
    const keep = change === null ? kept(name, args, named) : null;
    for (const one of each(value)) {
      if (change !== null) yield change(one);
      else if (keep?.(one) === true) yield one;
    }
  }
}

function mapped(args: readonly Value[], named: Named): (value: Value) => Value {
  if (args.length === 0 && named.has('attribute')) {
    const other = [...named.keys()].find((name) => name !== 'attribute' && name !== 'default');
    if (other !== undefined) return fail(`Unexpected keyword argument '${other}'`);
    return getter(named.get('attribute'), named.get('default'));
  }
  const [name, ...rest] = args;
  return typeof name === 'string' ? (value) => filtered(name, value, rest, named) : fail('map requires a filter argument');
}

function kept(name: string, args: readonly Value[], named: Named): (value: Value) => boolean {
  const byAttribute = name.endsWith('attr');
  if (byAttribute && args.length === 0) return fail('Missing parameter for attribute name');
  const of = byAttribute ? getter(args[0]) : (value: Value) => value;
  const [test, ...rest] = byAttribute ? args.slice(1) : args;
  if (test !== undefined && typeof test !== 'string') return fail('No test of that name');
  const holds = name.startsWith('select');
  return (value) => (test === undefined ? truth(of(value)) : tested(test, of(value), rest, named)) === holds;
}

/** What may be done to a text that was marked safe; others look at what it is, or mark what they give. */
const PASSED = ['safe', 'string', 'default', 'd'];
const WALKS = ['map', 'select', 'reject', 'selectattr', 'rejectattr'];

/** `value | name(...)`. */
export function filtered(name: string, value: Value, args: readonly Value[], named: Named): Value {
  if (value instanceof Safe && !PASSED.includes(name)) return unsupported(`the filter ${name} on a text that was marked safe`);
  if (WALKS.includes(name)) return walked(name, value, args, named);
  if (name === 'format') {
    if (args.length > 0 && named.size > 0) return fail("can't handle positional and keyword arguments at the same time");
    return percentFormat(soft(value), named.size > 0 ? new Dict(named) : new Tuple(args));
  }
  const known = SAME[name] ?? name;
  const filter = Object.hasOwn(FILTERS, known) ? FILTERS[known] : undefined;
  if (filter === undefined) return unsupported(`the filter ${name}`);
  const { at } = given(name, args, named, filter.names, [filter.least ?? 0, filter.names.length]);
  return filter.of(value, at);
}
