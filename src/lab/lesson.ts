/** What the chapters of the lesson ask of a bundled model, on a model of its own beside any run. Touches no run; knows no page. */
import { AppError } from '../errors.ts';
import type { DrawnAnswer, Put, Voice } from '../protocol/lesson.ts';
import { DEFAULTS } from '../run/config.ts';
import type { TfLanguageModel } from '../training/language-model.ts';
import type { KnownWorld } from '../world/list.ts';
import { Replica } from './replica.ts';
import type { ModelFiles } from '../model/load.ts';
import { tuningOf } from './tensor-run.ts';

/** Longer than what its world's answers take. */
const LONGEST = 40;

export class Lesson {
  readonly #world: KnownWorld;
  readonly #replica: Replica;

  /** Throws MODEL_OTHER where the model has no world. */
  constructor(files: ModelFiles, world: KnownWorld | null) {
    if (world === null) throw new AppError('MODEL_OTHER', 'the lesson is about a bundled model');
    this.#world = world;
    this.#replica = new Replica(files);
  }

  voicesTo(question: string): readonly Voice[] {
    return this.#world.voicesTo?.(question) ?? [];
  }

  /** An answer of the base model, drawn at temperature 1. */
  async draw(put: Put, seed: number): Promise<DrawnAnswer> {
    const { task } = this.#world;
    const model = await this.#base();
    const options = { maxTokens: LONGEST, temperature: 1, topK: 0, topP: 1, stop: [task.stop] };
    for await (const { text, pieces, logProbs } of model.generate([{ prompt: this.#prompt(put), seed: `lesson/${seed}` }], options)) {
      const said = task.said(text).trim();
      const voice = this.voicesTo(put.question).findIndex(({ answers }) => answers.includes(said));
      const tokens = pieces.map((piece, i) => ({ text: piece, chance: Math.exp(logProbs[i] ?? 0) }));
      return { text: text.trim(), tokens, voice: voice === -1 ? null : voice };
    }
    throw new AppError('INTERNAL', 'no answer came');
  }

  #prompt({ question, shown }: Put): string {
    const { task, prompt } = this.#world;
    const demonstrations = shown.flatMap((id) => task.pool.find((other) => other.id === id) ?? []);
    const asked = { id: '', kind: '', text: question, prompt: prompt(question) };
    return task.context(asked, { demonstrations, principles: false });
  }

  #base(): Promise<TfLanguageModel> {
    return this.#replica.with({ tuning: tuningOf(DEFAULTS), seed: DEFAULTS.seed, state: null });
  }
}
