/**
 * The bytes of a file as its readers ask for them. A `Uint8Array` is such bytes; of a picked file only the parts that somebody asks for are
 * in memory, where a worker may read a file without waiting. Knows no format.
 */
import { AppError } from './errors.ts';

/** What a reader may ask of a file. A part may be a view or a copy of its own: use it and let it go. */
export type FileBytes = {
  readonly length: number;
  subarray(from: number, to: number): Uint8Array;
};

/** Only in workers, so not in the page's types. */
type SyncReader = { readAsArrayBuffer(blob: Blob): ArrayBuffer };

function syncReader(): (new () => SyncReader) | null {
  return (globalThis as { readonly FileReaderSync?: new () => SyncReader }).FileReaderSync ?? null;
}

/** All bytes of a file. */
export function whole(file: FileBytes): Uint8Array {
  return file.subarray(0, file.length);
}

/**
 * The bytes of `blob`, which stay where they are until they are asked for; all at once where the system cannot do that. `name` is the file's in
 * errors. Errors, now or later: MODEL_MISSING when it was moved, changed, or may no longer be read.
 */
export async function bytesOfBlob(blob: Blob, name: string): Promise<FileBytes> {
  const Reader = syncReader();
  if (Reader === null) {
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (error) {
      throw unreadable(name, error);
    }
  }
  return {
    length: blob.size,
    subarray(from, to) {
      try {
        return new Uint8Array(new Reader().readAsArrayBuffer(blob.slice(from, to)));
      } catch (error) {
        throw unreadable(name, error);
      }
    },
  };
}

function unreadable(name: string, error: unknown): AppError {
  return new AppError('MODEL_MISSING', `${name} cannot be read: ${String(error)}`, { cause: error });
}
