/**
 * The special tokens of a checkpoint, which stand in up to four files: added tokens of tokenizer.json, `added_tokens_decoder` and the names of
 * tokenizer_config.json, special_tokens_map.json and added_tokens.json. Put together as transformers does where it loads a tokenizer. Knows no
 * text.
 */
import { AppError } from '../errors.ts';
import { classTokens } from './class-tokens.ts';

/** The files of a tokenizer, parsed; null or absent for one that is missing. */
export type TokenFiles = {
  readonly tokenizer?: unknown;
  /** config.json, by which transformers knows the class of the tokenizer where that is not said. */
  readonly modelConfig?: unknown;
  readonly tokenizerConfig?: unknown;
  readonly specialTokensMap?: unknown;
  readonly addedTokens?: unknown;
};

/** Added tokens of a tokenizer. */
export const MAX_ADDED = 10_000;
/** Characters of the name of one. */
export const MAX_NAME = 1000;

type Entry = Readonly<Record<string, unknown>>;
type Added = { readonly id: number; readonly content: string; readonly special: boolean } & Entry;

const NAMES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;
const LISTS = ['additional_special_tokens', 'extra_special_tokens'] as const;
/** Fields that may hold tokens by names of their own. */
const OBJECTS = ['extra_special_tokens', 'model_specific_special_tokens'] as const;

const entriesOf = (value: unknown): Entry | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : null;

function refuse(detail: string): never {
  throw new AppError('TOKENIZER_FORMAT', detail);
}

/** The text of a token, which is written as its text or as an object with it; null where there is none. */
export function tokenText(value: unknown, name: string, fail: (detail: string) => never): string | null {
  if (value === undefined || value === null) return null;
  const text: unknown = typeof value === 'object' ? (value as { content?: unknown }).content : value;
  return typeof text === 'string' ? text : fail(`tokenizer_config.json: ${name} is no text`);
}

/** A token with the name under which a template finds it; `usual` where transformers has that name of its own. */
type Named = { readonly name: string; readonly token: unknown; readonly usual: boolean };

/** Every token with a name: the usual ones, any other field that ends in `_token` and holds a text, and those of an object of names. */
function everyNamed(config: Entry): readonly Named[] {
  const usual = NAMES.map((name): Named => ({ name, token: config[name], usual: true }));
  const fields = Object.entries(config).filter(([name]) => name.endsWith('_token') && !(NAMES as readonly string[]).includes(name));
  const lists = OBJECTS.flatMap((list) => Object.entries(entriesOf(config[list]) ?? {}));
  const more = [...fields, ...lists].filter(([, token]) => typeof token === 'string' || typeof entriesOf(token)?.['content'] === 'string');
  return [...usual, ...more.map(([name, token]): Named => ({ name, token, usual: false }))];
}

/** The texts of the tokens with a name, by which templates find them. */
export function namedTokens(config: Entry, fail: (detail: string) => never): Readonly<Record<string, string>> {
  const found = everyNamed(config).map(({ name, token }) => [name, tokenText(token, name, fail)] as const);
  return Object.fromEntries(found.filter(([, text]) => text !== null)) as Readonly<Record<string, string>>;
}

/** tokenizer_config.json with the names that other files give, and with those that the class of the tokenizer brings. */
export function namedConfig(files: TokenFiles): unknown {
  const [said, brought] = [saidConfig(files), broughtBy(files)];
  return Object.keys(brought).length === 0 ? said : { ...brought, ...entriesOf(said) };
}

/**
 * tokenizer_config.json with the names that special_tokens_map.json gives: those count where the former has no `added_tokens_decoder`, which
 * is how older checkpoints are written.
 */
function saidConfig({ tokenizerConfig = null, specialTokensMap = null }: TokenFiles): unknown {
  const [config, map] = [entriesOf(tokenizerConfig ?? {}), entriesOf(specialTokensMap)];
  if (config === null || map === null || 'added_tokens_decoder' in config) return tokenizerConfig;
  return { ...config, ...map };
}

/** The names of the class that no file says anything of: one that is null there is none. */
function broughtBy(files: TokenFiles): Readonly<Record<string, string>> {
  const said = entriesOf(saidConfig(files) ?? {});
  if (said === null) return {}; // whoever reads it says what is wrong with it
  const { tokenizer = null, modelConfig = null } = files;
  const brought = classTokens({ named: said['tokenizer_class'], modelConfig, tokenizer });
  return Object.fromEntries(Object.entries(brought).filter(([name]) => !(name in said)));
}

/**
 * tokenizer.json with every special token that the other files add to it, under the id that the tokenizers library gives it: that of the
 * vocabulary, or the next one. Errors: TOKENIZER_FORMAT names the file and the token.
 */
