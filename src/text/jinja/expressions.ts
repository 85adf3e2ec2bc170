/** Expressions of a Jinja template, with the precedence of jinja2's parser. Knows no statement, and not what an expression means. */
import { isFilter, isTest } from './known.ts';
import type { Arguments, Expression } from './nodes.ts';
import type { Stream } from './stream.ts';

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, True: true, false: false, False: false, none: null, None: null };
const NO_ARGUMENTS: Arguments = { positional: [], named: [], list: null, map: null };
/** How deep an expression may be; what is deeper is no honest template. */
const MAX_DEPTH = 200;

export class Expressions {
  readonly stream: Stream;
  /** In a branch of `if`, where jinja2 refuses a name that it does not know only when it comes there. */
  soft = false;
  #depth = 0;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** One expression, or several with commas as a tuple. `ends` are names that end it. */
  tuple({ choice = true, brackets = false, ends = [] as readonly string[] } = {}): Expression {
    const { stream } = this;
    const items: Expression[] = [];
    let several = false;
    for (;;) {
      if (items.length > 0) stream.expect('operator', ',');
      if (stream.is('printed') || stream.is('end') || stream.is('operator', ')') || (ends.length > 0 && stream.is('name', ...ends))) break;
      items.push(choice ? this.expression() : this.#or());
      if (!stream.is('operator', ',')) break;
      several = true;
    }
    const [only] = items;
    if (!several && only !== undefined) return only;
    if (!several && !brackets) stream.fail(`Expected an expression, got ${stream.current.value || stream.current.type}`);
    return { is: 'tuple', items };
  }

  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) this.stream.fail('an expression is too deep');
    let node = this.#or();
    while (this.stream.skip('name', 'if')) {
      const test = this.#or();
      node = { is: 'choice', test, yes: node, otherwise: this.stream.skip('name', 'else') ? this.expression() : null };
    }
    this.#depth--;
    return node;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.stream.skip('name', 'or')) left = { is: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.stream.skip('name', 'and')) left = { is: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.stream.skip('name', 'not') ? { is: 'not', of: this.#deeper(() => this.#not()) } : this.#compare();
  }

  #compare(): Expression {
    const { stream } = this;
    const left = this.#sum();
    const others: [string, Expression][] = [];
    for (;;) {
      if (stream.is('operator', '==', '!=', '<', '<=', '>', '>=')) others.push([stream.next().value as string, this.#sum()]);
      else if (stream.skip('name', 'in')) others.push(['in', this.#sum()]);
      else if (stream.is('name', 'not') && stream.after.type === 'name' && stream.after.value === 'in') {
        stream.next();
        stream.next();
        others.push(['not in', this.#sum()]);
      } else break;
    }
    return others.length === 0 ? left : { is: 'compare', left, others };
  }

  #operations(signs: readonly string[], part: () => Expression): Expression {
    let left = part();
    while (this.stream.is('operator', ...signs)) left = { is: 'operation', sign: this.stream.next().value as string, left, right: part() };
    return left;
  }

  #sum(): Expression {
    return this.#operations(['+', '-'], () => this.#concat());
  }

  #concat(): Expression {
    const items = [this.#product()];
    while (this.stream.skip('operator', '~')) items.push(this.#product());
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { is: 'concat', items };
  }

  #product(): Expression {
    return this.#operations(['*', '/', '//', '%'], () => this.#operations(['**'], () => this.unary()));
  }

  unary(filtered: boolean = true): Expression {
    let node: Expression;
    if (this.stream.skip('operator', '-')) node = { is: 'negative', of: this.#deeper(() => this.unary(false)) };
    else if (this.stream.skip('operator', '+')) node = { is: 'positive', of: this.#deeper(() => this.unary(false)) };
    else node = this.primary();
    node = this.#postfix(node);
    return filtered ? this.#filtered(node) : node;
  }

  #deeper(work: () => Expression): Expression {
    if (++this.#depth > MAX_DEPTH) this.stream.fail('an expression is too deep');
    const node = work();
    this.#depth--;
    return node;
  }

  primary(): Expression {
    const { stream } = this;
    const token = stream.next();
    if (token.type === 'name')
      return Object.hasOwn(CONSTANTS, token.value)
        ? { is: 'constant', value: CONSTANTS[token.value] as boolean | null }
        : { is: 'name', name: token.value };
    if (token.type === 'string') {
      let { value } = token;
      while (stream.is('string')) value += stream.next().value as string;
      return { is: 'constant', value };
    }
    if (token.type === 'integer' || token.type === 'float') return { is: 'constant', value: token.value };
    if (token.type === 'operator') {
      if (token.value === '(') {
        const inside = this.#deeper(() => this.tuple({ brackets: true }));
        stream.expect('operator', ')');
        return inside;
      }
      if (token.value === '[') return { is: 'list', items: this.#until(']', () => this.expression()) };
      if (token.value === '{') {
        const pairs = this.#until('}', (): readonly [Expression, Expression] => {
          const key = this.expression();
          stream.expect('operator', ':');
          return [key, this.expression()];
        });
        return { is: 'dict', pairs };
      }
    }
    return stream.fail(`unexpected ${token.value || token.type}`);
  }

  #until<T>(end: string, part: () => T): readonly T[] {
    const parts: T[] = [];
    while (!this.stream.is('operator', end)) {
      if (parts.length > 0) this.stream.expect('operator', ',');
      if (this.stream.is('operator', end)) break;
      parts.push(part());
    }
    this.stream.next();
    return parts;
  }

  #postfix(of: Expression): Expression {
    let node = of;
    for (;;) {
      if (this.stream.is('operator', '.', '[')) node = this.#subscript(node);
      else if (this.stream.is('operator', '(')) node = { is: 'call', of: node, args: this.#arguments() };
      else return node;
    }
  }

  #filtered(of: Expression): Expression {
    let node = of;
    for (;;) {
      if (this.stream.is('operator', '|')) node = this.filter(node);
      else if (this.stream.skip('name', 'is')) node = this.#test(node);
      else if (this.stream.is('operator', '(')) node = { is: 'call', of: node, args: this.#arguments() };
      else return node;
    }
  }

  #subscript(of: Expression): Expression {
    const { stream } = this;
    if (stream.next().value === '.') {
      const key = stream.next();
      if (key.type === 'name') return { is: 'attribute', of, name: key.value };
      if (key.type !== 'integer') return stream.fail('expected name or number');
      return { is: 'item', of, key: { is: 'constant', value: key.value } };
    }
    const slice = (): readonly (Expression | null)[] | Expression => {
      const ends = (): boolean => stream.is('operator', ':', ']', ',');
      const first = stream.is('operator', ':') ? null : this.expression();
      if (first === null) stream.next();
      else if (!stream.skip('operator', ':')) return first;
      const second = ends() ? null : this.expression();
      const third = !stream.skip('operator', ':') || ends() ? null : this.expression();
      return [first, second, third];
    };
    const parts: (readonly (Expression | null)[] | Expression)[] = [];
    while (!stream.is('operator', ']')) {
      if (parts.length > 0) stream.expect('operator', ',');
      parts.push(slice());
    }
    stream.next();
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return 'is' in only ? { is: 'item', of, key: only } : { is: 'slice', of, parts: only };
    const items = parts.map((part) => ('is' in part ? part : stream.fail('a slice among several subscripts is not supported')));
    return { is: 'item', of, key: { is: 'tuple', items } };
  }

  #arguments(): Arguments {
    const { stream } = this;
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let [list, map]: [Expression | null, Expression | null] = [null, null];
    const ensure = (holds: boolean): void => {
      if (!holds) stream.fail('invalid syntax for function call expression');
    };
    stream.expect('operator', '(');
    let first = true;
    while (!stream.is('operator', ')')) {
      if (!first) stream.expect('operator', ',');
      if (!first && stream.is('operator', ')')) break;
      first = false;
      if (stream.skip('operator', '*')) {
        ensure(list === null && map === null);
        list = this.expression();
      } else if (stream.skip('operator', '**')) {
        ensure(map === null);
        map = this.expression();
      } else if (stream.is('name') && stream.after.type === 'operator' && stream.after.value === '=') {
        ensure(map === null);
        const name = stream.name();
        stream.next();
        ensure(named.every(([other]) => other !== name));
        named.push([name, this.expression()]);
      } else {
        ensure(list === null && map === null && named.length === 0);
        positional.push(this.expression());
      }
    }
    stream.next();
    return { positional, named, list, map };
  }

  /** One filter or several after each other, of what stands before, or of a block. */
  filter(of: Expression, begun: boolean = false): Expression {
    const { stream } = this;
    let node = of;
    let inline = begun;
    while (inline || stream.skip('operator', '|')) {
      inline = false;
      const name = this.#dotted();
      if (!this.soft && !isFilter(name)) stream.fail(`the filter ${name} is not supported`);
      node = { is: 'filter', of: node, name, args: stream.is('operator', '(') ? this.#arguments() : NO_ARGUMENTS };
    }
    return node;
  }

  #dotted(): string {
    let name = this.stream.name();
    while (this.stream.skip('operator', '.')) name += `.${this.stream.name()}`;
    return name;
  }

  #test(of: Expression): Expression {
    const { stream } = this;
    const negated = stream.skip('name', 'not');
    const name = this.#dotted();
    if (!this.soft && !isTest(name)) stream.fail(`the test ${name} is not supported`);
    let args = NO_ARGUMENTS;
    if (stream.is('operator', '(')) args = this.#arguments();
    else if (
      (stream.is('name') || stream.is('string') || stream.is('integer') || stream.is('float') || stream.is('operator', '[', '{')) &&
      !stream.is('name', 'else', 'or', 'and')
    ) {
      if (stream.is('name', 'is')) stream.fail('You cannot chain multiple tests with is');
      args = { ...NO_ARGUMENTS, positional: [this.#postfix(this.primary())] };
    }
    const test: Expression = { is: 'test', of, name, args };
    return negated ? { is: 'not', of: test } : test;
  }
}
