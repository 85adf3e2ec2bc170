/**
 * Which names a block hides before it has given them a value. jinja2 decides that when it compiles (its idtracking): a name that a block assigns, and
 * neither reads before nor has from around, is not defined there until then, not even where the template was given a variable of that name.
 * Knows not what a statement means.
 */
import type { Expression, Statement, Target } from './nodes.ts';

type Body = readonly Statement[];
/** How a name begins in a frame: not defined, as it was given, as it is around, or with a value. */
type Begin = 'undefined' | 'given' | 'around' | 'parameter';

class Frame {
  readonly #around: Frame | null;
  #names: Map<string, Begin>;
  #stored = new Set<string>();

  constructor(around: Frame | null) {
    this.#around = around;
    this.#names = new Map();
  }

  knows(name: string): boolean {
    return this.#names.has(name) || (this.#around?.knows(name) ?? false);
  }

  load(name: string): void {
    if (!this.knows(name)) this.#names.set(name, 'given');
  }

  store(name: string): void {
    this.#stored.add(name);
    if (!this.#names.has(name)) this.#names.set(name, this.#around?.knows(name) === true ? 'around' : 'undefined');
  }

  parameter(name: string): void {
    this.#stored.add(name);
    this.#names.set(name, 'parameter');
  }

  /** What one of several ways does, of which one is taken. */
  branches(ways: readonly (() => void)[]): void {
    const [names, stored] = [this.#names, this.#stored];
    const counts = new Map<string, number>();
    const made = ways.map((way) => {
      [this.#names, this.#stored] = [new Map(names), new Set(stored)];
      way();
      for (const name of this.#stored) if (!stored.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
      return [this.#names, this.#stored] as const;
    });
    [this.#names, this.#stored] = [new Map(names), new Set(stored)];
    for (const [each, more] of made) {
      for (const [name, begin] of each) this.#names.set(name, begin);
      for (const name of more) this.#stored.add(name);
    }
    for (const [name, count] of counts)
      if (count < ways.length) this.#names.set(name, this.#around?.knows(name) === true ? 'around' : 'given');
  }

  get hidden(): readonly string[] {
    return [...this.#names].filter(([, begin]) => begin === 'undefined').map(([name]) => name);
  }
}

/** The hidden names of every body that is a block of its own. */
export function hiddenNames(program: Body): ReadonlyMap<Body, readonly string[]> {
  const hidden = new Map<Body, readonly string[]>();

  function frame(body: Body, around: Frame | null, begin: (frame: Frame) => void = () => {}): void {
    const own = new Frame(around);
    begin(own);
    visit(body, own);
    hidden.set(body, own.hidden);
    // what is inside is looked at when all of this block is known
    nested(body, own);
  }

  function visit(body: Body, own: Frame): void {
    for (const statement of body) statementIn(statement, own);
  }

  function statementIn(statement: Statement, own: Frame): void {
    switch (statement.is) {
      case 'print':
        for (const value of statement.values) reads(value, own);
        break;
      case 'set':
        reads(statement.value, own);
        stores(statement.target, own);
        break;
      case 'capture':
        stores(statement.target, own);
        break;
      case 'if': {
        const [first, ...elifs] = statement.branches;
        reads(first[0], own);
        own.branches([
          () => visit(first[1], own),
          () => {
            for (const [test, body] of elifs) statementIn({ is: 'if', branches: [[test, body]], otherwise: [] }, own);
          },
          () => visit(statement.otherwise, own),
        ]);
        break;
      }
      case 'for':
        reads(statement.over, own);
        break;
      case 'with':
        for (const value of statement.values) reads(value, own);
        break;
      case 'macro':
        own.store(statement.name);
        break;
      case 'call':
        reads(statement.call, own);
        break;
      case 'filtered':
        reads(statement.filter, own);
        break;
      case 'text':
      case 'break':
      case 'continue':
      case 'scope':
        break;
    }
  }

  function nested(body: Body, own: Frame): void {
    for (const statement of body) {
      switch (statement.is) {
        case 'if':
          for (const [, branch] of statement.branches) nested(branch, own);
          nested(statement.otherwise, own);
          break;
        case 'for':
          frame(statement.body, own, (loop) => {
            loop.parameter('loop');
            for (const name of namesIn(statement.target)) loop.parameter(name);
          });
          if (statement.otherwise !== null) frame(statement.otherwise, own);
          break;
        case 'capture':
        case 'filtered':
        case 'scope':
          frame(statement.body, own);
          break;
        case 'with':
          frame(statement.body, own, (block) => {
            for (const target of statement.targets) for (const name of namesIn(target)) block.parameter(name);
          });
          break;
        case 'macro':
        case 'call':
          frame(statement.body, own, (macro) => {
            for (const name of [...statement.parameters.names, 'caller', 'kwargs', 'varargs']) macro.parameter(name);
            for (const value of statement.parameters.defaults) reads(value, macro);
          });
          break;
        case 'text':
        case 'print':
        case 'set':
        case 'break':
        case 'continue':
          break;
      }
    }
  }

  frame(program, null);
  return hidden;
}

function stores(target: Target, own: Frame): void {
  if (target.is === 'namespace') own.load(target.name);
  else if (target.is === 'name') own.store(target.name);
  else for (const item of target.items) stores(item, own);
}

function namesIn(target: Target): readonly string[] {
  return target.is === 'targets' ? target.items.flatMap(namesIn) : [target.name];
}

/** Every name that stands in an expression. */
function reads(node: Expression, own: Frame): void {
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const { is, name } = part as { readonly is?: unknown; readonly name?: unknown };
    if (is === 'name') own.load(name as string);
    else for (const inner of Object.values(part)) walk(inner);
  };
  walk(node);
}
