/** Values as Python writes them: `str`, `repr` and `json.dumps`. Knows no template. */
import { compareText } from './text.ts';
import { Dict, fail, isList, isLoop, Namespace, Range, Safe, Tuple, typeOf, Undefined, unsupported, type Value, View } from './values.ts';

/** `str` of a value, as printing it gives. */
export function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) return '';
  if (value instanceof Safe) return value.text;
  return repr(value);
}

/** `repr` of a value. Errors: Error for what has no text that is known. */
export function repr(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatText(value);
  if (value instanceof Undefined) return 'Undefined';
  if (isList(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof Tuple)
    return value.items.length === 1 ? `(${repr(value.items[0] as Value)},)` : `(${value.items.map(repr).join(', ')})`;
  if (value instanceof Dict) return `{${value.pairs.map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`;
  if (value instanceof View) return `dict_${value.kind}([${value.items.map(repr).join(', ')}])`;
  if (value instanceof Range) return `range(${value.start}, ${value.stop}${value.step === 1n ? '' : `, ${value.step}`})`;
  if (value instanceof Namespace)
    return `<Namespace {${[...value.attributes].map(([name, item]) => `${quoted(name)}: ${repr(item)}`).join(', ')}}>`;
  return unsupported(`writing a ${isLoop(value) ? 'loop' : typeOf(value)}`);
}

/** The shortest digits that give the number back, as Python lays them out. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}.${digits.slice(exponent + 1) || '0'}`;
}

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const inside = value.replace(/[\\\p{C}\p{Z}'"]/gu, (character) => {
    if (character === ' ') return ' ';
    if (character === quote) return `\\${quote}`;
    if (character === '"' || character === "'") return character;
    const short = SHORT[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0) as number;
    const [letter, width]: readonly [string, number] = code > 0xffff ? ['U', 8] : code > 0xff ? ['u', 4] : ['x', 2];
    return `\\${letter}${code.toString(16).padStart(width, '0')}`;
  });
  return `${quote}${inside}${quote}`;
}

export type JsonOptions = {
  readonly ascii: boolean;
  /** What one level is moved to the right by; null for one line. */
  readonly indent: string | null;
  /** Between items, and after a key. */
  readonly separators: readonly [string, string];
  readonly sorted: boolean;
};

/** `json.dumps`. Errors: Error for what has no JSON. */
export function json(value: Value, options: JsonOptions, depth: number = 0): string {
  const { indent, separators, sorted } = options;
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonText(value, options.ascii);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return jsonNumber(value);
  const around = (open: string, parts: readonly string[], close: string): string => {
    if (parts.length === 0) return `${open}${close}`;
    if (indent === null) return `${open}${parts.join(separators[0])}${close}`;
    const line = `\n${indent.repeat(depth + 1)}`;
    return `${open}${line}${parts.join(`${separators[0]}${line}`)}\n${indent.repeat(depth)}${close}`;
  };
  if (isList(value) || value instanceof Tuple) {
    const items = isList(value) ? value : value.items;
    return around(
      '[',
      items.map((item) => json(item, options, depth + 1)),
      ']',
    );
  }
  if (value instanceof Dict) {
    if (sorted && !value.pairs.every(([key]) => typeof key === 'string')) return unsupported('sorting keys that are not all texts');
    const pairs = value.pairs.map(([key, item]): [string, Value] => [keyText(key), item]);
    if (sorted) pairs.sort(([a], [b]) => compareText(a, b));
    return around(
      '{',
      pairs.map(([key, item]) => `${jsonText(key, options.ascii)}${separators[1]}${json(item, options, depth + 1)}`),
      '}',
    );
  }
  if (value instanceof Safe) return unsupported('the JSON of a text that was marked safe');
  return fail(`Object of type ${value instanceof Undefined ? 'Undefined' : typeOf(value)} is not JSON serializable`);
}

/** JSON has no such numbers, but Python writes them. */
function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatText(value);
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'boolean' || typeof key === 'bigint') return String(key);
  if (typeof key === 'number') return jsonNumber(key);
  return fail(`keys must be str, int, float, bool or None, not ${typeOf(key)}`);
}

const JSON_SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

function jsonText(value: string, ascii: boolean): string {
  const unit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // oxlint-disable-next-line no-control-regex -- these are escaped
  const inside = value.replace(/["\\\x00-\x1f]/g, (character) => JSON_SHORT[character] ?? unit(character));
  return `"${ascii ? inside.replace(/[^\x00-\x7e]/g, unit) : inside}"`; // oxlint-disable-line no-control-regex
}
