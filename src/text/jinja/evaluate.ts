/** What the expressions of a template mean, within bounds on steps, time and size. Knows no statement. */
import { operate, signed } from './arithmetic.ts';
import { attribute, called, item, slice } from './attributes.ts';
import { filtered } from './filters.ts';
import type { Bounds } from './bounds.ts';
import type { Arguments, Expression } from './nodes.ts';
import type { Scope } from './scope.ts';
import { tested } from './tests.ts';
import { compare, contains, Dict, each, equal, fail, truth, Tuple, Undefined, unsupported, type Value } from './values.ts';
import { text } from './written.ts';

/** Names that every jinja2 template has and that are not here. */
const ABSENT = ['self', 'lipsum', 'cycler', 'joiner'];

export function evaluate(node: Expression, scope: Scope, bounds: Bounds): Value {
  bounds.step();
  const of = (inner: Expression): Value => evaluate(inner, scope, bounds);
  switch (node.is) {
    case 'constant':
      return node.value;
    case 'name': {
      const { name } = node;
      const value = scope.get(name);
      return value === undefined ? (ABSENT.includes(name) ? unsupported(name) : new Undefined(`'${name}' is undefined`)) : value;
    }
    case 'list':
      return bounds.held(node.items.map(of));
    case 'tuple':
      return bounds.held(new Tuple(node.items.map(of)));
    case 'concat':
      return bounds.held(node.items.map((inner) => text(of(inner))).join(''));
    case 'dict':
      return bounds.held(new Dict(node.pairs.map(([key, value]) => [of(key), of(value)] as const)));
    case 'attribute':
      return attribute(of(node.of), node.name);
    case 'item':
      return item(of(node.of), of(node.key));
    case 'slice':
      return slice(
        of(node.of),
        node.parts.map((inner) => (inner === null ? undefined : of(inner))),
      );
    case 'call': {
      const callee = of(node.of);
      return bounds.held(called(callee, ...argumentsOf(node.args, of)));
    }
    case 'filter':
      return bounds.held(filtered(node.name, of(node.of), ...argumentsOf(node.args, of)));
    case 'test':
      return tested(node.name, of(node.of), ...argumentsOf(node.args, of));
    case 'not':
      return !truth(of(node.of));
    case 'negative':
      return signed('-', of(node.of));
    case 'positive':
      return signed('+', of(node.of));
    case 'and': {
      const left = of(node.left);
      return truth(left) ? of(node.right) : left;
    }
    case 'or': {
      const left = of(node.left);
      return truth(left) ? left : of(node.right);
    }
    case 'operation': {
      const left = of(node.left);
      return bounds.held(operate(node.sign, left, of(node.right)));
    }
    case 'compare': {
      let left = of(node.left);
      for (const [sign, inner] of node.others) {
        const right = of(inner);
        if (!holds(sign, left, right)) return false;
        left = right;
      }
      return true;
    }
    case 'choice':
      if (truth(of(node.test))) return of(node.yes);
      return node.otherwise === null
        ? new Undefined('the inline if-expression evaluated to false and no else section was defined')
        : of(node.otherwise);
  }
}

function holds(sign: string, left: Value, right: Value): boolean {
  switch (sign) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right, sign) < 0;
    case '<=':
      return compare(left, right, sign) <= 0;
    case '>':
      return compare(left, right, sign) > 0;
    default:
      return compare(left, right, sign) >= 0;
  }
}

/** The values of a call: by place, and by name. */
export function argumentsOf(
  { positional, named, list, map }: Arguments,
  of: (node: Expression) => Value,
): [readonly Value[], ReadonlyMap<string, Value>] {
  const values = [...positional.map(of), ...(list === null ? [] : each(of(list)))];
  const byName = new Map(named.map(([name, inner]) => [name, of(inner)] as const));
  if (map !== null) {
    const more = of(map);
    if (!(more instanceof Dict)) return fail('argument after ** must be a mapping');
    for (const [key, value] of more.pairs) {
      if (typeof key !== 'string') return fail('keywords must be strings');
      if (byName.has(key)) return fail(`got multiple values for keyword argument '${key}'`);
      byName.set(key, value);
    }
  }
  return [values, byName];
}
