/**
 * The chat: one question, zero-shot and greedy, to the base model, to a round's or with an adapter that was loaded. It has an adapter of its
 * own beside the run's over the same weights, so an answer never touches a run in progress. Knows no store.
 */
import type { ChatFormat } from '../text/chat.ts';
import type { ModelFiles } from '../model/load.ts';
import type { ChatReply } from '../protocol/lm.ts';
import { WORLDS } from '../world/list.ts';
import { Replica, type Weights } from './replica.ts';
import { endOf } from './tasks.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1 };
/** Tokens of an answer: the bundled model says a sentence, others a paragraph. */
const [SHORT, LONG] = [64, 160];

export class Chat {
  readonly #replica: Replica;
  readonly #files: ModelFiles;
  readonly #format: ChatFormat | null;

  /** `format` is how conversations are written; null for the bundled model. */
  constructor(files: ModelFiles, format: ChatFormat | null = null) {
    this.#replica = new Replica(files, format === null ? null : { ...endOf(format, files.tokenizer), text: '' });
    this.#files = files;
    this.#format = format;
  }

  /** Throws `PROMPT_TOO_LONG`. */
  async answer(round: number, weights: Weights, question: string): Promise<ChatReply> {
    const model = await this.#replica.with(weights);
    const options = {
      ...GREEDY,
      maxTokens: this.#format === null ? SHORT : LONG,
      stop: this.#format?.stopStrings ?? [WORLDS[0].task.stop],
    };
    for await (const { text, pieces, logProbs } of model.generate([{ prompt: this.#prompt(question), seed: 'chat' }], options)) {
      const tokens = pieces.map((piece, i) => ({ text: piece, probability: Math.exp(logProbs[i] ?? 0) }));
      return { round, text, tokens };
    }
    return { round, text: '', tokens: [] };
  }

  #prompt(question: string): string {
    // one turn of the small world is one line
    if (this.#format === null) return WORLDS[0].prompt(question.replace(/\s+/g, ' ').trim());
    return this.#format.render([{ role: 'user', content: this.#files.tokenizer.guard(question.trim()) }]);
  }
}
