/**
 * A model from wherever it comes: a bundled one by its address, files that the user picked, or a folder that this browser keeps. Says what
 * was opened. Knows no engine and no run.
 */
import { AppError, type ErrorCode } from '../errors.ts';
import { ChatFormat } from '../text/chat.ts';
import { parameterCount, renderConfig } from '../files/config.ts';
import { isSmall } from '../model/cost.ts';
import { loading, type ModelFiles, type Share } from '../model/load.ts';
import { noteOn } from './noted.ts';
import { TOKENIZER, type ReadFile } from '../files/checkpoint.ts';
import { beginningOf, isQuantised, nameOfType, sizeOf } from '../files/floats.ts';
import { pickedModel } from '../files/picked.ts';
import { keptGguf, pickedGguf } from '../files/picked-gguf.ts';
import type { ModelSource, OpenedModel, PickedEntry } from '../protocol/lm.ts';
import { pickedFiles } from './picked-files.ts';
import { nameOfPicked } from './picked-name.ts';
import { renderingOf } from './rendering.ts';
import type { ChatModel } from './tasks.ts';
import { worldText } from '../run/worlds.ts';
import { sha256 } from '../digest.ts';
import { ownFile } from '../own-files.ts';
import { foundIn } from '../picked-folders.ts';
import { keptModel, openModel } from '../store/models/shelf.ts';
import { openOpfs } from '../store/models/opfs.ts';

export type OpenedSource = {
  readonly files: Required<ModelFiles>;
  /** How its conversations are written, with the date of the day on which it was opened where its template writes one. */
  readonly chat: Required<ChatModel>;
  readonly model: Omit<OpenedModel, 'prompts' | 'principles' | 'standard'>;
  readonly read: ReadFile;
};

/** What the files themselves name, if they can. */
const UNNAMED = 'picked model';
const UNFIT: readonly ErrorCode[] = ['MODEL_MISMATCH', 'TOKENIZER_FORMAT'];
const BROKEN: readonly ErrorCode[] = [...UNFIT, 'MODEL_MISSING', 'MODEL_TRUNCATED', 'MODEL_FORMAT', 'MODEL_PARTS', 'FILE_EMPTY'];

/** What is wrong is the same whichever way a model came; what to do about it is not. Files that were picked have the sentences of `loading`. */
const WAYS = {
  bundled: { code: 'PAGE_FILE', instead: BROKEN },
  stored: { code: 'KEPT_UNFIT', instead: BROKEN },
  gguf: { code: 'GGUF_UNFIT', instead: UNFIT },
  files: null,
} as const satisfies Readonly<Record<string, { readonly code: ErrorCode; readonly instead: readonly ErrorCode[] } | null>>;

/** Throws an error of a model again, with the advice for the way that it came. */
export function refusing(way: keyof typeof WAYS): (error: unknown) => never {
  const other = WAYS[way];
  return (error) => {
    if (other === null || !(error instanceof AppError) || !other.instead.includes(error.code)) throw error;
    throw new AppError(other.code, `${error.code}: ${error.detail}`, { cause: error });
  };
}

/**
 * Opens a source, whole or not at all, and says how much of its weights is read. Errors: those of `loading`, of a source that is not picked with
 * the codes of `refusing`; CHAT_TEMPLATE, GGUF_TEMPLATE, DISK_NONE.
 */
export async function* openSource(source: ModelSource): AsyncGenerator<Share, OpenedSource> {
  let way: keyof typeof WAYS = source.kind;
  try {
    const { name, read, gguf } = await readerOf(source);
    if (gguf) way = 'gguf';
    return yield* opening(source, name, read);
  } catch (error) {
    return refusing(way)(error);
  }
}

