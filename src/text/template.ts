/**
 * Runs a Jinja template of a stranger as jinja2 does where transformers sets it up, within bounds: so many steps, so much time, so long a text.
 * What is not known to come out the same is refused by its name. Knows nothing of chats.
 */
import { given } from './jinja/arguments.ts';
import { Allowance } from './jinja/bounds.ts';
import { rendered } from './jinja/run.ts';
import { parsed } from './jinja/statements.ts';
import { Dict, fail, Callee, isList, Namespace, or, Range, Tuple, Undefined, unsupported, type Value } from './jinja/values.ts';
import { text } from './jinja/written.ts';

const MAX_TEMPLATE = 200_000;
/** What jinja2's sandbox allows. */
const MAX_RANGE = 100_000;

const whole = (value: Value | undefined): bigint =>
  typeof value === 'bigint' || typeof value === 'boolean' ? BigInt(value) : fail('range() needs whole numbers');

/** Pairs of a namespace or a dict: those of another one first. */
function pairsOf(what: string, args: readonly Value[], named: ReadonlyMap<string, Value>): readonly (readonly [Value, Value])[] {
  const [first, more] = args;
  if (more !== undefined) return fail(`${what} expected at most 1 argument`);
  if (first === undefined) return [...named];
  if (first instanceof Dict) return [...first.pairs, ...named];
  if (!isList(first)) return unsupported(`${what}() of this`);
  const pairs = first.map((pair) => (isList(pair) ? pair : pair instanceof Tuple ? pair.items : unsupported(`${what}() of this`)));
  if (pairs.some(({ length }) => length !== 2)) return fail(`${what}() needs pairs`);
  return [...pairs.map(([key, value]) => [key as Value, value as Value] as const), ...named];
}

const GLOBALS: Readonly<Record<string, Callee['call']>> = {
  range: (args, named) => {
    const { at } = given('range', args, named, [], [1, 3]);
    const [start, stop, step] = at(1) === undefined ? [0n, whole(at(0)), 1n] : [whole(at(0)), whole(at(1)), whole(or(at(2), () => 1n))];
    if (step === 0n) return fail('range() arg 3 must not be zero');
    const range = new Range(start, stop, step);
    return range.length > MAX_RANGE ? fail('range() is too long') : range;
  },
  namespace: (args, named) => {
    const space = new Namespace();
    for (const [name, value] of pairsOf('namespace', args, named)) {
      if (typeof name !== 'string' || name.startsWith('_')) return fail('a namespace cannot store this name');
      space.attributes.set(name, value);
    }
    return space;
  },
  dict: (args, named) => new Dict(pairsOf('dict', args, named)),
  raise_exception: (args, named) => fail(text(given('raise_exception', args, named, ['message'], [1, 1]).at(0) as Value)),
};

/** A plain value as a template's. */
export function valueOf(plain: unknown): Value {
  if (plain === undefined) return new Undefined('it is undefined');
  if (plain === null || typeof plain === 'string' || typeof plain === 'boolean' || typeof plain === 'bigint') return plain;
  if (typeof plain === 'number') return Number.isInteger(plain) ? BigInt(plain) : plain;
  if (Array.isArray(plain)) return plain.map(valueOf);
  if (typeof plain === 'function')
    return new Callee(plain.name, (args) => valueOf((plain as (...values: readonly unknown[]) => unknown)(...args)));
  return new Dict(Object.entries(plain).map(([key, value]): readonly [Value, Value] => [key, valueOf(value)]));
}

/** A template as a function of its variables. Errors: RangeError for a bound, others as the template throws them. */
export function boundedTemplate(source: string): (variables: Readonly<Record<string, unknown>>) => string {
  if (source.length > MAX_TEMPLATE) throw new RangeError(`it has ${source.length} characters, at most ${MAX_TEMPLATE} are read`);
  const program = parsed(source);
  const allowance = new Allowance();
  return (variables) => {
    const globals = Object.entries(GLOBALS).map(([name, call]): readonly [string, Value] => [name, new Callee(name, call)]);
    const own = Object.entries(variables).map(([name, value]): readonly [string, Value] => [name, valueOf(value)]);
    const bounds = allowance.next();
    const made = rendered(program, [...globals, ...own], bounds);
    bounds.step(); // the last of them may have been a long one
    return made;
  };
}
