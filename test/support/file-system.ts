/** The browser's private file system in memory, as far as the store of models uses it, with the errors that a browser throws. */

type Entry = MemoryDirectory | MemoryFile;

const missing = (): never => {
  throw new DOMException('no such entry', 'NotFoundError');
};

/** Shared by everything below one root. */
export type Behaviour = {
  /** Bytes that may still be written; beyond it a browser throws, or a handle writes less than it was given. */
  room: number;
  /** In a worker files have handles for writing in place; on the page they have none. */
  readonly worker: boolean;
  /** Thrown by whatever is done next to a file, as a browser throws it. */
  refusal: DOMException | null;
};

export class MemoryFile {
  readonly kind = 'file';
  bytes = new Uint8Array();
  busy = false;
  createSyncAccessHandle?: () => Promise<object>;
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
    if (behaviour.worker) this.createSyncAccessHandle = () => this.#handle();
  }

  async getFile(): Promise<Blob> {
    if (this.#behaviour.refusal !== null) throw this.#behaviour.refusal;
    return new Blob([this.bytes.slice()]);
  }

  #put(bytes: Uint8Array, at: number): void {
    const grown = new Uint8Array(Math.max(this.bytes.length, at + bytes.length));
    grown.set(this.bytes);
    grown.set(bytes, at);
    this.#behaviour.room -= bytes.length;
    this.bytes = grown;
  }

  async #handle(): Promise<object> {
    if (this.busy) throw new DOMException('another handle is open', 'NoModificationAllowedError');
    this.busy = true;
    return {
      // at most seven bytes at a time, since a handle may write less than it is given
      write: (bytes: Uint8Array, { at }: { readonly at: number }): number => {
        const part = bytes.subarray(0, Math.max(0, Math.min(7, this.#behaviour.room)));
        this.#put(part, at);
        return part.length;
      },
      truncate: (size: number): void => void (this.bytes = this.bytes.slice(0, size)),
      flush: (): void => {
        if (this.#behaviour.refusal !== null) throw this.#behaviour.refusal;
      },
      close: (): void => void (this.busy = false),
    };
  }

  /** Nothing of it is in the file before it is closed. */
  async createWritable({ keepExistingData = false } = {}): Promise<object> {
    const aside = new MemoryFile({ ...this.#behaviour, worker: false });
    if (keepExistingData) aside.bytes = this.bytes.slice();
    let at = 0;
    return {
      truncate: async (size: number) => void (aside.bytes = aside.bytes.slice(0, size)),
      seek: async (to: number) => void (at = to),
      write: async (bytes: Uint8Array) => {
        if (bytes.length > this.#behaviour.room) throw new DOMException('the disk is full', 'QuotaExceededError');
        aside.#put(bytes, at);
        at += bytes.length;
      },
      close: async () => void (this.bytes = aside.bytes),
    };
  }
}

export class MemoryDirectory {
  readonly kind = 'directory';
  readonly children = new Map<string, Entry>();
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  async *entries(): AsyncGenerator<[string, Entry]> {
    yield* this.children;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<MemoryDirectory> {
    const found = this.children.get(name) ?? (create ? new MemoryDirectory(this.#behaviour) : missing());
    if (!(found instanceof MemoryDirectory)) throw new DOMException('a file', 'TypeMismatchError');
    this.children.set(name, found);
    return found;
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<MemoryFile> {
    const found = this.children.get(name) ?? (create ? new MemoryFile(this.#behaviour) : missing());
    if (!(found instanceof MemoryFile)) throw new DOMException('a folder', 'TypeMismatchError');
    this.children.set(name, found);
    return found;
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.children.delete(name)) missing();
  }
}
