/** Token ids against Python's `tokenizers`, on 10,000 strings a tokenizer; test/oracle/tokenizers_oracle.py made the answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { knownPattern, knownPatterns } from '../../src/text/tokenizer/patterns.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { fold, strings } from '../oracle/fuzz-text.ts';

type Answers = { readonly ids: string; readonly text: string; readonly first: readonly (readonly number[])[] };
type Family = { readonly plain: Answers; readonly template: Answers; readonly names: readonly string[] };
type Fixture = { readonly families: Readonly<Record<string, Family>>; readonly patterns: Readonly<Record<string, string>> };

const folder = join(import.meta.dirname, '../fixtures/tokenizers');
const fixture = JSON.parse(gunzipSync(readFileSync(join(folder, 'ids.json.gz'))).toString()) as Fixture;
const load = (name: string): Tokenizer => new Tokenizer(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
const unpack = (text: string, size: 1 | 2): Uint8Array | Uint16Array => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return size === 1 ? bytes : new Uint16Array(bytes.buffer);
};
/** Ids, or -1 alone where the text needs an unk token that the file does not have: Python raises there. */
const orRefused = (encode: () => number[]): number[] => {
  try {
    return encode();
  } catch (error) {
    if (error instanceof AppError && error.code === 'TOKENIZER_FORMAT') return [-1];
    throw error;
  }
};
const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) as number);
const texts = strings(1, 10_000);

/** The texts whose fingerprint is another than Python's. */
function differing(
  texts: readonly string[],
  expected: string,
  fingerprint: (text: string, i: number) => number,
  size: 1 | 2 = 2,
): string[] {
  const prints = unpack(expected, size);
  expect(prints).toHaveLength(texts.length);
  return texts.filter((text, i) => fingerprint(text, i) !== prints[i]);
}

describe.each(Object.entries(fixture.families))('a tokenizer like that of %s', (name, family) => {
  const tokenizer = load(name);
  let encoded: number[][];
  beforeAll(() => {
    encoded = texts.map((text) => orRefused(() => tokenizer.encode(text)));
  });

  it('gives the ids that Python gives, for 10,000 plain texts', () => {
    expect(encoded.slice(0, 20)).toEqual(family.plain.first);
    expect(differing(texts, family.plain.ids, (_, i) => fold(encoded[i] ?? []))).toEqual([]);
  });

  it('gives the ids that Python gives, for 1,000 texts with special tokens', () => {
    const written = strings(2, 1000, Array.from({ length: 8 }, () => family.names).flat());
    expect(differing(written, family.template.ids, (text) => fold(orRefused(() => tokenizer.encodeTemplate(text))))).toEqual([]);
  });

  it('gives back the text that Python gives back', () => {
    expect(
      differing(
        texts,
        family.plain.text,
        (_, i) => fold(codePoints(tokenizer.decode((encoded[i] ?? []).filter((id) => id >= 0)))) & 255,
        1,
      ),
    ).toEqual([]);
  });
});

describe('the regexes of public tokenizers', () => {
  it.each(Object.entries(fixture.patterns))('cut 3,000 texts as the original does: %s', (source, expected) => {
    const pattern = knownPattern(source) as RegExp;
    const ends = (text: string): number[] => {
      const ends: number[] = [];
      let end = 0;
      const length = (text: string): number => Array.from(text).length;
      for (const { 0: match, index } of text.matchAll(pattern)) {
        if (index > end) ends.push(length(text.slice(0, index)));
        end = index + match.length;
        ends.push(length(text.slice(0, end)));
      }
      if (end < text.length) ends.push(length(text));
      return ends;
    };
    expect(differing(texts.slice(0, 3000), expected, (text) => fold(ends(text)))).toEqual([]);
  });

  it('are all compared here', () => {
    expect([...knownPatterns()].sort()).toEqual(Object.keys(fixture.patterns).sort());
  });
});
