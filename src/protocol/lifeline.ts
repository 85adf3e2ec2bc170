/**
 * What waits for a worker ends with it: a worker that died never answers a call. Hears of a death, ends the worker, and tells everybody who
 * waits. Knows nothing of what is asked of it.
 */
import { AppError, type ErrorCode, type Failure, toFailure } from '../errors.ts';

export type Watcher = (failure: Failure) => void;

export class Lifeline {
  readonly #worker: Worker;
  readonly #code: () => ErrorCode;
  readonly #died: Watcher;
  readonly #watchers = new Set<Watcher>();
  #ended = false;

  /** `died` hears of a death that nobody asked for; `code` is what it is called then. */
  constructor(worker: Worker, code: ErrorCode | (() => ErrorCode), died: Watcher) {
    this.#worker = worker;
    this.#code = typeof code === 'string' ? () => code : code;
    this.#died = died;
    worker.addEventListener('error', ({ message }) => this.die(message ?? 'the worker could not be loaded'));
    worker.addEventListener('messageerror', () => this.die('a message could not be read'));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Is an answer waited for? */
  get busy(): boolean {
    return this.#watchers.size > 0;
  }

  /** Calls `watcher` if the worker ends before the function given back is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Makes a call; rejects when the worker ends first, or has ended. */
  until<T>(call: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) return reject(new AppError(this.#code(), 'the worker is gone'));
      const unwatch = this.watch(({ detail }) => reject(new AppError(this.#code(), detail)));
      void call().then(resolve, reject).finally(unwatch);
    });
  }

  /** Ends the worker after a failure, and says so once. */
  die(detail: string): void {
    if (!this.#ended) this.#died(this.end(detail));
  }

  /** Ends the worker on purpose. */
  end(detail: string): Failure {
    const failure = toFailure(new AppError(this.#code(), detail));
    this.#ended = true;
    this.#worker.terminate();
    for (const watcher of this.#watchers) watcher(failure);
    this.#watchers.clear();
    return failure;
  }
}
