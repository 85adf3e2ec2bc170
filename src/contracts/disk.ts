/**
 * What the store of models asks of a file system: folders of plain files, one folder a model. The browser's private file system implements
 * it (opfs.ts), and memory does in tests. Knows no model.
 */
import type { FileBytes } from '../file-bytes.ts';

/** Where a file is written; what `write` has taken is there after a crash only if the file system says so, after `close` it is. */
export interface Sink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

/** Names are plain file names. Every method throws STORAGE_QUOTA, STORAGE_ABORT or STORAGE_CORRUPT when the browser refuses. */
export interface Folder {
  /** The files and their sizes in bytes. */
  sizes(): Promise<ReadonlyMap<string, number>>;
  /** The bytes from `from` to before `to`, or to the end; null when there is no such file. */
  read(name: string, from?: number, to?: number): Promise<Uint8Array<ArrayBuffer> | null>;
  /** The file, of which parts are read when they are asked for, where the system can; null when there is none. */
  file(name: string): Promise<FileBytes | null>;
  /** Cuts the file to `size` bytes, or begins it, and writes on from there. Throws MODEL_BUSY when somebody else is writing it. */
  append(name: string, size: number): Promise<Sink>;
  /** Writes a small file whole or not at all. */
  replace(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface Disk {
  /** The names of the folders. */
  names(): Promise<readonly string[]>;
  /** The folder, or null when there is none. */
  open(name: string): Promise<Folder | null>;
  create(name: string): Promise<Folder>;
  /** Removes a folder with all that is in it. */
  remove(name: string): Promise<void>;
  /** Bytes that may still be written; Infinity where the browser does not tell. */
  free(): Promise<number>;
}
