/**
 * The chat: one question, zero-shot and greedy, to the base model, to a round's or with an adapter that was loaded. It has an adapter of its
 * own beside the run's over the same weights, so an answer never touches a run in progress. Knows no store.
 */
import type { Completion, GenerateOptions, GenerateRequest } from '../contracts/language-model.ts';
import { ChatFormat } from '../text/chat.ts';
import type { ModelFiles } from '../model/load.ts';
import type { ChatReply } from '../protocol/lm.ts';
import type { World } from '../world/world.ts';
import type { StandIn } from './pool/stand-in.ts';
import { Replica, type Weights } from './replica.ts';
import { endOf } from './tasks.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1 };
/** Tokens of an answer: a bundled model says a sentence, others a paragraph. */
const [SHORT, LONG] = [64, 160];

export class Chat {
  readonly #replica: Replica;
  readonly #files: ModelFiles;
  readonly #speaks: World | ChatFormat;
  readonly #standIn: StandIn | null;

  /**
   * `speaks` is how a question is written: a world's way for its bundled model, conversations for any other. `standIn` answers while the
   * graphics card cannot yet.
   */
  constructor(files: ModelFiles, speaks: World | ChatFormat, standIn: StandIn | null = null) {
    this.#standIn = standIn;
    this.#replica = new Replica(
      files,
      speaks instanceof ChatFormat ? { ...endOf(speaks, files.tokenizer, files.config.eos_token_ids), text: '' } : null,
    );
    this.#files = files;
    this.#speaks = speaks;
  }

  /** Throws `PROMPT_TOO_LONG`. */
  async answer(round: number, weights: Weights, question: string): Promise<ChatReply> {
    const own = this.#speaks;
    const ends = own instanceof ChatFormat ? { maxTokens: LONG, stop: own.stopStrings } : { maxTokens: SHORT, stop: [own.task.stop] };
    const request = { prompt: this.#prompt(question), seed: 'chat' };
    const options = { ...GREEDY, ...ends };
    const { text, pieces, logProbs } =
      (await this.#standIn?.answer(weights, request, options)) ?? (await this.#own(weights, request, options));
    return { round, text, tokens: pieces.map((piece, i) => ({ text: piece, probability: Math.exp(logProbs[i] ?? 0) })) };
  }

  async #own(
    weights: Weights,
    request: GenerateRequest,
    options: GenerateOptions,
  ): Promise<Pick<Completion, 'text' | 'pieces' | 'logProbs'>> {
    const model = await this.#replica.with(weights);
    for await (const completion of model.generate([request], options)) return completion;
    return { text: '', pieces: [], logProbs: [] };
  }

  #prompt(question: string): string {
    const own = this.#speaks;
    // one turn of a small world is one line
    if (!(own instanceof ChatFormat)) return own.prompt(question.replace(/\s+/g, ' ').trim());
    return own.render([{ role: 'user', content: this.#files.tokenizer.guard(question.trim()) }]);
  }
}
