/**
 * A model from a hub to the disk: all its files as ranges of bytes, from where an earlier try stopped, each checked against the hub's
 * SHA-256, one progress over all. A small file that says that the model cannot be used ends it before the weights are fetched.
 * Knows no format of a model: which files there are, and what is wrong with one, is told by `FileSet`.
 */
import { AppError } from '../../errors.ts';
import type { Disk, Folder } from '../../contracts/disk.ts';
import { FileWriter } from './file-writer.ts';
import { Broken, fileUrl, PAGE, probe, readRange, type HubModel, type Net } from './hub.ts';
import { lockModel } from '../lock.ts';
import {
  bytesBeside,
  folderName,
  keptModel,
  readRecord,
  sweep,
  writeRecord,
  type FileRecord,
  type ModelOnDisk,
  type ModelRecord,
} from './shelf.ts';

/** The files of a model; src/files/checkpoint-files.ts has it. */
export type FileSet = {
  /** Files that must be there, the one that tells most first. */
  readonly needed: readonly string[];
  readonly optional: readonly string[];
  /** The weights, or the index that names their parts. */
  readonly weights: string;
  readonly index: string;
  /** The files that an index names. Throws what is wrong with it. */
  partsOf(index: Uint8Array): readonly string[];
  /** Throws when a small file says that the model cannot be used. */
  check(name: string, bytes: Uint8Array): void;
  /** Throws when the beginning of a large file of `size` bytes says that it is none of a model. */
  checkHead(name: string, head: Uint8Array, size: number): void;
};

/** The file that is being fetched; `done` and `total` are bytes over all files; `wait` milliseconds that the hub has asked to wait. */
export type Progress = { readonly file: string; readonly done: number; readonly total: number; readonly wait?: number };

export type DownloadOptions = {
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  /** Bytes that are asked for at once. */
  readonly chunk?: number;
  /** Milliseconds before each further try of what brought no byte. */
  readonly waits?: readonly number[];
  /** Milliseconds without a byte that count as a lost connection. */
  readonly patience?: number;
};

/** Bytes of a large file that tell what it is. */
const HEAD = 4096;
const CHUNK = 16 * 1024 * 1024;
const WAITS = [500, 1000, 2000, 4000, 8000] as const;
/** Bytes between two reports. */
const REPORT = 1024 * 1024;
/** How often a file may change while it is fetched. */
const CHANGES = 3;
/** The longest wait that is kept, in milliseconds, and how many of them for one file: a hub that asks for more is to be tried later. */
const LONGEST = 15 * 60 * 1000;
const TOLD_WAITS = 20;

/**
 * Fetches what is missing of a model and returns it as it is kept; one that is complete is left alone, without a request. Ending the
 * generator or aborting the signal stops it, and the next call goes on from there. Errors: NET_NAME, NET_FILE names the file, NET_OFFLINE,
 * NET_BUSY, NET_DOWN, NET_CHANGED, NET_PAGE, those of `probe`, NET_HASH, STORAGE_QUOTA, MODEL_BUSY, STOPPED after `signal`, and what the plan throws.
 */
export async function* download(
  disk: Disk,
  model: HubModel,
  plan: FileSet,
  options: DownloadOptions = {},
): AsyncGenerator<Progress, ModelOnDisk> {
  const name = folderName(model);
  const free = await lockModel(name);
  try {
    const there = await keptModel(disk, name);
    if (there?.complete === true) return there;
    yield* new Download(disk, model, plan, options).run();
    return (await keptModel(disk, name)) as ModelOnDisk;
  } catch (error) {
    if (options.signal?.aborted === true) throw new AppError('STOPPED', `the download of ${model.id} was stopped`, { cause: error });
    throw error;
  } finally {
    await free();
  }
}

/** How often one question has been asked in vain. */
class Patience {
  #failures = 0;
  #told = 0;

  /** Milliseconds to wait after one more failure; null when it was the last. */
  next({ wait }: Broken, waits: readonly number[]): number | null {
    if (wait === null) return waits[this.#failures++] ?? null;
    return wait > LONGEST || ++this.#told > TOLD_WAITS ? null : wait;
  }
}

class Download {
  readonly #disk: Disk;
  readonly #model: HubModel;
  readonly #plan: FileSet;
  readonly #net: Net;
  readonly #chunk: number;
  readonly #waits: readonly number[];
  /** The revision that all files are asked for: the commit as soon as it is known, so that they belong together. */
  #revision: string;
  #commit: string | null = null;
  #files: FileRecord[] = [];
  /** What an earlier try left. */
  #known: ReadonlyMap<string, FileRecord> = new Map();

