/**
 * The ids of a prompt and of an answer, as a model reads them. The bundled model reads every prompt after the begin-of-text token, which
 * callers never write; a chat model's prompts come rendered by its template, and its answers end with a stop token, for which a text stands.
 */
import type { DecoderConfig } from '../files/config.ts';
import type { Tokenizer } from '../text/tokenizer/tokenizer.ts';

/** What ends an answer of a chat model, and the text that stands for it. */
export type End = { readonly ids: readonly number[]; readonly text: string };

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
}
