/** Whole runs as files, as the page asks for them. Knows no component and nothing of what is in a file. */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { LibraryWorker } from '../../protocol/library.ts';
import type { Answer } from '../../protocol/lm.ts';

type Host = {
  readonly library: Pick<LibraryWorker, 'runFile' | 'bringRun'>;
  /** The value of an answer; a failure is shown and gives undefined. */
  readonly ask: <T>(call: Promise<Answer<T>>) => Promise<T | undefined>;
  /** Reads the list of runs anew. */
  readonly refresh: () => Promise<void>;
};

export function createRunFiles({ library, ask, refresh }: Host) {
  const bringing = signal<string | null>(null);
  return {
    /** The name of the file that a run is taken out of now. */
    bringing: bringing as ReadonlySignal<string | null>,
    /** A whole run as one file. */
    fileOf: (run: string): Promise<Blob | undefined> => ask(library.runFile(run)),
    /** Takes a run out of a file, into the list; its name there, undefined after a failure. */
    async bring(file: File): Promise<string | undefined> {
      if (bringing.value !== null) return undefined;
      bringing.value = file.name;
      const run = await ask(library.bringRun(file));
      bringing.value = null;
      await refresh();
      return run;
    },
  };
}
