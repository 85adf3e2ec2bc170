/** A download or a copy on its way, as the page follows it to its end. Knows no model. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { toFailure, type Failure } from '../../errors.ts';
import type { DownloadEvent } from '../../protocol/models.ts';

/** A download on its way. Times are milliseconds of `performance.now()`. */
export type Fetching = {
  readonly id: string;
  readonly host: string;
  readonly file: string;
  readonly done: number;
  readonly total: number;
  /** Where this try began, and when. */
  readonly from: number;
  readonly since: number;
  readonly now: number;
  /** Milliseconds that the hub has asked to wait from `now` on; absent while bytes come. */
  readonly wait?: number;
};

/** `problem` hears of a failure, `refresh` of every end. */
export function createFetching(problem: Signal<Failure | null>, refresh: () => Promise<void>) {
  const fetching = signal<Fetching | null>(null);
  let stop: (() => void) | null = null;

  /** The folder of what is kept then; null after a failure, or when it was stopped. */
  async function fetched(id: string, host: string, begin: () => Promise<ReadableStream<DownloadEvent>>): Promise<string | null> {
    if (fetching.value !== null) return null;
    problem.value = null;
    const since = performance.now();
    fetching.value = { id, host, file: '', done: 0, total: 0, from: -1, since, now: since };
    let folder: string | null = null;
    let stopped = false;
    try {
      const reader = (await begin()).getReader();
      stop = () => {
        stopped = true;
        void reader.cancel();
      };
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (value.type === 'stored') folder = value.model.folder;
        else if (value.type === 'failed') problem.value = value.failure;
        else if (fetching.value !== null) {
          const at = performance.now();
          const { wait: __, ...earlier }: Fetching = fetching.value;
          const begins = earlier.from < 0 ? { from: value.done, since: at } : {};
          const { type: _, ...counted } = value;
          fetching.value = { ...earlier, ...begins, ...counted, now: at };
        }
      }
    } catch (error) {
      problem.value = toFailure(error);
    }
    stop = null;
    fetching.value = null;
    await refresh();
    return stopped ? null : folder;
  }

  return { fetching: fetching as ReadonlySignal<Fetching | null>, fetched, cancel: (): void => stop?.() };
}
