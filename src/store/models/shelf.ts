/**
 * The models that are kept on the disk: a folder each, with a record of its files. A model counts as there only when its record says that
 * it is complete and every file has its size, so what is half there is listed, resumed or deleted, but never read. Knows no network.
 */
import { AppError } from '../../errors.ts';
import type { FileBytes } from '../../file-bytes.ts';
import type { Disk, Folder } from '../../contracts/disk.ts';
import { HUB, type HubModel, type Remote } from './hub.ts';

/** A file of a model; `done` when all of it was written and checked. */
export type FileRecord = Remote & { readonly name: string; readonly done: boolean };
/** What is known of a model; `commit` is the version that the files are of, where the hub names one. */
export type ModelRecord = HubModel & { readonly commit: string | null; readonly files: readonly FileRecord[]; readonly complete: boolean };
/** A model as a list shows it. */
export type ModelOnDisk = HubModel & {
  /** The name to delete or open it by. */
  readonly folder: string;
  readonly commit: string | null;
  readonly complete: boolean;
  /** Bytes on the disk. */
  readonly bytes: number;
  /** Files for which the hub has no SHA-256, so that only their size was checked. */
  readonly unchecked: readonly string[];
  /** The names of its files. */
  readonly files: readonly string[];
};

const RECORD = 'model-record.json';
/** The host of a model that was copied from picked files; its revision is its fingerprint. */
export const PICKED = 'files';

/** The folder of a model: its name, with what is no letter written as %XX. */
export function folderName({ host, id, revision }: HubModel): string {
  return encodeURIComponent(`${host === HUB ? '' : `${host} `}${id}@${revision}`);
}

/** The record of a folder, or null when there is none that can be read. */
export async function readRecord(folder: Folder): Promise<ModelRecord | null> {
  const bytes = await folder.read(RECORD);
  if (bytes === null) return null;
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as ModelRecord;
    return isRecord(record) ? record : null;
  } catch {
    return null;
  }
}

function isRecord(record: ModelRecord): boolean {
  const texts = [record.host, record.id, record.revision];
  const good = ({ name, size, done }: FileRecord): boolean =>
    typeof name === 'string' && Number.isSafeInteger(size) && typeof done === 'boolean';
  return texts.every((text) => typeof text === 'string') && Array.isArray(record.files) && record.files.every(good);
}

/** Bytes of the files of a model other than its record and `name`. */
export async function bytesBeside(folder: Folder, name?: string): Promise<number> {
  return [...(await folder.sizes())].reduce((sum, [file, size]) => (file === name || file === RECORD ? sum : sum + size), 0);
}

/** Replaces the record of a folder. */
export function writeRecord(folder: Folder, record: ModelRecord): Promise<void> {
  return folder.replace(RECORD, new TextEncoder().encode(JSON.stringify(record)));
}

/** Removes the files that a record does not name. */
export async function sweep(folder: Folder, record: ModelRecord): Promise<void> {
  const names = new Set([RECORD, ...record.files.map(({ name }) => name)]);
  for (const name of (await folder.sizes()).keys()) if (!names.has(name)) await folder.remove(name);
}

async function look(disk: Disk, name: string): Promise<ModelOnDisk | null> {
  const folder = await disk.open(name);
  if (folder === null) return null;
  const sizes = await folder.sizes();
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const record = await readRecord(folder);
  if (record === null)
    return { folder: name, host: '', id: name, revision: '', commit: null, complete: false, bytes, unchecked: [], files: [] };
  const { host, id, revision, commit, files } = record;
  return {
    folder: name,
    host,
    id,
    revision,
    commit,
    bytes,
    complete: record.complete && files.every(({ name, size, done }) => done && sizes.get(name) === size),
    unchecked: files.filter(({ sha256 }) => sha256 === null).map(({ name }) => name),
    files: files.map(({ name }) => name),
  };
}

/** All models that take space, also those that are not complete. */
export async function modelsOnDisk(disk: Disk): Promise<readonly ModelOnDisk[]> {
  const models: ModelOnDisk[] = [];
  for (const name of await disk.names()) {
    const model = await look(disk, name);
    if (model !== null) models.push(model);
  }
  return models;
}

/** One of them by its folder; null when there is none. */
export function keptModel(disk: Disk, folder: string): Promise<ModelOnDisk | null> {
  return look(disk, folder);
}

/** Removes a model and what was downloaded of it. */
export function deleteModel(disk: Disk, folder: string): Promise<void> {
  return disk.remove(folder);
}

/**
 * Reads the files of a complete model by their names, null for those that it has not.
 * Errors: MODEL_MISSING when there is no such model, MODEL_TRUNCATED when it is not complete.
 */
export async function openModel(disk: Disk, name: string): Promise<(file: string) => Promise<FileBytes | null>> {
  const [model, folder] = [await look(disk, name), await disk.open(name)];
  if (model === null || folder === null) throw new AppError('MODEL_MISSING', `there is no model ${name} on this disk`);
  if (!model.complete) throw new AppError('MODEL_TRUNCATED', `${model.id} is not complete; start its download again`);
  const sizes = new Map((await readRecord(folder))?.files.map((file) => [file.name, file.size]));
  return async (file) => {
    const size = sizes.get(file);
    if (size === undefined) return null;
    const bytes = await folder.file(file);
    if (bytes?.length !== size) throw new AppError('MODEL_TRUNCATED', `${file} of ${model.id} has changed on the disk; delete the model`);
    return bytes;
  };
}
