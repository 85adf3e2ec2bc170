/**
 * Conversations as the prompts that a checkpoint was trained on: its chat template, what ends an answer, and the token that begins a text,
 * from the files beside the weights. Without a template a plain one is used and said. Knows no tensor.
 */
import { AppError } from '../errors.ts';
import { marksThought } from '../thoughts.ts';
import { dateText } from './date-text.ts';
import { opened, type Opening, openingOf } from './opening.ts';
import { namedTokens } from './special-tokens.ts';
import { boundedTemplate } from './template.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };
/** `thinking` lets a model that can think do so before it answers. */
type PromptOptions = { readonly thinking?: boolean };
type RenderOptions = PromptOptions & { readonly addGenerationPrompt?: boolean };

/** The files beside the weights, parsed; null for one that is missing. */
type ChatFiles = {
  readonly tokenizerConfig: unknown;
  /** The text of `chat_template.jinja`; it goes before the template in tokenizer_config.json. */
  readonly template: string | null;
  readonly generationConfig: unknown;
  /** Do they stand in one GGUF file? */
  readonly gguf?: boolean;
  /** The date for templates that write it. */
  readonly today?: Date;
};

const PLAIN_NOTE = 'This model brings no chat template, so a plain one is used: "User:" and "Assistant:".';
/** Characters of what a template says. */
const MAX_MESSAGE = 400;
const HELLO: readonly ChatMessage[] = [{ role: 'user', content: 'a' }];
const [SYSTEM, ANSWER]: readonly [ChatMessage, ChatMessage] = [
  { role: 'system', content: 'a' },
  { role: 'assistant', content: 'a' },
];

export class ChatFormat {
  /** A sentence for the user where the plain template stands in; null where the model brings its own. */
  readonly note: string | null;
  /** Texts that end an answer, besides the stop tokens, and are cut off from it. */
  readonly stopStrings: readonly string[];
  /** The text of the token with which every rendered prompt begins, or null; nobody else may put one before it. */
  readonly bos: string | null;
  /** The error of a template that cannot be used, whose sentence is the cure. */
  readonly code: 'CHAT_TEMPLATE' | 'GGUF_TEMPLATE';
  /** The local time that a template is given which writes the date, as `at` reads it. */
  readonly date: string;
  readonly #files: ChatFiles;
  readonly #render: (variables: Readonly<Record<string, unknown>>) => string;
  readonly #origin: string;
  readonly #specials: Readonly<Record<string, string>>;
  readonly #eosIds: readonly number[];
  readonly #stops: readonly string[];
  readonly #openings = new Map<boolean, Opening>();
  #asked: readonly string[] = [];

