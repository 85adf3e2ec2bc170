/**
 * The tokenizer in the metadata of a GGUF file as the `tokenizer.json` and `tokenizer_config.json` of the same model. A file names the way in
 * which text is cut, and the names that stand here are those whose ids were compared with the original's (docs/formats.md says how). Knows
 * no text.
 */
import { AppError } from '../../../errors.ts';
import type { Fields } from '../../../fields.ts';

type Json = Readonly<Record<string, unknown>>;
export type GgufTokenizer = { readonly tokenizer: Json; readonly config: Json; readonly specials: ReadonlyMap<string, number> };

/** Kinds of tokens in a file. */
const [UNKNOWN, CONTROL, OWN, UNUSED, BYTE] = [2, 3, 4, 5, 6];

const WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const MARKS = '[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** How a byte-level tokenizer cuts text: at a regex, or digit by digit and then as GPT-2 does; `whole` takes a word that is a token as it is. */
type Way = { readonly regex?: string; readonly digits?: boolean; readonly nfc?: boolean; readonly whole?: boolean };
const LLAMA3: Way = { regex: `${WORDS}|\\p{N}{1,3}${REST}`, whole: true };
const QWEN2: Way = { regex: `${WORDS}|\\p{N}${REST}`, nfc: true };
const WAYS: Readonly<Record<string, Way>> = {
  'gpt-2': {},
  smollm: { digits: true },
  starcoder: { digits: true },
  refact: { digits: true },
  'command-r': { digits: true, nfc: true },
  'llama-bpe': LLAMA3,
  llama3: LLAMA3,
  'llama-v3': LLAMA3,
  qwen2: QWEN2,
  'deepseek-r1-qwen': QWEN2,
  qwen35: { regex: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|${MARKS}` },
};

const PRE = 'tokenizer.ggml.pre';
/** Squares of the lengths of all tokens together: each is cut in two at each of its places. */
const MAX_LOOKED = 2e8;

function refuse(detail: string): never {
  throw new AppError('TOKENIZER_FORMAT', detail.slice(0, 400));
}

type Vocabulary = { readonly tokens: readonly string[]; readonly kinds: readonly unknown[] };

/** Both files, and the special tokens. Errors: TOKENIZER_FORMAT names the field. */
export function ggufTokenizer(fields: Fields): GgufTokenizer {
  const name = (kind: string): string => `tokenizer.ggml.${kind}`;
  const model = fields.string(name('model'));
  if (model !== 'gpt2' && model !== 'llama') refuse(`${name('model')} is ${JSON.stringify(model)}; gpt2 and llama are read`);
  const vocabulary = vocabularyOf(fields);
  const { tokens, kinds } = vocabulary;
  const added = [...tokens.keys()].filter((id) => [UNKNOWN, CONTROL, OWN].includes(kinds[id] as number));
  const special = (id: number): boolean => kinds[id] !== OWN;
  const specials = new Map(added.filter(special).map((id) => [tokens[id] as string, id]));
  const id = (kind: string): string | null => {
    const key = name(`${kind}_token_id`);
    return fields.raw(key) === undefined ? null : (tokens[fields.whole(key)] ?? refuse(`${key} is outside the vocabulary`));
  };
  return {
    specials,
    tokenizer: {
      version: '1.0',
      added_tokens: added.map((at) => ({
        id: at,
        content: tokens[at],
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: special(at),
      })),
      post_processor: null,
      ...(model === 'gpt2' ? byteLevel(fields, vocabulary) : pieces(fields, vocabulary)),
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      add_bos_token: fields.boolean(name('add_bos_token'), model === 'llama' || wayOf(fields) === LLAMA3),
      bos_token: id('bos'),
      eos_token: id('eos'),
      unk_token: id('unknown'),
      pad_token: id('padding'),
      ...templateOf(fields),
    },
  };
}

/** The chat template, or those with names where a file has nothing else: which of them counts is for others to say. */
function templateOf(fields: Fields): { readonly chat_template?: unknown } {
  const key = 'tokenizer.chat_template';
  if (fields.raw(key) !== undefined) return { chat_template: fields.string(key) };
  const named = fields.names().filter((name) => name.startsWith(`${key}.`));
  return named.length === 0
    ? {}
    : { chat_template: named.map((name) => ({ name: name.slice(key.length + 1), template: fields.string(name) })) };
}

function vocabularyOf(fields: Fields): Vocabulary {
  const [key, kindsKey] = ['tokenizer.ggml.tokens', 'tokenizer.ggml.token_type'];
  const tokens = strings(fields, key);
  const kinds = fields.list(
    kindsKey,
    tokens.map(() => 1),
  );
  if (kinds.length !== tokens.length) refuse(`${kindsKey} has ${kinds.length} items for ${tokens.length} tokens`);
  return { tokens, kinds };
}

function strings(fields: Fields, key: string): readonly string[] {
  const list = fields.list(key);
  return list.every((item) => typeof item === 'string') ? list : refuse(`${key} must be a list of texts`);
}

/** Token to id; what a file has only to fill up its list is left out. */
function ids({ tokens, kinds }: Vocabulary): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (kinds[id] === UNUSED && /^\[PAD\d+\]$/.test(token)) continue;
    if (found.has(token)) refuse(`tokenizer.ggml.tokens has ${JSON.stringify(token)} twice`);
    found.set(token, id);
  }
  return found;
}

/** How the file says that text is cut; undefined for a name that does not stand here. */
function wayOf(fields: Fields): Way | undefined {
  const name = fields.raw(PRE);
  return typeof name === 'string' && Object.hasOwn(WAYS, name) ? WAYS[name] : undefined;
}

function byteLevel(fields: Fields, vocabulary: Vocabulary): Json {
  const way = wayOf(fields);
  if (way === undefined)
    return refuse(
      `${PRE} is ${JSON.stringify(fields.raw(PRE) ?? null)}, a way to cut text that is not read; ${Object.keys(WAYS).join(', ')} are`,
    );
  const { regex, digits = false, nfc = false, whole = false } = way;
  const split = { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
  const first = regex !== undefined ? [split] : digits ? [{ type: 'Digits', individual_digits: true }] : [];
  return {
    normalizer: nfc ? { type: 'NFC' } : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [...first, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: regex === undefined }],
    },
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(ids(vocabulary)),
      merges: strings(fields, 'tokenizer.ggml.merges').map((merge) => merge.split(' ')),
      ignore_merges: whole,
    },
  };
}

/** SentencePiece: a file has scores instead of merges, and they are made as transformers makes them of `tokenizer.model`. */
function pieces(fields: Fields, vocabulary: Vocabulary): Json {
  const { tokens, kinds } = vocabulary;
  const scores = fields.list('tokenizer.ggml.scores');
  if (scores.length !== tokens.length) refuse(`tokenizer.ggml.scores has ${scores.length} items for ${tokens.length} tokens`);
  const known = ids(vocabulary);
  let looked = 0;
  const merges: { readonly left: string; readonly right: string; readonly score: number }[] = [];
  for (const [id, token] of tokens.entries()) {
    if ([UNKNOWN, CONTROL, OWN, BYTE].includes(kinds[id] as number)) continue;
    const score = scores[id];
    if (typeof score !== 'number') refuse(`tokenizer.ggml.scores[${id}] must be a number`);
    looked += token.length ** 2;
    if (looked > MAX_LOOKED)
      refuse(`tokenizer.ggml.tokens are too long to be put together again: ${token.length} characters in token ${id}`);
    const found: { readonly left: string; readonly right: string; readonly score: number }[] = [];
    for (let at = 1; at < token.length; at++) {
      const [left, right] = [token.slice(0, at), token.slice(at)];
      // half of a pair of surrogates is no token
      if (known.has(left) && known.has(right)) found.push({ left, right, score });
    }
    found.sort((a, b) => (known.get(a.left) as number) - (known.get(b.left) as number));
    merges.push(...found);
  }
  merges.sort((a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length);
  const prefix = fields.boolean('tokenizer.ggml.add_space_prefix', true);
  const mark = '\u2581';
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: mark };
  const unknown = tokens[fields.whole('tokenizer.ggml.unknown_token_id', { fallback: 0 })];
  return {
    normalizer: { type: 'Sequence', normalizers: [...(prefix ? [{ type: 'Prepend', prepend: mark }] : []), spaces] },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: mark }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(known),
      merges: merges.map(({ left, right }) => [left, right]),
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: true,
    },
  };
}