  constructor(disk: Disk, model: HubModel, plan: FileSet, options: DownloadOptions) {
    this.#disk = disk;
    this.#model = model;
    this.#plan = plan;
    const { signal, patience = 30_000 } = options;
    // not the method of this object, which browsers refuse
    const call = options.fetch ?? ((...request: Parameters<typeof fetch>) => fetch(...request));
    this.#net = { fetch: call, patience, ...(signal === undefined ? {} : { signal }) };
    this.#chunk = options.chunk ?? CHUNK;
    this.#waits = options.waits ?? WAITS;
    this.#revision = model.revision;
  }

  async *run(): AsyncGenerator<Progress, void> {
    const name = folderName(this.#model);
    const folder = await this.#disk.create(name);
    const before = await readRecord(folder);
    try {
      yield* this.#run(folder, before);
    } finally {
      // what has no more than its settings is nothing to go on with
      if (before === null && (await bytesBeside(folder, this.#plan.needed[0])) === 0) await this.#disk.remove(name);
    }
  }

  async *#run(folder: Folder, before: ModelRecord | null): AsyncGenerator<Progress, void> {
    this.#known = new Map(before?.files.map((file) => [file.name, file]));
    const writer = new FileWriter(folder);
    // small files first, so that what cannot be used is known early; the index tells which more there are
    for (const file of this.#plan.needed) {
      const first = file === this.#plan.needed[0];
      if ((yield* this.#ask(file)) === null) throw new AppError(first ? 'NET_NAME' : 'NET_FILE', `there is no ${this.#url(file)}`);
      if (first) yield* this.#fetch(writer, file);
    }
    for (const file of this.#plan.optional) yield* this.#ask(file);
    if ((yield* this.#ask(this.#plan.weights)) === null) yield* this.#askParts(writer);
    await this.#checkSpace(await folder.sizes());
    for (const { name } of this.#files) yield* this.#fetch(writer, name);
    const record = this.#record(true);
    await writeRecord(folder, record);
    await sweep(folder, record);
  }

  #url(file: string): string {
    return fileUrl({ ...this.#model, revision: this.#revision }, file);
  }

  #record(complete: boolean): ModelRecord {
    const asked = new Set(this.#files.map(({ name }) => name));
    const later = complete ? [] : [...this.#known.values()].filter(({ name }) => !asked.has(name));
    return { ...this.#model, commit: this.#commit, files: [...this.#files, ...later], complete };
  }

  #file(name: string): FileRecord {
    return this.#files.find((file) => file.name === name) as FileRecord;
  }

  #update(name: string, change: Partial<FileRecord>): void {
    this.#files = this.#files.map((file) => (file.name === name ? { ...file, ...change } : file));
  }

  /** What the hub says of a file, added to the list; null when there is none. */
  async *#ask(name: string): AsyncGenerator<Progress, FileRecord | null> {
    const found = yield* this.#probe(name);
    if (found === PAGE) {
      // a site that has a page for whatever it lacks still has the first file; the log-in of a network stands before everything
      const [first] = this.#plan.needed;
      if (first === undefined || name === first || (yield* this.#probe(first)) === PAGE)
        throw new AppError('NET_PAGE', `${this.#url(name)} answers with a page`);
      return null;
    }
    if (found === null) return null;
    if (this.#commit === null && found.commit !== null) [this.#commit, this.#revision] = [found.commit, found.commit];
    const file = { name, ...found.remote, done: false };
    this.#files = [...this.#files.filter((other) => other.name !== name), file];
    return file;
  }

  /** `probe`, again as long as the connection is what failed, and as often as there are waits. */
  async *#probe(name: string): AsyncGenerator<Progress, Awaited<ReturnType<typeof probe>>> {
    const patience = new Patience();
    for (;;) {
      try {
        return await probe({ ...this.#model, revision: this.#revision }, name, this.#net);
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        yield* this.#wait(error, patience, name, 0);
      }
    }
  }

  async *#askParts(writer: FileWriter): AsyncGenerator<Progress, void> {
    const { index, weights } = this.#plan;
    if ((yield* this.#ask(index)) === null) throw new AppError('NET_FILE', `there is no ${this.#url(weights)} and no ${index}`);
    yield* this.#fetch(writer, index);
    for (const part of this.#plan.partsOf(await writer.all(index))) {
      if ((yield* this.#ask(part)) === null) throw new AppError('NET_FILE', `there is no ${this.#url(part)}, which ${index} names`);
    }
  }

  async #checkSpace(sizes: ReadonlyMap<string, number>): Promise<void> {
    const needed = this.#files.reduce((sum, { name, size }) => sum + Math.max(0, size - (sizes.get(name) ?? 0)), 0);
    const free = await this.#disk.free();
    if (needed > free) throw new AppError('STORAGE_QUOTA', `${this.#model.id} needs ${needed} bytes more, ${Math.max(0, free)} are free`);
  }

  /** Waits as the hub asks, or as long as is usual; ends with the error when that was often enough or would be too long. */
  async *#wait(error: Broken, patience: Patience, file: string, have: number): AsyncGenerator<Progress, void> {
    const wait = patience.next(error, this.#waits);
    if (wait === null) throw error.last;
    if (error.wait !== null) yield { ...this.#progress(file, have), wait };
    const { signal } = this.#net;
    signal?.throwIfAborted(); // by whoever was told of the wait
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, wait);
      signal?.addEventListener('abort', end);
    });
    signal?.throwIfAborted();
  }

  #progress(file: string, have: number): Progress {
    const rest = this.#files.filter(({ name, done }) => done && name !== file);
    return {
      file,
      done: rest.reduce((sum, { size }) => sum + size, 0) + have,
      total: this.#files.reduce((sum, { size }) => sum + size, 0),
    };
  }

  /** One file, from where it is; nothing to do when it is done. */
  async *#fetch(writer: FileWriter, name: string): AsyncGenerator<Progress, void> {
    if (this.#file(name).done) return;
    const before = this.#known.get(name);
    const { folder } = writer;
    // without a name of its version nobody knows whether what is there is the beginning of this file
    const same =
      before !== undefined && before.size === this.#file(name).size && before.etag === this.#file(name).etag && before.etag !== null;
    if (same && before.done && (await folder.sizes()).get(name) === before.size) this.#update(name, { done: true });
    else {
      await this.#begin(writer, name, same);
      try {
        yield* this.#ranges(writer, name);
      } finally {
        await writer.close();
      }
      await this.#finish(writer, name);
    }
    const isSmall = name !== this.#plan.weights && !name.endsWith('.safetensors');
    if (isSmall) this.#plan.check(name, await writer.all(name));
    else this.#plan.checkHead(name, await writer.all(name, HEAD), this.#file(name).size);
    yield this.#progress(name, this.#file(name).size);
  }

  /** Opens a file. Bytes of another version are gone before the record says that they are of this one. */
  async #begin(writer: FileWriter, name: string, goesOn: boolean): Promise<void> {
    await writer.close();
    if (!goesOn) await writer.folder.remove(name);
    await writeRecord(writer.folder, this.#record(false));
    await writer.open(name, goesOn);
  }

  async *#ranges(writer: FileWriter, name: string): AsyncGenerator<Progress, void> {
    yield this.#progress(name, writer.have);
    let [patience, changes, reported] = [new Patience(), 0, writer.have];
    while (writer.have < this.#file(name).size) {
      const { size } = this.#file(name);
      const start = writer.have;
      let broken: Broken | null = null;
      try {
        const model = { ...this.#model, revision: this.#revision };
        const { from, pieces } = await readRange(model, name, this.#file(name), [start, Math.min(start + this.#chunk, size)], this.#net);
        if (from !== start) await writer.restart(); // the server knows no ranges and sends all
        for await (const piece of pieces) {
          await writer.write(piece);
          if (writer.have - reported >= REPORT || writer.have < reported) {
            reported = writer.have;
            yield this.#progress(name, reported);
          }
        }
        if (writer.have === start) broken = new Broken('offline', `${this.#url(name)} sends nothing`);
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
        broken = error;
      }
      if (writer.have > start) patience = new Patience();
      if (broken?.kind === 'changed') {
        if (++changes > CHANGES) throw broken.last;
        if ((yield* this.#ask(name)) === null) throw new AppError('NET_FILE', `there is no ${this.#url(name)}`);
        await this.#begin(writer, name, false);
      } else if (broken !== null) yield* this.#wait(broken, patience, name, writer.have);
    }
  }

  async #finish(writer: FileWriter, name: string): Promise<void> {
    const { size, sha256 } = this.#file(name);
    const hash = writer.hash();
    if (writer.have !== size || (sha256 !== null && hash !== sha256)) {
      await writer.folder.remove(name);
      const detail =
        writer.have === size ? `has SHA-256 ${hash}, the hub says ${sha256}` : `has ${writer.have} bytes, the hub says ${size}`;
      throw new AppError('NET_HASH', `${this.#url(name)} ${detail}`);
    }
    this.#update(name, { done: true });
    await writeRecord(writer.folder, this.#record(false));
  }
}