  /** Errors: CHAT_TEMPLATE, or GGUF_TEMPLATE, names the file and what is wrong with it. */
  constructor(files: ChatFiles) {
    const { tokenizerConfig, template, generationConfig, gguf = false, today = new Date() } = files;
    this.#files = files;
    this.date = dateText(today, '%FT%T');
    this.code = gguf ? 'GGUF_TEMPLATE' : 'CHAT_TEMPLATE';
    const config = objectOf(tokenizerConfig, 'tokenizer_config.json');
    const generation = objectOf(generationConfig, 'generation_config.json');
    this.#specials = namedTokens(Object.fromEntries(config), refuse);
    this.#eosIds = eosIds(generation.get('eos_token_id'));
    this.#stops = stopStrings(generation.get('stop_strings'));
    const embeddedIn = gguf ? 'tokenizer.chat_template' : 'tokenizer_config.json: chat_template';
    this.#origin = template === null ? embeddedIn : 'chat_template.jinja';
    const own = template === null ? embedded(config.get('chat_template'), (what) => this.#refuse(`${embeddedIn} ${what}`)) : template;
    this.note = own === null ? PLAIN_NOTE : null;
    this.stopStrings = own === null ? ['\nUser:'] : [];
    const first = config.get('add_bos_token') === false ? undefined : this.#specials['bos_token'];
    const asksDate = (format: unknown): string => {
      this.#asked = [...this.#asked, String(format)];
      return dateText(today, String(format));
    };
    const run = own === null ? plain(first ?? '') : this.#guarded(() => boundedTemplate(own));
    this.#render = (variables) => run({ ...variables, strftime_now: asksDate });
    this.bos = this.#begins(this.#specials['bos_token']);
  }

  /** The same files on another date. */
  at(date: string): ChatFormat {
    return new ChatFormat({ ...this.#files, today: new Date(date) });
  }

  /** What the template makes of a conversation, to the letter. Errors: CHAT_TEMPLATE with what the template says. */
  render(messages: readonly ChatMessage[], { addGenerationPrompt = true, thinking = false }: RenderOptions = {}): string {
    return this.#written(messages, addGenerationPrompt, thinking);
  }

  /** The conversation up to where the answer begins, just as it begins in a whole conversation of the template. Errors: CHAT_TEMPLATE. */
  prompt(messages: readonly ChatMessage[], { thinking = false }: PromptOptions = {}): string {
    const opening = this.opening(thinking);
    const prompt = opened(this.#written(messages, true, thinking), opening);
    return prompt ?? this.#refuse(`${this.#origin}: this prompt does not end like the others, in ${JSON.stringify(opening.cut)}`);
  }

  /** What makes prompts begin an answer as whole conversations do. */
  opening(thinking: boolean = false): Opening {
    const known = this.#openings.get(thinking);
    if (known !== undefined) return known;
    let opening: Opening = { cut: '', add: '' };
    try {
      opening = openingOf((messages, prompt) => this.#written(messages as readonly ChatMessage[], prompt, thinking), thinking);
    } catch {
      // a template that refuses this conversation says so when it is asked for one
    }
    this.#openings.set(thinking, opening);
    return opening;
  }

  /** Does the template know of thoughts: written otherwise where they are off, or with an empty one before an answer? */
  get thinks(): boolean {
    const on = this.#tried(true);
    const { cut, add } = this.opening();
    return on !== this.#tried(false) || marksThought(`${on}${cut}${add}`);
  }

  /** Does the template write the date, with a system message or without, into the first prompt or a later one? */
  get dated(): boolean {
    this.#asked = [];
    for (const messages of [HELLO, [SYSTEM, ...HELLO], [...HELLO, ANSWER, ...HELLO]]) this.#tried(false, messages);
    return this.#asked.length > 0;
  }

  /** The ids of a conversation. What people write never turns into special tokens, and the first token stands there once. */
  promptIds(tokenizer: Tokenizer, messages: readonly ChatMessage[], options: PromptOptions = {}): number[] {
    const guarded = messages.map(({ role, content }) => ({ role, content: tokenizer.guard(content) }));
    return tokenizer.encodeTemplate(this.prompt(guarded, options));
  }

  /**
   * The ids that end an answer: those of generation_config.json, in their place those of config.json (`eos`), the end token of
   * tokenizer_config.json, and what a stop string is the name of.
   */
  stopIds(tokenizer: Tokenizer, eos: readonly number[] = []): readonly number[] {
    const name = this.#specials['eos_token'];
    const ids = this.#eosIds.length > 0 ? this.#eosIds : eos;
    const names = [
      ...(name === undefined || !tokenizer.has(name) ? [] : [name]),
      ...this.#stops.filter((text) => isSpecial(text, tokenizer)),
    ];
    return [...new Set([...ids, ...names.map((text) => tokenizer.special(text))])];
  }

  /** The other texts of generation_config.json that end an answer: they stay in it, as transformers leaves them there. */
  keptStops(tokenizer: Tokenizer): readonly string[] {
    return this.#stops.filter((text) => !isSpecial(text, tokenizer));
  }

  #written(messages: readonly ChatMessage[], prompt: boolean, thinking: boolean): string {
    // what transformers gives every template, and the names under which templates ask whether to think
    const variables = {
      tools: null,
      documents: null,
      ...this.#specials,
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: prompt,
      enable_thinking: thinking,
      thinking,
    };
    return this.#guarded(() => this.#render(variables));
  }

  #tried(thinking: boolean, messages: readonly ChatMessage[] = HELLO): string {
    try {
      return this.#written(messages, true, thinking);
    } catch {
      return ''; // a template that refuses this conversation says so when it is asked for one
    }
  }

  /** The first token, if the template writes it. */
  #begins(bos: string | undefined): string | null {
    return bos !== undefined && this.#tried(false).startsWith(bos) ? bos : null;
  }

  #refuse(detail: string): never {
    throw new AppError(this.code, detail);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new AppError(this.code, `${this.#origin}: ${shortened((error as Error).message)}`, { cause: error });
    }
  }
}

