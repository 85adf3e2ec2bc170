/**
 * The read side as the page sees it: the questions of `LibraryWorker`, answered from a store, with errors as data. Knows no thread
 * and no statistics: the library worker serves it from IndexedDB, the model's worker from memory when the browser stores nothing,
 * and both add the comparison of runs.
 */
import { toFailure } from '../../errors.ts';
import type { Answer } from '../../protocol/lm.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import { lockRun } from '../lock.ts';
import type { RunStore } from '../../run/run-store.ts';

/** What `make` gives, or its failure as data. */
export async function answer<T>(make: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await make() };
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}

/** What a call answers that has nothing to say. */
async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}

/** `open` is called for every question, so a database that could not be opened is tried again. */
export function createLibrary(open: () => Promise<RunStore>): Omit<LibraryWorker, 'compare' | 'runFile' | 'bringRun'> {
  return {
    runs: () => answer(async () => (await open()).runs()),
    samples: (run, round) => answer(async () => (await open()).samples(run, round)),
    heldOut: (run, round) => answer(async () => (await open()).heldOut(run, round)),
    losses: (run) => answer(async () => (await open()).losses(run)),
    adapter: (run, round) => answer(async () => (await (await open()).adapter(run, round)).bytes),
    describeRun: (run, name, note) => answer(async () => done((await open()).describeRun(run, name, note))),
    experiments: () => answer(async () => (await open()).experiments()),
    putExperiment: (experiment) => answer(async () => done((await open()).putExperiment(experiment))),
    deleteExperiment: (id) => answer(async () => done((await open()).deleteExperiment(id))),
    deleteRun: (run) =>
      answer(async () => {
        const store = await open();
        const free = await lockRun(run);
        try {
          await store.deleteRun(run);
        } finally {
          await free();
        }
        return null;
      }),
  };
}
