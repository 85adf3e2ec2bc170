/**
 * The `model` of a tokenizer.json: pieces of text to token ids, by byte pairs, or by the likeliest way.
 * Special tokens are taken out of the vocabulary first, so that no text can turn into one of several letters. Knows nothing of how text is cut.
 */
import { AppError } from '../../errors.ts';
import { joiner, type Merge } from './byte-pairs.ts';
import type { Fields } from '../../fields.ts';
import { likeliest } from './unigram.ts';

/** An added token of the file. */
export type AddedToken = {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly normalized: boolean;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
};

export type Subwords = {
  /** Every token by its id, without the added ones. */
  readonly tokens: ReadonlyMap<number, string>;
  /** The ids of one piece. */
  readonly encode: (piece: string) => readonly number[];
};

const MAX_ID = 1 << 22;
const MAX_TOKENS = 1_000_000;
const LONGEST = 100_000;
/** Of Unigram, whose steps at a place grow with the square of the longest token, and which keeps a tree of all letters. */
const [LONGEST_PIECE, MAX_LETTERS] = [256, 2 ** 22];
const LONGEST_CACHED = 64;
const MAX_CACHED = 10_000;

const encoder = new TextEncoder();

/** A letter that was made special, such as a `!` for padding, is still the one way to write it; only names of several are kept out of texts. */
export const isLetter = (token: string): boolean => /^[^]$/u.test(token);

const BYTE_NAMES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

/** What a text is refused with that needs a token the file does not have, as `tokenizers` refuses it. */
function noToken(piece: string): never {
  throw new AppError('TOKENIZER_FORMAT', `there is no token for ${JSON.stringify(piece.slice(0, 40))} and none for what is unknown`);
}

/**
 * The function of a `model`. What the vocabulary lacks is treated as `tokenizers` does: BPE without an unk token leaves it out.
 * Errors: those of `config.refuse`, naming the place; TOKENIZER_FORMAT of `encode` where the unk token itself has no id.
 */
export function subwordsOf(config: Fields, specials: ReadonlySet<string>): Subwords {
  // Files of old have no type; their fields tell it.
  const type = config.string('type', config.raw('merges') === undefined ? undefined : 'BPE');
  switch (type) {
    case 'BPE':
      return bpe(config, specials);
    case 'Unigram':
      return unigram(config, specials);
    default:
      return config.fail('type', `is ${JSON.stringify(type)}; BPE and Unigram are supported`);
  }
}

/** A vocabulary object with its ids checked, forwards and backwards. */
function vocabulary(config: Fields): { ids: Map<string, number>; tokens: Map<number, string> } {
  const vocab = config.object('vocab');
  const names = vocab.names();
  if (names.length > MAX_TOKENS) config.fail('vocab', `has more than ${MAX_TOKENS} tokens`);
  const ids = new Map<string, number>();
  const tokens = new Map<number, string>();
  for (const name of names) {
    if (name.length > LONGEST) config.fail('vocab', `has a token of ${name.length} characters`);
    const id = vocab.whole(name, { max: MAX_ID });
    if (tokens.has(id)) vocab.fail(name, `has id ${id}, as has ${JSON.stringify(tokens.get(id))}`);
    ids.set(name, id);
    tokens.set(id, name);
  }
  return { ids, tokens };
}

/** The pairs of `merges`, as strings of two words or as lists of two strings, but for those that make a special token: it is a word that was made one. */
function mergesOf(config: Fields, ids: ReadonlyMap<string, number>, specials: ReadonlySet<string>): Merge[] {
  return config.list('merges').flatMap((merge, i): readonly Merge[] => {
    const place = `${config.at('merges')}[${i}]`;
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(pair) || pair.length !== 2) return config.refuse(`${place} must be two tokens`);
    const [left, right] = pair as [unknown, unknown];
    if (typeof left !== 'string' || typeof right !== 'string') return config.refuse(`${place} must be two tokens`);
    const id = (token: string): number => ids.get(token) ?? config.refuse(`${place} has ${JSON.stringify(token)}, which has no id`);
    const made: Merge = [id(left), id(right), id(left + right)];
    return specials.has(left + right) ? [] : [made];
  });
}

