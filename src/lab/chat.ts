/**
 * The chat: one question, zero-shot and greedy, to the base model, to a round's or with an adapter that was loaded. It has an adapter of its
 * own beside the run's over the same weights, so an answer never touches a run in progress. Knows no store.
 */
import { ChatFormat } from '../text/chat.ts';
import type { ModelFiles } from '../model/load.ts';
import type { ChatReply } from '../protocol/lm.ts';
import type { World } from '../world/world.ts';
import { Replica, type Weights } from './replica.ts';
import { endOf } from './tasks.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1 };
/** Tokens of an answer: a bundled model says a sentence, others a paragraph. */
const [SHORT, LONG] = [64, 160];

export class Chat {
  readonly #replica: Replica;
  readonly #files: ModelFiles;
  readonly #speaks: World | ChatFormat;

  /** `speaks` is how a question is written: a world's way for its bundled model, conversations for any other. */
  constructor(files: ModelFiles, speaks: World | ChatFormat) {
    this.#replica = new Replica(files, speaks instanceof ChatFormat ? { ...endOf(speaks, files.tokenizer), text: '' } : null);
    this.#files = files;
    this.#speaks = speaks;
  }

  /** Throws `PROMPT_TOO_LONG`. */
  async answer(round: number, weights: Weights, question: string): Promise<ChatReply> {
    const model = await this.#replica.with(weights);
    const own = this.#speaks;
    const ends = own instanceof ChatFormat ? { maxTokens: LONG, stop: own.stopStrings } : { maxTokens: SHORT, stop: [own.task.stop] };
    for await (const { text, pieces, logProbs } of model.generate([{ prompt: this.#prompt(question), seed: 'chat' }], {
      ...GREEDY,
      ...ends,
    })) {
      const tokens = pieces.map((piece, i) => ({ text: piece, probability: Math.exp(logProbs[i] ?? 0) }));
      return { round, text, tokens };
    }
    return { round, text: '', tokens: [] };
  }

  #prompt(question: string): string {
    const own = this.#speaks;
    // one turn of a small world is one line
    if (!(own instanceof ChatFormat)) return own.prompt(question.replace(/\s+/g, ' ').trim());
    return own.render([{ role: 'user', content: this.#files.tokenizer.guard(question.trim()) }]);
  }
}
