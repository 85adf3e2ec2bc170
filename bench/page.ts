/**
 * The page of the benchmark: starts a worker for each job that the script outside asks for, so that no two subjects share a global, and
 * hands its rows out. Knows no subject.
 */
import { proxy, wrap } from 'comlink';
import { findAdapter } from '../src/engine/webgpu-device.ts';
import type { EngineInfo } from '../src/contracts/engine.ts';
import type { Job, JobWorker } from './job.ts';
import type { RowOfJob } from './row.ts';

/** What the script outside may call in the page; `noteRow` is put there by it. */
export type BenchPage = {
  readonly adapter: () => Promise<Pick<EngineInfo, 'device' | 'software'> | null>;
  /** Resolves with the empty text, or with the reason for which a job ended early. */
  readonly run: (job: Job, milliseconds: number) => Promise<string>;
};

function run(job: Job, milliseconds: number): Promise<string> {
  const { noteRow } = globalThis as unknown as { noteRow: (row: RowOfJob) => Promise<void> };
  const worker = new Worker(new URL('./job.worker.ts', import.meta.url), { type: 'module' });
  const noted: Promise<void>[] = [];
  const work = wrap<JobWorker>(worker).run(
    job,
    proxy((row: RowOfJob) => void noted.push(noteRow(row))),
  );
  const failure = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`not done after ${Math.round(milliseconds / 1000)} s`), milliseconds);
    worker.addEventListener('error', ({ message }) => resolve(message === '' ? 'the worker could not be loaded' : message));
  });
  const done = work.then(() => new Promise<string>((resolve) => setTimeout(() => resolve(''), 50))); // the last rows have ports of their own
  return Promise.race([done, failure])
    .then(async (reason) => {
      await Promise.all(noted);
      return reason;
    })
    .finally(() => worker.terminate());
}

const page: BenchPage = {
  adapter: async () => {
    const found = await findAdapter();
    return found === null ? null : { device: found.name, software: found.software };
  },
  run,
};
Object.assign(globalThis, { bench: page });
