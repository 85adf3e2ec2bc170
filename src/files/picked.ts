/**
 * A model from files that the user picked or dropped, in whatever folders they lie: those of one folder with a config.json, and the tokenizer
 * and weights that it lacks from the nearest other place that is no other model's. What is said of a tokenizer lies beside it: a template of
 * an adapter's, or of a folder of examples, is not the model's. Names are the same in either spelling of an accented letter. Knows nothing of
 * what is in them but which shards an index names, and what a file is whose name says otherwise.
 */
import { AppError } from '../errors.ts';
import { depthOf, foundIn, isIn, meantOf, placeOf } from '../picked-folders.ts';
import {
  ADDED_TOKENS,
  CHAT_TEMPLATE,
  CONFIG,
  GENERATION,
  INDEX,
  NEEDED,
  OPTIONAL,
  readJson,
  SPECIAL_TOKENS,
  TOKENIZER,
  TOKENIZER_CONFIG,
  WEIGHTS,
  type ReadFile,
} from './checkpoint.ts';
import { bytesOfBlob } from '../file-bytes.ts';
import { HEAD, kindOf, refuseOther } from './kinds.ts';
import { readIndex, shardsOf } from './shards.ts';

/** A picked file: its bytes by its name. */
export type PickedFiles = ReadonlyMap<string, Uint8Array>;

/** What is needed of a browser's `File`; `slice` saves reading all of one that is only asked what it is, `blob` holding all of the weights. */
export type PickedFile = {
  readonly blob?: Blob;
  readonly name: string;
  readonly webkitRelativePath?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  slice?(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> };
};
type Placed<File = PickedFile> = { readonly path: string; readonly folder: string; readonly name: string; readonly file: File };

/** A file that is copied when a model is kept, if it is there. */
const LICENSE = 'LICENSE';
/** What older checkpoints have in place of a tokenizer.json. */
const OLDER = ['tokenizer.model', 'vocab.json', 'merges.txt'] as const;
/** Files that belong to a config.json, and to a tokenizer.json: no other folder's are theirs, whatever lacks them. */
const OF_MODEL: readonly string[] = [GENERATION, LICENSE];
const OF_TOKENIZER: readonly string[] = [TOKENIZER_CONFIG, SPECIAL_TOKENS, ADDED_TOKENS, CHAT_TEMPLATE];

/** A reader for `loadModel`. Errors: those of `pickedParts`. */
export async function pickedModel(files: readonly PickedFile[], folder?: string): Promise<ReadFile> {
  return (await pickedParts(files, folder)).read;
}

/**
 * The model in `folder` where several lie among the files, else the nearest: a reader of its files, and all of them by the names that a
 * reader asks for. Errors: MODEL_MISSING names every file that is missing, MODEL_PARTS when those are parts alone, MODEL_SEVERAL
 * what is there twice, FILE_PICKLE and FILE_OTHER what lies there instead; what the index says is wrong.
 */
export async function pickedParts<File extends PickedFile>(
  files: readonly File[],
  folder?: string,
): Promise<{ readonly read: ReadFile; readonly parts: ReadonlyMap<string, File> }> {
  const placed = files.map((file): Placed<File> => {
    const path = file.webkitRelativePath || file.name;
    return { path, ...placeOf(path), file };
  });
  const models = foundIn(placed.map(({ path }) => path)).filter(({ kind, gguf }) => kind === 'model' && gguf === undefined);
  const chosen = folder === undefined ? meantOf(models) : { folder };
  if (chosen === null && models.length > 0) {
    const list = models.map((model) => model.folder).join(', ');
    throw new AppError('MODEL_SEVERAL', `${CONFIG}: two files have this name or more, in ${list}; choose the files of one model`);
  }
  const own = chosen?.folder ?? '';
  const others = models.map((model) => model.folder).filter((other) => other !== own && !isIn(own, other));
  const there = (name: string, inside = own): readonly Placed<File>[] => placed.filter(({ path }) => isAt(path, inside, name));
  // a file that is called like the whole weights may be one of the parts, in a folder of its own
  const isSharded = there(WEIGHTS).length === 0 && there(INDEX).length > 0;
  // what is said of a tokenizer lies in one folder: the model's own, or that of the tokenizer where the model has none of it
  const hasSome = OF_TOKENIZER.some((name) => there(name).length > 0);
  const beside = hasSome ? own : (fileAt(placed, own, others, TOKENIZER)?.folder ?? own);
  const find = (name: string): File | null => {
    if (isSharded && name === WEIGHTS) return null;
    if (OF_TOKENIZER.includes(name)) return onlyOf(there(name, beside), name);
    if (OF_MODEL.includes(name)) return onlyOf(there(name), name);
    return fileAt(placed, own, others, name)?.file ?? null;
  };
  const read: ReadFile = async (name) => {
    const file = find(name);
    if (file === null) return null;
    if (file.blob !== undefined) return await bytesOfBlob(file.blob, name);
    try {
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      // moved, changed or no longer allowed since it was picked
      throw new AppError('MODEL_MISSING', `${name} cannot be read: ${String(error)}`, { cause: error });
    }
  };
  let weights: readonly string[] = [WEIGHTS];
  const missing: string[] = NEEDED.filter((name) => find(name) === null);
  if (find(WEIGHTS) === null) {
    const index = await read(INDEX);
    if (index !== null) {
      refuseOther(INDEX, index);
      const shards = shardsOf(readIndex(readJson(index, INDEX, 'MODEL_FORMAT')));
      weights = [INDEX, ...shards];
      const lacking = shards.filter((name) => find(name) === null);
      if (missing.length === 0 && lacking.length > 0)
        throw new AppError('MODEL_PARTS', `there is no ${lacking.join(', ')}, which ${INDEX} names`);
      missing.push(...lacking);
    } else {
      const instead = await weightsInstead(placed.filter((file) => !others.some((other) => isIn(file.path, other))));
      if (typeof instead === 'object' && instead !== null) throw instead;
      missing.push(`${WEIGHTS} (or ${INDEX} and its files)${instead ?? ''}`);
    }
  }
  if (missing.length > 0) {
    const older = missing.includes(TOKENIZER) ? OLDER.find((name) => there(name).length > 0) : undefined;
    const cure = `; ${older} is its older form, which transformers reads, and save_pretrained of its AutoTokenizer writes ${TOKENIZER}`;
    // a browser numbers what it downloads again
    const copies = placed.flatMap(({ path, name }) => {
      const is = name.replace(/ ?\(\d+\)(?=\.json$)/, '');
      return is !== name && missing.includes(is) && !others.some((other) => isIn(path, other)) ? `; if ${name} is ${is}, rename it` : [];
    });
    throw new AppError('MODEL_MISSING', `there is no ${missing.join(', ')}${older === undefined ? '' : cure}${copies.join('')}`);
  }
  const parts = new Map<string, File>();
  for (const name of [...NEEDED, ...OPTIONAL, LICENSE, ...weights]) {
    const file = find(name);
    if (file !== null) parts.set(name, file);
  }
  return { read, parts };
}

