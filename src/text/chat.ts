/**
 * Conversations as the prompts that a checkpoint was trained on: its chat template, what ends an answer, and the token that begins a text,
 * from the files beside the weights. Without a template a plain one is used and said. Knows no tensor.
 */
import { AppError } from '../errors.ts';
import { boundedTemplate } from './template.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };
type RenderOptions = {
  readonly addGenerationPrompt?: boolean;
  /** For templates that write the date; without it they take the one that they bring, so that a conversation is the same prompt every day. */
  readonly today?: Date;
};

/** The files beside the weights, parsed; null for one that is missing. */
type ChatFiles = {
  readonly tokenizerConfig: unknown;
  /** The text of `chat_template.jinja`; it goes before the template in tokenizer_config.json. */
  readonly template: string | null;
  readonly generationConfig: unknown;
};

const PLAIN_NOTE = 'This model brings no chat template, so a plain one is used: "User:" and "Assistant:".';
const NAMES = ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token', 'mask_token'] as const;

export class ChatFormat {
  /** A sentence for the user where the plain template stands in; null where the model brings its own. */
  readonly note: string | null;
  /** Texts that end an answer, besides the stop tokens. */
  readonly stopStrings: readonly string[];
  /** The text of the token with which every rendered prompt begins, or null; nobody else may put one before it. */
  readonly bos: string | null;
  readonly #render: (variables: Readonly<Record<string, unknown>>) => string;
  readonly #origin: string;
  readonly #specials: Readonly<Record<string, string>>;
  readonly #eosIds: readonly number[];

  /** Errors: CHAT_TEMPLATE names the file and what is wrong with it. */
  constructor({ tokenizerConfig, template, generationConfig }: ChatFiles) {
    const config = objectOf(tokenizerConfig, 'tokenizer_config.json');
    const generation = objectOf(generationConfig, 'generation_config.json');
    this.#specials = Object.fromEntries(
      NAMES.flatMap((name) => {
        const text = tokenText(config.get(name), name);
        return text === null ? [] : [[name, text]];
      }),
    );
    this.#eosIds = eosIds(generation.get('eos_token_id'));
    const own = template === null ? embedded(config.get('chat_template')) : template;
    this.#origin = template === null ? 'tokenizer_config.json: chat_template' : 'chat_template.jinja';
    this.note = own === null ? PLAIN_NOTE : null;
    this.stopStrings = own === null ? ['\nUser:'] : [];
    const first = config.get('add_bos_token') === false ? undefined : this.#specials['bos_token'];
    this.#render = own === null ? plain(first ?? '') : this.#guarded(() => boundedTemplate(own));
    this.bos = this.#written(this.#specials['bos_token']);
  }

  /** The prompt of a conversation. Errors: CHAT_TEMPLATE with what the template says. */
  render(messages: readonly ChatMessage[], { addGenerationPrompt = true, today }: RenderOptions = {}): string {
    const variables = {
      ...this.#specials,
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: addGenerationPrompt,
      ...(today === undefined ? {} : { strftime_now: (format: unknown) => dateText(today, String(format)) }),
    };
    return this.#guarded(() => this.#render(variables));
  }

  /** The ids of a conversation. What people write never turns into special tokens, and the first token stands there once. */
  promptIds(tokenizer: Tokenizer, messages: readonly ChatMessage[], options: RenderOptions = {}): number[] {
    const guarded = messages.map(({ role, content }) => ({ role, content: tokenizer.guard(content) }));
    return tokenizer.encodeTemplate(this.render(guarded, options));
  }

  /** The ids that end an answer: those of generation_config.json and the end token of tokenizer_config.json. */
  stopIds(tokenizer: Tokenizer): readonly number[] {
    const name = this.#specials['eos_token'];
    return [...new Set([...this.#eosIds, ...(name === undefined || !tokenizer.has(name) ? [] : [tokenizer.special(name)])])];
  }

  /** The first token, if the template writes it. */
  #written(bos: string | undefined): string | null {
    if (bos === undefined) return null;
    try {
      return this.render([{ role: 'user', content: 'a' }]).startsWith(bos) ? bos : null;
    } catch {
      return null; // a template that refuses this conversation says so when it is asked for one
    }
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new AppError('CHAT_TEMPLATE', `${this.#origin}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function refuse(detail: string): never {
  throw new AppError('CHAT_TEMPLATE', detail);
}

function objectOf(value: unknown, file: string): ReadonlyMap<string, unknown> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) return refuse(`${file} is not an object`);
  return new Map<string, unknown>(Object.entries(value));
}

/** A special token is written as its text or as an object with it. */
function tokenText(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  const text: unknown = typeof value === 'object' ? (value as { content?: unknown }).content : value;
  return typeof text === 'string' ? text : refuse(`tokenizer_config.json: ${name} is no text`);
}

function eosIds(value: unknown): readonly number[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((id): id is number => typeof id === 'number' && Number.isInteger(id) && id >= 0))
    return refuse('generation_config.json: eos_token_id must be a whole number or a list of them');
  return list;
}

/** The template in tokenizer_config.json: a text, or several with names, of which `default` counts. */
function embedded(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  const named = Array.isArray(value) ? (value as readonly ({ name?: unknown; template?: unknown } | null)[]) : [];
  const chosen = named.find((entry) => entry?.name === 'default') ?? named[0];
  return typeof chosen?.template === 'string' ? chosen.template : refuse('tokenizer_config.json: chat_template is no text');
}

/** The stand-in: each turn on its own line, as the bundled model reads it too. */
function plain(bos: string): (variables: Readonly<Record<string, unknown>>) => string {
  const heads = { system: '', user: 'User: ', assistant: 'Assistant: ' };
  return ({ messages, add_generation_prompt: prompt }) => {
    const turns = (messages as readonly ChatMessage[]).map(({ role, content }) => `${heads[role]}${content}\n`);
    return `${bos}${turns.join('')}${prompt === true ? 'Assistant:' : ''}`;
  };
}

/** A date as Python's strftime writes it; the letters that templates use. */
function dateText(date: Date, format: string): string {
  const part = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en-US', options).format(date);
  const two = (n: number): string => String(n).padStart(2, '0');
  const parts: Readonly<Record<string, () => string>> = {
    '%d': () => two(date.getDate()),
    '%m': () => two(date.getMonth() + 1),
    '%Y': () => String(date.getFullYear()),
    '%b': () => part({ month: 'short' }),
    '%B': () => part({ month: 'long' }),
    '%a': () => part({ weekday: 'short' }),
    '%A': () => part({ weekday: 'long' }),
    '%H': () => two(date.getHours()),
    '%M': () => two(date.getMinutes()),
    '%S': () => two(date.getSeconds()),
  };
  return format.replace(/%./g, (code) => parts[code]?.() ?? code);
}
