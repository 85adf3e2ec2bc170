/** A `Disk` in memory with a size, for tests; what was written is there at once, as with the handles of a worker. */
import { AppError } from '../../src/errors.ts';
import type { Disk, Folder, Sink } from '../../src/contracts/disk.ts';

export class MemoryDisk implements Disk {
  readonly folders = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();
  /** Bytes that the disk holds. */
  capacity = Infinity;
  /** Bytes that were written over time. */
  written = 0;

  #used(): number {
    return [...this.folders.values()].flatMap((files) => [...files.values()]).reduce((sum, { length }) => sum + length, 0);
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.folders.keys()].sort());
  }

  open(name: string): Promise<Folder | null> {
    const files = this.folders.get(name);
    return Promise.resolve(files === undefined ? null : this.#folder(files));
  }

  create(name: string): Promise<Folder> {
    const files = this.folders.get(name) ?? new Map<string, Uint8Array<ArrayBuffer>>();
    this.folders.set(name, files);
    return Promise.resolve(this.#folder(files));
  }

  remove(name: string): Promise<void> {
    this.folders.delete(name);
    return Promise.resolve();
  }

  free(): Promise<number> {
    return Promise.resolve(this.capacity - this.#used());
  }

  #put(files: Map<string, Uint8Array<ArrayBuffer>>, name: string, bytes: Uint8Array<ArrayBuffer>): void {
    const more = bytes.length - (files.get(name)?.length ?? 0);
    if (this.#used() + more > this.capacity) throw new AppError('STORAGE_QUOTA', `${name}: the disk is full`);
    this.written += Math.max(0, more);
    files.set(name, bytes);
  }

  #folder(files: Map<string, Uint8Array<ArrayBuffer>>): Folder {
    return {
      sizes: () => Promise.resolve(new Map([...files].map(([name, { length }]) => [name, length]))),
      file: (name) => Promise.resolve(files.get(name)?.slice() ?? null),
      read: (name, from, to) => Promise.resolve(files.get(name)?.slice(from, to) ?? null),
      append: (name, size) => {
        files.set(name, (files.get(name) ?? new Uint8Array()).slice(0, size));
        const sink: Sink = {
          write: async (bytes) => {
            const old = files.get(name) ?? new Uint8Array();
            const all = new Uint8Array(old.length + bytes.length);
            all.set(old);
            all.set(bytes, old.length);
            await Promise.resolve();
            this.#put(files, name, all);
          },
          close: () => Promise.resolve(),
        };
        return Promise.resolve(sink);
      },
      replace: async (name, bytes) => {
        await Promise.resolve();
        this.#put(files, name, bytes.slice());
      },
      remove: (name) => {
        files.delete(name);
        return Promise.resolve();
      },
    };
  }
}
