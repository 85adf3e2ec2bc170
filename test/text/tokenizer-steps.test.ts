/** The steps of a tokenizer.json one by one, on tokenizers of a few tokens: what each does, and by which name it is refused. */
import { describe, expect, it, vi } from 'vitest';
import { joiner } from '../../src/text/tokenizer/byte-pairs.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';

const CHARACTERS = ['a', 'b', ' ', 'x', 'X', '<', 's', '>', '▁', '.', 'Y'];
/** Every character is a token, at its place in the list. */
const bpe = (change: object = {}) => ({
  type: 'BPE',
  vocab: Object.fromEntries(CHARACTERS.map((token, id) => [token, id])),
  merges: [],
  ...change,
});
const unigram = (change: object = {}) => ({
  type: 'Unigram',
  unk_id: 0,
  vocab: ['<unk>', ...CHARACTERS].map((token) => [token, -1]),
  ...change,
});
/** Text as it is: no step does anything. */
const file = (change: object = {}) => ({
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  decoder: { type: 'Sequence', decoders: [] },
  model: bpe(),
  ...change,
});
const tokenizer = (change: object = {}): Tokenizer => new Tokenizer(file(change));
const ids = (text: string): number[] => Array.from(text, (character) => CHARACTERS.indexOf(character));
const special = (content: string, id: number, more: object = {}) => ({ id, content, special: true, ...more });
/** What a normalizer makes of a text. */
const normalized = (normalizer: object, text: string): string => tokenizer({ normalizer }).decode(tokenizer({ normalizer }).encode(text));
const nested = (list: string): object => {
  let step: object = { type: 'Sequence', [list]: [] };
  for (let depth = 0; depth < 6; depth++) step = { type: 'Sequence', [list]: [step] };
  return step;
};
const bytes = (...numbers: number[]): string => btoa(String.fromCharCode(...numbers));

describe('a tokenizer file is refused with the name of the place', () => {
  let deep: unknown = 0;
  for (let i = 0; i < 20_000; i++) deep = [deep];
  it.each([
    ['steps in steps without end', { normalizer: nested('normalizers') }, 'is nested too deeply'],
    ['cuts in cuts without end', { pre_tokenizer: nested('pretokenizers') }, 'is nested too deeply'],
    ['another way to cut', { pre_tokenizer: { type: 'Split', pattern: { String: 'a' }, behavior: 'Perhaps' } }, 'pre_tokenizer.behavior'],
    [
      'a mark of two letters',
      { pre_tokenizer: { type: 'Metaspace', replacement: '__' } },
      'pre_tokenizer.replacement must be one character',
    ],
    [
      'another scheme',
      { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'sometimes' } },
      'pre_tokenizer.prepend_scheme',
    ],
    [
      'more tokens than any model',
      { model: bpe({ vocab: Object.fromEntries(Array.from({ length: 1_000_001 }, (_, i) => [i, i])) }) },
      'model.vocab has more than 1000000',
    ],
    ['a token as long as a book', { model: bpe({ vocab: { ['a'.repeat(100_001)]: 0 } }) }, 'model.vocab has a token of 100001 characters'],
    ['two tokens with one id', { model: bpe({ vocab: { a: 0, b: 0 } }) }, 'model.vocab.b has id 0, as has "a"'],
    ['a merge of one token', { model: bpe({ merges: ['a'] }) }, 'model.merges[0] must be two tokens'],
    ['a merge of numbers', { model: bpe({ merges: [[0, 1]] }) }, 'model.merges[0] must be two tokens'],
    ['no token at all', { model: unigram({ vocab: [] }) }, 'model.vocab must have 1 to 1000000 tokens'],
    ['a token without its score', { model: unigram({ vocab: [['a']] }) }, 'model.vocab[0] must be a token and its score'],
    ['a score that is no number', { model: unigram({ vocab: [['a', 'b']] }) }, 'model.vocab[0] must be a token and its score'],
    ['a token without letters', { model: unigram({ vocab: [['', 0]] }) }, 'model.vocab[0] is empty'],
    [
      'a token twice',
      {
        model: unigram({
          vocab: [
            ['a', 0],
            ['a', -1],
          ],
        }),
      },
      'model.vocab[1] is there twice',
    ],
    [
      'a text that has no end',
      { decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'Strip', content: ' ', start: 0, stop: 1 }] } },
      'decoder.decoders[1].stop must be 0',
    ],
    [
      'letters taken from a text',
      { decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'Strip', content: 'x', start: 1, stop: 0 }] } },
      'decoder.decoders[1].content must be a space',
    ],
    [
      'tokens after the text',
      { decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'ByteLevel' }] } },
      'is "ByteLevel" after a Fuse',
    ],
    [
      'more added tokens than any model',
      { added_tokens: Array.from({ length: 10_001 }, (_, i) => special(`${i}`, 100 + i)) },
      'added_tokens has more than 10000',
    ],
    ['an added token as long as a page', { added_tokens: [special('a'.repeat(1001), 100)] }, 'added_tokens[0].content has 1001 characters'],
    [
      'a mark that is no yes or no',
      { added_tokens: [{ id: 100, content: 'c', special: 'yes' }] },
      'added_tokens[0].special must be true or false',
    ],
    [
      'a table that is no base64',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: '*' } },
      'normalizer.precompiled_charsmap is not base64',
    ],
    [
      'a table of two bytes',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: bytes(0, 0) } },
      'normalizer.precompiled_charsmap has 2 bytes',
    ],
    [
      'a table larger than it is',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: bytes(8, 0, 0, 0) } },
      'normalizer.precompiled_charsmap has no trie of 8 bytes',
    ],
    [
      'a table of half a number',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: bytes(3, 0, 0, 0, 0, 0, 0) } },
      'normalizer.precompiled_charsmap has no trie of 3 bytes',
    ],
    ['a value that is nested too deeply to be shown', { model: bpe({ dropout: deep }) }, 'RangeError'],
  ])('%s', (_, change, place) => {
    expect(() => tokenizer(change)).toThrow(
      expect.objectContaining({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining(place) as string }),
    );
  });
});

