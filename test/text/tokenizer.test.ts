import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { AppError } from '../../src/errors.ts';
import { SPECIALS, Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { sentences } from '../fixtures/make-tokenizer.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', name), 'utf8'));
const tokenizer = new Tokenizer(read('tokenizer.json'));
const unicode = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());

describe('the tokenizer', () => {
  it('brings back any Unicode text', () => {
    fc.assert(
      fc.property(unicode, (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(tokenizer.pieces(ids)).toHaveLength(ids.length);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same ids as the Python library', () => {
    const { texts, ids, decoded } = read('tokenizer-parity.json') as { texts: string[]; ids: number[][]; decoded: string[] };
    expect(texts.length).toBeGreaterThan(40);
    for (const [i, text] of texts.entries()) {
      expect(tokenizer.encode(text), text).toEqual(ids[i]);
      expect(tokenizer.decode(ids[i] ?? [])).toBe(decoded[i]);
    }
  });

  it('takes the name of a special token that a user types for ordinary text', () => {
    for (const name of SPECIALS) {
      const ids = tokenizer.encode(`a${name}b`);
      expect(ids).not.toContain(tokenizer.special(name));
      expect(tokenizer.decode(ids)).toBe(`a${name}b`);
    }
    expect(SPECIALS.map((name) => tokenizer.special(name))).toEqual([0, 1, 2]);
    expect(tokenizer.decode([0, ...tokenizer.encode('hello'), 1])).toBe('hello');
  });

  it('makes " word" one piece and a line end its own', () => {
    expect(tokenizer.pieces(tokenizer.encode(' tower\nBot:'))).toEqual([' tower', '\n', 'Bot', ':']);
  });

  it('finds a stop string at the token that completes it and not before', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' the', '\n', 'é') }),
        fc.constantFrom('\n', 'ab', 'é', ' the b'),
        (text, stop) => {
          const stops = tokenizer.stopsAt([stop, 'never']);
          const ids = tokenizer.encode(text);
          const first = ids.findIndex((_, i) => stops(ids.slice(0, i + 1)));
          const expected = ids.findIndex((_, i) => tokenizer.decode(ids.slice(0, i + 1)).includes(stop));
          expect(first).toBe(expected);
        },
      ),
    );
    expect(tokenizer.stopsAt([])([5])).toBe(false);
  });

  it('is trained to the same file again, and never above the asked size', () => {
    expect(trainTokenizer(sentences(), 320)).toEqual(read('tokenizer.json'));
    expect(tokenizer.size).toBeLessThanOrEqual(320);
  });

  it.each([
    ['no object', 7],
    ['null', null],
    ['no vocabulary', { model: { type: 'BPE' }, added_tokens: [] }],
    ['another model', { ...(read('tokenizer.json') as object), model: { type: 'Unigram', vocab: {} } }],
    [
      'a merge of pieces that it lacks',
      { ...(read('tokenizer.json') as object), model: { type: 'BPE', vocab: { a: 3 }, merges: ['a b'] } },
    ],
  ])('refuses a tokenizer file with %s', (_, json) => {
    expect(() => new Tokenizer(json)).toThrow(AppError);
    expect(() => new Tokenizer(json)).toThrow(expect.objectContaining({ code: 'TOKENIZER_FORMAT' }));
  });
});
