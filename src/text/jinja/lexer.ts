/**
 * A Jinja template as tokens, cut as jinja2's lexer cuts it with `trim_blocks` and `lstrip_blocks`, which is how transformers sets it up:
 * newlines and white space at tags are the prompt of a model. Knows no grammar.
 */
import { isSpace, pointsOf } from './text.ts';

export type Token =
  | { readonly type: 'data' | 'name' | 'string' | 'operator'; readonly value: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'begin' | 'end' | 'print' | 'printed' | 'over'; readonly value: string };

const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const RAW = new RegExp(`\\{%([-+]?)${SPACE}*raw${SPACE}*(?:-%\\}${SPACE}*|%\\})`, 'y');
const RAW_END = new RegExp(`\\{%([-+]?)${SPACE}*endraw${SPACE}*(?:\\+%\\}|-%\\}${SPACE}*|%\\}\\n?)`, 'g');
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}${SPACE}*|#\\}\\n?`, 'g');
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}${SPACE}*|%\\}\\n?`, 'y');
const PRINT_END = new RegExp(`-\\}\\}${SPACE}*|\\}\\}`, 'y');
const BLANK = new RegExp(`${SPACE}+`, 'y');
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{Nl}_\p{Mn}\p{Mc}\p{Nd}\p{Pc}]+/uy;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const OPENING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };

/** Errors: Error says what cannot be read. */
export function tokensOf(template: string): readonly Token[] {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let freshLine = true;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const took = (text: string): void => {
    at += text.length;
    freshLine = text.endsWith('\n');
  };
  const data = (text: string): void => {
    if (text !== '') tokens.push({ type: 'data', value: text });
  };
  while (at < source.length) {
    const start = nextTag(source, at);
    const before = source.slice(at, start);
    if (start === source.length) {
      data(before);
      break;
    }
    const kind = source[start + 1] as '{' | '%' | '#';
    const lineStart = freshLine;
    at = start;
    const raw = kind === '%' ? match(RAW) : null;
    const sign = raw === null ? (/[-+]/.exec(source[start + 2] ?? '')?.[0] ?? '') : (raw[1] as string);
    data(trimmed(before, sign, kind, lineStart));
    took(raw === null ? source.slice(start, start + 2 + sign.length) : raw[0]);
    if (raw !== null) {
      const end = match(RAW_END) ?? fail('Missing end of raw directive');
      data(trimmed(source.slice(at, end.index), end[1] as string, '%', freshLine));
      at = end.index;
      took(end[0]);
    } else if (kind === '#') {
      const end = match(COMMENT_END) ?? fail('Missing end of comment tag');
      at = end.index;
      took(end[0]);
    } else {
      inside(kind);
    }
  }
  tokens.push({ type: 'over', value: '' });
  return tokens;

  function inside(kind: '{' | '%'): void {
    const open: string[] = [];
    tokens.push({ type: kind === '{' ? 'print' : 'begin', value: '' });
    for (;;) {
      const end = open.length === 0 ? match(kind === '{' ? PRINT_END : BLOCK_END) : null;
      if (end !== null) {
        tokens.push({ type: kind === '{' ? 'printed' : 'end', value: '' });
        took(end[0]);
        return;
      }
      if (at >= source.length) {
        tokens.push({ type: 'over', value: '' });
        return;
      }
      const token = one(open);
      if (token !== null) tokens.push(token);
    }
  }

  function one(open: string[]): Token | null {
    const blank = match(BLANK);
    if (blank !== null) {
      took(blank[0]);
      return null;
    }
    const float = source[at - 1] === '.' ? null : match(FLOAT);
    if (float !== null) {
      took(float[0]);
      return { type: 'float', value: Number(float[0].replaceAll('_', '')) };
    }
    const integer = match(INTEGER);
    if (integer !== null) {
      took(integer[0]);
      return { type: 'integer', value: BigInt(integer[0].replaceAll('_', '')) };
    }
    const name = match(NAME);
    if (name !== null) {
      took(name[0]);
      if (!/^[\p{L}\p{Nl}_]/u.test(name[0])) fail('Invalid character in identifier');
      return { type: 'name', value: name[0].normalize('NFKC') === name[0] ? name[0] : fail(`the name ${name[0]} is not supported`) };
    }
    const string = match(STRING);
    if (string !== null) {
      took(string[0]);
      return { type: 'string', value: unescaped(string[0].slice(1, -1)) };
    }
    const operator = match(OPERATOR);
    if (operator === null) return fail(`unexpected char ${JSON.stringify(source[at])} at ${at}`);
    const [sign] = operator;
    if (sign in OPENING) open.push(OPENING[sign] as string);
    else if ('})]'.includes(sign) && open.pop() !== sign) fail(`unexpected '${sign}'`);
    took(sign);
    return { type: 'operator', value: sign };
  }
}

function fail(what: string): never {
  throw new Error(what);
}

/** Where the next tag begins, or the end. */
function nextTag(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at !== -1; at = source.indexOf('{', at + 1)) {
    if ('{%#'.includes(source[at + 1] ?? ' ')) return at;
  }
  return source.length;
}

/** The text before a tag: `-` takes all white space, and a block or a comment that stands alone on its line what is before it, but for `+`. */
function trimmed(text: string, sign: string, kind: '{' | '%' | '#', freshLine: boolean): string {
  if (sign === '-') {
    let end = text.length;
    while (end > 0 && isSpace(text[end - 1] as string)) end--;
    return text.slice(0, end);
  }
  if (sign === '+' || kind === '{') return text;
  const line = text.lastIndexOf('\n') + 1;
  if (line === 0 && !freshLine) return text;
  return text.length > line && pointsOf(text.slice(line)).every(isSpace) ? text.slice(0, line) : text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/g;

/** A string literal as Python's unicode-escape reads it. */
function unescaped(text: string): string {
  return text.replace(ESCAPE, (all, x, u, big, octal, other: string | undefined) => {
    const hex: unknown = x ?? u ?? big;
    if (typeof hex === 'string') return String.fromCodePoint(Number.parseInt(hex, 16));
    if (other === undefined) return String.fromCharCode(Number.parseInt(octal as string, 8));
    if ('xuUN'.includes(other) || other > '\x7f') fail(`the escape \\${other} in a string is not supported`);
    return ESCAPES[other] ?? all;
  });
}
