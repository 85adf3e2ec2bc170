/** The variable `loop`: where a loop is, as jinja2's LoopContext tells it, looking one item ahead where it is asked. Knows no statement. */
import { given } from './arguments.ts';
import { each, equal, fail, Callee, Once, or, sizeOf, Tuple, Undefined, unsupported, type Loop, type Value } from './values.ts';

/** Renders the body for other items, one level deeper. */
export type Recurse = (items: Value, depth: number) => string;

export class LoopState implements Loop {
  readonly loop = true;
  readonly #items: Value;
  #iterator: Iterator<Value>;
  readonly #recurse: Recurse | null;
  readonly #depth: number;
  #index = -1;
  #length: number | null = null;
  /** The item after the current one, once it was looked at; null where there is none. */
  #ahead: { readonly value: Value } | null | undefined = undefined;
  #before: Value | undefined;
  #current: Value | undefined;
  #changed: Value | undefined;

  constructor(items: Value, recurse: Recurse | null, depth: number) {
    this.#items = items;
    this.#iterator = each(items)[Symbol.iterator]();
    this.#recurse = recurse;
    this.#depth = depth;
  }

  /** Goes on to the next item. */
  next(): { readonly value: Value } | null {
    const found = this.#look();
    this.#ahead = undefined;
    if (found === null) return null;
    this.#index++;
    this.#before = this.#current;
    this.#current = found.value;
    return found;
  }

  attribute(name: string): Value {
    switch (name) {
      case 'index':
        return BigInt(this.#index + 1);
      case 'index0':
        return BigInt(this.#index);
      case 'revindex':
        return BigInt(this.#size() - this.#index);
      case 'revindex0':
        return BigInt(this.#size() - this.#index - 1);
      case 'first':
        return this.#index === 0;
      case 'last':
        return this.#look() === null;
      case 'length':
        return BigInt(this.#size());
      case 'depth':
        return BigInt(this.#depth + 1);
      case 'depth0':
        return BigInt(this.#depth);
      case 'previtem':
        return this.#index === 0 ? new Undefined('there is no previous item') : (this.#before as Value);
      case 'nextitem':
        return or(this.#look()?.value, () => new Undefined('there is no next item'));
      case 'cycle':
        return new Callee('cycle', (args) => or(args[this.#index % args.length], () => fail('no items for cycling given')));
      case 'changed':
        return new Callee('changed', (args) => {
          const now = new Tuple(args);
          if (this.#changed !== undefined && equal(this.#changed, now)) return false;
          this.#changed = now;
          return true;
        });
      default:
        return name.startsWith('_') ? unsupported(`loop.${name}`) : new Undefined(`'LoopContext' object has no attribute '${name}'`);
    }
  }

  readonly call = (args: readonly Value[], named: ReadonlyMap<string, Value>): Value => {
    const { at } = given('loop', args, named, ['iterable'], [1, 1]);
    return this.#recurse === null
      ? fail("The loop must have the 'recursive' marker to be called recursively.")
      : this.#recurse(at(0) as Value, this.#depth + 1);
  };

  #look(): { readonly value: Value } | null {
    if (this.#ahead !== undefined) return this.#ahead;
    const { done, value } = this.#iterator.next();
    return (this.#ahead = done === true ? null : { value });
  }

  #size(): number {
    if (this.#length === null) {
      if (this.#items instanceof Once) {
        const rest: Value[] = [];
        for (let step = this.#iterator.next(); step.done !== true; step = this.#iterator.next()) rest.push(step.value);
        this.#iterator = rest[Symbol.iterator]();
        const ahead = this.#ahead === undefined || this.#ahead === null ? 0 : 1;
        this.#length = rest.length + this.#index + 1 + ahead;
      } else this.#length = sizeOf(this.#items);
    }
    return this.#length;
  }
}
