/** Files that are made to hang a page or to end its tab, or are just huge: each is refused with a sentence, before anything large is made of it. */
import { describe, expect, it } from 'vitest';
import { Fields } from '../../src/fields.ts';
import { readJson } from '../../src/files/checkpoint.ts';
import { parseConfig } from '../../src/files/config.ts';
import { readAdapterFolder } from '../../src/files/in/adapter.ts';
import { parseCsv } from '../../src/files/in/csv.ts';
import { ggufTokenizer } from '../../src/files/in/gguf/tokenizer.ts';
import { matcher } from '../../src/files/in/name-patterns.ts';
import { recognise } from '../../src/files/in/recognised.ts';
import { JsonBudget, JsonLimit, parsedJson } from '../../src/files/json.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { randomModel } from '../support/random-model.ts';

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const failure = (code: string, detail: string) => expect.objectContaining({ code, detail: expect.stringContaining(detail) as string });
const DEEP = '['.repeat(2_000_000);

describe('JSON', () => {
  it('is what it is, with quotes, backslashes and brackets inside of texts', () => {
    const value = { 'a"[': ['\\', '\\"', '[[[{{{,,,:::'.repeat(20), { b: [1, null, true] }], '': '' };
    expect(parsedJson(JSON.stringify(value))).toEqual(value);
    expect(parsedJson(` ${JSON.stringify(value, null, 2)}\n`)).toEqual(value);
    expect(() => parsedJson('{"a": "b')).toThrow(SyntaxError);
    expect(() => parsedJson(']')).toThrow(SyntaxError);
  });

  it('may be 32 deep, and no deeper, and texts count for nothing', () => {
    expect(parsedJson(`${'['.repeat(32)}"${'['.repeat(99)}"${']'.repeat(32)}`)).toBeInstanceOf(Array);
    expect(() => parsedJson(`${'['.repeat(33)}${']'.repeat(33)}`)).toThrow(new JsonLimit('is nested more than 32 deep'));
    expect(() => parsedJson('{"a":'.repeat(5_000_000))).toThrow(JsonLimit);
  });

  it('may have so many values, over all lines of a file', () => {
    const budget = new JsonBudget();
    budget.left = 5;
    expect(parsedJson('[1, 2]', budget)).toEqual([1, 2]);
    expect(() => parsedJson('[1, 2]', budget)).toThrow('has more than');
    expect(() => parsedJson(`[${'[],'.repeat(4_000_001)}0]`)).toThrow(JsonLimit);
  });

  it.each(['config.json', 'tokenizer.json', 'model.safetensors.index.json'])('nested without end is refused in %s', (file) => {
    expect(() => readJson(encode(DEEP.slice(0, 900_000)), file, 'MODEL_FORMAT')).toThrow(
      failure('MODEL_FORMAT', `${file}: is nested more than 32 deep`),
    );
  });

  it('nested without end is refused in an adapter', () => {
    const config = parseConfig(JSON.parse(new TextDecoder().decode(randomModel('llama').get('config.json'))));
    const files = new Map([
      ['adapter_config.json', encode(`{"bias": ${DEEP.slice(0, 500_000)}`)],
      ['adapter_model.safetensors', encode('')],
    ]);
    expect(() => readAdapterFolder(files, config)).toThrow(failure('MODEL_MISMATCH', 'is nested more than 32 deep'));
  });

  it('of rows is refused where a file has too many values, as one list or line by line', () => {
    expect(() => recognise('a.json', encode(`[${'{},'.repeat(4_100_000)}{}]`))).toThrow(failure('IMPORT_LIMIT', 'a.json has more than'));
    const line = `{"prompt":"a","x":[${'0,'.repeat(400_000)}0]}\n`;
    expect(() => recognise('a.jsonl', encode(line.repeat(21)))).toThrow(failure('IMPORT_LIMIT', 'a.jsonl has more than'));
    expect(() => recognise('a.json', encode(DEEP))).toThrow(failure('IMPORT_FORMAT', 'a.json is nested more than 32 deep'));
  });

  it('with a question of many megabytes leaves that row out', () => {
    const { rows, left } = recognise('a.json', encode(JSON.stringify([{ prompt: 'a'.repeat(20_000_000) }, { prompt: 'Why?' }])));
    expect([rows.length, left]).toEqual([1, [{ place: 'entry 1', reason: 'has a text of 20000000 characters, at most 16000 are read' }]]);
  });
});

