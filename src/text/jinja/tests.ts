/** The tests of jinja2, as in `x is defined`; those that are not here are refused by name. Knows no statement. */
import { given } from './arguments.ts';
import { operate } from './arithmetic.ts';
import { isCallable } from './attributes.ts';
import { METHODS } from './strings.ts';
import {
  compare,
  contains,
  Dict,
  equal,
  isList,
  isLoop,
  isNumber,
  Once,
  Range,
  Safe,
  Tuple,
  Undefined,
  unsupported,
  type Value,
  View,
} from './values.ts';
import { text } from './written.ts';

type Test = { readonly takes: 0 | 1; readonly of: (value: Value, other: Value) => boolean };

const ordered = (sign: string, holds: (order: number) => boolean): Test => ({
  takes: 1,
  of: (value, other) => holds(compare(value, other, sign)),
});
const plain = (of: (value: Value) => boolean): Test => ({ takes: 0, of });
const isOdd = (value: Value): boolean => equal(operate('%', value, 2n), 1n);
const isCase = (value: Value, method: 'islower' | 'isupper'): boolean =>
  METHODS[method]?.of(text(value), { at: () => undefined }, [], new Map()) === true;

function isIterable(value: Value): boolean {
  if (value instanceof Safe || typeof value === 'string' || value instanceof Once) return true;
  if (value !== null && typeof value === 'object' && isLoop(value)) return true;
  return (
    value instanceof Undefined ||
    isList(value) ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof View ||
    value instanceof Range
  );
}

/** Has it a length and items? */
function isSequence(value: Value): boolean {
  return (
    typeof value === 'string' ||
    value instanceof Safe ||
    value instanceof Undefined ||
    isList(value) ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof Range
  );
}

const SINGLETONS = (value: Value): boolean => value === null || typeof value === 'boolean';

const EQUAL: Test = { takes: 1, of: equal };
const UNEQUAL: Test = { takes: 1, of: (value, other) => !equal(value, other) };
const GREATER = ordered('>', (order) => order > 0);
const LESS = ordered('<', (order) => order < 0);
const NOT_LESS = ordered('>=', (order) => order >= 0);
const NOT_GREATER = ordered('<=', (order) => order <= 0);

const TESTS: Readonly<Record<string, Test>> = {
  odd: plain(isOdd),
  even: plain((value) => equal(operate('%', value, 2n), 0n)),
  divisibleby: { takes: 1, of: (value, other) => equal(operate('%', value, other), 0n) },
  defined: plain((value) => !(value instanceof Undefined)),
  undefined: plain((value) => value instanceof Undefined),
  none: plain((value) => value === null),
  boolean: plain((value) => typeof value === 'boolean'),
  false: plain((value) => value === false),
  true: plain((value) => value === true),
  integer: plain((value) => typeof value === 'bigint'),
  float: plain((value) => typeof value === 'number'),
  number: plain(isNumber),
  lower: plain((value) => isCase(value, 'islower')),
  upper: plain((value) => isCase(value, 'isupper')),
  string: plain((value) => typeof value === 'string' || value instanceof Safe),
  mapping: plain((value) => value instanceof Dict),
  sequence: plain(isSequence),
  iterable: plain(isIterable),
  callable: plain(isCallable),
  escaped: plain((value) => value instanceof Safe),
  sameas: {
    takes: 1,
    of: (value, other) =>
      SINGLETONS(value) || SINGLETONS(other) ? value === other : unsupported('sameas of other values than true, false and none'),
  },
  in: { takes: 1, of: (value, other) => contains(other, value) },
  eq: EQUAL,
  equalto: EQUAL,
  '==': EQUAL,
  ne: UNEQUAL,
  '!=': UNEQUAL,
  gt: GREATER,
  greaterthan: GREATER,
  '>': GREATER,
  lt: LESS,
  lessthan: LESS,
  '<': LESS,
  ge: NOT_LESS,
  '>=': NOT_LESS,
  le: NOT_GREATER,
  '<=': NOT_GREATER,
};

/** `value is name(...)`. */
export function tested(name: string, value: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): boolean {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (test === undefined) return unsupported(`the test ${name}`);
  if (named.size > 0) return unsupported(`a named value of the test ${name}`);
  const { at } = given(name, args, named, [], [test.takes, test.takes]);
  return test.of(value, at(0) ?? null);
}
