/**
 * What a template of a stranger may take: steps, time, and the size of what it makes. Single steps are bounded by the sizes of their values, so
 * that none takes a second. Knows no statement and no expression.
 */
import { Dict, isList, Tuple, type Value } from './values.ts';

const MAX_STEPS = 200_000;
/**
 * An honest template takes a millisecond. So many it may take at once, and so many more for every other text that it has made: a model is opened
 * with some forty, and whoever waits for it must be told soon.
 */
const [AT_ONCE, EACH] = [1000, 50];
/** What one step counts at most: a machine that does something else for a while is no fault of the template. */
const ONE_STEP = 500;
/** Characters of a text, and of all texts in a value together. */
export const MAX_LENGTH = 500_000;
const MAX_ITEMS = 20_000;

/** The time of one template, however often it is rendered. */
export class Allowance {
  #left = AT_ONCE;

  /** Bounds for one text more. */
  next(): Bounds {
    this.#left = Math.min(AT_ONCE, this.#left + EACH);
    return new Bounds(this);
  }

  /** Takes milliseconds; is there anything left? */
  take(milliseconds: number): boolean {
    this.#left -= Math.min(ONE_STEP, milliseconds);
    return this.#left > 0;
  }
}

/** Throws RangeError when a template has had its share. */
export class Bounds {
  readonly #allowance: Allowance;
  #steps = 0;
  #last = performance.now();

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  step(): void {
    const now = performance.now();
    const there = this.#allowance.take(now - this.#last);
    this.#last = now;
    this.#steps += 1;
    if (this.#steps > MAX_STEPS || !there) throw new RangeError('it takes too long');
  }

  held<T extends Value>(value: T): T {
    return held(value);
  }
}

/** The value, unless it is too large. */
export function held<T extends Value>(value: T): T {
  const left = new Left();
  left.take(value);
  return value;
}

/** The items of a walk, none of them too large, nor all together. */
export function* heldAll(values: Iterable<Value>): Generator<Value> {
  const left = new Left();
  for (const value of values) {
    left.take(value);
    yield value;
  }
}

/** Counts items, nested ones each time they are held, and the characters of texts. */
class Left {
  #items = MAX_ITEMS;
  #characters = MAX_LENGTH;

  take(value: Value): void {
    if (typeof value === 'string') this.#characters -= value.length;
    else if (isList(value)) this.#all(value);
    else if (value instanceof Tuple) this.#all(value.items);
    else if (value instanceof Dict) {
      for (const [key, one] of value.pairs) {
        this.take(key);
        this.take(one);
      }
    }
    this.#items -= 1;
    if (this.#items < 0 || this.#characters < 0) throw new RangeError('it makes a value that is too large');
  }

  #all(values: readonly Value[]): void {
    for (const one of values) this.take(one);
  }
}
