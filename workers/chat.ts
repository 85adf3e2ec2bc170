/**
 * The chat: one question, zero-shot and greedy, to the base model or to a round's. It has a model of its own beside the run's, so an
 * answer never touches a run in progress. Knows no store.
 */
import type { AdapterState } from '../src/align/language-model.ts';
import type { ModelFiles } from '../src/model/load.ts';
import type { ChatReply, RunConfig } from '../src/protocol.ts';
import { TfLanguageModel } from '../src/training/language-model.ts';
import { promptText } from '../src/world/questions.ts';
import { MINIATURE } from '../src/world/task.ts';
import { tuningOf } from './experiment.ts';

const OPTIONS = { maxTokens: 64, temperature: 0, topK: 0, topP: 1, stop: [MINIATURE.stop] };

/** Whom to ask: a round's weights and the run's options, or the base model. */
export type Asked = { readonly round: number; readonly config: RunConfig; readonly state: AdapterState | null };

export class Chat {
  readonly #files: ModelFiles;
  #model: TfLanguageModel | null = null;
  /** The tuning that the model was made for. */
  #shape = '';
  /** Hash of the weights in the model; empty for the base model. */
  #holds = '';

  constructor(files: ModelFiles) {
    this.#files = files;
  }

  /** Throws `PROMPT_TOO_LONG`. */
  async answer({ round, config, state }: Asked, question: string): Promise<ChatReply> {
    const model = await this.#modelFor(config, state);
    // one turn is one line
    const prompt = promptText({ text: question.replace(/\s+/g, ' ').trim() });
    for await (const { text, pieces, logProbs } of model.generate([{ prompt, seed: 'chat' }], OPTIONS)) {
      const tokens = pieces.map((piece, i) => ({ text: piece, probability: Math.exp(logProbs[i] ?? 0) }));
      return { round, text, tokens };
    }
    return { round, text: '', tokens: [] };
  }

  async #modelFor(config: RunConfig, state: AdapterState | null): Promise<TfLanguageModel> {
    const tuning = tuningOf(config);
    const shape = JSON.stringify(tuning);
    const holds = state?.hash ?? '';
    if (this.#model === null || shape !== this.#shape) {
      this.#model?.dispose();
      this.#model = new TfLanguageModel(this.#files, tuning, { seed: config.seed });
      this.#shape = shape;
      this.#holds = '';
    }
    if (holds !== this.#holds) {
      await this.#model.restore(state);
      this.#holds = holds;
    }
    return this.#model;
  }
}
