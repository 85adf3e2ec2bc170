/** Files as one zip, written piece by piece so that nothing is held twice. Weights are stored as they are: they do not compress. */
import { strToU8, Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import type { ExportFile } from '../src/export/file.ts';

const PIECE = 2 ** 24;
/** The same files give the same bytes. */
const WHEN = '2024-02-11T00:00:00';

/** The zip of some files, each under its name. */
export function zipOf(files: readonly ExportFile[]): Blob {
  const parts: BlobPart[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, piece) => {
    if (error !== null) failure = error;
    else parts.push(piece);
  });
  for (const file of files) {
    const entry = 'text' in file ? new ZipDeflate(file.name, { level: 6 }) : new ZipPassThrough(file.name);
    entry.mtime = WHEN;
    zip.add(entry);
    const bytes = 'text' in file ? strToU8(file.text) : file.bytes;
    for (let from = 0; from === 0 || from < bytes.length; from += PIECE) {
      entry.push(bytes.subarray(from, from + PIECE), from + PIECE >= bytes.length);
    }
  }
  zip.end();
  if (failure !== null) throw failure as Error;
  return new Blob(parts, { type: 'application/zip' });
}

/** The files one by one. */
export function blobOf(file: ExportFile): Blob {
  return 'text' in file ? new Blob([file.text], { type: 'text/plain' }) : new Blob([file.bytes], { type: 'application/octet-stream' });
}
