/**
 * Text to token ids and back, from the tokenizer.json of any Llama or Qwen checkpoint: byte-level BPE, BPE with byte fallback, and
 * Unigram. Text is plain text: a user who types `<|eos|>` gets its letters, not the end of a document; special tokens are numbers that
 * callers place, or come from `encodeTemplate`. Knows no model.
 */
import { AppError } from '../../errors.ts';
import { anyOf, cutAt, renamed, type Cut, type Finder } from './added-tokens.ts';
import { Fields } from '../../fields.ts';
import { MAX_ADDED, MAX_NAME } from '../special-tokens.ts';
import { checkSteps } from './growth.ts';
import { normalizerOf, type Normalizer } from './normalizer.ts';
import { preTokenizerOf, type PreTokenizer } from './pretokenizer.ts';
import { isLetter, subwordsOf, type AddedToken, type Subwords } from './subwords.ts';
import { tokenTextOf, type TokenText } from './token-text.ts';

/** The names of the special tokens of the bundled model, at their ids 0, 1 and 2. */
export const SPECIALS = ['<|bos|>', '<|eos|>', '<|pad|>'] as const;

/** Characters of all added tokens together, and as a normalizer makes them. */
const [MAX_LETTERS, MAX_MADE] = [2 ** 20, 2 ** 22];
/** A noncharacter that keeps a name from being one, or stands around the number of one. */
const GUARD = '\ufdd0';

/** `continues`: the text goes on another, so no space is put before it or taken away. */
type TextOptions = { readonly continues?: boolean };

export class Tokenizer {
  /** How many ids there are: one more than the highest that a text can have. */
  readonly size: number;
  readonly #rows: number;
  readonly #specials: ReadonlyMap<string, number>;
  /** The names of special tokens, wherever they stand; null without any. */
  readonly #names: Finder | null;
  readonly #guarded: Finder | null;
  readonly #meant: ReadonlyMap<string, string>;
  /** What goes through the normalizer for special tokens that are looked for behind it, with the text of each: it makes none of people's texts. */
  readonly #signs: ReadonlyMap<string, string>;
  readonly #signed: Finder | null;
  /** Each token as the file writes it; null for a special token, but for a letter of the vocabulary. */
  readonly #tokens: ReadonlyMap<number, string | null>;
  readonly #normalize: Normalizer;
  readonly #cut: PreTokenizer;
  readonly #subwords: Subwords;
  readonly #text: TokenText;
  /** The bytes of tokens inside of a text, as they were needed. */
  readonly #inner = new Map<number, Uint8Array>();
  /** Cuts at added tokens, before and after the normalizer: those that are no special tokens, then all. */
  readonly #plain: readonly [Cut, Cut];
  readonly #template: readonly [Cut, Cut];

