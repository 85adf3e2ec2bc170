/** Special tokens out of all the files in which they stand, as transformers reads them; test/oracle/special_tokens_oracle.py made the values. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ChatFormat } from '../../src/text/chat.ts';
import { completedTokenizer, namedConfig, type TokenFiles } from '../../src/text/special-tokens.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';

type Row = TokenFiles & {
  readonly name: string;
  /** Which tokenizer.json, where it is not the byte-level one. */
  readonly base?: string;
  readonly added: readonly unknown[];
  readonly words: readonly string[];
  readonly ids: readonly number[];
  readonly named: Readonly<Record<string, string>>;
  readonly eos: number | null;
};
type Json = Readonly<Record<string, unknown>>;
const { text, base, bases, rows } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/special-tokens.json'), 'utf8')) as {
  readonly text: string;
  readonly base: Json & { readonly model: Json & { readonly vocab: Json } };
  readonly bases: Readonly<Record<string, Json>>;
  readonly rows: readonly Row[];
};

const written = ({ added, words }: Pick<Row, 'added' | 'words'>): Json => {
  const letters = Object.keys(base.model.vocab).length;
  const vocab = { ...base.model.vocab, ...Object.fromEntries(words.map((word, i) => [word, letters + i])) };
  return { ...base, added_tokens: added, model: { ...base.model, vocab } };
};
const opened = (row: Pick<Row, 'added' | 'words' | 'base'> & TokenFiles) => {
  const tokenizer = row.base === undefined ? written(row) : bases[row.base];
  const tokenizerConfig = namedConfig({ ...row, tokenizer });
  return {
    tokenizer: new Tokenizer(completedTokenizer(tokenizer, row)),
    format: (template: string) => new ChatFormat({ tokenizerConfig, template, generationConfig: null }),
  };
};
const END = { id: 256, content: '</s>', special: true };
const refused = (detail: string) => expect.objectContaining({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining(detail) });

describe.each(rows)('special tokens: $name', (row) => {
  const { tokenizer, format } = opened(row);

  it('stand for the ids that transformers gives them', () => {
    expect(tokenizer.encodeTemplate(text)).toEqual(row.ids);
  });

  it('have the names that transformers gives them, for templates and for the end of an answer', () => {
    const names = ['eos_token', ...Object.keys(row.named), 'some_token', 'no_token'];
    const made = format(names.map((name) => `{{ ${name} }}`).join('|')).render([], { addGenerationPrompt: false });
    expect(made).toBe(names.map((name) => row.named[name] ?? '').join('|'));
    expect(format('').stopIds(tokenizer)).toEqual(row.eos === null ? [] : [row.eos]);
  });
});

describe('the end of an answer', () => {
  it('is that of generation_config.json first, then that of config.json, and always that of the tokenizer', () => {
    const { tokenizer } = opened({ added: [END], words: [] });
    const ids = (generationConfig: unknown, eos: readonly number[]) =>
      new ChatFormat({ tokenizerConfig: { eos_token: '</s>' }, template: null, generationConfig }).stopIds(tokenizer, eos);
    expect(ids({ eos_token_id: [3, 4] }, [5])).toEqual([3, 4, 256]);
    expect(ids({}, [5])).toEqual([5, 256]);
    expect(ids(null, [])).toEqual([256]);
  });

  it('is no token that the model has no row for, as one that was added and never trained', () => {
    const json = written({ added: [END], words: [] });
    const generationConfig = { eos_token_id: 3, stop_strings: '</s>' };
    const format = new ChatFormat({ tokenizerConfig: { eos_token: '</s>' }, template: null, generationConfig });
    const [small, large] = [new Tokenizer(json, END.id), new Tokenizer(json, END.id + 1)];
    expect([format.stopIds(small), format.keptStops(small)]).toEqual([[3], ['</s>']]);
    expect([format.stopIds(large), format.keptStops(large)]).toEqual([[3, END.id], []]);
  });

  it('is refused by its name where the tokenizer does not know it', () => {
    for (const files of [
      { tokenizerConfig: { eos_token: '<|end|>' } },
      { specialTokensMap: { eos_token: '<|end|>' } },
    ] satisfies TokenFiles[])
      expect(() => completedTokenizer(written({ added: [END], words: [] }), { tokenizerConfig: {}, ...files })).toThrow(
        refused('eos_token is "<|end|>"'),
      );
  });
});

