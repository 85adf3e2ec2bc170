/**
 * The GGUF file among files that the user picked, whatever it is called: LM Studio keeps it in a folder, Ollama under a hash. Knows nothing of
 * what is in it but its first bytes.
 */
import { AppError } from '../errors.ts';
import { bytesOfBlob, type FileBytes } from '../file-bytes.ts';
import { CONFIG, GGUF, type ReadFile } from './checkpoint.ts';
import { ggufFolder, nameInGguf } from './in/gguf/gguf.ts';
import { isGguf } from './in/gguf/header.ts';
import { foundIn, isGgufName, meantOf, placeOf } from '../picked-folders.ts';
import { refuseOther } from './kinds.ts';
import type { PickedFile } from './picked.ts';

const ENDING = /\.gguf$/i;
const PART = /-\d{5}-of-\d{5}\.gguf$/i;

/** Its name, a reader for `loadModel`, and the file. */
export type PickedGguf<File> = { readonly name: string; readonly read: ReadFile; readonly file: File };

/**
 * That of `folder` where several models lie among the files, else the nearest; null where there is none, or the weights of a folder are meant.
 * Errors: MODEL_SEVERAL; those of `ggufFolder`.
 */
export async function pickedGguf<File extends PickedFile>(files: readonly File[], folder?: string): Promise<PickedGguf<File> | null> {
  const file = await ggufAmong(files, folder);
  if (file === null) return null;
  const { name } = file;
  const bytes = await bytesOf(file);
  refuseOther(ENDING.test(name) ? name.toLowerCase() : `${name}.gguf`, bytes);
  const read = ggufFolder(bytes, name);
  return { name: ENDING.test(name) ? name.replace(ENDING, '') : (nameInGguf(bytes) ?? name), read, file };
}

/** A reader of a kept folder, in which a GGUF file may stand alone. Errors: those of `ggufFolder`. */
export async function keptGguf(read: ReadFile): Promise<ReadFile> {
  const file = (await read(CONFIG)) === null ? await read(GGUF) : null;
  return file === null ? read : ggufFolder(file, GGUF);
}

async function bytesOf(file: PickedFile): Promise<FileBytes> {
  if (file.blob !== undefined) return await bytesOfBlob(file.blob, file.name);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    // moved, changed or no longer allowed since it was picked
    throw new AppError('MODEL_MISSING', `${file.name} cannot be read: ${String(error)}`, { cause: error });
  }
}

async function ggufAmong<File extends PickedFile>(files: readonly File[], folder?: string): Promise<File | null> {
  const placed = files.map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  const models = foundIn(placed.map(({ path }) => path)).filter(({ kind }) => kind === 'model');
  const meant = folder ?? meantOf(models)?.folder;
  // of several as near all are asked for, unless others are nearer
  const areNearest = models[0]?.gguf === true;
  const isMeant = (place: string): boolean => (meant === undefined ? areNearest : place === meant);
  const folders = models.flatMap((model) => (model.gguf === true && isMeant(model.folder) ? [model.folder] : []));
  const named = placed
    .filter(({ path }) => isGgufName(placeOf(path).name) && folders.includes(placeOf(path).folder))
    .map(({ file }) => file);
  const [first, ...others] = named;
  if (first !== undefined) {
    // of one model in parts, any part says so
    if (others.length > 0 && !named.every(({ name }) => PART.test(name)))
      throw new AppError('MODEL_SEVERAL', `${named.map(({ name }) => name).join(', ')}: choose one of these files alone`);
    return first;
  }
  const [only] = files;
  if (only?.slice === undefined || files.length > 1) return null;
  return isGguf(new Uint8Array(await only.slice(0, 4).arrayBuffer())) ? only : null;
}
