/** What the statements of a template mean: text comes out. Knows nothing of chats. */
import { given } from './arguments.ts';
import { type Bounds, MAX_LENGTH } from './bounds.ts';
import { argumentsOf, evaluate } from './evaluate.ts';
import { called } from './attributes.ts';
import { hiddenNames } from './frames.ts';
import { LoopState, type Recurse } from './loop-variable.ts';
import { BODY, type Arguments, type Expression, type Parameters, type Statement, type Target } from './nodes.ts';
import { Scope } from './scope.ts';
import { Dict, each, fail, Callee, Namespace, Once, or, Safe, truth, Tuple, typeOf, Undefined, type Value } from './values.ts';
import { text } from './written.ts';

type Body = readonly Statement[];
type For = Extract<Statement, { is: 'for' }>;
/** How a body ended: at its end, or by `break` or `continue`. */
type Way = 'on' | 'break' | 'continue';

/** The text of a template with these variables. Errors: RangeError for a bound, others as the template throws them. */
export function rendered(program: Body, variables: Iterable<readonly [string, Value]>, bounds: Bounds): string {
  const out = new Output();
  const runner = new Runner(bounds, hiddenNames(program));
  runner.body(program, runner.inside(program, new Scope(null, variables)), out);
  return out.text;
}

class Output {
  text = '';
  write(more: string): void {
    this.text += more;
    if (this.text.length > MAX_LENGTH) throw new RangeError('it makes a text that is too long');
  }
}

class Runner {
  readonly #bounds: Bounds;

  readonly #hidden: ReadonlyMap<Body, readonly string[]>;

  constructor(bounds: Bounds, hidden: ReadonlyMap<Body, readonly string[]>) {
    this.#bounds = bounds;
    this.#hidden = hidden;
  }

