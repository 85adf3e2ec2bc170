/**
 * Python's values as a template sees them: None is null, a whole number a bigint, a number with a point a number. Truth, equality, order and
 * iteration as in Python; what is not known to be the same throws. Knows no template.
 */
import { compareText, lengthOf, pointsOf } from './text.ts';

/** A function of a template: positional values and named ones. */
export type Callable = (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

/** What is not defined; using it says so. */
export class Undefined {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}
export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}
export class Dict {
  readonly #entries = new Map<string, readonly [Value, Value]>();
  /** Errors: Error for a key that Python cannot hash. */
  constructor(pairs: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of pairs) this.put(key, value);
  }
  put(key: Value, value: Value): void {
    const name = hashOf(key);
    this.#entries.set(name, [this.#entries.get(name)?.[0] ?? key, value]);
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(hashOf(key))?.[1];
  }
  get size(): number {
    return this.#entries.size;
  }
  get pairs(): readonly (readonly [Value, Value])[] {
    return [...this.#entries.values()];
  }
}
/** What `keys`, `values` and `items` give. */
export class View {
  readonly kind: 'keys' | 'values' | 'items';
  readonly items: readonly Value[];
  constructor(kind: View['kind'], of: Dict) {
    this.kind = kind;
    this.items = of.pairs.map(([key, value]) => (kind === 'keys' ? key : kind === 'values' ? value : new Tuple([key, value])));
  }
}
/** What can be walked through once, as Python's generators. */
export class Once {
  readonly iterator: Iterator<Value>;
  constructor(values: Iterable<Value>) {
    this.iterator = values[Symbol.iterator]();
  }
}
export class Range {
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
  constructor(start: bigint, stop: bigint, step: bigint) {
    [this.start, this.stop, this.step] = [start, stop, step];
  }
  get length(): number {
    const { start, stop, step } = this;
    const [span, size] = step > 0n ? [stop - start, step] : [start - stop, -step];
    return span <= 0n ? 0 : Number((span + size - 1n) / size);
  }
  at(index: number): bigint {
    return this.start + BigInt(index) * this.step;
  }
}
export class Namespace {
  readonly attributes = new Map<string, Value>();
}
/** A function by the name under which it is called. */
export class Callee {
  readonly name: string;
  readonly call: Callable;
  constructor(name: string, call: Callable) {
    [this.name, this.call] = [name, call];
  }
}
/** A text that was marked safe: it is printed, and nothing else is known of it. */
export class Safe {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
/** The variable `loop` of a loop. */
export interface Loop {
  readonly loop: true;
  attribute(name: string): Value;
  call: Callable;
}
export const isLoop = (value: Value): value is Loop => typeof value === 'object' && value !== null && 'loop' in value;

export type Value =
  | string
  | bigint
  | number
  | boolean
  | null
  | Undefined
  | readonly Value[]
  | Tuple
  | Dict
  | View
  | Once
  | Range
  | Namespace
  | Callee
  | Safe
  | Loop;

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isNumber = (value: Value): value is bigint | number | boolean =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

/** What Python calls the type of a value. */
export function typeOf(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  if (isList(value)) return 'list';
  if (isLoop(value)) return 'LoopContext';
  const names = new Map<unknown, string>([
    [Undefined, 'Undefined'],
    [Tuple, 'tuple'],
    [Dict, 'dict'],
    [Once, 'generator'],
    [Range, 'range'],
  ]);
  if (value instanceof View) return `dict_${value.kind}`;
  return names.get(value.constructor) ?? value.constructor.name;
}

/** A value, or another where there is none; None is one. */
export const or = <T>(value: T | undefined, other: () => T): T => (value === undefined ? other() : value);

export function fail(what: string): never {
  throw new Error(what);
}

/** For what jinja2 may do and this does not. */
export const unsupported = (what: string): never => fail(`${what} is not supported`);

export function defined<T extends Value>(value: T): Exclude<T, Undefined> {
  return value instanceof Undefined ? fail(value.why) : (value as Exclude<T, Undefined>);
}

/** Where a key stands in a dict: equal keys have one place, as 1 and True. */
function hashOf(key: Value): string {
  if (typeof key === 'string') return `s${key}`;
  if (key === null) return 'n';
  if (typeof key === 'number') return Number.isInteger(key) ? `i${BigInt(key)}` : `f${key}`;
  if (typeof key === 'bigint' || typeof key === 'boolean') return `i${BigInt(key)}`;
  if (key instanceof Tuple) return `t${JSON.stringify(key.items.map(hashOf))}`;
  if (isList(key) || key instanceof Dict) return fail(`unhashable type: '${typeOf(key)}'`);
  return unsupported(`a key of the type ${typeOf(key)}`);
}

/** `bool` of a value. */
export function truth(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (typeof value === 'object') {
    if (isList(value)) return value.length > 0;
    if (value instanceof Tuple || value instanceof View) return value.items.length > 0;
    if (value instanceof Dict) return value.size > 0;
    if (value instanceof Range) return value.length > 0;
    if (value instanceof Safe) return value.text !== '';
    if (isLoop(value)) return unsupported('a condition on loop');
    return true;
  }
  return typeof value === 'bigint' ? value !== 0n : typeof value === 'string' ? value !== '' : Number(value) !== 0;
}

/** A number for comparing: Python compares whole numbers and others exactly. */
export function compareNumbers(a: bigint | number | boolean, b: bigint | number | boolean): number {
  const [left, right] = [typeof a === 'boolean' ? BigInt(a) : a, typeof b === 'boolean' ? BigInt(b) : b];
  return left < right ? -1 : left > right ? 1 : left == right ? 0 : Number.NaN; // oxlint-disable-line eqeqeq -- 1n == 1 as in Python
}

/** `==`. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (a instanceof Undefined || b instanceof Undefined) return a instanceof Undefined && b instanceof Undefined;
  const [left, right] = [sequence(a), sequence(b)];
  if (left !== null && right !== null)
    return isList(a) === isList(b) && left.length === right.length && left.every((item, i) => equal(item, right[i] as Value));
  if (a instanceof Dict && b instanceof Dict)
    return (
      a.size === b.size &&
      a.pairs.every(([key, value]) => {
        const other = b.get(key);
        return other !== undefined && equal(value, other);
      })
    );
  for (const value of [a, b]) {
    if (value instanceof View || value instanceof Range || value instanceof Safe) return unsupported(`comparing a ${typeOf(value)}`);
  }
  return a === b;
}

const sequence = (value: Value): readonly Value[] | null => (isList(value) ? value : value instanceof Tuple ? value.items : null);

/** Which comes first: negative, 0, positive, or NaN where neither does. Errors: Error for what Python does not order. */
export function compare(a: Value, b: Value, sign: string): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  const [left, right] = [sequence(a), sequence(b)];
  if (left !== null && right !== null && isList(a) === isList(b)) {
    for (let i = 0; i < left.length && i < right.length; i++) {
      const [one, other] = [left[i] as Value, right[i] as Value];
      if (!equal(one, other)) return compare(one, other, sign);
    }
    return left.length - right.length;
  }
  if (a instanceof Safe || b instanceof Safe) return unsupported(`${sign} of a text that was marked safe`);
  return fail(`'${sign}' not supported between instances of '${typeOf(defined(a))}' and '${typeOf(defined(b))}'`);
}

