/**
 * Files as one zip, or one by one, as Blobs. Bytes are made piece by piece and given to the browser as they come, which keeps them outside of
 * this worker's memory. Weights are stored as they are: they do not compress.
 */
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import type { Share } from '../safetensors.ts';
import { piecesOf, sizeOfFile, type ExportFile } from './file.ts';

/** Bytes that are held before the browser gets them. */
const HELD = 2 ** 24;
/** The same files give the same bytes. */
const WHEN = '2024-02-11T00:00:00';

/** The zip of some files, each under its name. */
export async function zipOf(files: readonly ExportFile[]): Promise<Blob> {
  const work = zipping(files);
  for (;;) {
    const { done, value } = await work.next();
    if (done === true) return value;
  }
}

/** The same piece by piece: how many bytes are made, of about as many as there will be. */
export async function* zipping(files: readonly ExportFile[]): AsyncGenerator<Share, Blob> {
  const total = files.reduce((sum, file) => sum + sizeOfFile(file), 0);
  return yield* gathered(zipped(files), 'application/zip', { before: 0, total });
}

/** The files one by one, in the same shares. */
export async function* blobsOf(files: readonly ExportFile[]): AsyncGenerator<Share, readonly Blob[]> {
  const total = files.reduce((sum, file) => sum + sizeOfFile(file), 0);
  const made: Blob[] = [];
  let before = 0;
  for (const file of files) {
    made.push(yield* gathered(piecesOf(file), 'text' in file ? 'text/plain' : 'application/octet-stream', { before, total }));
    before += sizeOfFile(file);
  }
  return made;
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

async function* gathered(
  pieces: Iterable<Uint8Array<ArrayBuffer>>,
  type: string,
  { before, total }: { readonly before: number; readonly total: number },
): AsyncGenerator<Share, Blob> {
  const given: Blob[] = [];
  let [held, size, made]: [Uint8Array<ArrayBuffer>[], number, number] = [[], 0, before];
  yield { done: Math.min(made, total), total };
  const give = (): void => {
    given.push(new Blob(held));
    [held, size] = [[], 0];
  };
  for (const piece of pieces) {
    held.push(piece);
    size += piece.length;
    made += piece.length;
    if (size < HELD) continue;
    give();
    // others of this worker have a turn
    await new Promise((resolve) => setTimeout(resolve));
    // headers are not counted in the total
    yield { done: Math.min(made, total), total };
  }
  give();
  return new Blob(given, { type });
}