async function* opening(source: ModelSource, name: string, read: ReadFile): AsyncGenerator<Share, OpenedSource> {
  const files = yield* loading(source.kind === 'bundled' ? source.url : read);
  const { config } = files;
  const world = source.kind === 'bundled' ? source.world : null;
  const chat = { tokenizer: files.tokenizer, format: formatOf(files), eos: config.eos_token_ids };
  const note = world === null ? noteOn(chat) : null;
  const date = chat.format.dated ? { date: chat.format.date } : {};
  const written = world === null ? { rendering: await renderingOf(chat), ...date } : {};
  const fingerprint = world === null ? await fingerprintOf(files) : 'bundled';
  const sample = world === null ? await sampleOf(files) : '';
  const { model_type: family, max_position_embeddings: context } = config;
  const size = { parameters: parameterCount(config), small: isSmall(config) };
  const { parameters } = size;
  const called = source.kind === 'files' && name === UNNAMED ? await nameOfPicked(read, { family, parameters, sample }) : name;
  const looked = world === null ? { weights: sample } : {};
  return {
    files,
    chat,
    read,
    model: { name: called, fingerprint, ...written, ...looked, world, family, ...size, ...quantisationOf(files), context, note },
  };
}

/** How a model's conversations are written. Errors: CHAT_TEMPLATE, GGUF_TEMPLATE. */
export function formatOf({ tokenizerConfig = null, chatTemplate = null, generation = null, gguf = false }: ModelFiles): ChatFormat {
  return new ChatFormat({ tokenizerConfig, template: chatTemplate, generationConfig: generation, gguf });
}

async function readerOf(source: ModelSource): Promise<{ readonly name: string; readonly read: ReadFile; readonly gguf: boolean }> {
  switch (source.kind) {
    case 'bundled':
      return { name: worldText(source.world), read: (name) => fetchOne(source.url, name), gguf: false };
    case 'files': {
      const files = pickedFiles(source.files);
      const gguf = await pickedGguf(files, source.folder);
      if (gguf !== null) return { name: gguf.name, read: gguf.read, gguf: true };
      return { name: folderOf(source.files, source.folder), read: await pickedModel(files, source.folder), gguf: false };
    }
    case 'stored': {
      const disk = await openOpfs();
      const read = await keptGguf(await openModel(disk, source.folder));
      return { name: (await keptModel(disk, source.folder))?.id ?? source.folder, read, gguf: false };
    }
    default:
      return source satisfies never;
  }
}

/** The type of most of the numbers that a file holds in a coarse one. */
function quantisationOf({ weights }: ModelFiles): Pick<OpenedModel, 'quantisation'> {
  const counts = new Map<string, number>();
  for (const tensor of weights.values()) {
    if (isQuantised(tensor)) counts.set(nameOfType(tensor), (counts.get(nameOfType(tensor)) ?? 0) + sizeOf(tensor));
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most === undefined ? {} : { quantisation: most[0] };
}

/** Only what the bundled model has: asking for more would be an error in the browser's log. */
async function fetchOne(folder: string, name: string): Promise<Uint8Array | null> {
  if (name !== TOKENIZER) return null;
  const address = `${folder.replace(/\/$/, '')}/${name}`;
  return ownFile(address, async () => {
    const response = await fetch(address);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  });
}

/** The folder that the model is in, or a plain word where its files were picked without one. */
export function folderOf(entries: readonly Pick<PickedEntry, 'path'>[], folder?: string): string {
  const inside = folder ?? foundIn(entries.map(({ path }) => path)).find(({ kind }) => kind === 'model')?.folder ?? '';
  return inside === '' ? UNNAMED : inside.slice(inside.lastIndexOf('/') + 1);
}

/** Tells models of one name apart: the shape, the tokenizer's size, and the small weights with those of the last layer. */
async function fingerprintOf({ config, tokenizer, weights }: ModelFiles): Promise<string> {
  const last = `model.layers.${config.num_hidden_layers - 1}.`;
  const parts: BlobPart[] = [`${renderConfig(config)} ${tokenizer.size}`];
  for (const [name, tensor] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (tensor.shape.length === 1 || name.startsWith(last)) parts.push(name, tensor.data);
  }
  const hash = await sha256(new Uint8Array(await new Blob(parts).arrayBuffer()));
  return hash.slice(0, 16);
}

/** Numbers of each tensor that are looked at. */
const SAMPLED = 256;

/** The beginnings of all weights as one hash: what was trained in between alone has the fingerprint of its base. */
async function sampleOf({ weights }: ModelFiles): Promise<string> {
  const parts = [...weights]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, tensor]): BlobPart[] => [name, beginningOf(tensor, SAMPLED)]);
  const hash = await sha256(new Uint8Array(await new Blob(parts).arrayBuffer()));
  return hash.slice(0, 16);
}
