/**
 * A file that is written in order and hashed on the way; what an earlier try wrote is hashed again from the disk.
 * Knows nothing of where the bytes come from.
 */
import { AppError } from '../../errors.ts';
import { Sha256 } from '../../digest.ts';
import type { Folder, Sink } from '../../contracts/disk.ts';

/** Bytes that are read back at once. */
const BLOCK = 8 * 1024 * 1024;

export class FileWriter {
  readonly folder: Folder;
  #name = '';
  #sink: Sink | null = null;
  #hash = new Sha256();
  #have = 0;

  constructor(folder: Folder) {
    this.folder = folder;
  }

  /** How many bytes of the file there are. */
  get have(): number {
    return this.#have;
  }

  /** Begins a file, or goes on after what there is of it. */
  async open(name: string, goesOn: boolean): Promise<void> {
    [this.#name, this.#have, this.#hash] = [name, 0, new Sha256()];
    const size = goesOn ? ((await this.folder.sizes()).get(name) ?? 0) : 0;
    while (this.#have < size) {
      const block = await this.folder.read(name, this.#have, Math.min(size, this.#have + BLOCK));
      if (block === null || block.length === 0) break; // less than the file system says
      this.#take(block);
    }
    this.#sink = await this.folder.append(name, this.#have);
  }

  /** Throws away what there is. */
  async restart(): Promise<void> {
    await this.close();
    await this.open(this.#name, false);
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#sink?.write(bytes);
    this.#take(bytes);
  }

  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    await sink?.close();
  }

  /** SHA-256 of the file in hexadecimal; nothing can be written after. */
  hash(): string {
    return this.#hash.hex();
  }

  /** The bytes of a file that was written, all or the first `length`. Errors: STORAGE_CORRUPT when it is gone. */
  async all(name: string, length?: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.folder.read(name, 0, length);
    if (bytes === null) throw new AppError('STORAGE_CORRUPT', `${name} is gone from the disk`);
    return bytes;
  }

  #take(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#have += bytes.length;
  }
}
