/**
 * Compares stored runs: takes their results out of the store and hands them to comparison/compare.ts. Beside the store's own library,
 * because the store knows nothing of measurements.
 */
import { compare } from '../comparison/compare.ts';
import { AppError } from '../errors.ts';
import type { LibraryWorker } from '../protocol/library.ts';
import { madeBy } from '../run/sessions.ts';
import { answer } from '../store/runs/library.ts';
import type { RunStore } from '../run/run-store.ts';

/** `open` is called for every question, as in `createLibrary`. Names of runs that are not stored or not finished are passed over. Errors: COMPARE_MIXED. */
export function createCompare(open: () => Promise<RunStore>): LibraryWorker['compare'] {
  return (arms, reference) =>
    answer(async () => {
      const stored = await (await open()).runs();
      const results = new Map(stored.map(({ run, result }) => [run, result]));
      const asked = new Set(arms.flatMap(({ runs }) => runs));
      const made = stored.flatMap(({ run, result, sessions }) =>
        asked.has(run) && result !== null ? [JSON.stringify(madeBy(sessions))] : [],
      );
      if (new Set(made).size > 1 || made[0] === 'null') throw new AppError('COMPARE_MIXED', [...new Set(made)].join(' and '));
      const found = arms.map(({ name, runs }) => ({ name, results: runs.flatMap((run) => results.get(run) ?? []) }));
      return compare(found, reference);
    });
}
