/** Variables of a template: those of a block hide those around it, and are gone after it. Knows no statement. */
import type { Value } from './values.ts';

export class Scope {
  readonly #around: Scope | null;
  readonly #values = new Map<string, Value>();

  constructor(around: Scope | null, values: Iterable<readonly [string, Value]> = []) {
    this.#around = around;
    for (const [name, value] of values) this.#values.set(name, value);
  }

  get(name: string): Value | undefined {
    const own = this.#values.get(name);
    return own ?? (this.#values.has(name) ? own : this.#around?.get(name));
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}
