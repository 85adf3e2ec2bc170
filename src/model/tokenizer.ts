/**
 * Text to token ids and back, through @huggingface/tokenizers. Text is always plain text: a user who types `<|eos|>` gets bytes, not
 * the end of a document; the special tokens are numbers that callers place. Byte-level tokenizers only. Knows no model.
 */
import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { AppError } from '../errors.ts';

/** GPT-2's alphabet: a printable character for each byte, in the order of the bytes, so that tokens can be written as strings. */
export const CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let extra = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : extra++));
})();
const BYTES: ReadonlyMap<string, number> = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes of a text in GPT-2's alphabet, one character a byte. */
export function byteLevel(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => CHARACTERS[byte]).join('');
}

/** The names of the special tokens, at their ids 0, 1 and 2. */
export const SPECIALS = ['<|bos|>', '<|eos|>', '<|pad|>'] as const;

export class Tokenizer {
  readonly #encoder: Encoder;
  /** Each token in GPT-2's alphabet; null for a special token. */
  readonly #tokens: readonly (string | null)[];
  readonly #specials = new Map<string, number>();

  /** Takes a parsed `tokenizer.json`. Errors: TOKENIZER_FORMAT. */
  constructor(json: unknown) {
    try {
      const { model, added_tokens: added } = json as {
        model: { type: unknown; vocab: Record<string, number> };
        added_tokens: { id: number; content: string }[];
      };
      if (model.type !== 'BPE') throw new TypeError(`the model is ${String(model.type)}, not BPE`);
      for (const { id, content } of added) this.#specials.set(content, id);
      const tokens: (string | null)[] = [];
      for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
      for (const id of this.#specials.values()) tokens[id] = null;
      if ([...tokens.keys()].some((id) => tokens[id] === undefined)) throw new TypeError('the ids have holes');
      if (!tokens.every((token) => token === null || Array.from(token).every((character) => BYTES.has(character))))
        throw new TypeError('it is not byte-level');
      const alphabet = new Set(tokens);
      if (!CHARACTERS.every((character) => alphabet.has(character))) throw new TypeError('not every byte has a token');
      this.#tokens = tokens;
      // Without the added tokens the encoder cannot take text for a special token.
      this.#encoder = new Encoder({ ...(json as object), added_tokens: [], post_processor: null }, {});
    } catch (error) {
      throw new AppError('TOKENIZER_FORMAT', error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  /** How many ids there are. */
  get size(): number {
    return this.#tokens.length;
  }

  /** The id of a special token. Errors: TOKENIZER_FORMAT when there is none of that name. */
  special(name: string): number {
    const id = this.#specials.get(name);
    if (id === undefined) throw new AppError('TOKENIZER_FORMAT', `there is no token ${name}`);
    return id;
  }

  encode(text: string): number[] {
    return text === '' ? [] : this.#encoder.encode(text, { add_special_tokens: false }).ids;
  }

  /** The text of ids. Special tokens have none; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string {
    return this.pieces(ids).join('');
  }

  /** The text that each token adds; joined, they are the whole text. A character that spans tokens is given to its last one. */
  pieces(ids: readonly number[]): string[] {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const pieces = ids.map((id) => decoder.decode(this.#bytes(id), { stream: true }));
    const rest = decoder.decode();
    if (rest !== '') pieces[pieces.length - 1] += rest;
    return pieces;
  }

  /** Tells whether ids, one more at each call, have come to one of the strings, wherever in a token it begins or ends. */
  stopsAt(strings: readonly string[]): (ids: readonly number[]) => boolean {
    const needles = strings.filter((text) => text !== '').map(byteLevel);
    if (needles.length === 0) return () => false;
    const longest = Math.max(...needles.map((needle) => needle.length)); // in bytes; a token has at least one
    return (ids) => {
      const tail = ids
        .slice(-longest)
        .map((id) => this.#tokens[id] ?? '')
        .join('');
      return needles.some((needle) => tail.includes(needle));
    };
  }

  #bytes(id: number): Uint8Array<ArrayBuffer> {
    const token = this.#tokens[id];
    if (token === undefined) throw new RangeError(`there is no token ${id}`);
    return Uint8Array.from(token ?? '', (character) => BYTES.get(character) as number);
  }
}
