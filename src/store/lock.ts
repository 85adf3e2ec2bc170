/**
 * One writer a run: a Web Lock, which the browser frees by itself when the worker that holds it dies. Taken in the worker, never on
 * the page. Knows no store.
 */
import { AppError } from '../errors.ts';

/** Takes the lock of a run; what it gives frees it again, and resolves when others can take it. Throws `RUN_LOCKED`. */
export async function lockRun(run: string): Promise<() => Promise<void>> {
  // absent in Node and on pages without https; there the ledger's writer number alone fences
  if (typeof navigator === 'undefined' || navigator.locks === undefined) return async () => {};
  const { locks } = navigator;
  return new Promise((granted, refused) => {
    const held = locks.request(`run:${run}`, { ifAvailable: true }, (lock) => {
      if (lock === null) throw new AppError('RUN_LOCKED', `another tab or worker holds run ${run}`);
      return new Promise<void>((free) => {
        granted(async () => {
          free();
          await held;
        });
      });
    });
    held.catch(refused);
  });
}
