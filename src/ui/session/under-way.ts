/** Something long in the model's worker, as the page follows it to its end: how far it is, and Cancel. Knows no component and nothing of what is made. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { AppError, toFailure } from '../../errors.ts';
import type { Answer, Told } from '../../protocol/lm.ts';

/** How far it is. Times are milliseconds of `performance.now()`: when this part began, when it was last told of, and now. */
export type UnderWay = {
  /** Null before anything was told. */
  readonly part: string | null;
  readonly done: number;
  readonly total: number;
  readonly since: number;
  readonly told: number;
  readonly now: number;
  readonly canCancel: boolean;
};

/** What is there sooner is not worth a bar; the time goes on between two numbers; numbers that come together are drawn once. */
const [SHOWN_MS, TICK_MS, DRAWN_MS] = [300, 1000, 250];

export function createUnderWay() {
  const far = signal<UnderWay | null>(null);
  let stop: (() => void) | null = null;

  /** What was made; the failure is STOPPED when it was cancelled. */
  async function followed<P extends string, T>(begin: () => Promise<ReadableStream<Told<P, T>>>, canCancel = true): Promise<Answer<T>> {
    const begun = performance.now();
    let here: UnderWay = { part: null, done: 0, total: 0, since: begun, told: begun, now: begun, canCancel };
    let isSlow = false;
    let drawn = -Infinity;
    let later: ReturnType<typeof setTimeout> | null = null;
    const show = (): void => {
      if (later !== null) clearTimeout(later);
      later = null;
      if (isSlow) far.value = here;
    };
    const drawNow = (): void => {
      drawn = performance.now();
      show();
    };
    /** Many hundredths come together where it is quick. */
    const showTold = (): void => {
      const left = here.part === far.value?.part ? drawn + DRAWN_MS - here.now : 0;
      if (left > 0) later ??= setTimeout(drawNow, left);
      else drawNow();
    };
    const timer = setTimeout(() => {
      isSlow = true;
      show();
    }, SHOWN_MS);
    const ticks = setInterval(() => {
      here = { ...here, now: performance.now() };
      show();
    }, TICK_MS);
    try {
      const begins = begin();
      let reader: ReadableStreamDefaultReader<Told<P, T>> | null = null;
      const stopped = new Promise<never>((_, reject) => {
        stop = () => {
          reject(new AppError('STOPPED', 'cancelled by the user'));
          if (reader !== null) void reader.cancel();
          else void begins.then((stream) => stream.cancel()).catch(() => {});
        };
      });
      reader = (await Promise.race([begins, stopped])).getReader();
      for (;;) {
        const { done, value } = await Promise.race([reader.read(), stopped]);
        if (done) throw new AppError('INTERNAL', 'what was begun was neither made nor failed');
        if (value.type === 'made') return { ok: true, value: value.made };
        if (value.type === 'failed') return { ok: false, failure: value.failure };
        const now = performance.now();
        const { part, done: numbers, total } = value;
        here = { part, done: numbers, total, since: part === here.part ? here.since : now, told: now, now, canCancel };
        showTold();
      }
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    } finally {
      clearTimeout(timer);
      if (later !== null) clearTimeout(later);
      clearInterval(ticks);
      stop = null;
      far.value = null;
    }
  }

  return { far: far as ReadonlySignal<UnderWay | null>, followed, cancel: (): void => stop?.() };
}
