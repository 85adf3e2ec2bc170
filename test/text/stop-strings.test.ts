/** Stop strings of generation_config.json: an answer ends where transformers ends it; test/oracle/stop_strings_oracle.py made the places. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ChatFormat } from '../../src/text/chat.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', name), 'utf8'));
const { base } = read('special-tokens.json') as { readonly base: { readonly model: { readonly vocab: Readonly<Record<string, number>> } } };
const { added, words, rows } = read('stop-strings.json') as {
  readonly added: readonly { readonly id: number }[];
  readonly words: readonly string[];
  readonly rows: readonly {
    readonly stops: readonly string[];
    readonly prompt: readonly number[];
    readonly answer: readonly number[];
    readonly made: number | null;
  }[];
};
const letters = Object.keys(base.model.vocab).length;
const vocab = { ...base.model.vocab, ...Object.fromEntries(words.map((word, i) => [word, letters + i])) };
const [end] = added;
const SOLID = { id: letters + words.length + 1, content: '</think>', special: false };
const tokenizer = new Tokenizer({ ...base, added_tokens: [...added, SOLID], model: { ...base.model, vocab } });
const format = (stop: unknown, template: string | null = '{{ messages[0].content }}') =>
  new ChatFormat({ tokenizerConfig: null, template, generationConfig: { stop_strings: stop } });

describe('stop strings', () => {
  it('end an answer at the token with which transformers ends it, in 240 answers', () => {
    const ends = rows.map(({ stops, prompt, answer }) => {
      const stopped = tokenizer.stopsAt(stops, { continues: true, names: true });
      const at = answer.findIndex((_, i) => stopped(answer.slice(0, i + 1), prompt));
      return at === -1 ? null : at + 1;
    });
    expect(ends).toEqual(rows.map(({ made }) => made));
    expect(ends.filter((at) => at !== null).length).toBeGreaterThan(100);
  });

  it('may be one or several, or none', () => {
    expect(format('\n\n').keptStops(tokenizer)).toEqual(['\n\n']);
    expect(format(['a', 'b']).keptStops(tokenizer)).toEqual(['a', 'b']);
    for (const none of [null, undefined, []]) expect(format(none).keptStops(tokenizer)).toEqual([]);
    expect(format('a', null).stopStrings).toEqual(['\nUser:']); // of the plain template, cut off from an answer
  });

  it('that are the name of a special token are that token, which has no text', () => {
    const both = format(['<|end|>', '</think>', '<|end']);
    expect(both.stopIds(tokenizer, [7])).toEqual([7, end?.id]);
    expect(both.keptStops(tokenizer)).toEqual(['</think>', '<|end']);
  });

  it.each([
    ['must be a text', 7],
    ['must be a text', ['a', 7]],
    ['must be a text', { a: 1 }],
    ['has an empty text', ''],
    ['has an empty text', ['a', '']],
    ['has a text of 1001 characters', 'x'.repeat(1001)],
    ['has 65 texts', Array.from({ length: 65 }, () => 'x')],
  ])('are refused by their name where one %s', (what, stop) => {
    const detail = expect.stringContaining(`generation_config.json: stop_strings ${what}`) as string;
    expect(() => format(stop)).toThrow(expect.objectContaining({ code: 'CHAT_TEMPLATE', detail }));
  });
});
