/**
 * The ids of a prompt and of an answer, as a model reads them. The bundled model reads every prompt after the begin-of-text token, which
 * callers never write; a chat model's prompts come rendered by its template, and its answers end with a stop token, for which a text stands.
 */
import type { DecoderConfig } from '../files/config.ts';
import type { Tokenizer } from '../text/tokenizer/tokenizer.ts';

/** What ends an answer of a chat model, and the text that stands for it; `kept` are texts that end one too and stay in it. */
export type End = { readonly ids: readonly number[]; readonly text: string; readonly kept?: readonly string[] };

/** A token with the text that it adds and its natural log-probability; `ends` where it is what ends an answer. */
export type LikelyToken = { readonly id: number; readonly text: string; readonly logProb: number; readonly ends: boolean };

/** An id above every vocabulary. */
const NO_TOKEN = 2 ** 31 - 1;

/** Answers go on from their prompts: no space is put before them. */
export const CONTINUES = { continues: true };

export class Encoding {
  readonly #config: Pick<DecoderConfig, 'bos_token_id'>;
  readonly #tokenizer: Tokenizer;
  readonly #end: End | null;

  /** `end` is null for the bundled model, whose answers end with a stop string. */
  constructor(
    { config, tokenizer }: { readonly config: Pick<DecoderConfig, 'bos_token_id'>; readonly tokenizer: Tokenizer },
    end: End | null,
  ) {
    this.#config = config;
    this.#tokenizer = tokenizer;
    this.#end = end;
  }

  prompt(text: string): number[] {
    return this.#end === null ? [this.#config.bos_token_id, ...this.#tokenizer.encode(text)] : this.#tokenizer.encodeTemplate(text);
  }

  /** The stop text at the end of an answer is a chat model's stop token. */
  answer(text: string): number[] {
    if (this.#end === null) return this.#tokenizer.encode(text);
    const { ids, text: end } = this.#end;
    if (ids[0] === undefined || end === '' || !text.endsWith(end)) return this.#tokenizer.encode(text, CONTINUES);
    return [...this.#tokenizer.encode(text.slice(0, -end.length), CONTINUES), ids[0]];
  }

  /** Does the last token end the answer of a chat model? */
  stops(ids: readonly number[]): boolean {
    return this.#end?.ids.includes(ids.at(-1) ?? -1) === true;
  }

  /** The last of `ids` with the text that it adds; a character that spans tokens is added by its last one. */
  token(ids: readonly number[]): Omit<LikelyToken, 'logProb'> {
    const ends = this.stops(ids);
    // the bytes of a character that is not whole yet are told of after a token that has none
    const text = this.#tokenizer.pieces([...ids, NO_TOKEN], CONTINUES).at(-2) ?? '';
    return { id: ids.at(-1) as number, text: ends ? '' : text, ends };
  }
}