describe('a normalizer', () => {
  it('strips the ends that it names', () => {
    const strip = (left: boolean, right: boolean) => normalized({ type: 'Strip', strip_left: left, strip_right: right }, ' a b ');
    expect([strip(true, true), strip(true, false), strip(false, true), strip(false, false)]).toEqual(['a b', 'a b ', ' a b', ' a b ']);
  });

  it('finds an empty text nowhere', () => {
    expect(normalized({ type: 'Replace', pattern: { String: '' }, content: 'x' }, 'ab')).toBe('ab');
    expect(normalized({ type: 'Replace', pattern: { String: '.' }, content: 'x' }, 'a.b')).toBe('axb');
  });

  /** A table that turns `a` into what lies at `at` of "X", 0, "Y": darts-clone's units, `a` alone in the trie. */
  const table = (leaf: number | null, end = ''): string => {
    const units = new Uint32Array(256);
    // a leaf, whose value lies at 0x61 ^ 0x80, or beyond the table
    units[0x61] = 0x61 | 0x100 | ((leaf === null ? 5000 : 0x80) << 10);
    units[0x61 ^ 0x80] = leaf ?? 0;
    const texts = new TextEncoder().encode(`X\0Y${end}`);
    const whole = new Uint8Array(4 + 1024 + texts.length);
    new DataView(whole.buffer).setUint32(0, 1024, true);
    whole.set(new Uint8Array(units.buffer), 4);
    whole.set(texts, 4 + 1024);
    return bytes(...whole);
  };
  const mapped = (precompiled_charsmap: string, text: string) => normalized({ type: 'Precompiled', precompiled_charsmap }, text);

  it('puts the texts of its table in place of others, the last one also without an end', () => {
    expect([mapped(table(0), 'ab'), mapped(table(2, '\0'), 'ab'), mapped(table(2), 'ab')]).toEqual(['Xb', 'Yb', 'Yb']);
  });

  it('leaves alone what its table does not have, and takes the first text for a leaf that leads nowhere', () => {
    expect(mapped(bytes(0, 0, 0, 0), 'ab')).toBe('ab');
    expect(mapped(table(99), 'ab')).toBe('ab');
    expect(mapped(table(null), 'ab')).toBe('Xb');
  });

  const refuse = (detail: string) =>
    expect.objectContaining({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining(detail) as string });
  const long = (detail: string) => expect.objectContaining({ code: 'PROMPT_TOO_LONG', detail: expect.stringContaining(detail) as string });
  const replace = (content: string, String = 'a') => ({ type: 'Replace', pattern: { String }, content });
  const steps = (...normalizers: readonly object[]) => ({ type: 'Sequence', normalizers });

  it('has few steps, and a table that puts in little at a place', () => {
    expect(() => tokenizer({ normalizer: steps(...Array.from({ length: 65 }, () => ({ type: 'NFC' }))) })).toThrow(
      refuse('more than 64 steps'),
    );
    expect(() => mapped(table(2, 'Y'.repeat(1024)), 'a')).toThrow(refuse('puts in more than 1024 bytes'));
  });

  it('makes no text that ends the tab, however its steps multiply, and says so before it is made', () => {
    // found in a tokenizer.json that ended the tab
    const found = steps({ type: 'Prepend', prepend: 'a' }, replace('a'.repeat(17_000)), replace('a'.repeat(17_000)), replace('b'));
    expect(() => normalized(found, 'Hello')).toThrow(long('normalizer.normalizers[2] of tokenizer.json makes 289000005 characters'));
    const ever = steps(replace('a'.repeat(256)), replace('a'.repeat(256)), replace('a'.repeat(256)), replace('a'.repeat(256)));
    expect(() => normalized(ever, 'aaaa')).toThrow(long('normalizer.normalizers[2] of tokenizer.json makes 67108864 characters of 262144'));
    const grown = steps(replace('a'.repeat(256)), replace('a'.repeat(256)), { type: 'Prepend', prepend: 'b' });
    expect(() => normalized(grown, 'a'.repeat(16))).toThrow(long('normalizers[2] of tokenizer.json makes 1048577 characters'));
    expect(() => mapped(table(2, 'Y'.repeat(1000)), 'a'.repeat(2000))).toThrow(long('normalizer of tokenizer.json makes'));
    const many = Array.from({ length: 300 }, (_, i) => ({
      id: 100 + i,
      content: 'a'.repeat(64) + String(i),
      special: false,
      normalized: true,
    }));
    expect(() => tokenizer({ added_tokens: many, normalizer: replace('a'.repeat(256)) })).toThrow(refuse('added_tokens have more than'));
  });

  it('leaves a long text as long as it is', () => {
    const long = 'a'.repeat(2 ** 20 + 5);
    expect(tokenizer({ normalizer: replace('x') }).encode(long)).toHaveLength(long.length);
    expect(tokenizer({ normalizer: replace('', 'aa') }).encode(long)).toHaveLength(1);
  });

  it('knows more characters than it remembers', () => {
    const text = Array.from({ length: 100_100 }, (_, i) => String.fromCodePoint(0x20000 + i)).join('');
    const step = { type: 'Precompiled', precompiled_charsmap: table(0) };
    expect(tokenizer({ normalizer: step }).encode(`${text}a`)).toEqual(ids('X'));
  });
});

