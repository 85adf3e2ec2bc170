/** Tokenizers and templates that are made to hang a page or to end its tab: refused with a sentence, or done in steps that end. */
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { Dialogue } from '../../src/kit/dialogue.ts';
import { ChatFormat } from '../../src/text/chat.ts';
import { completedTokenizer } from '../../src/text/special-tokens.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';

type Json = Readonly<Record<string, unknown>>;
const LETTERS = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const A = 'a'.repeat(16_000);
const file = (more: Json = {}): Json => ({
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab: Object.fromEntries(LETTERS.map((letter, i) => [letter, i])), merges: [] },
  ...more,
});
const unigram = (vocab: readonly (readonly [string, number])[]): Json => file({ model: { type: 'Unigram', vocab, unk_id: 0 } });
const added = (count: number, content: (i: number) => string): readonly Json[] =>
  Array.from({ length: count }, (_, i) => ({ id: 1000 + i, content: content(i), special: true }));
const nested = (list: string, step: Json, many: number, depth: number): Json =>
  depth === 0 ? step : { type: 'Sequence', [list]: Array.from({ length: many }, () => nested(list, step, many, depth - 1)) };
const refused = (detail: string) =>
  expect.objectContaining({ code: 'TOKENIZER_FORMAT', detail: expect.stringContaining(detail) as string });

describe('a tokenizer', () => {
  it('with thousands of added tokens that begin alike finds them in a long text', () => {
    const tokenizer = new Tokenizer(file({ added_tokens: added(9_999, (i) => `${'a'.repeat(90)}${i}`) }));
    const text = `${A}${'a'.repeat(90)}77 ${'a'.repeat(90)}1`;
    expect(tokenizer.encodeTemplate(text).slice(-2)).toEqual([1077, 1001]);
    expect(tokenizer.encodeTemplate(tokenizer.guard(text))).toHaveLength(A.length + 183);
  });

  it.each([
    ['added tokens of a million letters', { added_tokens: added(2000, (i) => `${'a'.repeat(900)}${i}`) }, 'more than 1048576 characters'],
    ['steps inside of steps', { normalizer: nested('normalizers', { type: 'NFC' }, 60, 3) }, 'normalizer has more than 64 steps'],
    ['steps without end', { pre_tokenizer: nested('pretokenizers', { type: 'Digits' }, 100_000, 1) }, 'pre_tokenizer has more than 64'],
    ['steps of a decoder without end', { decoder: nested('decoders', { type: 'Fuse' }, 65, 1) }, 'decoder has more than 64 steps'],
    [
      'a piece of thousands of letters',
      unigram([
        ['u', 0],
        [A.slice(0, 300), 0],
      ]),
      'model.vocab[1] has 300 characters, at most 256',
    ],
    [
      'pieces of millions of letters',
      unigram([['u', 0], ...Array.from({ length: 17_000 }, (_, i) => [`${i}${'b'.repeat(250)}`, -1] as const)]),
      'model.vocab has more than 4194304 characters',
    ],
  ])('with %s is refused', (_, more, detail) => {
    expect(() => new Tokenizer(file(more))).toThrow(refused(detail));
  });

  it('may have 64 steps', () => {
    expect(new Tokenizer(file({ normalizer: nested('normalizers', { type: 'NFC' }, 64, 1) })).encode('a')).toEqual([64]);
  });

  it('whose decoder makes each token longer and longer is refused where one is read', () => {
    const double = { type: 'Replace', pattern: { String: 'a' }, content: 'aa' };
    const tokenizer = new Tokenizer(file({ decoder: nested('decoders', double, 60, 1) }));
    expect(() => tokenizer.decode([64])).toThrow(refused('decoder makes 32768 characters of a token of 1'));
  });

  it('may have a long token that its decoder leaves as long as it is', () => {
    const vocab = { a: 0, ['b'.repeat(20_000)]: 1 };
    const decoder = nested('decoders', { type: 'Replace', pattern: { String: 'b' }, content: 'c' }, 2, 1);
    expect(new Tokenizer(file({ model: { type: 'BPE', vocab, merges: [] }, decoder })).decode([1])).toBe('c'.repeat(20_000));
  });

  it('with a step that is none, or an added token of half a letter, is read as before', () => {
    expect(() => new Tokenizer(file({ normalizer: 'NFC' }))).toThrow(refused('normalizer must be an object'));
    const tokenizer = new Tokenizer(file({ added_tokens: [{ id: 500, content: '\ud83d', special: true }] }));
    expect(tokenizer.encodeTemplate('a\ud83d')).toEqual([64]);
    expect(tokenizer.guard('a')).toBe('a');
  });

  it('with a piece for every length of a letter cuts a long text', () => {
    const chain = Array.from({ length: 256 }, (_, i) => ['a'.repeat(i + 1), -1] as const);
    expect(new Tokenizer(unigram([['u', 0], ...chain])).encode('a'.repeat(2560))).toEqual(Array.from({ length: 10 }, () => 256));
  });

  it.each([['added_tokens_decoder', Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [i, { content: `x${i}` }]))]])(
    'with another file that adds tens of thousands of tokens is refused: %s',
    (name, value) => {
      expect(() => completedTokenizer(file(), { tokenizerConfig: { [name]: value } })).toThrow(refused('more than 10000 added ones'));
    },
  );

  it.each(['é', '😀', '😀😀', '<|x|>', '\n'])('keeps what people write apart from a special token called %j', (name) => {
    const tokenizer = new Tokenizer(file({ added_tokens: [{ id: 500, content: name, special: true }] }));
    const ids = tokenizer.encodeTemplate(`${name}${tokenizer.guard(`b${name}c`)}${name}`);
    expect(ids.filter((id) => id === 500)).toHaveLength(2);
    expect([ids[0], ids.at(-1)]).toEqual([500, 500]);
    expect(ids.slice(1, -1)).toEqual(tokenizer.encode(`b${name}c`));
  });
});

