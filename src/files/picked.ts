/**
 * A model from files that the user picked or dropped, in whatever folders they lie: a file is known by the last part of its path.
 * Knows nothing of what is in them but which shards an index names.
 */
import { AppError } from '../errors.ts';
import { INDEX, NEEDED, readJson, WEIGHTS, type ReadFile } from './checkpoint.ts';
import { readIndex, shardsOf } from './shards.ts';

/** A picked file: its bytes by its name. */
export type PickedFiles = ReadonlyMap<string, Uint8Array>;

/** What is needed of a browser's `File`. */
export type PickedFile = { readonly name: string; readonly webkitRelativePath?: string; arrayBuffer(): Promise<ArrayBuffer> };

/** A reader for `loadModel`. Errors: MODEL_MISSING names every file that is missing or there twice; what the index says is wrong. */
export async function pickedModel(files: readonly PickedFile[]): Promise<ReadFile> {
  const byName = nearest(files);
  const read: ReadFile = async (name) => {
    const file = byName.get(name);
    if (file === undefined) return null;
    try {
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      // moved, changed or no longer allowed since it was picked
      throw new AppError('MODEL_MISSING', `${name} cannot be read: ${String(error)}`, { cause: error });
    }
  };
  const missing: string[] = NEEDED.filter((name) => !byName.has(name));
  if (!byName.has(WEIGHTS)) {
    const index = await read(INDEX);
    if (index === null) missing.push(`${WEIGHTS} (or ${INDEX} and its files)`);
    else missing.push(...shardsOf(readIndex(readJson(index, INDEX, 'MODEL_FORMAT'))).filter((name) => !byName.has(name)));
  }
  if (missing.length > 0) throw new AppError('MODEL_MISSING', `there is no ${missing.join(', ')}`);
  return read;
}

/** The files by their names; of two with one name the one in the upper folder, as models keep others of theirs in folders below. */
function nearest(files: readonly PickedFile[]): ReadonlyMap<string, PickedFile> {
  const byName = new Map<string, { readonly file: PickedFile; readonly depth: number; readonly twice: boolean }>();
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    const name = path.replace(/^.*\//s, '');
    const depth = path.split('/').length;
    const other = byName.get(name);
    if (other === undefined || depth < other.depth) byName.set(name, { file, depth, twice: false });
    else if (depth === other.depth) byName.set(name, { ...other, twice: true });
  }
  const twice = [...byName].filter(([, { twice }]) => twice).map(([name]) => name);
  const unclear = twice.filter((name) => name.endsWith('.safetensors') || name === INDEX || (NEEDED as readonly string[]).includes(name));
  if (unclear.length > 0)
    throw new AppError('MODEL_MISSING', `${unclear.join(', ')}: two files have this name, choose the files of one model`);
  return new Map([...byName].map(([name, { file }]) => [name, file]));
}