function refuse(detail: string): never {
  throw new AppError('CHAT_TEMPLATE', detail);
}

/** What a template says when it refuses is its own, and may be as long as it likes. */
function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message;
}

function objectOf(value: unknown, file: string): ReadonlyMap<string, unknown> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) return refuse(`${file} is not an object`);
  return new Map<string, unknown>(Object.entries(value));
}

/** Tokens that end an answer; no public model has a dozen. */
const MAX_STOPS = 64;

function eosIds(value: unknown): readonly number[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_STOPS) return refuse(`generation_config.json: eos_token_id has ${list.length} tokens, more than ${MAX_STOPS}`);
  if (!list.every((id): id is number => typeof id === 'number' && Number.isInteger(id) && id >= 0))
    return refuse('generation_config.json: eos_token_id must be a whole number or a list of them');
  return list;
}

/** Is it the name of a token without a text? */
function isSpecial(name: string, tokenizer: Tokenizer): boolean {
  return tokenizer.has(name) && tokenizer.decode([tokenizer.special(name)]) === '';
}

/** Characters of a stop string. */
const MAX_STOP = 1000;

function stopStrings(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_STOPS) return refuse(`generation_config.json: stop_strings has ${list.length} texts, more than ${MAX_STOPS}`);
  return list.map((text) => {
    if (typeof text !== 'string') return refuse('generation_config.json: stop_strings must be a text or a list of them');
    if (text === '') return refuse('generation_config.json: stop_strings has an empty text, with which every answer would end at once');
    return text.length > MAX_STOP ? refuse(`generation_config.json: stop_strings has a text of ${text.length} characters`) : text;
  });
}

/** The template in tokenizer_config.json: a text, or several with names, of which `default` counts, as in transformers. */
function embedded(value: unknown, fail: (what: string) => never): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  const named = new Map<unknown, unknown>(
    Array.isArray(value)
      ? (value as readonly ({ name?: unknown; template?: unknown } | null)[]).flatMap((entry) =>
          entry === null ? [] : [[entry.name, entry.template]],
        )
      : Object.entries(value),
  );
  const chosen = named.get('default');
  if (typeof chosen === 'string') return chosen;
  if (named.size === 0 || named.has('default')) return fail('is no text');
  const names = [...named.keys()].map((name) => JSON.stringify(String(name).slice(0, 40))).join(', ');
  return fail(`has several templates and none of them is called "default": ${names.slice(0, 200)}`);
}

/** The stand-in: each turn on its own line, as the bundled model reads it too. */
function plain(bos: string): (variables: Readonly<Record<string, unknown>>) => string {
  const heads = { system: '', user: 'User: ', assistant: 'Assistant: ' };
  return ({ messages, add_generation_prompt: prompt }) => {
    const turns = (messages as readonly ChatMessage[]).map(({ role, content }) => `${heads[role]}${content}\n`);
    return `${bos}${turns.join('')}${prompt === true ? 'Assistant:' : ''}`;
  };
}
