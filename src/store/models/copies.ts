/**
 * Picked files copied to the disk, as a model that is listed, opened and deleted like those of a hub. Half a copy is removed. Knows nothing of
 * what is in the files.
 */
import { AppError } from '../../errors.ts';
import type { Disk } from '../../contracts/disk.ts';
import { lockModel } from '../lock.ts';
import type { Progress } from './download.ts';
import { FileWriter } from './file-writer.ts';
import { folderName, keptModel, PICKED, readRecord, writeRecord, type FileRecord, type ModelOnDisk, type ModelRecord } from './shelf.ts';

/** What is needed of a browser's `File`. */
export type Copied = { readonly size: number; stream(): ReadableStream<Uint8Array<ArrayBuffer>> };

/** Bytes between two reports. */
const REPORT = 8 * 1024 * 1024;

/**
 * Copies files under the names that a reader asks for; of a model that is kept only `beside` is copied anew, which is small and may have
 * changed. `fingerprint` tells models of one name apart. Errors: STORAGE_QUOTA before anything is written, MODEL_BUSY, MODEL_MISSING for a file
 * that is gone, STOPPED after `signal`.
 */
export async function* keepFiles(
  disk: Disk,
  { name, fingerprint }: { readonly name: string; readonly fingerprint: string },
  files: ReadonlyMap<string, Copied>,
  { beside = new Map(), signal }: { readonly beside?: ReadonlyMap<string, Copied>; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Progress, ModelOnDisk> {
  const model = { host: PICKED, id: name, revision: fingerprint };
  const folder = folderName(model);
  const free = await lockModel(folder);
  let whole = false;
  try {
    whole = (await keptModel(disk, folder))?.complete === true;
    const copied = whole ? beside : new Map([...files, ...beside]);
    const total = [...copied.values()].reduce((sum, { size }) => sum + size, 0);
    const room = await disk.free();
    if (total > room) throw new AppError('STORAGE_QUOTA', `${name} needs ${total} bytes, ${Math.max(0, room)} are free`);
    const writer = new FileWriter(await disk.create(folder));
    const before = whole ? ((await readRecord(writer.folder)) as ModelRecord).files : [];
    const records = before.filter((file) => !copied.has(file.name));
    const put = (all: readonly FileRecord[]): Promise<void> =>
      writeRecord(writer.folder, { ...model, commit: null, files: all, complete: true });
    // what is half written is no part of a model that is kept
    if (records.length < before.length) await put(records);
    let [done, reported] = [0, 0];
    for (const [file, source] of copied) {
      yield { file, done, total };
      await writer.open(file, false);
      try {
        for await (const piece of piecesOf(file, source)) {
          signal?.throwIfAborted();
          await writer.write(piece);
          done += piece.length;
          if (done - reported >= REPORT) yield { file, done: (reported = done), total };
        }
      } finally {
        await writer.close();
      }
      if (writer.have !== source.size) throw new AppError('MODEL_MISSING', `${file} has changed since it was picked`);
      records.push({ name: file, size: source.size, etag: null, sha256: writer.hash(), done: true });
    }
    if (copied.size > 0) await put(records);
    whole = true;
    return (await keptModel(disk, folder)) as ModelOnDisk;
  } catch (error) {
    if (signal?.aborted === true) throw new AppError('STOPPED', `the copy of ${name} was stopped`, { cause: error });
    throw error;
  } finally {
    if (!whole) await disk.remove(folder);
    await free();
  }
}

async function* piecesOf(name: string, source: Copied): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = source.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw new AppError('MODEL_MISSING', `${name} cannot be read: ${String(error)}`, { cause: error });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
