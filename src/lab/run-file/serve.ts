/** Whole runs as files, as the page asks for them, beside the store's own library, which knows no file. */
import { AppError } from '../../errors.ts';
import { zipOf } from '../../files/out/zip.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import type { RunStore } from '../../run/run-store.ts';
import { answer } from '../../store/runs/library.ts';
import { bringRun } from './bring.ts';
import { readRunFile } from './read.ts';
import { runFiles } from './write.ts';

/** Bytes of a file that is read. */
const MAX_BYTES = 512 * 2 ** 20;

/** `open` is called for every question, as in `createLibrary`. */
export function createRunFiles(open: () => Promise<RunStore>): Pick<LibraryWorker, 'runFile' | 'bringRun'> {
  return {
    runFile: (run) => answer(async () => zipOf(await runFiles(await open(), run))),
    bringRun: (file) =>
      answer(async () => {
        if (file.size > MAX_BYTES) throw new AppError('RUN_LARGE', `it has ${file.size} bytes, more than ${MAX_BYTES}`);
        const filed = await readRunFile(new Uint8Array(await file.arrayBuffer()));
        return bringRun(await open(), filed);
      }),
  };
}
