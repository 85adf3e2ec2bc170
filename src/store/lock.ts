/**
 * One writer a run or model: a Web Lock, which the browser frees by itself when the worker that holds it dies. Taken in the worker, never on
 * the page. Knows no store.
 */
import { AppError } from '../errors.ts';
import { RUN_LOCK } from '../protocol/library.ts';

/** Takes the lock of a run; what it gives frees it again, and resolves when others can take it. Throws `RUN_LOCKED`. */
export function lockRun(run: string): Promise<() => Promise<void>> {
  return lock(`${RUN_LOCK}${run}`, () => new AppError('RUN_LOCKED', `another tab or worker holds run ${run}`));
}

/** The same for a model that is being downloaded. Throws `MODEL_BUSY`. */
export function lockModel(model: string): Promise<() => Promise<void>> {
  return lock(`model:${model}`, () => new AppError('MODEL_BUSY', `another tab or worker downloads ${model}`));
}

async function lock(name: string, taken: () => AppError): Promise<() => Promise<void>> {
  // absent in Node and on pages without https, refused where site data is blocked: there the ledger's writer number alone fences
  const unlocked = async (): Promise<void> => {};
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks;
  if (locks === undefined) return unlocked;
  return new Promise((granted, refused) => {
    const hold = async (lock: Lock | null): Promise<void> => {
      if (lock === null) throw taken();
      return new Promise<void>((free) => {
        granted(async () => {
          free();
          await held.catch(() => {}); // taken away in the meantime
        });
      });
    };
    // a browser may also throw at once
    const held = (async () => locks.request(name, { ifAvailable: true }, hold))();
    held.catch((error: unknown) => (error instanceof AppError ? refused(error) : granted(unlocked)));
  });
}