describe('a table', () => {
  it.each([
    ['a quote that is never closed', `a\n"${'""'.repeat(1_100_000)}`, 'IMPORT_FORMAT', 'line 2: a cell has more than 1000000 characters'],
    ['a line of commas', ','.repeat(50_000), 'IMPORT_FORMAT', 'line 1: has more than 1000 cells'],
    ['commas everywhere', `${','.repeat(999)}\n`.repeat(8001), 'IMPORT_LIMIT', 'has more than 8000000 cells'],
    ['lines with nothing in them', '\n'.repeat(200_002), 'IMPORT_LIMIT', 'has 200001 rows or more'],
  ])('with %s is refused', (_, text, code, detail) => {
    expect(() => parseCsv('a.csv', text)).toThrow(failure(code, detail));
  });
});

describe('a pattern of an adapter', () => {
  const NAME = 'model.layers.0.self_attn.q_proj';

  it.each([
    [`${'('.repeat(18)}.*${')*'.repeat(18)}`, true],
    [`${'('.repeat(12)}a{100}${'){100}'.repeat(12)}`, false],
    [`${'('.repeat(12)}(?:){100}${'){100}'.repeat(12)}${NAME.replaceAll('.', '\\.')}`, true],
    ['(.?)'.repeat(400), true],
    ['((.{0,50}){0,50}){0,50}'.repeat(60), true],
    ['(?:(?:a|b|.)+x?)+_proj', true],
    ['(?:(?:a|b|.)+x?)+_prok', false],
  ])('is searched in steps that end: %s', (pattern, right) => {
    expect(matcher(pattern)(NAME)).toBe(right);
  });

  it('is matched as before', () => {
    expect(matcher('a{2,3}b?c{0,1}')('aabc')).toBe(true);
    expect(matcher('a{2,3}')('a')).toBe(false);
    expect(matcher('(ab|a)(bc|c){2}')('abcbc')).toBe(true);
    expect(matcher('(ab|a)(bc|c){3}')('abcbc')).toBe(false);
    expect(matcher('(?:a?){3}b')('aab')).toBe(true);
  });
});

describe('a GGUF file', () => {
  const fieldsOf = (tokens: readonly string[]): Fields =>
    Fields.of(
      { 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.tokens': tokens, 'tokenizer.ggml.scores': tokens.map(() => 0) },
      '',
      (detail) => {
        throw new Error(detail);
      },
    );

  it('with tokens of thousands of letters is refused; each is cut in two at all its places', () => {
    expect(() => ggufTokenizer(fieldsOf(Array.from({ length: 9 }, (_, i) => `${'a'.repeat(5000)}${i}`)))).toThrow(
      failure('TOKENIZER_FORMAT', 'too long to be put together again: 5001 characters in token 7'),
    );
  });

  it('has its pairs in letters of any script, none of half a letter', () => {
    const { tokenizer } = ggufTokenizer(fieldsOf(['<unk>', '😀', 'é', '😀é', '\ud83d', '\ude00']));
    const { merges } = tokenizer['model'] as { readonly merges: readonly (readonly string[])[] };
    expect(merges).toContainEqual(['😀', 'é']);
  });
});

describe('a header of weights', () => {
  const headed = (header: string): Uint8Array => {
    const bytes = encode(header);
    const file = new Uint8Array(8 + bytes.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
    file.set(bytes, 8);
    return file;
  };

  it('with more tensors than any model, or longer than any, is refused before they are looked at', () => {
    const empty = (i: number): string => `"a${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`;
    const many = `{${Array.from({ length: 65_540 }, (_, i) => empty(i)).join()}}`;
    expect(() => readSafetensors(headed(many))).toThrow(failure('MODEL_FORMAT', 'the header has more than 65536 tensors'));
    expect(() => readSafetensors(headed(' '.repeat(2 ** 24 + 1)))).toThrow(failure('MODEL_FORMAT', 'the header length 16777217'));
  });
});
