/**
 * The browser's private file system (OPFS) as a `Disk`. In a worker files are written in place through an exclusive handle, so that what
 * was downloaded survives a killed tab; on the page, where there is none, a file is written when it is closed. Knows no model.
 */
import { AppError } from '../../errors.ts';
import type { Disk, Folder, Sink } from '../../contracts/disk.ts';
import { bytesOfBlob, type FileBytes } from '../../file-bytes.ts';
import { storageError } from '../failure.ts';

/** Only in dedicated workers, so not in the page's types. */
type SyncHandle = {
  write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
};
type WorkerFile = FileSystemFileHandle & { createSyncAccessHandle?: () => Promise<SyncHandle> };

const ROOT = 'models';

function named(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof DOMException && names.includes(error.name);
}

/** What `body` gives, with the browser's errors as ours. */
async function guarded<T>(what: string, body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (named(error, 'NoModificationAllowedError')) throw new AppError('MODEL_BUSY', what, { cause: error });
    throw storageError(what, error);
  }
}

/** The same, with null for what is not there. */
function found<T>(what: string, body: () => Promise<T>): Promise<T | null> {
  return guarded(what, () => body().catch((error: unknown) => (named(error, 'NotFoundError') ? null : Promise.reject(error as Error))));
}

/** Opens the models' part of the private file system. Throws DISK_NONE when the browser gives none. */
export async function openOpfs(root = ROOT): Promise<Disk> {
  try {
    return new Opfs(await (await navigator.storage.getDirectory()).getDirectoryHandle(root, { create: true }));
  } catch (error) {
    throw new AppError('DISK_NONE', `this browser gives no private file system: ${String(error)}`, { cause: error });
  }
}

class Opfs implements Disk {
  readonly #root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  names(): Promise<readonly string[]> {
    return guarded('the models', async () => {
      const names: string[] = [];
      for await (const [name, handle] of this.#root.entries()) if (handle.kind === 'directory') names.push(name);
      return names.sort();
    });
  }

  async open(name: string): Promise<Folder | null> {
    const handle = await found(name, () => this.#root.getDirectoryHandle(name));
    return handle && new OpfsFolder(handle);
  }

  create(name: string): Promise<Folder> {
    return guarded(name, async () => new OpfsFolder(await this.#root.getDirectoryHandle(name, { create: true })));
  }

  async remove(name: string): Promise<void> {
    await found(name, () => this.#root.removeEntry(name, { recursive: true }));
  }

  async free(): Promise<number> {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? Infinity : quota - usage;
  }
}

/** A file may lie in a folder of its model; the private file system is asked for one name without. */
const plain = (name: string): string => name.replaceAll('%', '%25').replaceAll('/', '%2F');
const nameOf = (plain: string): string => plain.replaceAll('%2F', '/').replaceAll('%25', '%');

class OpfsFolder implements Folder {
  readonly #folder: FileSystemDirectoryHandle;

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder;
  }

  sizes(): Promise<ReadonlyMap<string, number>> {
    return guarded('the files of a model', async () => {
      const sizes = new Map<string, number>();
      for await (const [name, handle] of this.#folder.entries()) {
        if (handle.kind === 'file') sizes.set(nameOf(name), (await handle.getFile()).size);
      }
      return sizes;
    });
  }

  read(name: string, from = 0, to?: number): Promise<Uint8Array<ArrayBuffer> | null> {
    return found(name, async () => {
      const file = await (await this.#folder.getFileHandle(plain(name))).getFile();
      return new Uint8Array(await file.slice(from, to).arrayBuffer());
    });
  }

  file(name: string): Promise<FileBytes | null> {
    return found(name, async () => bytesOfBlob(await (await this.#folder.getFileHandle(plain(name))).getFile(), name));
  }

  append(name: string, size: number): Promise<Sink> {
    return guarded(name, async () => {
      const file: WorkerFile = await this.#folder.getFileHandle(plain(name), { create: true });
      return file.createSyncAccessHandle === undefined
        ? streamSink(name, file, size)
        : handleSink(name, await file.createSyncAccessHandle(), size);
    });
  }

  replace(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return guarded(name, async () => {
      // goes to a file aside, which takes the other's place when it is closed
      const stream = await (await this.#folder.getFileHandle(plain(name), { create: true })).createWritable();
      await stream.write(bytes);
      await stream.close();
    });
  }

  async remove(name: string): Promise<void> {
    await found(name, () => this.#folder.removeEntry(plain(name)));
  }
}

function handleSink(name: string, handle: SyncHandle, size: number): Sink {
  let at = size;
  handle.truncate(size);
  return {
    write: (bytes) =>
      guarded(name, () => {
        for (let rest = bytes; rest.length > 0;) {
          const written = handle.write(rest, { at });
          if (written === 0) throw new DOMException('nothing could be written', 'QuotaExceededError');
          at += written;
          rest = rest.subarray(written);
        }
      }),
    close: () =>
      guarded(name, () => {
        try {
          handle.flush();
        } finally {
          handle.close();
        }
      }),
  };
}

async function streamSink(name: string, file: FileSystemFileHandle, size: number): Promise<Sink> {
  const stream = await file.createWritable({ keepExistingData: true });
  await stream.truncate(size);
  await stream.seek(size);
  return {
    write: (bytes) => guarded(name, () => stream.write(bytes)),
    close: () => guarded(name, () => stream.close()),
  };
}
