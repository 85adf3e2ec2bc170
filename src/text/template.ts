/**
 * Runs a Jinja template of a stranger within bounds: so many steps, so much time, so long a text. The library has no bounds of its own, and
 * a template can loop and double as it likes. Knows nothing of chats.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

const MAX_TEMPLATE = 200_000;
const MAX_STEPS = 200_000;
/** Few steps can still be long ones; an honest template takes a millisecond, and a busy machine must not refuse it. */
const MAX_MILLISECONDS = 3000;
const MAX_LENGTH = 4_000_000;
const MAX_ITEMS = 100_000;

type Evaluate = Interpreter['evaluate'];
type Value = ReturnType<Evaluate>;

class BoundedInterpreter extends Interpreter {
  #steps = 0;
  readonly #end = performance.now() + MAX_MILLISECONDS;

  override evaluate(...[statement, environment]: Parameters<Evaluate>): Value {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS || performance.now() > this.#end) throw new RangeError('it takes too long');
    const result = this.#equality(statement, environment) ?? super.evaluate(statement, environment);
    if (size(result.value, MAX_ITEMS) > MAX_ITEMS) throw new RangeError('it makes a value that is too large');
    return result;
  }

  /** `==` and `!=` as in Python; the library's are JavaScript's, to which '' is false and no list is like another. */
  #equality(...[statement, environment]: Parameters<Evaluate>): Value | null {
    if (statement?.type !== 'BinaryExpression') return null;
    const { operator, left, right } = statement as unknown as {
      operator: { value: string };
      left: typeof statement;
      right: typeof statement;
    };
    if (operator.value !== '==' && operator.value !== '!=') return null;
    const same = equal(this.evaluate(left, environment).value, this.evaluate(right, environment).value);
    return new Environment().set('same', same === (operator.value === '=='));
  }
}

/** Are two runtime values equal in Python? True is 1; None and what is not defined are one value in the library, and so equal here. */
function equal(a: unknown, b: unknown): boolean {
  const plain = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);
  const entries = (value: unknown): readonly [unknown, { value: unknown }][] | null =>
    Array.isArray(value) || value instanceof Map ? [...(value.entries() as Iterable<[unknown, { value: unknown }]>)] : null;
  const [left, right] = [entries(a), entries(b)];
  if (left === null || right === null) return plain(a) === plain(b);
  const others = new Map(right);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === right.length &&
    left.every(([key, item]) => others.has(key) && equal(item.value, others.get(key)?.value))
  );
}

/** How many items a value holds, nested ones counted each time they are held; a text counts by its length. */
function size(value: unknown, budget: number): number {
  if (typeof value === 'string') return value.length > MAX_LENGTH ? Number.POSITIVE_INFINITY : 1;
  if (!Array.isArray(value) && !(value instanceof Map)) return 1;
  let count = 1;
  for (const item of value.values() as Iterable<{ value: unknown } | undefined>) {
    count += size(item?.value, budget - count);
    if (count > budget) break;
  }
  return count;
}

function range(...numbers: number[]): number[] {
  const [first = 0, second, step = 1] = numbers;
  const [from, to] = second === undefined ? [0, first] : [first, second];
  const length = step === 0 ? Number.NaN : Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= MAX_ITEMS)) throw new RangeError('range() is too long');
  return Array.from({ length }, (_, i) => from + i * step);
}

/** A template as a function of its variables. Errors: RangeError for a bound, others as the template throws them. */
export function boundedTemplate(source: string): (variables: Readonly<Record<string, unknown>>) => string {
  if (source.length > MAX_TEMPLATE) throw new RangeError(`it has ${source.length} characters, at most ${MAX_TEMPLATE} are read`);
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  return (variables) => {
    const environment = new Environment();
    for (const [name, value] of Object.entries({
      true: true,
      True: true,
      false: false,
      False: false,
      none: null,
      None: null,
      ...variables,
    }))
      environment.set(name, value);
    environment.set('range', range);
    environment.set('raise_exception', (message: unknown) => {
      throw new Error(String(message));
    });
    return new BoundedInterpreter(environment).run(program).value as string; // a program is a text
  };
}