/** `len`. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return lengthOf(value);
  if (value instanceof Undefined) return 0;
  if (isList(value)) return value.length;
  if (value instanceof Tuple || value instanceof View) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof Range) return value.length;
  if (value !== null && typeof value === 'object' && (isLoop(value) || value instanceof Safe))
    return unsupported(`the length of a ${typeOf(value)}`);
  return fail(`object of type '${typeOf(value)}' has no len()`);
}

/** `iter`: what a loop over the value gives. */
export function each(value: Value): Iterable<Value> {
  if (typeof value === 'string') return pointsOf(value);
  if (value instanceof Undefined) return [];
  if (isList(value)) return value;
  if (value instanceof Tuple || value instanceof View) return value.items;
  if (value instanceof Dict) return value.pairs.map(([key]) => key);
  if (value instanceof Range) return Array.from({ length: value.length }, (_, i) => value.at(i));
  if (value instanceof Once) return { [Symbol.iterator]: () => value.iterator };
  if (value instanceof Safe || (value !== null && typeof value === 'object' && isLoop(value)))
    return unsupported(`a loop over a ${typeOf(value)}`);
  return fail(`'${typeOf(value)}' object is not iterable`);
}

/** `in`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string')
    return typeof item === 'string'
      ? container.includes(item)
      : fail(`'in <string>' requires string as left operand, not ${typeOf(defined(item))}`);
  if (container instanceof Dict) return container.get(item) !== undefined;
  if (container instanceof Once) return unsupported('“in” of a generator');
  if (container instanceof View && container.kind === 'keys') hashOf(item); // must be a key
  for (const other of each(container)) if (item === other || equal(item, other)) return true;
  return false;
}