function bpe(config: Fields, specials: ReadonlySet<string>): Subwords {
  config.only('dropout', null, 0);
  config.only('continuing_subword_prefix', null, '');
  config.only('end_of_word_suffix', null, '');
  const { ids, tokens } = vocabulary(config);
  const merges = mergesOf(config, ids, specials);
  const byteFallback = config.boolean('byte_fallback', false);
  const unknown = config.raw('unk_token') === undefined || config.raw('unk_token') === null ? null : config.string('unk_token');
  const unknownId = unknown === null ? undefined : ids.get(unknown);
  const known = new Map([...ids].filter(([name]) => !specials.has(name) || isLetter(name)));
  const byteIds = BYTE_NAMES.map((name) => ids.get(name));
  const [fuse, whole] = [config.boolean('fuse_unk', false), config.boolean('ignore_merges', false)];
  const join = joiner(merges);
  /** The ids of the characters: their own, their bytes', the unknown one; none of what is unknown where there is no unknown one. */
  const symbols = (piece: string): number[] => {
    const result: number[] = [];
    // As in the original: an unknown id waits for the next character that has one of its own, and bytes in between come before it.
    let waiting = false;
    const flush = (): void => {
      if (waiting) result.push(unknownId as number);
      waiting = false;
    };
    for (const character of piece) {
      const id = known.get(character);
      if (id !== undefined) {
        flush();
        result.push(id);
        continue;
      }
      const spelt = byteFallback ? Array.from(encoder.encode(character), (byte) => byteIds[byte]) : [undefined];
      if (!spelt.includes(undefined)) {
        result.push(...(spelt as number[]));
      } else if (unknown !== null) {
        if (unknownId === undefined) noToken(character);
        if (!fuse) flush();
        waiting = true;
      }
    }
    flush();
    return result;
  };
  const cache = new Map<string, readonly number[]>();
  return {
    tokens,
    encode: (piece) => {
      const cached = cache.get(piece);
      if (cached !== undefined) return cached;
      const own = whole ? known.get(piece) : undefined;
      const result = own === undefined ? join(symbols(piece)) : [own];
      if (piece.length <= LONGEST_CACHED) {
        if (cache.size >= MAX_CACHED) cache.clear();
        cache.set(piece, result);
      }
      return result;
    },
  };
}

function unigram(config: Fields, specials: ReadonlySet<string>): Subwords {
  const list = config.list('vocab');
  if (list.length === 0 || list.length > MAX_TOKENS) config.fail('vocab', `must have 1 to ${MAX_TOKENS} tokens`);
  const tokens = new Map<number, string>();
  const ids = new Map<string, number>();
  const none = config.raw('unk_id') === undefined || config.raw('unk_id') === null;
  const unknown = none ? list.length : config.whole('unk_id', { max: list.length - 1 });
  const byteFallback = config.boolean('byte_fallback', false);
  let [all, least] = [0, Infinity];
  const vocab = list.flatMap((entry, id): readonly (readonly [string, number])[] => {
    const place = `${config.at('vocab')}[${id}]`;
    if (!Array.isArray(entry) || entry.length !== 2) return config.refuse(`${place} must be a token and its score`);
    const [token, score] = entry as [unknown, unknown];
    if (typeof token !== 'string' || token.length > LONGEST || typeof score !== 'number' || !Number.isFinite(score))
      return config.refuse(`${place} must be a token and its score`);
    if (token === '' || ids.has(token)) return config.refuse(`${place} is ${token === '' ? 'empty' : 'there twice'}`);
    const letters = Array.from(token).length;
    if (letters > LONGEST_PIECE) config.refuse(`${place} has ${letters} characters, at most ${LONGEST_PIECE} are read`);
    all += letters;
    if (all > MAX_LETTERS) config.fail('vocab', `has more than ${MAX_LETTERS} characters together`);
    least = Math.min(least, score);
    tokens.set(id, token);
    ids.set(token, id);
    // what is special is never found in a text
    return (specials.has(token) && !isLetter(token)) || id === unknown ? [] : [[token, score]];
  });
  const parts = likeliest(vocab, least);
  const bytesOf = (text: string): number[] | null => {
    const found = Array.from(encoder.encode(text), (byte) => ids.get(BYTE_NAMES[byte] as string));
    return found.every((id) => id !== undefined) ? found : null;
  };
  return {
    tokens,
    encode: (piece) =>
      joinedUnknown(parts(piece)).flatMap((name) => {
        const id = specials.has(name) && !isLetter(name) ? undefined : ids.get(name);
        if (id === undefined && none) noToken(name);
        return id ?? (byteFallback ? bytesOf(name) : null) ?? unknown;
      }),
  };
}

/** The texts of parts; neighbours that are unknown are one, as the original joins them before it falls back to bytes. */
function joinedUnknown(parts: ReturnType<ReturnType<typeof likeliest>>): readonly string[] {
  const texts: string[] = [];
  let open = false;
  for (const { text, known } of parts) {
    if (open && !known) texts[texts.length - 1] += text;
    else texts.push(text);
    open = !known;
  }
  return texts;
}