export function completedTokenizer(json: unknown, files: TokenFiles): unknown {
  const tokenizer = entriesOf(json);
  const config = entriesOf(saidConfig(files));
  const listed: unknown = tokenizer?.['added_tokens'] ?? [];
  if (tokenizer === null || !Array.isArray(listed)) return json; // the tokenizer itself says what is wrong with it
  const added = new Map<string, Added>((listed as readonly Added[]).map((token) => [token.content, token]));
  const ids = vocabularyOf(tokenizer);
  const names = config === null ? [] : namesOf(config);
  const named = new Set(names.map(({ content }) => content));
  let changed = false;
  let highest = -1;
  for (const { id } of added.values()) highest = Math.max(highest, id);
  const put = (token: Entry & { readonly content: string }): void => {
    const there = added.get(token.content);
    const whole = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...token };
    if (there !== undefined && FLAGS.every((flag) => there[flag] === whole[flag])) return;
    if (added.size >= MAX_ADDED) refuse(`tokenizer_config.json: with its tokens there are more than ${MAX_ADDED} added ones`);
    const id = there?.id ?? ids.of(token.content) ?? Math.max(highest + 1, ids.size);
    highest = Math.max(highest, id);
    changed = true;
    // a token with a name is special, whatever it is said to be where it is added
    added.set(token.content, { ...whole, id, special: whole.special || named.has(token.content) });
  };
  for (const token of addedBy(files, config, named)) put(token);
  for (const { name, content, token } of names) {
    if (added.has(content)) continue;
    if (ids.of(content) !== null) put({ ...token, content, special: true });
    else if (name === 'eos_token')
      refuse(`tokenizer_config.json: eos_token is ${JSON.stringify(content)}, which tokenizer.json does not have`);
  }
  const rows = Number(entriesOf(files.modelConfig)?.['vocab_size'] ?? 0);
  for (const content of Object.values(broughtBy({ ...files, tokenizer }))) {
    // one that no file has is added too, and is left out where the model has no row for it and could not read it
    const isThere = added.has(content) || ids.of(content) !== null;
    if (isThere || Math.max(highest + 1, ids.size) < rows) put({ ...added.get(content), content, special: true });
  }
  return changed ? { ...tokenizer, added_tokens: [...added.values()] } : json;
}

const FLAGS = ['special', 'normalized', 'single_word', 'lstrip', 'rstrip'] as const;

/** What `added_tokens_decoder` adds, in the order of its ids; in its place what added_tokens.json does. */
function addedBy(
  { addedTokens = null }: TokenFiles,
  config: Entry | null,
  named: ReadonlySet<string>,
): readonly (Entry & { readonly content: string })[] {
  const decoder: unknown = config?.['added_tokens_decoder'];
  if (decoder !== undefined && decoder !== null) {
    const tokens = entriesOf(decoder) ?? refuse('tokenizer_config.json: added_tokens_decoder must be an object');
    return Object.entries(tokens)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([id, token]) => {
        const content = entriesOf(token)?.['content'];
        if (typeof content !== 'string') return refuse(`tokenizer_config.json: added_tokens_decoder[${id}].content must be a string`);
        const special = entriesOf(token)?.['special'] === true;
        return { normalized: !special, ...entriesOf(token), content };
      });
  }
  return Object.entries(entriesOf(addedTokens) ?? {})
    .sort(([, a], [, b]) => Number(a) - Number(b))
    .map(([content]) => ({ content, special: named.has(content), normalized: !named.has(content) }));
}

/** The tokens that have a name or stand in a list of special ones. */
function namesOf(config: Entry): readonly { readonly name: string; readonly content: string; readonly token: Entry }[] {
  const found = everyNamed(config).flatMap(({ name, token, usual }) => {
    const content = tokenText(token, name, refuse);
    return content === null ? [] : [{ name: usual ? name : '', content, token: entriesOf(token) ?? {} }];
  });
  const listed = LISTS.flatMap((name) => {
    const list = config[name];
    return (Array.isArray(list) ? (list as readonly unknown[]) : []).flatMap((token) => {
      const content = tokenText(token, name, refuse);
      return content === null ? [] : [{ name, content, token: entriesOf(token) ?? {} }];
    });
  });
  return [...found, ...listed];
}

/** The vocabulary of a model: pairs of text and id, or, for Unigram, a list of texts with their scores. */
function vocabularyOf(tokenizer: Entry): { readonly size: number; of(content: string): number | null } {
  const vocab: unknown = entriesOf(tokenizer['model'])?.['vocab'];
  if (Array.isArray(vocab)) {
    const pieces = new Map((vocab as readonly unknown[]).map((item, id) => [Array.isArray(item) ? (item[0] as unknown) : null, id]));
    return { size: vocab.length, of: (content) => pieces.get(content) ?? null };
  }
  const pieces = new Map(Object.entries(entriesOf(vocab) ?? {}));
  return { size: pieces.size, of: (content) => (pieces.get(content) as number | undefined) ?? null };
}