describe('a chat template', () => {
  const BIG = "{% set b = 'b'*400000 %}";

  it.each([
    ['sorts long texts', `{% set l = [('a'*400000) ~ 'b', ('a'*400000) ~ 'c'] * 9000 %}{{ l|sort|length }}`],
    ['makes texts one by one that are too much together', `${BIG}{{ (['a']*10000)|map('replace', 'a', b)|join }}`],
    ['replaces every letter by a book', `${BIG}{{ ('a'*400000).replace('a', b) }}`],
    ['counts in numbers without end', `{{ ('1'*400000)|int }}`],
    ['reads a number that is none', `{% for i in range(200) %}{{ ('1'*400000 ~ 'x')|float }}{% endfor %}{{ b.c.d }}`],
    ['searches what is not there', `{% set n = 'b' ~ 'a'*200000 %}{% for i in range(9999) %}{{ ('a'*400000).find(n) }}{% endfor %}`],
    ['adds lists to lists', `{{ ([[1]]*19999)|sum(start=[])|length }}{{ range(30000)|list }}`],
    ['nests a list in itself', '{% set n = namespace(x=[]) %}{% for i in range(50000) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}'],
    ['is one long alternative', `{{ ${'a or '.repeat(39_000)}a.b.c }}`],
  ])('that %s is refused by its file', (_, template) => {
    const format = (): string =>
      new ChatFormat({ tokenizerConfig: null, template, generationConfig: null }).render([{ role: 'user', content: 'a' }]);
    expect(format).toThrow(
      expect.objectContaining({ code: 'CHAT_TEMPLATE', detail: expect.stringContaining('chat_template.jinja: ') as string }),
    );
  });

  it('that takes its time is refused after some renderings, not after each of forty', () => {
    // each step takes two microseconds of this clock, so a rendering a fifth of a second
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (time += 0.002));
    const formatOf = (template: string) => new ChatFormat({ tokenizerConfig: null, template, generationConfig: null });
    const slow = formatOf('{% for i in range(99000) %}{% endfor %}');
    let rendered = 0;
    const renders = (): void => {
      for (; rendered < 40; rendered++) slow.render([]);
    };
    expect(renders).toThrow(expect.objectContaining({ detail: 'chat_template.jinja: it takes too long' }));
    expect(rendered).toBeGreaterThan(2);
    expect(rendered).toBeLessThan(10);
    const quick = formatOf('{% for i in range(9) %}{{ i }}{% endfor %}');
    for (let i = 0; i < 400; i++) expect(quick.render([])).toBe('012345678');
    vi.restoreAllMocks();
  });

  it('that refuses with a book is told by its first words', () => {
    const format = new ChatFormat({ tokenizerConfig: null, template: "{{ raise_exception('no '*100000) }}", generationConfig: null });
    const detail = (() => {
      try {
        return format.render([]);
      } catch (error) {
        return (error as AppError).detail;
      }
    })();
    expect(detail.length).toBeLessThan(500);
    expect(detail).toContain('no no no');
  });
});

describe('an answer', () => {
  it('of a thought and tens of thousands of lines is read', () => {
    const render = (messages: readonly { readonly content: string }[]): string => messages.map(({ content }) => content).join('|');
    const dialogue = new Dialogue({ render, end: '', stop: '' });
    expect(dialogue.said(`Thought: x${'\n'.repeat(60_000)}`)).toBe('');
    expect(dialogue.said('Thought: x\n \n\t Answer: Blue.')).toBe('Blue.');
  });
});

describe('an error', () => {
  it('quotes a file by its first words', () => {
    expect(new AppError('MODEL_FORMAT', 'x'.repeat(1e6)).detail.length).toBeLessThan(5000);
  });
});
