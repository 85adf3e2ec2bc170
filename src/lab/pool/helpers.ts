/**
 * The helpers' workers as the model's worker sees them: how many there are, whether they have loaded, and that a dead one is told of
 * instead of waited for. They live as long as the engine; each run borrows them with its own tuning. Knows nothing of batches.
 */
import * as Comlink from 'comlink';
import { AppError, type Failure, toFailure } from '../../errors.ts';
import type { ModelFiles } from '../../model/load.ts';
import { isSmall } from '../../model/cost.ts';
import { Lifeline } from '../../protocol/lifeline.ts';
import type { Answer } from '../../protocol/lm.ts';
import type { HelperWorker } from './helper.ts';
import type { Weights } from '../replica.ts';
import type { Helper } from './pool.ts';

/** Name of a worker that is a helper: the model's worker under this name. */
export const HELPER = 'helper';

/** Helpers beyond which more cores bring little but memory spent. */
const MOST = 16;

/**
 * How many helpers to start beside a model on the CPU: one a core, none where there is a single core, where the model is not small, as
 * each holds a copy, or where a worker can start no other.
 */
export function helpersFor({ config }: Pick<ModelFiles, 'config'>, cores: number, canStart = typeof Worker === 'function'): number {
  return cores < 2 || !isSmall(config) || !canStart ? 0 : Math.min(cores, MOST);
}

/** One helper: it loads the model by itself before anything else, and every call ends when its worker does. */
export class HelperLine implements Disposable {
  readonly #line: Lifeline;
  readonly #remote: Comlink.Remote<HelperWorker>;
  #loaded = false;

  constructor(worker: Worker, model: string, lost: (failure: Failure) => void) {
    this.#line = new Lifeline(worker, 'HELPER_DIED', lost);
    this.#remote = Comlink.wrap<HelperWorker>(worker);
    this.call((remote) => remote.open(model)).then(
      () => (this.#loaded = true),
      (error: unknown) => this.die(toFailure(error)),
    );
  }

  get ready(): boolean {
    return this.#loaded && !this.dead;
  }

  get dead(): boolean {
    return this.#line.ended;
  }

  async call<T>(make: (remote: Comlink.Remote<HelperWorker>) => Promise<Answer<T>>): Promise<T> {
    const answer = await this.#line.until(() => make(this.#remote));
    if (!answer.ok) throw new AppError(answer.failure.code, answer.failure.detail);
    return answer.value;
  }

  die({ code, detail }: Failure): void {
    this.#line.die(`${code}: ${detail}`);
  }

  end(): void {
    this.#line.end('the worker was ended');
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

export class Helpers {
  readonly #lines: readonly HelperLine[];

  /** Starts `count` workers, which load the model from `model` by themselves; `lost` hears of each that fails. */
  constructor(count: number, start: () => Worker, model: string, lost: (failure: Failure) => void) {
    this.#lines = Array.from({ length: count }, () => new HelperLine(start(), model, lost));
  }

  /** Those that live, loaded or not. */
  get count(): number {
    return this.#lines.filter(({ dead }) => !dead).length;
  }

  /** The living helpers, for a run that trains in this way. */
  of(shape: Omit<Weights, 'state'>): readonly Helper[] {
    return this.#lines
      .filter(({ dead }) => !dead)
      .map((line) => ({
        get ready() {
          return line.ready;
        },
        hold: async (state) => void (await line.call((remote) => remote.hold({ ...shape, state }))),
        generate: (requests, options) => line.call((remote) => remote.generate(requests, options)),
        score: (rows) => line.call((remote) => remote.score(rows)),
        dismiss: (failure) => line.die(failure),
      }));
  }

  end(): void {
    for (const line of this.#lines) line.end();
  }
}
