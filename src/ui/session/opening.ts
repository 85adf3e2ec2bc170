/** A model on its way into its worker, as the page follows it to its end. Knows no component and nothing of what is opened. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { AppError, toFailure } from '../../errors.ts';
import type { Answer, LmWorker, OpenedLm, OpenEvent, OpenProgress, OpenWanted } from '../../protocol/lm.ts';

/** How far it is. Times are milliseconds of `performance.now()`; `since` is when this part began. */
export type Loading = Pick<OpenProgress, 'done' | 'total'> & {
  /** Null before the first per cent. */
  readonly part: OpenProgress['part'] | null;
  readonly since: number;
  readonly now: number;
  readonly canCancel: boolean;
};

/** What is there sooner is not worth a bar. */
const SHOWN_MS = 300;

export function createOpening(lm: Pick<LmWorker, 'open'>) {
  const loading = signal<Loading | null>(null);
  let stop: (() => void) | null = null;

  /** What is open then; the failure is STOPPED when it was cancelled. */
  async function followed(wanted: OpenWanted, canCancel: boolean): Promise<Answer<OpenedLm>> {
    const begun = performance.now();
    let far: Loading = { part: null, done: 0, total: 0, since: begun, now: begun, canCancel };
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      loading.value = far;
    }, SHOWN_MS);
    try {
      const begins = lm.open(wanted);
      let reader: ReadableStreamDefaultReader<OpenEvent> | null = null;
      const stopped = new Promise<never>((_, reject) => {
        stop = () => {
          reject(new AppError('STOPPED', 'the model was not opened'));
          if (reader !== null) void reader.cancel();
          else void begins.then((stream) => stream.cancel()).catch(() => {});
        };
      });
      reader = (await Promise.race([begins, stopped])).getReader();
      for (;;) {
        const { done, value } = await Promise.race([reader.read(), stopped]);
        if (done) throw new AppError('INTERNAL', 'a model neither opened nor failed');
        if (value.type === 'opened') return { ok: true, value: value.opened };
        if (value.type === 'failed') return { ok: false, failure: value.failure };
        const now = performance.now();
        const { part, done: numbers, total } = value;
        far = { part, done: numbers, total, since: part === far.part ? far.since : now, now, canCancel };
        if (isSlow) loading.value = far;
      }
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    } finally {
      clearTimeout(timer);
      stop = null;
      loading.value = null;
    }
  }

  return { loading: loading as ReadonlySignal<Loading | null>, followed, cancel: (): void => stop?.() };
}