  /**
   * Takes a parsed `tokenizer.json`. An added token may be above the `rows` of the model, as one for padding is that was never trained: it is
   * ordinary text, and a template that writes a special one is refused. Errors: TOKENIZER_FORMAT names the field.
   */
  constructor(json: unknown, rows: number = Infinity) {
    const refuse = (detail: string): never => {
      throw new AppError('TOKENIZER_FORMAT', detail);
    };
    try {
      const file = Fields.of(json, '', refuse);
      const added = addedTokens(file);
      const specials = added.filter(({ special }) => special);
      this.#subwords = subwordsOf(file.object('model'), new Set(specials.map(({ content }) => content)));
      checkSteps(file, 'normalizer', 'normalizers');
      checkSteps(file, 'pre_tokenizer', 'pretokenizers');
      checkSteps(file, 'decoder', 'decoders');
      this.#normalize = normalizerOf(file.optional('normalizer'));
      this.#cut = preTokenizerOf(file.optional('pre_tokenizer'));
      this.#text = tokenTextOf(file.object('decoder'));
      const late = specials.filter(({ normalized }) => normalized);
      this.#signs = new Map(late.map((token) => [signOf(token), this.#normalize(token.content, true)]));
      this.#signed = anyOf([...this.#signs.keys()]);
      // people write no signs
      this.#names = anyOf([...specials.map(({ content }) => content), ...(late.length > 0 ? [GUARD] : [])]);
      const guards = specials.map(({ content }) => [guarded(content), content] as const);
      this.#meant = new Map([...guards, ...late.map((token) => [token.content, signOf(token)] as const)]);
      this.#guarded = anyOf([...this.#meant.keys()]);
      this.#specials = new Map(added.map(({ content, id }) => [content, id]));
      this.#tokens = joined(this.#subwords.tokens, added, file, this.#normalize);
      this.#rows = rows;
      let size = 0;
      for (const id of this.#tokens.keys()) if (id < rows || this.#subwords.tokens.has(id)) size = Math.max(size, id + 1);
      this.size = size;
      const cuts = (tokens: readonly AddedToken[]): readonly [Cut, Cut] => [
        cutAt(
          tokens.filter(({ normalized }) => !normalized),
          ({ content }) => content,
        ),
        cutAt(
          tokens.filter(({ normalized }) => normalized),
          (token) => this.#normalize(token.special ? signOf(token) : token.content, false),
        ),
      ];
      this.#plain = cuts(added.filter(({ special, id }) => !special && id < rows));
      this.#template = cuts(added.filter(({ special, id }) => special || id < rows));
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('TOKENIZER_FORMAT', String(error), { cause: error });
    }
  }

  /** Is there an added token of this name, with a row in the model? */
  has(name: string): boolean {
    return (this.#specials.get(name) ?? Infinity) < this.#rows;
  }

  /** The id of an added token. Errors: TOKENIZER_FORMAT when there is none of that name. */
  special(name: string): number {
    const id = this.#specials.get(name);
    if (id === undefined) throw new AppError('TOKENIZER_FORMAT', `there is no token ${name}`);
    return id;
  }

  /**
   * The ids of plain text, never a special one but for a character that the tokenizer does not know; such a character has none where there is no
   * unk token. Errors: PROMPT_TOO_LONG; TOKENIZER_FORMAT where the unk token has no id.
   */
  encode(text: string, { continues = false }: TextOptions = {}): number[] {
    return this.#encode(text, this.#plain, continues);
  }

  /**
   * The ids of text from a chat template, in which the names of special tokens stand for them, but for guarded ones. Errors: those of `encode`;
   * MODEL_MISMATCH for a token that the model has no row for.
   */
  encodeTemplate(text: string, { continues = false }: TextOptions = {}): number[] {
    return this.#encode(text, this.#template, continues);
  }

  /** Text to put into a chat template: names of special tokens in it stay ordinary text for `encodeTemplate`. */
  guard(text: string): string {
    return this.#names === null ? text : renamed(text, this.#names, (name) => (name === GUARD ? '\ufffd' : guarded(name)));
  }

  /** The text of ids. Special tokens have none; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[], options: TextOptions = {}): string {
    return this.pieces(ids, options).join('');
  }

  /** The text that each token adds; joined, they are the whole text. A character that spans tokens is given to its last one. */
  pieces(ids: readonly number[], { continues = false }: TextOptions = {}): string[] {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const pieces = this.#bytes(ids, continues).map((bytes) => decoder.decode(bytes as Uint8Array<ArrayBuffer>, { stream: true }));
    const rest = decoder.decode();
    if (rest !== '') pieces[pieces.length - 1] += rest;
    return pieces;
  }

  /**
   * Tells whether ids, one more at each call, have come to one of the strings, wherever in a token it begins or ends. It may begin `before` them.
   * With `names` those of special tokens are text too, as they are to transformers' stop strings.
   */
  stopsAt(
    strings: readonly string[],
    { continues = false, names = false }: TextOptions & { readonly names?: boolean } = {},
  ): (ids: readonly number[], before?: readonly number[]) => boolean {
    const needles = strings.filter((text) => text !== '').map((text) => latin(new TextEncoder().encode(text)));
    if (needles.length === 0) return () => false;
    const longest = Math.max(...needles.map((needle) => needle.length));
    const named = new Map(names ? [...this.#specials].map(([content, id]) => [id, new TextEncoder().encode(content)]) : []);
    return (ids, before = []) => {
      const all = ids.length > longest ? ids : [...before.slice(-longest), ...ids];
      // As many tokens from the end as may hold a string that the last one completes.
      let [from, length] = [all.length - 1, 0];
      for (; from > 0 && length < longest; from--)
        length += (named.get(all[from - 1] as number) ?? this.#inside(all[from - 1] as number)).length;
      const last = all.slice(Math.max(0, from));
      const pieces = this.#bytes(last, continues || from > 0).map((bytes, i) => latin(named.get(last[i] as number) ?? bytes));
      const text = pieces.join('');
      const begins = pieces.slice(0, -1).join('').length;
      return needles.some((needle) => text.indexOf(needle, Math.max(0, begins - needle.length + 1)) !== -1);
    };
  }

  #encode(whole: string, cuts: readonly [Cut, Cut], continues: boolean): number[] {
    const [before, after] = cuts;
    const ids: number[] = [];
    const text = whole.toWellFormed(); // half a pair is no character
    try {
      for (const section of before(text)) {
        if ('id' in section) ids.push(this.#inModel(section.id));
        else {
          const goesOn = continues && section.at === 0;
          const plain = cuts === this.#template ? this.#unguarded(section.text) : section.text;
          for (const part of after(this.#normalize(plain, goesOn))) {
            if ('id' in part) ids.push(this.#inModel(part.id));
            else {
              const first = section.at === 0 && part.at === 0;
              const begin = first ? (continues ? 'continued' : 'text') : 'inside';
              const text = cuts === this.#template ? this.#unsigned(part.text) : part.text;
              for (const piece of this.#cut([{ text, begin }])) for (const id of this.#subwords.encode(piece.text)) ids.push(id);
            }
          }
        }
      }
    } catch (error) {
      if (error instanceof AppError) throw error;
      // What is left are texts that are too long for the engine's regexes or strings.
      throw new AppError('PROMPT_TOO_LONG', `${text.length} characters: ${String(error)}`, { cause: error });
    }
    return ids;
  }

  #inModel(id: number): number {
    if (id < this.#rows) return id;
    const name = [...this.#specials.keys()].find((content) => this.#specials.get(content) === id);
    throw new AppError(
      'MODEL_MISMATCH',
      `${JSON.stringify(name)} is token ${id}, and the model has ${this.#rows}, so it was not made with it`,
    );
  }

  /** Takes away what `guard` has put in; the names that are found behind the normalizer become signs. */
  #unguarded(text: string): string {
    return this.#guarded === null ? text : renamed(text, this.#guarded, (name) => this.#meant.get(name) as string);
  }

  /** A sign that was not found where the normalizer has put it is its letters. */
  #unsigned(text: string): string {
    return this.#signed === null ? text : renamed(text, this.#signed, (sign) => this.#signs.get(sign) as string);
  }

  /** The bytes that each token adds. */
  #bytes(ids: readonly number[], continues: boolean): Uint8Array[] {
    let first = !continues;
    let spaces = continues ? 0 : this.#text.spaces;
    return ids.map((id) => {
      const token = this.#tokens.get(id) ?? null;
      if (token === null) return this.#inside(id);
      let bytes = first ? this.#text.start(token) : this.#inside(id);
      first = false;
      let at = 0;
      while (spaces > 0 && at < bytes.length) {
        if (bytes[at] === 0x20) [at, spaces] = [at + 1, spaces - 1];
        else spaces = 0;
      }
      if (at > 0) bytes = bytes.subarray(at);
      return bytes;
    });
  }

  #inside(id: number): Uint8Array {
    if (!Number.isInteger(id) || id < 0) throw new RangeError(`there is no token ${id}`);
    // Ids without a token: special ones, holes, and the padding that models have above the highest.
    return this.#inner.get(id) ?? this.#spell(id);
  }

  #spell(id: number): Uint8Array {
    const token = this.#tokens.get(id) ?? null;
    const bytes = token === null ? new Uint8Array() : this.#text.inside(token);
    this.#inner.set(id, bytes);
    return bytes;
  }
}

/** A name that is none any more; one of a single character cannot be torn apart, so it is spelt. */
function guarded(name: string): string {
  const letters = Array.from(name);
  if (letters.length > 1) return name.replace(/^[^]/u, (first) => first + GUARD);
  return `${GUARD}${letters.map((letter) => (letter.codePointAt(0) as number).toString(16)).join('')}${GUARD}`;
}

/** What stands for a special token in text to be normalized. */
function signOf({ id }: AddedToken): string {
  return `${GUARD}${id}${GUARD}`;
}

/** Bytes as a string of characters below 256, to search in. */
function latin(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function addedTokens(file: Fields): readonly AddedToken[] {
  const items = file.items('added_tokens', []);
  if (items.length > MAX_ADDED) file.fail('added_tokens', `has more than ${MAX_ADDED} tokens`);
  let letters = 0;
  return items.map((token) => {
    const special = token.boolean('special', false);
    const content = token.string('content');
    if (content.length > MAX_NAME) token.fail('content', `has ${content.length} characters`);
    letters += content.length;
    if (letters > MAX_LETTERS) file.fail('added_tokens', `have more than ${MAX_LETTERS} characters together`);
    return {
      id: token.whole('id', { max: 1 << 22 }),
      content,
      special,
      normalized: token.boolean('normalized', !special),
      singleWord: token.boolean('single_word', false),
      lstrip: token.boolean('lstrip', false),
      rstrip: token.boolean('rstrip', false),
    };
  });
}

/**
 * All tokens by their ids; an added token may stand in the vocabulary too, under the same id. One that is looked for in normalized text is
 * read back normalized, as the original does. A letter that was made special stays one of texts.
 */
function joined(
  vocabulary: ReadonlyMap<number, string>,
  added: readonly AddedToken[],
  file: Fields,
  normalize: Normalizer,
): ReadonlyMap<number, string | null> {
  const tokens = new Map<number, string | null>(vocabulary);
  const names = new Set(vocabulary.values());
  let made = 0;
  for (const [i, { id, content, special, normalized }] of added.entries()) {
    const there = vocabulary.get(id);
    if (there === undefined ? names.has(content) : there !== content)
      file.refuse(`added_tokens[${i}].id ${id} of ${JSON.stringify(content)} is another in model.vocab`);
    const text = special ? (there !== undefined && isLetter(content) ? there : null) : normalized ? normalize(content, false) : content;
    made += text?.length ?? 0;
    if (made > MAX_MADE) file.fail('added_tokens', `have more than ${MAX_MADE} characters together, as the normalizer makes them`);
    tokens.set(id, text);
  }
  return tokens;
}
