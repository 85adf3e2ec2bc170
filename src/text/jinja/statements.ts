/**
 * Statements of a Jinja template: those of jinja2, `break` and `continue`, and the `generation` block of transformers. What needs other templates
 * is refused by name. Knows not what a statement means.
 */
import { Expressions } from './expressions.ts';
import { tokensOf } from './lexer.ts';
import { BODY, type Branch, type Expression, type Parameters, type Statement, type Target } from './nodes.ts';
import { Stream } from './stream.ts';

const MAX_DEPTH = 100;

/** The statements of a template. Errors: Error says what cannot be read, or is not supported. */
export function parsed(template: string): readonly Statement[] {
  return new Statements(new Stream(tokensOf(template))).all();
}

class Statements {
  readonly #stream: Stream;
  readonly #expressions: Expressions;
  /** How many loops are around, up to the nearest function. */
  #loops = 0;
  #depth = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#expressions = new Expressions(stream);
  }

  all(): readonly Statement[] {
    return this.#until([]);
  }

  /** Statements up to one of these tags, whose name is the current token then. */
  #until(ends: readonly string[]): readonly Statement[] {
    const stream = this.#stream;
    const body: Statement[] = [];
    if (++this.#depth > MAX_DEPTH) stream.fail('blocks are too deep');
    for (;;) {
      const token = stream.current;
      if (token.type === 'data') body.push({ is: 'text', text: stream.next().value as string });
      else if (stream.skip('print')) {
        body.push({ is: 'print', values: [this.#expressions.tuple()] });
        stream.expect('printed');
      } else if (stream.skip('begin')) {
        if (ends.length > 0 && stream.is('name', ...ends)) break;
        body.push(this.#statement());
        stream.expect('end');
      } else if (ends.length === 0) break;
      else stream.fail(`Unexpected end of template, looking for ${ends.join(' or ')}`);
    }
    this.#depth--;
    return body;
  }

  /** The body of a block, up to one of these tags; `drop` goes past it. */
  #body(ends: readonly string[], { drop = true, branch = false } = {}): readonly Statement[] {
    this.#stream.skip('operator', ':');
    this.#stream.expect('end');
    const { soft } = this.#expressions;
    this.#expressions.soft = branch;
    const body = this.#until(ends);
    this.#expressions.soft = soft;
    if (drop) this.#stream.next();
    return body;
  }

  /** A body that is a function of its own, out of which no loop can be left. */
  #function(ends: readonly string[]): readonly Statement[] {
    const around = this.#loops;
    this.#loops = 0;
    const body = this.#body(ends);
    this.#loops = around;
    return body;
  }

  #statement(): Statement {
    const stream = this.#stream;
    const name = stream.name();
    switch (name) {
      case 'set':
        return this.#set();
      case 'if':
        return this.#if();
      case 'for':
        return this.#for();
      case 'break':
      case 'continue':
        if (this.#loops === 0) stream.fail(`'${name}' outside loop`);
        return { is: name };
      case 'with':
        return this.#with();
      case 'macro': {
        const macro = stream.name();
        const parameters = this.#parameters();
        return { is: 'macro', name: macro, parameters, body: this.#function(['endmacro']) };
      }
      case 'call': {
        const parameters = stream.is('operator', '(') ? this.#parameters() : { names: [], defaults: [] };
        const call = this.#expressions.expression();
        if (call.is !== 'call') stream.fail('expected call');
        return { is: 'call', parameters, call, body: this.#function(['endcall']) };
      }
      case 'filter': {
        const filter = this.#expressions.filter({ is: 'name', name: BODY }, true);
        return { is: 'filtered', filter, body: this.#body(['endfilter']) };
      }
      case 'print': {
        const values: Expression[] = [];
        while (!stream.is('end')) {
          if (values.length > 0) stream.expect('operator', ',');
          values.push(this.#expressions.expression());
        }
        return { is: 'print', values };
      }
      case 'generation':
        return { is: 'scope', body: this.#function(['endgeneration']) };
      default:
        return stream.fail(`the tag ${name} is not supported`);
    }
  }

  #set(): Statement {
    const target = this.#target([], true);
    if (this.#stream.skip('operator', '=')) return { is: 'set', target, value: this.#expressions.tuple() };
    const filter = this.#stream.is('operator', '|') ? this.#expressions.filter({ is: 'name', name: BODY }) : null;
    return { is: 'capture', target, filter, body: this.#body(['endset']) };
  }

  #if(): Statement {
    const branch = (): Branch => {
      const test = this.#expressions.tuple({ choice: false });
      return [test, this.#body(['elif', 'else', 'endif'], { drop: false, branch: true })];
    };
    const branches: [Branch, ...Branch[]] = [branch()];
    let next = this.#stream.name();
    for (; next === 'elif'; next = this.#stream.name()) branches.push(branch());
    return { is: 'if', branches, otherwise: next === 'else' ? this.#body(['endif'], { branch: true }) : [] };
  }

  #for(): Statement {
    const stream = this.#stream;
    const target = this.#target(['in'], false);
    if (namesOf(target).includes('loop')) stream.fail("Can't assign to special loop variable in for-loop target");
    stream.expect('name', 'in');
    const over = this.#expressions.tuple({ choice: false, ends: ['recursive'] });
    const test = stream.skip('name', 'if') ? this.#expressions.expression() : null;
    const recursive = stream.skip('name', 'recursive');
    const around = this.#loops;
    this.#loops++;
    const body = this.#body(['endfor', 'else'], { drop: false });
    this.#loops = around;
    const otherwise = stream.name() === 'else' ? this.#body(['endfor']) : null;
    return { is: 'for', target, over, test, recursive, body, otherwise };
  }

  #with(): Statement {
    const stream = this.#stream;
    const targets: Target[] = [];
    const values: Expression[] = [];
    while (!stream.is('end') && !stream.is('operator', ':')) {
      if (targets.length > 0) stream.expect('operator', ',');
      targets.push(this.#target([], false));
      stream.expect('operator', '=');
      values.push(this.#expressions.expression());
    }
    return { is: 'with', targets, values, body: this.#body(['endwith']) };
  }

  #parameters(): Parameters {
    const stream = this.#stream;
    const names: string[] = [];
    const defaults: Expression[] = [];
    stream.expect('operator', '(');
    while (!stream.is('operator', ')')) {
      if (names.length > 0) stream.expect('operator', ',');
      const name = stream.name();
      if (['caller', 'varargs', 'kwargs'].includes(name)) stream.fail(`a parameter called ${name} is not supported`);
      if (names.includes(name)) stream.fail(`duplicate argument '${name}'`);
      names.push(name);
      if (stream.skip('operator', '=')) defaults.push(this.#expressions.expression());
      else if (defaults.length > 0) stream.fail('non-default argument follows default argument');
    }
    stream.next();
    return { names, defaults };
  }

  #target(ends: readonly string[], namespaces: boolean): Target {
    const stream = this.#stream;
    const items: Target[] = [];
    let several = false;
    for (;;) {
      if (items.length > 0) stream.expect('operator', ',');
      if (stream.is('end') || stream.is('operator', '=', ')') || (ends.length > 0 && stream.is('name', ...ends))) break;
      items.push(this.#oneTarget(namespaces));
      if (!stream.is('operator', ',')) break;
      several = true;
    }
    const [only] = items;
    if (only === undefined) stream.fail("can't assign to nothing");
    return several || only === undefined ? { is: 'targets', items } : only;
  }

  #oneTarget(namespaces: boolean): Target {
    const stream = this.#stream;
    if (stream.skip('operator', '(')) {
      const target = this.#target([], namespaces);
      stream.expect('operator', ')');
      return target;
    }
    const name = stream.name();
    if (['true', 'True', 'false', 'False', 'none', 'None'].includes(name)) stream.fail(`can't assign to '${name}'`);
    if (namespaces && stream.skip('operator', '.')) return { is: 'namespace', name, attribute: stream.name() };
    return { is: 'name', name };
  }
}

function namesOf(target: Target): readonly string[] {
  return target.is === 'targets' ? target.items.flatMap(namesOf) : [target.name];
}
