/**
 * A model that takes on whatever weights it is asked for: the chat's, beside the run's own, and each helper's. Made anew only when
 * another tuning is asked for, and given weights only when it does not hold them. Knows no run and no worker.
 */
import type { AdapterState } from '../contracts/language-model.ts';
import { type Gate, turn } from '../engine/work.ts';
import type { ModelFiles } from '../model/load.ts';
import { TfLanguageModel, type ModelOptions, type Tuning } from '../training/language-model.ts';

/** Weights as a run names them: what it trains, the seed of its start values, and their state; `null` is the base model. */
export type Weights = { readonly tuning: Tuning; readonly seed: number; readonly state: AdapterState | null };

export class Replica {
  readonly #files: ModelFiles;
  #model: TfLanguageModel | null = null;
  /** The tuning and the seed that the model was made for. */
  #shape = '';
  /** Hash of the weights in the model; empty for the base model, null while nobody knows. */
  #holds: string | null = '';

  readonly #end: ModelOptions['end'];
  readonly #gate: Gate;

  /** `end` is what ends an answer of a chat model; null for the bundled one. `gate` is asked between parts of the work. */
  constructor(files: ModelFiles, end: ModelOptions['end'] = null, gate: Gate = turn) {
    this.#files = files;
    this.#end = end;
    this.#gate = gate;
  }

  /** The model with these weights. Throws what restoring throws; the next call then begins anew. */
  async with({ tuning, seed, state }: Weights): Promise<TfLanguageModel> {
    const shape = JSON.stringify({ tuning, seed });
    if (this.#model === null || shape !== this.#shape) {
      this.#model?.dispose();
      this.#model = new TfLanguageModel(this.#files, tuning, { seed, end: this.#end ?? null, gate: this.#gate });
      this.#shape = shape;
      this.#holds = '';
    }
    const wanted = state?.hash ?? '';
    if (wanted !== this.#holds) {
      this.#holds = null;
      await this.#model.restore(state);
      this.#holds = wanted;
    }
    return this.#model;
  }

  /** Gives the weights back; the next call makes the model anew. */
  dispose(): void {
    this.#model?.dispose();
    this.#model = null;
  }
}
