/**
 * The chat: one question, zero-shot and greedy, to the base model or to a round's. It has a model of its own beside the run's, so an
 * answer never touches a run in progress. Knows no store.
 */
import type { AdapterState } from '../src/align/language-model.ts';
import type { ModelFiles } from '../src/model/load.ts';
import type { ChatReply, RunConfig } from '../src/protocol.ts';
import { promptText } from '../src/world/questions.ts';
import { MINIATURE } from '../src/world/task.ts';
import { tuningOf } from './experiment.ts';
import { HeldModel } from './held.ts';

const OPTIONS = { maxTokens: 64, temperature: 0, topK: 0, topP: 1, stop: [MINIATURE.stop] };

/** Whom to ask: a round's weights and the run's options, or the base model. */
export type Asked = { readonly round: number; readonly config: RunConfig; readonly state: AdapterState | null };

export class Chat {
  readonly #held: HeldModel;

  constructor(files: ModelFiles) {
    this.#held = new HeldModel(files);
  }

  /** Throws `PROMPT_TOO_LONG`. */
  async answer({ round, config, state }: Asked, question: string): Promise<ChatReply> {
    const model = await this.#held.with({ tuning: tuningOf(config), seed: config.seed, state });
    // one turn is one line
    const prompt = promptText({ text: question.replace(/\s+/g, ' ').trim() });
    for await (const { text, pieces, logProbs } of model.generate([{ prompt, seed: 'chat' }], OPTIONS)) {
      const tokens = pieces.map((piece, i) => ({ text: piece, probability: Math.exp(logProbs[i] ?? 0) }));
      return { round, text, tokens };
    }
    return { round, text: '', tokens: [] };
  }
}
