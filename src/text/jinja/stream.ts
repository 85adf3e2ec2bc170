/** Tokens one after the other, for the two parsers. Knows no grammar. */
import type { Token } from './lexer.ts';

/** The last token says that it is over; who takes it fails. */
export class Stream {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get after(): Token {
    return this.#tokens[this.#at + 1] as Token;
  }

  next(): Token {
    const { current } = this;
    this.#at++;
    return current;
  }

  /** Is the current token this one? */
  is(type: Token['type'], ...values: readonly string[]): boolean {
    const { current } = this;
    return current.type === type && (values.length === 0 || values.includes(current.value as string));
  }

  /** Goes on if it is. */
  skip(type: Token['type'], ...values: readonly string[]): boolean {
    const there = this.is(type, ...values);
    if (there) this.#at++;
    return there;
  }

  /** Goes on, or throws. */
  expect(type: Token['type'], value?: string): Token {
    if (value === undefined ? this.is(type) : this.is(type, value)) return this.next();
    return this.fail(`expected ${value ?? type}, got ${this.current.value || this.current.type}`);
  }

  name(): string {
    return this.expect('name').value as string;
  }

  fail(what: string): never {
    throw new Error(what);
  }
}
