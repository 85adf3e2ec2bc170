/** What is read of stored runs, and written about them: curves, samples, answers, adapters, name and note. Knows no run that is on its way. */
import type { HeldOutAnswers } from '../../contracts/records.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import type { Answer } from '../../protocol/lm.ts';
import type { RunSummary } from '../../run/records.ts';
import { type RunView, viewOfStored } from './view.ts';

type Host = {
  readonly library: Pick<LibraryWorker, 'losses' | 'samples' | 'describeRun' | 'heldOut' | 'adapter'>;
  /** The value of an answer; a failure is shown and gives undefined. */
  readonly ask: <T>(call: Promise<Answer<T>>) => Promise<T | undefined>;
  /** Reads the list of runs anew. */
  readonly refresh: () => Promise<void>;
};

/** A stored run as the page shows it. */
export async function readStored({ library, ask }: Host, summary: RunSummary): Promise<RunView> {
  const { run, rounds } = summary;
  const losses = await ask(library.losses(run));
  const samples = [];
  for (let round = 1; round <= rounds.length + 1; round++) samples.push((await ask(library.samples(run, round))) ?? []);
  return viewOfStored(summary, losses ?? [], samples);
}

export function createStoredRuns({ library, ask, refresh }: Host) {
  return {
    describeRun: (run: string, name: string, note: string): Promise<void> => ask(library.describeRun(run, name, note)).then(refresh),
    /** The answers by which a round was measured, 0 for the base; null where none were kept. */
    heldOut: (run: string, round: number): Promise<HeldOutAnswers | null | undefined> => ask(library.heldOut(run, round)),
    adapter: (run: string, round: number): Promise<Uint8Array<ArrayBuffer> | undefined> => ask(library.adapter(run, round)),
  };
}
