/** What the program promises for tokenizer files of any family, and for files that were made to harm it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { byteLevel, BYTES } from '../../src/text/tokenizer/byte-alphabet.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { mutated } from '../support/mutated.ts';
import { strings } from '../oracle/fuzz-text.ts';

type Json = Record<string, unknown> & { added_tokens: { id: number; content: string; special: boolean }[]; model: Record<string, unknown> };

const folder = join(import.meta.dirname, '../fixtures/tokenizers');
const read = (name: string): Json => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Json;
/** Their unk token has no id, so most texts are refused. */
const REFUSING = ['unk-without-id', 'unigram-no-unk'];
const FAMILIES = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -5))
  .filter((name) => !REFUSING.includes(name));
const texts = strings(3, 400);

describe.each(FAMILIES)('a tokenizer like that of %s', (name) => {
  const json = read(name);
  const tokenizer = new Tokenizer(json);
  const unknown = json.model['unk_token'] ?? (json.model['unk_id'] === undefined ? null : '<unk>');
  const specials = json.added_tokens.filter(({ special, content }) => special && content !== unknown);

  it('takes the name of a special token that a user types for ordinary text', () => {
    const ids = new Set(specials.map(({ id }) => id));
    for (const text of strings(4, 300, Array.from({ length: 8 }, () => specials.map(({ content }) => content)).flat()))
      expect(tokenizer.encode(text).filter((id) => ids.has(id))).toEqual([]);
    for (const { content, id } of specials) {
      expect(tokenizer.special(content)).toBe(id);
      expect(tokenizer.encodeTemplate(content)).toEqual([id]);
    }
  });

  it('keeps names that people write ordinary text inside of a template, and every character', () => {
    for (const text of strings(5, 200, Array.from({ length: 20 }, () => json.added_tokens.map(({ content }) => content)).flat())) {
      const plain = tokenizer.encode(text);
      // Next to a special token, some tokenizers put a space before a text; alone, guarded text is the text itself.
      if (!json.added_tokens.some((token) => 'lstrip' in token && token.lstrip === true))
        expect(tokenizer.encodeTemplate(tokenizer.guard(text))).toEqual(plain);
    }
  });

  it('shows a text token by token that is the whole text in the end, and stops at a string wherever it begins', () => {
    for (const text of texts.slice(0, 100)) {
      const ids = tokenizer.encode(text);
      const pieces = tokenizer.pieces(ids);
      expect(pieces).toHaveLength(ids.length);
      expect(pieces.join('')).toBe(tokenizer.decode(ids));
      const whole = Array.from(tokenizer.decode(ids, { continues: true }));
      if (whole.includes('\ufffd')) continue;
      const stop = whole.slice(whole.length >> 1, (whole.length >> 1) + 3).join('');
      if (stop === '') continue;
      const stops = tokenizer.stopsAt([stop], { continues: true });
      const first = ids.findIndex((_, i) => stops(ids.slice(0, i + 1)));
      expect(first).toBe(ids.findIndex((_, i) => tokenizer.decode(ids.slice(0, i + 1), { continues: true }).includes(stop)));
    }
  });
});

