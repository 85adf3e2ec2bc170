/**
 * Files as one zip, or one by one, as Blobs. Bytes are made piece by piece and given to the browser as they come, which keeps them outside of
 * this worker's memory. Weights are stored as they are: they do not compress.
 */
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { piecesOf, type ExportFile } from './file.ts';

/** Bytes that are held before the browser gets them. */
const HELD = 2 ** 24;
/** The same files give the same bytes. */
const WHEN = '2024-02-11T00:00:00';

/** The zip of some files, each under its name. */
export function zipOf(files: readonly ExportFile[]): Promise<Blob> {
  return gathered(zipped(files), 'application/zip');
}

/** One file. */
export function blobOf(file: ExportFile): Promise<Blob> {
  return gathered(piecesOf(file), 'text' in file ? 'text/plain' : 'application/octet-stream');
}

function* zipped(files: readonly ExportFile[]): Generator<Uint8Array<ArrayBuffer>> {
  const made: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, piece) => {
    if (error !== null) throw error;
    made.push(piece);
  });
  for (const file of files) {
    const entry = 'text' in file ? new ZipDeflate(file.name, { level: 6 }) : new ZipPassThrough(file.name);
    entry.mtime = WHEN;
    zip.add(entry);
    for (const piece of piecesOf(file)) {
      entry.push(piece);
      yield* made.splice(0);
    }
    entry.push(new Uint8Array(), true);
  }
  zip.end();
  yield* made;
}

async function gathered(pieces: Iterable<Uint8Array<ArrayBuffer>>, type: string): Promise<Blob> {
  const given: Blob[] = [];
  let [held, size]: [Uint8Array<ArrayBuffer>[], number] = [[], 0];
  const give = (): void => {
    given.push(new Blob(held));
    [held, size] = [[], 0];
  };
  for (const piece of pieces) {
    held.push(piece);
    size += piece.length;
    if (size < HELD) continue;
    give();
    // others of this worker have a turn
    await new Promise((resolve) => setTimeout(resolve));
  }
  give();
  return new Blob(given, { type });
}