  /** The variables of a block, of which none has a value yet. */
  inside(body: Body, around: Scope): Scope {
    return new Scope(
      around,
      (this.#hidden.get(body) as readonly string[]).map((name) => [name, new Undefined(`'${name}' is undefined`)] as const),
    );
  }

  body(body: Body, scope: Scope, out: Output): Way {
    for (const statement of body) {
      const way = this.#run(statement, scope, out);
      if (way !== 'on') return way;
    }
    return 'on';
  }

  #value(node: Expression, scope: Scope): Value {
    return evaluate(node, scope, this.#bounds);
  }

  #run(statement: Statement, scope: Scope, out: Output): Way {
    this.#bounds.step();
    switch (statement.is) {
      case 'text':
        out.write(statement.text);
        return 'on';
      case 'print':
        for (const node of statement.values) out.write(text(this.#value(node, scope)));
        return 'on';
      case 'set':
        assign(statement.target, this.#value(statement.value, scope), scope);
        return 'on';
      case 'capture': {
        const [inner, own] = [new Output(), this.inside(statement.body, scope)];
        const way = this.body(statement.body, own, inner);
        if (way !== 'on') return way;
        assign(statement.target, this.#through(statement.filter, inner.text, own), scope);
        return 'on';
      }
      case 'filtered': {
        const [inner, own] = [new Output(), this.inside(statement.body, scope)];
        const way = this.body(statement.body, own, inner);
        if (way === 'on') out.write(written(this.#through(statement.filter, inner.text, own)));
        return way;
      }
      case 'if': {
        const taken = statement.branches.find(([test]) => truth(this.#value(test, scope)));
        return this.body(taken === undefined ? statement.otherwise : taken[1], scope, out);
      }
      case 'for':
        return this.#for(statement, scope, out);
      case 'break':
      case 'continue':
        return statement.is;
      case 'with': {
        const values = statement.values.map((node) => this.#value(node, scope));
        const inner = this.inside(statement.body, scope);
        for (const [i, target] of statement.targets.entries()) assign(target, values[i] as Value, inner);
        return this.body(statement.body, inner, out);
      }
      case 'macro':
        scope.set(statement.name, this.#macro(statement.name, statement.parameters, statement.body, scope));
        return 'on';
      case 'call': {
        const caller = this.#macro('caller', statement.parameters, statement.body, scope);
        const { of, args } = statement.call as { readonly of: Expression; readonly args: Arguments };
        const callee = this.#value(of, scope);
        const [values, named] = argumentsOf(args, (node) => this.#value(node, scope));
        if (named.has('caller')) fail("got multiple values for keyword argument 'caller'");
        out.write(written(called(callee, values, new Map([...named, ['caller', caller]]))));
        return 'on';
      }
      case 'scope':
        this.body(statement.body, this.inside(statement.body, scope), out);
        return 'on';
    }
  }

  /** A text through the filters of a block. */
  #through(filter: Expression | null, made: string, scope: Scope): Value {
    if (filter === null) return made;
    return this.#value(filter, new Scope(scope, [[BODY, made]]));
  }

  #for(loop: For, scope: Scope, out: Output): Way {
    const recurse: Recurse | null = loop.recursive
      ? (items, depth) => {
          const inner = new Output();
          this.#each(loop, items, scope, inner, recurse, depth);
          return inner.text;
        }
      : null;
    this.#each(loop, this.#value(loop.over, scope), scope, out, recurse, 0);
    return 'on';
  }

  #each(loop: For, over: Value, scope: Scope, out: Output, recurse: Recurse | null, depth: number): void {
    const { test, target, body, otherwise } = loop;
    const state = new LoopState(test === null ? over : new Once(this.#passing(over, test, target, scope)), recurse, depth);
    let whole = false;
    for (let found = state.next(); found !== null; found = state.next()) {
      this.#bounds.step();
      const inner = this.inside(body, scope);
      inner.set('loop', state);
      assign(target, found.value, inner);
      const way = this.body(body, inner, out);
      if (way === 'break') break;
      // as jinja2 has it: the else part is left out once a body has come to its end
      if (way === 'on') whole = true;
    }
    if (otherwise !== null && !whole) this.body(otherwise, this.inside(otherwise, scope), out);
  }

  *#passing(over: Value, test: Expression, target: Target, scope: Scope): Generator<Value> {
    for (const value of each(over)) {
      const inner = new Scope(scope);
      assign(target, value, inner);
      if (truth(this.#value(test, inner))) yield value;
    }
  }

  #macro(name: string, { names, defaults }: Parameters, body: Body, around: Scope): Callee {
    const [usesCaller, usesNamed, usesMore] = ['caller', 'kwargs', 'varargs'].map((special) => mentions(body, special));
    return new Callee(name, (args, named) => {
      const scope = this.inside(body, around);
      const left = new Map(named);
      const caller = usesCaller === true ? left.get('caller') : undefined;
      if (usesCaller === true) left.delete('caller');
      const own = new Map([...left].filter(([key]) => names.includes(key)));
      for (const key of own.keys()) left.delete(key);
      const [unknown] = left.keys();
      if (usesNamed !== true && unknown !== undefined) fail(`macro '${name}' takes no keyword argument '${unknown}'`);
      if (usesMore !== true && args.length > names.length) fail(`macro '${name}' takes not more than ${names.length} argument(s)`);
      const { at } = given(name, args.slice(0, names.length), own, names);
      if (usesCaller === true) scope.set('caller', caller ?? new Undefined('No caller defined'));
      if (usesNamed === true) scope.set('kwargs', new Dict(left));
      if (usesMore === true) scope.set('varargs', new Tuple(args.slice(names.length)));
      for (const [i, parameter] of names.entries()) {
        const fallback = defaults[i - names.length + defaults.length];
        const missing = (): Value =>
          fallback === undefined ? new Undefined(`parameter '${parameter}' was not provided`) : this.#value(fallback, scope);
        scope.set(parameter, or(at(i), missing));
      }
      const out = new Output();
      this.body(body, scope, out);
      return out.text;
    });
  }
}

/** What a block gives must be a text, as jinja2 joins it unasked. */
function written(value: Value): string {
  return typeof value === 'string' || value instanceof Safe ? text(value) : fail(`expected str instance, ${typeOf(value)} found`);
}

/** Does a name stand anywhere in it? */
function mentions(node: unknown, name: string): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { is, name: own } = node as { readonly is?: unknown; readonly name?: unknown };
  return (is === 'name' && own === name) || Object.values(node).some((inner) => mentions(inner, name));
}

function assign(target: Target, value: Value, scope: Scope): void {
  if (target.is === 'name') scope.set(target.name, value);
  else if (target.is === 'namespace') {
    const space = scope.get(target.name);
    if (!(space instanceof Namespace)) return fail('cannot assign attribute on non-namespace object');
    if (target.attribute.startsWith('_')) return fail('cannot store underscore-prefixed attributes on a namespace');
    space.attributes.set(target.attribute, value);
  } else {
    const values = [...each(value)];
    if (values.length !== target.items.length) return fail(`cannot unpack ${values.length} values into ${target.items.length}`);
    for (const [i, inner] of target.items.entries()) assign(inner, values[i] as Value, scope);
  }
}
