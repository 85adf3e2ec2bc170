/**
 * What a helper does in a worker of its own: it opens the CPU engine, loads a copy of the model, and answers batches with the weights
 * that it was last given. Whatever fails crosses as data with a code. Knows neither the run nor the other helpers.
 */
import * as Comlink from 'comlink';
import type { Completion, GenerateOptions, GenerateRequest, Score, TrainingRow } from '../../contracts/language-model.ts';
import { openBackend } from '../../engine/backend.ts';
import { AppError } from '../../errors.ts';
import { loadModel } from '../../model/load.ts';
import type { Answer } from '../../protocol/lm.ts';
import { answer } from '../../store/runs/library.ts';
import type { TfLanguageModel } from '../../training/language-model.ts';
import { Turns } from '../control.ts';
import { productRate } from '../measure/machine.ts';
import { Replica, type Weights } from '../replica.ts';

export interface HelperWorker {
  /** Opens the engine and loads the model; called once before anything else. */
  open(model: string): Promise<Answer<null>>;
  /** Takes on weights for what is asked next. */
  hold(weights: Weights): Promise<Answer<null>>;
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): Promise<Answer<readonly Completion[]>>;
  score(rows: readonly TrainingRow[]): Promise<Answer<readonly Score[]>>;
  /** GFLOP a second of a plain product on the CPU, in so many seconds. */
  product(seconds: number): Promise<Answer<number>>;
}

/** Makes this worker a helper. */
export function serveHelper(): void {
  const turns = new Turns();
  let replica: Replica | null = null;
  let model: TfLanguageModel | null = null;
  const inTurn = <T>(work: () => Promise<T>): Promise<Answer<T>> => answer(() => turns.take(work));
  const current = (): TfLanguageModel => {
    if (model === null) throw new AppError('INTERNAL', 'a helper was asked before it was given weights');
    return model;
  };

  Comlink.expose({
    open: (url) =>
      inTurn(async () => {
        await openBackend('wasm');
        replica = new Replica(await loadModel(url));
        return null;
      }),
    hold: (weights) =>
      inTurn(async () => {
        if (replica === null) throw new AppError('INTERNAL', 'a helper was given weights before it was opened');
        model = null;
        model = await replica.with(weights);
        return null;
      }),
    generate: (requests, options) =>
      inTurn(async () => {
        const completions: Completion[] = [];
        for await (const completion of current().generate(requests, options)) completions.push(completion);
        return completions;
      }),
    score: (rows) => inTurn(() => current().score(rows)),
    product: (seconds) => inTurn(() => productRate('cpu', seconds)),
  } satisfies HelperWorker);
}