function isAt(path: string, folder: string, name: string): boolean {
  return path.normalize('NFC') === (folder === '' ? name : `${folder}/${name}`).normalize('NFC');
}

/** The file of the model's own folder, or the nearest of its name that is no other model's. Errors: MODEL_SEVERAL when two are as near. */
function fileAt<File>(placed: readonly Placed<File>[], own: string, others: readonly string[], name: string): Placed<File> | null {
  const exact = placed.filter(({ path }) => isAt(path, own, name));
  const [only] = exact;
  if (exact.length === 1 && only !== undefined) return only;
  const last = placeOf(name).name;
  const away = ({ folder }: Placed<File>): number =>
    (isIn(folder, own) || isIn(own, folder) ? 0 : 1e6) + Math.abs(depthOf(folder) - depthOf(own));
  const near = placed
    .filter((file) => file.name === last && !others.some((other) => isIn(file.path, other)))
    .map((file) => ({ file, away: away(file) }))
    .sort((a, b) => a.away - b.away);
  const [first, second] = near;
  if (first === undefined) return null;
  if (second !== undefined && second.away === first.away) throw twoOf(name);
  return first.file;
}

/** The one file of a name in a folder. Errors: MODEL_SEVERAL. */
function onlyOf<File>([first, second]: readonly Placed<File>[], name: string): File | null {
  if (second !== undefined) throw twoOf(name);
  return first?.file ?? null;
}

const twoOf = (name: string): AppError => new AppError('MODEL_SEVERAL', `${name}: two files have this name, choose the files of one model`);

/** Files of a trainer that hold no weights of a model. */
const BESIDE = /^(?:training_args|optimizer|scheduler|scaler|rng_state|random_states)/;
const PART = /-\d{5}-of-\d{5}\.safetensors$/i;
const UNFINISHED = /\.(?:crdownload|part|partial|download|incomplete|aria2|tmp)$/i;
const FOREIGN = /\.(?:bin|pt|pth|ckpt|pkl|onnx|h5|hdf5|msgpack|tflite|npz|ot|gguf|ggml|zip|gz|tgz|tar|7z|rar)$/i;

/** What there is where the weights should be: the error of a file of another kind, or half a sentence, or nothing. */
async function weightsInstead(placed: readonly Placed[]): Promise<AppError | string | null> {
  const unfinished = placed.find(({ name }) => UNFINISHED.test(name));
  if (unfinished !== undefined) return `; the download of ${unfinished.name} has not ended`;
  const safe = placed.find(({ name }) => /\.safetensors$/i.test(name) && !name.startsWith('adapter_'));
  const foreign = placed.find(({ name }) => FOREIGN.test(name) && !BESIDE.test(name));
  const found = safe ?? foreign;
  if (found === undefined) return null;
  const { file, name } = found;
  try {
    const head = new Uint8Array(await (file.slice?.(0, HEAD) ?? file).arrayBuffer()).subarray(0, HEAD);
    const kind = kindOf(head, name);
    if (kind === null && found === safe)
      return PART.test(name)
        ? `; ${name} is one of several parts: choose all of them, and ${INDEX}, which says what is in each`
        : `; if ${name} holds them, rename it`;
    const pickled = /\.(?:bin|pt|pth|ckpt|pkl)$/i.test(name);
    if (kind !== null) return new AppError(kind.code, `there is no ${WEIGHTS}, and ${name} is ${kind.what}`);
    return new AppError(pickled ? 'FILE_PICKLE' : 'FILE_OTHER', `there is no ${WEIGHTS}, and ${name} holds no weights that are read`);
  } catch {
    return `; ${name} is of another kind`;
  }
}