describe('a pre-tokenizer', () => {
  const joined = bpe({ vocab: { ...bpe().vocab, ab: 20, '▁a': 21 }, merges: ['a b', '▁ a'] });

  it('of white space loses it', () => {
    expect(tokenizer({ pre_tokenizer: { type: 'WhitespaceSplit' } }).encode(' a  b ')).toEqual(ids('ab'));
  });

  it('of metaspaces puts one first, unless an older file says that it does not', () => {
    const metaspace = (more: object) =>
      tokenizer({ model: joined, pre_tokenizer: { type: 'Metaspace', replacement: '▁', ...more } }).encode('a');
    expect([metaspace({}), metaspace({ add_prefix_space: false }), metaspace({ prepend_scheme: 'never' })]).toEqual([
      [21],
      ids('a'),
      ids('a'),
    ]);
  });
});

describe('a decoder', () => {
  const decoded = (decoders: readonly object[], text: string, model: object = bpe()): string =>
    tokenizer({ model, decoder: { type: 'Sequence', decoders } }).decode(ids(text));

  it('strips the ends of each token, and of a text its first spaces alone', () => {
    const whole = bpe({ vocab: { xxax: 0, x: 1, a: 2 } });
    const strip = { type: 'Strip', content: 'x', start: 1, stop: 1 };
    expect(tokenizer({ model: whole, decoder: strip }).pieces([0, 1, 2])).toEqual(['xa', '', 'a']);
    const first = (start: number, content = ' ') => [{ type: 'Fuse' }, { type: 'Strip', content, start, stop: 0 }];
    expect([decoded(first(2), '  a b'), decoded(first(2), ' a  b'), decoded(first(0, 'x'), 'xa')]).toEqual(['a b', 'a  b', 'xa']);
  });

  it('leaves bytes alone that a step has made', () => {
    const model = bpe({ vocab: { '<0x61>': 0, a: 1 } });
    const decoders = [{ type: 'ByteFallback' }, { type: 'Replace', pattern: { String: 'a' }, content: 'b' }];
    expect(tokenizer({ model, decoder: { type: 'Sequence', decoders } }).decode([0, 1])).toBe('ab');
  });

  it('of metaspaces takes the first one away, unless an older file says that there is none', () => {
    const metaspace = (more: object) => decoded([{ type: 'Metaspace', replacement: '▁', ...more }], '▁a▁b');
    expect([metaspace({}), metaspace({ add_prefix_space: false })]).toEqual(['a b', ' a b']);
  });
});

