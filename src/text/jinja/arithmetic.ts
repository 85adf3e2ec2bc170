/** Python's arithmetic on numbers, texts and lists: whole numbers without end, division that rounds down. Knows no template. */
import { percentFormat } from './format.ts';
import { defined, fail, isList, isNumber, Safe, Tuple, typeOf, unsupported, type Value } from './values.ts';

/** Whole numbers and texts are held to this; Python goes on. */
const MAX_BITS = 4096n;
const MAX_LENGTH = 1_000_000;

/** A value as a number, whole or not; null for what is none. */
const number = (value: Value): bigint | number | null => (isNumber(value) ? (typeof value === 'boolean' ? BigInt(value) : value) : null);

function bounded(value: bigint): bigint {
  return value > -(1n << MAX_BITS) && value < 1n << MAX_BITS ? value : unsupported('a number of more than 4096 bits');
}

/** A whole number as the nearest other one, as Python converts it. */
export function toFloat(value: bigint | number): number {
  const float = Number(value);
  return Number.isFinite(float) || typeof value === 'number' ? float : fail('int too large to convert to float');
}

export function operate(sign: string, left: Value, right: Value): Value {
  const [a, b] = [number(left), number(right)];
  if (a !== null && b !== null)
    return typeof a === 'bigint' && typeof b === 'bigint' ? whole(sign, a, b) : floating(sign, toFloat(a), toFloat(b));
  if (left instanceof Safe || right instanceof Safe) return unsupported(`${sign} with a text that was marked safe`);
  if (sign === '%' && typeof left === 'string') return percentFormat(left, right);
  if (sign === '+') {
    if (typeof left === 'string' && typeof right === 'string') return left + right;
    if (isList(left) && isList(right)) return [...left, ...right];
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
  }
  if (sign === '*') {
    const [many, times] = b === null ? [right, a] : [left, b];
    if (typeof times === 'bigint') {
      const count = times > 0n ? Number(times) : 0;
      const size = typeof many === 'string' ? many.length : isList(many) ? many.length : many instanceof Tuple ? many.items.length : 0;
      if (size * count > MAX_LENGTH) throw new RangeError('it makes a value that is too large');
      if (typeof many === 'string') return many.repeat(count);
      if (isList(many))
        return Array.from<readonly Value[]>({ length: count })
          .fill(many)
          .flatMap((items) => [...items]);
      if (many instanceof Tuple) return new Tuple(Array.from({ length: count }, () => many.items).flat());
    }
  }
  return fail(`unsupported operand type(s) for ${sign}: '${typeOf(defined(left))}' and '${typeOf(defined(right))}'`);
}

function whole(sign: string, a: bigint, b: bigint): Value {
  if (b === 0n && ['/', '//', '%'].includes(sign)) return fail('division by zero');
  switch (sign) {
    case '+':
      return bounded(a + b);
    case '-':
      return bounded(a - b);
    case '*':
      return bounded(a * b);
    case '/':
      return BigInt(Number(a)) === a && BigInt(Number(b)) === b ? Number(a) / Number(b) : unsupported('dividing numbers as large as these');
    case '//':
      return floorDivided(a, b);
    case '%':
      return a - b * floorDivided(a, b);
    default:
      return power(a, b);
  }
}

function floorDivided(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function power(a: bigint, b: bigint): Value {
  if (b >= 0n) {
    const bits = BigInt((a < 0n ? -a : a).toString(2).length);
    if ((bits - 1n) * b > MAX_BITS) return unsupported('a number of more than 4096 bits');
    return bounded(a ** b);
  }
  if (a === 0n) return fail('0.0 cannot be raised to a negative power');
  const below = -b > 64n && a !== 1n && a !== -1n ? null : a ** -b;
  return below !== null && BigInt(Number(below)) === below && Number.isSafeInteger(Number(below))
    ? 1 / Number(below)
    : unsupported('this power');
}

function floating(sign: string, a: number, b: number): Value {
  if (b === 0 && ['/', '//', '%'].includes(sign)) return fail('float division by zero');
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return floored(a, b)[0];
    case '%':
      return floored(a, b)[1];
    default: {
      // other powers differ in the last place from one library to the next
      const exact = Number.isInteger(a) && Number.isInteger(b) && b >= 0 ? a ** b : Number.NaN;
      return Number.isSafeInteger(exact) ? exact : unsupported('this power');
    }
  }
}

/** `divmod` of CPython's floats. */
function floored(a: number, b: number): readonly [number, number] {
  let rest = a % b;
  let quotient = (a - rest) / b;
  if (rest !== 0) {
    if (b < 0 !== rest < 0) [rest, quotient] = [rest + b, quotient - 1];
  } else rest = b < 0 ? -0 : 0;
  if (quotient === 0) return [Object.is(a / b, -0) || a / b < 0 ? -0 : 0, rest];
  const down = Math.floor(quotient);
  return [quotient - down > 0.5 ? down + 1 : down, rest];
}

/** `-x` and `+x`. */
export function signed(sign: '-' | '+', value: Value): Value {
  const of = number(value) ?? fail(`bad operand type for unary ${sign}: '${typeOf(defined(value))}'`);
  return sign === '-' ? -of : of;
}