describe('a token that a tokenizer has by its class', () => {
  it('is left out where the model has no row for it', () => {
    const files = { modelConfig: { model_type: 'qwen2', vocab_size: 257 }, tokenizerConfig: null };
    const json = written({ added: [END], words: [] });
    expect(completedTokenizer(json, files)).toBe(json);
    expect(completedTokenizer(json, { ...files, modelConfig: { model_type: 'qwen2' } })).toBe(json);
    expect(namedConfig({ ...files, tokenizer: json })).toMatchObject({ eos_token: '<|endoftext|>' });
  });

  it('is none where the files say what nothing is read of', () => {
    const json = written({ added: [END], words: [] });
    for (const named of [7, null, 'toString', ''])
      expect(namedConfig({ tokenizerConfig: { tokenizer_class: named }, tokenizer: json })).toEqual({ tokenizer_class: named });
    expect(namedConfig({ tokenizerConfig: [], modelConfig: { model_type: 'qwen2' } })).toEqual([]);
  });
});

describe('a token that has a name', () => {
  it('and is nowhere else is left out, for only the end of an answer is needed', () => {
    const json = written({ added: [END], words: [] });
    expect(completedTokenizer(json, { tokenizerConfig: { pad_token: '<pad>', mask_token: { content: '<mask>' } } })).toBe(json);
  });
});

describe('files that are something else', () => {
  const complete = (files: TokenFiles) => completedTokenizer(written({ added: [END], words: [] }), files);

  it('are refused by their place', () => {
    expect(() => complete({ tokenizerConfig: { added_tokens_decoder: [] } })).toThrow(refused('added_tokens_decoder must be an object'));
    expect(() => complete({ tokenizerConfig: { added_tokens_decoder: { 7: 'x' } } })).toThrow(refused('added_tokens_decoder[7].content'));
    expect(() => complete({ tokenizerConfig: { eos_token: 7 } })).toThrow(refused('eos_token is no text'));
    expect(() => complete({ tokenizerConfig: { additional_special_tokens: [7] } })).toThrow(
      refused('additional_special_tokens is no text'),
    );
  });

  it('change nothing where they say nothing', () => {
    const json = written({ added: [END], words: [] });
    expect(completedTokenizer(json, {})).toBe(json);
    expect(completedTokenizer(json, { tokenizerConfig: null, specialTokensMap: [], addedTokens: 3 })).toBe(json);
    expect(completedTokenizer(json, { tokenizerConfig: { additional_special_tokens: [null] } })).toBe(json);
    expect(completedTokenizer(json, { tokenizerConfig: { additional_special_tokens: { image_token: null } } })).toBe(json);
    expect(completedTokenizer(7, {})).toBe(7);
    expect(namedConfig({ tokenizerConfig: [], specialTokensMap: {} })).toEqual([]);
  });

  it('of Unigram models have their ids by their places', () => {
    const pieces = {
      ...base,
      added_tokens: [],
      model: {
        type: 'Unigram',
        vocab: [
          ['<unk>', 0],
          ['</s>', 0],
        ],
      },
    };
    expect(completedTokenizer(pieces, { tokenizerConfig: { eos_token: '</s>' } })).toMatchObject({
      added_tokens: [{ id: 1, content: '</s>', special: true }],
    });
    expect(completedTokenizer({ model: { vocab: [7] } }, { addedTokens: { x: 1 } })).toMatchObject({
      added_tokens: [{ id: 1, content: 'x', special: false }],
    });
    expect(completedTokenizer({}, { addedTokens: { x: 1 } })).toMatchObject({ added_tokens: [{ id: 0, content: 'x' }] });
  });
});