describe('text', () => {
  it('keeps its letters where there are no special tokens', () => {
    const plain = tokenizer();
    expect(plain.guard('<s>')).toBe('<s>');
    expect(plain.encodeTemplate('<s>')).toEqual(ids('<s>'));
  });

  it('that a special token is written with is unknown to a Unigram without those letters', () => {
    const vocab = [
      ['<unk>', 0],
      ['a', -1],
      ['<s>', -1],
    ];
    const small = tokenizer({ model: unigram({ vocab }), added_tokens: [special('<s>', 2)] });
    expect([small.encode('a<s>'), small.encodeTemplate('a<s>')]).toEqual([
      [1, 0],
      [1, 2],
    ]);
  });

  it('between two special tokens belongs to the first that asks for it, and the second is one too', () => {
    const added_tokens = [special('<x>', 50, { rstrip: true }), special(' <s>', 51)];
    expect(tokenizer({ added_tokens }).encodeTemplate('a<x> <s>b')).toEqual([...ids('a'), 50, 51, ...ids('b')]);
    // a space that the first has taken is not taken from it again
    const spaces = [special('<x>', 50, { rstrip: true }), special('  ', 51)];
    expect(tokenizer({ added_tokens: spaces }).encodeTemplate('<x>   b')).toEqual([50, 51, ...ids(' b')]);
    const space = [special(' ', 2, { lstrip: true, rstrip: true })];
    expect(tokenizer({ added_tokens: space }).encodeTemplate('a   b ')).toEqual(ids('a b '));
  });

  it('is looked at once, however many tokens could take it', () => {
    const looks = vi.spyOn(String.prototype, 'charAt');
    try {
      const space = tokenizer({ added_tokens: [special(' ', 2, { rstrip: true })] });
      expect(space.encodeTemplate(' '.repeat(1000))).toEqual(ids(' '.repeat(1000)));
      expect(looks.mock.calls.length).toBeLessThan(5000);
    } finally {
      looks.mockRestore();
    }
  });

  it('keeps a letter that was made special, and spells a word that was', () => {
    // what “!” is in checkpoints whose padding it is, and “###” in those that end answers with it
    const vocab = Object.fromEntries([...CHARACTERS, 'ab', 'abs'].map((token, id) => [token, id]));
    const added_tokens = [special('x', 3), special('ab', CHARACTERS.length)];
    const small = tokenizer({ model: bpe({ vocab, merges: ['a b', 'ab s'], ignore_merges: true }), added_tokens });
    expect(small.encode('axab')).toEqual(ids('axab'));
    expect(small.encodeTemplate(`${small.guard('xab')}xab`)).toEqual([...ids('xab'), 3, CHARACTERS.length]);
    const pieces = tokenizer({ model: unigram(), added_tokens: [special('x', 1 + CHARACTERS.indexOf('x'))] });
    expect(pieces.encode('ax')).toEqual(ids('ax').map((id) => id + 1));
    for (const tokenizer of [small, pieces]) {
      expect(tokenizer.decode(tokenizer.encode('axxb'))).toBe('axxb');
      expect(tokenizer.pieces(tokenizer.encode('xa'))).toEqual(['x', 'a']);
    }
    expect(small.pieces([3, CHARACTERS.length])).toEqual(['x', '']);
  });

  it('of people has no special token, also where those are looked for in normalized text, as in the first Llama files', () => {
    const steps = [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }, { type: 'Lowercase' }];
    const letters = [...CHARACTERS, '/'];
    const vocab = Object.fromEntries([...letters, '<s>', '</s>'].map((token, id) => [token, id]));
    const [begin, end] = [letters.length, letters.length + 1];
    const added_tokens = [special('<s>', begin, { normalized: true }), special('</s>', end, { normalized: true })];
    const llama = tokenizer({ model: bpe({ vocab }), normalizer: { type: 'Sequence', normalizers: steps }, added_tokens });
    const plain = (text: string): number[] => Array.from(text, (letter) => letters.indexOf(letter));
    // a template has them where a space or nothing stands before them, and elsewhere their letters, as in the original
    expect(llama.encodeTemplate('<s>a </s>b</s>')).toEqual([begin, ...plain('a'), end, ...plain('b</s>')]);
    for (const text of ['</s>', 'a </s>', '</s>b', ' </S>', '<s> </s>', `a \ufdd0${end}\ufdd0`]) {
      const ids = llama.encodeTemplate(`<s>${llama.guard(text)} </s>`);
      expect([ids[0], ids.at(-1)]).toEqual([begin, end]);
      expect(ids.slice(1, -1).filter((id) => id >= begin)).toEqual([]);
      if (!text.includes('\ufdd0')) expect(llama.encodeTemplate(llama.guard(text))).toEqual(llama.encode(text));
    }
    expect(llama.encode('a </s>')).toEqual(plain('▁a▁</s>'));
  });

  it('has no token above the rows of the model, and a template that writes a special one is refused by its name', () => {
    const added_tokens = [special('<pad>', CHARACTERS.length), { id: CHARACTERS.length + 1, content: 'ab' }];
    const small = new Tokenizer(file({ added_tokens }), CHARACTERS.length);
    expect([small.size, small.encode('ab'), small.encodeTemplate('a')]).toEqual([CHARACTERS.length, ids('ab'), ids('a')]);
    // people write the name of one that is not special
    expect(small.encodeTemplate(small.guard('xab<pad>'))).toEqual(small.encode('xab<pad>'));
    expect(() => small.encodeTemplate('<pad>')).toThrow(
      expect.objectContaining({
        code: 'MODEL_MISMATCH',
        detail: expect.stringContaining(`"<pad>" is token 11, and the model has 11`) as string,
      }),
    );
  });

  it('that grows too long for the engine is PROMPT_TOO_LONG', () => {
    const grows = tokenizer({ normalizer: { type: 'Replace', pattern: { String: 'a' }, content: 'x'.repeat(2 ** 20) } });
    expect(() => grows.encode('a'.repeat(600))).toThrow(expect.objectContaining({ code: 'PROMPT_TOO_LONG' }));
    expect(() => joiner([])({ length: 2 ** 26 } as number[])).toThrow(RangeError);
  });

  it('that the engine itself cannot hold is PROMPT_TOO_LONG too, with what the engine says', () => {
    const nfc = tokenizer({ normalizer: { type: 'NFC' } });
    const full = vi.spyOn(String.prototype, 'normalize').mockImplementation(() => {
      throw new RangeError('Invalid string length');
    });
    try {
      expect(() => nfc.encode('ab')).toThrow(
        expect.objectContaining({ code: 'PROMPT_TOO_LONG', detail: '2 characters: RangeError: Invalid string length' }),
      );
    } finally {
      full.mockRestore();
    }
    expect(nfc.encode('ab')).toEqual(ids('ab'));
  });

  it('with a letter that is in no pair joins nothing with it', () => {
    // 9 would be the right half of [1, 2] if places were counted in sevens
    expect(joiner([[1, 2, 6]])([0, 9, 1, 2])).toEqual([0, 9, 6]);
  });

  it('of what is no id is a mistake of the program', () => {
    for (const id of [-1, 0.5, Number.NaN]) expect(() => tokenizer().pieces([id])).toThrow(RangeError);
  });
});
