/**
 * Compares stored runs: takes their results out of the store and hands them to evals/comparison.ts. Beside the store's own library,
 * because the store knows nothing of measurements.
 */
import { compare } from '../src/evals/comparison.ts';
import type { LibraryWorker } from '../src/protocol.ts';
import { answer } from '../src/store/library.ts';
import type { RunStore } from '../src/store/store.ts';

/** `open` is called for every question, as in `createLibrary`. Names of runs that are not stored or not finished are passed over. */
export function createCompare(open: () => Promise<RunStore>): LibraryWorker['compare'] {
  return (arms, reference) =>
    answer(async () => {
      const results = new Map((await (await open()).runs()).map(({ run, result }) => [run, result]));
      const found = arms.map(({ name, runs }) => ({ name, results: runs.flatMap((run) => results.get(run) ?? []) }));
      return compare(found, reference);
    });
}
