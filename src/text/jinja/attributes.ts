/** Attributes, items and slices as jinja2's sandbox gives them: methods that change a value are not there, nor what begins with a line. Knows no template. */
import { given } from './arguments.ts';
import { METHODS, OTHERS, placeIn } from './strings.ts';
import { pointsOf } from './text.ts';
import { text } from './written.ts';
import {
  compareNumbers,
  defined,
  Dict,
  equal,
  fail,
  Callee,
  isList,
  isLoop,
  isNumber,
  Namespace,
  or,
  Range,
  Safe,
  Tuple,
  typeOf,
  Undefined,
  unsupported,
  type Value,
  View,
} from './values.ts';

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  int: [
    'real',
    'imag',
    'numerator',
    'denominator',
    'bit_length',
    'bit_count',
    'conjugate',
    'to_bytes',
    'from_bytes',
    'as_integer_ratio',
    'is_integer',
  ],
  float: ['real', 'imag', 'hex', 'fromhex', 'is_integer', 'as_integer_ratio', 'conjugate', 'from_number'],
  range: ['start', 'stop', 'step', 'count', 'index'],
  dict_keys: ['isdisjoint', 'mapping'],
  dict_values: ['mapping'],
  dict_items: ['isdisjoint', 'mapping'],
  generator: ['send', 'throw', 'close', 'gi_running', 'gi_frame', 'gi_code', 'gi_yieldfrom', 'gi_suspended'],
  dict: ['fromkeys'],
};
/** What changes a value, which the sandbox hides. */
const HIDDEN: Readonly<Record<string, readonly string[]>> = {
  list: ['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove'],
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
};

const undefinedOf = (of: Value, name: Value): Undefined =>
  new Undefined(`'${typeOf(of)}' object has no ${typeof name === 'string' ? `attribute '${name}'` : 'such item'}`);

/** `of.name`: what Python has under that name, or the item of that key. */
export function attribute(of: Value, name: string): Value {
  const own = property(defined(of), name);
  if (own !== undefined) return own;
  return or(subscript(of, name), () => undefinedOf(of, name));
}

/** `of[key]`: the item, or what Python has under that name. */
export function item(of: Value, key: Value): Value {
  const own = subscript(defined(of), key);
  if (own !== undefined) return own;
  return or(typeof key === 'string' ? property(of, key) : undefined, () => undefinedOf(of, key));
}

/** An item; undefined where Python raises that there is none, or that there are no items. */
function subscript(of: Value, key: Value): Value | undefined {
  if (of instanceof Dict) {
    if (isList(key) || key instanceof Dict) return undefined;
    return of.get(key);
  }
  const items = typeof of === 'string' ? pointsOf(of) : isList(of) ? of : of instanceof Tuple ? of.items : null;
  if (items === null && !(of instanceof Range))
    return of instanceof Safe ? unsupported('an item of a text that was marked safe') : undefined;
  if (typeof key !== 'bigint' && typeof key !== 'boolean') return undefined;
  const length = items === null ? (of as Range).length : items.length;
  const at = Number(key) < 0 ? Number(key) + length : Number(key);
  if (at < 0 || at >= length) return undefined;
  return items === null ? (of as Range).at(at) : items[at];
}

