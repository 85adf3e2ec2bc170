/**
 * Values out of a parsed JSON object by name and type, so that a refusal always says the place: `model.merges[3]`. Own keys only; what is
 * not asked for is not looked at. Knows no format: the caller says how to refuse.
 */

/** Throws the format's own error. */
type Refuse = (detail: string) => never;

export class Fields {
  /** Where the object stands in its file; empty for the whole file. */
  readonly place: string;
  readonly refuse: Refuse;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();

  private constructor(values: ReadonlyMap<string, unknown>, place: string, refuse: Refuse) {
    this.#values = values;
    this.place = place;
    this.refuse = refuse;
  }

  /** The fields of an object. Errors: whatever `refuse` throws when `value` is none. */
  static of(value: unknown, place: string, refuse: Refuse): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(`${place || 'the file'} must be an object`);
    return new Fields(new Map<string, unknown>(Object.entries(value)), place, refuse);
  }

  at(name: string): string {
    return this.place === '' ? name : `${this.place}.${name}`;
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  raw(name: string): unknown {
    this.#asked.add(name);
    return this.#values.get(name);
  }

  /** The names that nobody has asked for so far. */
  unread(): readonly string[] {
    return this.names().filter((name) => !this.#asked.has(name));
  }

  fail(name: string, must: string): never {
    return this.refuse(`${this.at(name)} ${must}`);
  }

  /** Refuses null for fields in whose place a default would else stand. */
  notNull(...names: readonly string[]): void {
    const none = names.find((name) => this.raw(name) === null);
    if (none !== undefined) this.fail(none, 'must not be null');
  }

  /** Refuses a value that is another than it must be, or missing. */
  mustBe(name: string, what: string, value = this.raw(name)): never {
    return this.fail(name, value === undefined ? `is missing; it must be ${what}` : `must be ${what}, not ${JSON.stringify(value)}`);
  }

  string(name: string, fallback?: string): string {
    const value = this.raw(name) ?? fallback;
    return typeof value === 'string' ? value : this.fail(name, 'must be a string');
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.raw(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(name, 'must be true or false');
  }

  whole(
    name: string,
    { fallback, min = 0, max = Number.MAX_SAFE_INTEGER }: { fallback?: number; min?: number; max?: number } = {},
  ): number {
    const value = this.raw(name) ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.fail(name, `must be a whole number from ${min} to ${max}`);
  }

  list(name: string, fallback?: readonly unknown[]): readonly unknown[] {
    const value = this.raw(name) ?? fallback;
    return Array.isArray(value) ? (value as readonly unknown[]) : this.fail(name, 'must be a list');
  }

  /** The objects of a list. */
  items(name: string, fallback?: readonly unknown[]): readonly Fields[] {
    return this.list(name, fallback).map((value, i) => Fields.of(value, `${this.at(name)}[${i}]`, this.refuse));
  }

  object(name: string): Fields {
    return Fields.of(this.raw(name), this.at(name), this.refuse);
  }

  /** The object, or null where there is none. */
  optional(name: string): Fields | null {
    const value = this.raw(name);
    return value === undefined || value === null ? null : this.object(name);
  }

  /** Refuses a field that asks for something the program does not do. */
  only(name: string, ...allowed: readonly unknown[]): void {
    const value = this.raw(name) ?? null;
    if (!allowed.includes(value)) this.fail(name, `is ${JSON.stringify(value)}, which is not supported`);
  }
}
