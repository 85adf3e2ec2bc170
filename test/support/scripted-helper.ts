/** A helper for tests of the pool: it answers with whatever model it is given, late, or not at all, as the test wants. */
import type { AdapterState, Completion, LanguageModel, TrainingRow } from '../../src/contracts/language-model.ts';
import { AppError, type Failure } from '../../src/errors.ts';
import type { Helper } from '../../src/lab/pool/pool.ts';
import { all } from './all.ts';
import { ScriptedModel } from './scripted.ts';

/** All that a stream gives. */
/** Completions in the order of their requests. */
export const inOrder = (completions: readonly Completion[]): Completion[] => completions.toSorted((a, b) => a.index - b.index);

export type Health = 'well' | 'failing' | 'silent' | 'loading';

/** A helper on a model of its own. `before` may wait, to let others be first; it says how this call will go. */
export class ScriptedHelper implements Helper {
  ready = true;
  readonly held: (string | null)[] = [];
  readonly dismissed: Failure[] = [];
  answered = 0;
  readonly #model: LanguageModel;
  readonly #before: () => Promise<Health>;

  constructor({
    model = new ScriptedModel(),
    before = async () => 'well',
  }: { model?: LanguageModel; before?: () => Promise<Health> } = {}) {
    this.#model = model;
    this.#before = before;
  }

  async hold(state: AdapterState | null): Promise<void> {
    await this.#attempt();
    this.held.push(state?.hash ?? null);
    await this.#model.restore(state);
  }

  async generate(...asked: Parameters<Helper['generate']>): Promise<readonly Completion[]> {
    await this.#attempt();
    return all(this.#model.generate(...asked));
  }

  async score(rows: readonly TrainingRow[]) {
    await this.#attempt();
    return this.#model.score(rows);
  }

  dismiss(failure: Failure): void {
    this.dismissed.push(failure);
  }

  async #attempt(): Promise<void> {
    if (this.dismissed.length > 0) throw new Error('asked after it had failed');
    this.answered++;
    const health = await this.#before();
    if (health === 'failing') throw new AppError('INTERNAL', 'no memory');
    if (health === 'silent') await new Promise(() => {});
  }
}