describe('a text that goes on another', () => {
  it.each(['llama3', 'qwen2', 'smollm', 'tinyllama', 'mistral', 'gpt2-prefix', 'unigram-bytes'])('keeps its spaces with %s', (name) => {
    const tokenizer = new Tokenizer(read(name));
    for (const text of [' Paris.', 'Paris.', '  two', 'a\n b']) {
      expect(tokenizer.decode(tokenizer.encode(text, { continues: true }), { continues: true })).toBe(text);
      // These three put a space before a text that has none, and cannot tell afterwards.
      if (!['gpt2-prefix', 'mistral', 'unigram-bytes'].includes(name)) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });
});

describe('a tokenizer without some bytes', () => {
  it('and without an unk token opens, and leaves those bytes out of every text: any set of bytes', () => {
    const base = read('smollm');
    const alphabet = [...BYTES.keys()];
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(255), { maxLength: 255 }), fc.string({ unit: 'grapheme' }), (missing, text) => {
        const gone = new Set(missing);
        const vocab = Object.fromEntries(alphabet.filter((_, byte) => !gone.has(byte)).map((character, id) => [character, id]));
        const added_tokens = [{ id: 300, content: '<|im_end|>', special: true }];
        const tokenizer = new Tokenizer({ ...base, added_tokens, model: { ...base.model, vocab, merges: [], unk_token: null } });
        const kept = new TextEncoder().encode(text.replace(/\p{Surrogate}/gu, '\ufffd')).filter((byte) => !gone.has(byte));
        expect(tokenizer.encode(text)).toEqual(Array.from(kept, (byte) => vocab[alphabet[byte] as string]));
        expect(tokenizer.encodeTemplate(`${tokenizer.guard(text)}<|im_end|>`).at(-1)).toBe(300);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('is as it would be with them, for every text that does not need them', () => {
    const [less, whole] = ['smollm2', 'smollm'].map((name) => new Tokenizer(read(name))) as [Tokenizer, Tokenizer];
    const { vocab } = read('smollm2').model as { vocab: Record<string, number> };
    const plain = texts.filter((text) => Array.from(byteLevel(text)).every((character) => Object.hasOwn(vocab, character)));
    expect(plain.length).toBeGreaterThan(300);
    for (const text of plain) expect(less.decode(less.encode(text))).toBe(whole.decode(whole.encode(text)));
  });

  it.each(REFUSING)('but with an unk token that has no id refuses the text that needs it, naming the character: %s', (name) => {
    const tokenizer = new Tokenizer(read(name));
    expect(tokenizer.decode(tokenizer.encode('the'))).toBe('the');
    expect(() => tokenizer.encode('the \u{10348}')).toThrow(
      expect.objectContaining({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining('\u{10348}') }),
    );
  });
});

describe('a tokenizer file made to harm', () => {
  const regex = (Regex: string) => ({
    ...read('llama3'),
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }] },
  });

  it.each(['(a+)+$', '(?:a|a)*b', '(.*)*x', '\\s+$', '('.repeat(20_000)])(
    'is refused for a regex that could run for ever: %.20s',
    (source) => {
      expect(() => new Tokenizer(regex(source))).toThrow(
        expect.objectContaining({
          code: 'TOKENIZER_FORMAT',
          detail: expect.stringContaining('pre_tokenizer.pretokenizers[0].pattern.Regex'),
        }),
      );
    },
  );

  it.each([
    ['normalizer', { type: 'Nmt' }, 'normalizer.type'],
    ['normalizer', { type: 'Replace', pattern: { Regex: '(a*)*b' }, content: '' }, 'normalizer.pattern.Regex'],
    ['pre_tokenizer', { type: 'UnicodeScripts' }, 'pre_tokenizer.type'],
    ['decoder', { type: 'CTC' }, 'decoder.type'],
    ['decoder', null, 'decoder'],
    ['model', { type: 'WordLevel', vocab: {} }, 'model.type'],
    ['model', { ...read('llama3').model, dropout: 0.1 }, 'model.dropout'],
    ['model', { ...read('llama3').model, end_of_word_suffix: '</w>' }, 'model.end_of_word_suffix'],
    ['model', { ...read('llama3').model, merges: [['a', 'zzz']] }, 'model.merges[0]'],
    ['added_tokens', [{ id: 3, content: 'x', special: true }], 'added_tokens[0].id'],
  ])('is refused with the name of the field: %s %j', (field, value, place) => {
    expect(() => new Tokenizer({ ...read('llama3'), [field]: value })).toThrow(
      expect.objectContaining({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining(place) }),
    );
  });

  it.each(['llama3', 'qwen2', 'tinyllama', 'unigram'])('cannot be slow on 100 KB of text: %s', (name) => {
    const tokenizer = new Tokenizer(read(name));
    tokenizer.encode(texts.join(''));
    const slow = [' ', ' \n', 'a', 'A', '1', "'", '字', 'e\u0301', 'a '].map((unit) => {
      const text = unit.repeat(Math.floor(100_000 / new TextEncoder().encode(unit).length));
      const start = performance.now();
      tokenizer.encode(text);
      return [unit, performance.now() - start] as const;
    });
    // Linear, with room for a busy machine: a quadratic step would take many seconds.
    expect(slow.filter(([, milliseconds]) => milliseconds > 5000)).toEqual([]);
  });

  it('is read or refused with a typed error, 20,000 mutations, and leaves Object.prototype alone', () => {
    const bases = ['llama3', 'smollm2', 'bytes-missing', 'tinyllama', 'unigram', 'odd'].map((name) => small(read(name)));
    expect(bases.map((base) => new Tokenizer(base).size)).not.toContain(0);
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    const counts = { read: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...bases).chain((base) => mutated(base)),
        (json) => {
          try {
            const tokenizer = new Tokenizer(json);
            const ids = tokenizer.encode('Hi a1 \u00e9 <s>');
            tokenizer.decode(ids);
            counts.read += 1;
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'TOKENIZER_FORMAT') throw error;
            counts.refused += 1;
          }
        },
      ),
      { numRuns: 20_000, seed: 1 },
    );
    expect(counts.read + counts.refused).toBe(20_000);
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(2000);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  });
});

/** The same file with few tokens, so that many can be tried. */
function small(json: Json): Json {
  const { model } = json;
  if (Array.isArray(model['vocab'])) return { ...json, model: { ...model, vocab: (model['vocab'] as unknown[]).slice(0, 60) } };
  const keep = json['decoder'] !== null && JSON.stringify(json['decoder']).includes('Byte') ? 262 : 60;
  const vocab = Object.fromEntries(Object.entries(model['vocab'] as Record<string, number>).filter(([, id]) => id < keep));
  const added_tokens = json.added_tokens.filter(({ id }) => id < 10 || id > 400).map((token) => ({ ...token }));
  return { ...json, added_tokens, model: { ...model, vocab, ...(model['merges'] === undefined ? {} : { merges: [] }) } };
}