/** What Python has under a name; undefined where it has nothing. */
function property(of: Value, name: string): Value | undefined {
  if (isLoop(of)) return of.attribute(name);
  if (name.startsWith('_')) return hasUnder(name) ? new Undefined(`access to attribute '${name}' is unsafe`) : undefined;
  if (of instanceof Namespace) return of.attributes.get(name);
  if (typeof of === 'string') {
    const method = METHODS[name];
    if (method === undefined || !Object.hasOwn(METHODS, name))
      return OTHERS.includes(name) ? unsupported(`the method ${name} of a text`) : undefined;
    return new Callee(name, (args, named) => {
      const { takes, names = [] } = method;
      if (name === 'format') return method.of(of, { at: () => undefined }, args, named);
      return method.of(of, given(name, args, named, names, takes), args, named);
    });
  }
  const type = typeOf(of);
  if (HIDDEN[type]?.includes(name)) return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe`);
  if (REFUSED[type === 'bool' ? 'int' : type]?.includes(name)) return unsupported(`${name} of a ${type}`);
  if (of instanceof Dict) return dictMethod(of, name);
  if (isList(of) || of instanceof Tuple) return listMethod(of, name);
  if (of instanceof Callee || of instanceof Safe)
    return unsupported(`${name} of a ${of instanceof Safe ? 'text that was marked safe' : 'function'}`);
  return undefined;
}

/** Names with two lines on both sides are there on every value in Python; the sandbox hides them. */
const hasUnder = (name: string): boolean => /^__\w+__$/.test(name);

function dictMethod(of: Dict, name: string): Value | undefined {
  const method = (takes: readonly [number, number], call: (at: (index: number) => Value | undefined) => Value): Callee =>
    new Callee(name, (args, named) => call(given(name, args, named, [], takes).at));
  switch (name) {
    case 'keys':
    case 'values':
    case 'items':
      return method([0, 0], () => new View(name, of));
    case 'get':
      return method([1, 2], (at) => or(of.get(at(0) as Value), () => at(1) ?? null));
    case 'copy':
      return method([0, 0], () => new Dict(of.pairs));
    default:
      return undefined;
  }
}

function listMethod(of: readonly Value[] | Tuple, name: string): Value | undefined {
  const items = of instanceof Tuple ? of.items : of;
  const method = (takes: readonly [number, number], call: (at: (index: number) => Value | undefined) => Value): Callee =>
    new Callee(name, (args, named) => call(given(name, args, named, [], takes).at));
  switch (name) {
    case 'count':
      return method([1, 1], (at) => BigInt(items.filter((other) => equal(other, at(0) as Value)).length));
    case 'index':
      return method([1, 1], (at) => {
        const place = items.findIndex((other) => equal(other, at(0) as Value));
        return place === -1 ? fail('it is not in the list') : BigInt(place);
      });
    case 'copy':
      return isList(of) ? method([0, 0], () => [...of]) : undefined;
    default:
      return undefined;
  }
}

/** `of[start:stop:step]`. */
export function slice(of: Value, [start, stop, step]: readonly (Value | undefined)[]): Value {
  const items = typeof of === 'string' ? pointsOf(of) : isList(of) ? of : of instanceof Tuple ? of.items : null;
  if (of instanceof Range || of instanceof Safe) return unsupported(`a slice of a ${typeOf(of)}`);
  if (items === null) return unsupported(`a slice of a ${typeOf(defined(of))}`);
  for (const part of [start, stop, step])
    if (part !== undefined && part !== null && typeof part !== 'bigint' && typeof part !== 'boolean')
      return unsupported('a slice between such places');
  const stride = step === undefined || step === null ? 1 : Number(step);
  if (stride === 0) return fail('slice step cannot be zero');
  const { length } = items;
  const chosen: Value[] = [];
  if (stride > 0) {
    const end = placeIn(length, stop, length);
    for (let at = placeIn(length, start, 0); at < end; at += stride) chosen.push(items[at] as Value);
  } else {
    const place = (value: Value | undefined, fallback: number): number => {
      if (value === undefined || value === null || !isNumber(value)) return fallback;
      const at = compareNumbers(value, 0n) < 0 ? Number(value) + length : Number(value);
      return Math.max(-1, Math.min(length - 1, at));
    };
    const end = place(stop, -1);
    for (let at = place(start, length - 1); at > end; at += stride) chosen.push(items[at] as Value);
  }
  return typeof of === 'string' ? chosen.map(text).join('') : of instanceof Tuple ? new Tuple(chosen) : chosen;
}

/** `callable`. */
export const isCallable = (value: Value): boolean =>
  value instanceof Callee || value instanceof Undefined || (value !== null && typeof value === 'object' && isLoop(value));

/** Calls a value. */
export function called(value: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const of = defined(value);
  if (of instanceof Callee) return of.call(args, named);
  if (of !== null && typeof of === 'object' && isLoop(of)) return of.call(args, named);
  return fail(`'${typeOf(of)}' object is not callable`);
}
