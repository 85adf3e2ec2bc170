/**
 * The models that this browser keeps, as the page asks for them: the list, a download or a copy as a stream of progress, and deleting. Joins the
 * store's downloads with what a model is made of. Knows no engine.
 */
import * as Comlink from 'comlink';
import { toFailure } from '../errors.ts';
import type { DownloadEvent, StoredModel, ShelfWorker } from '../protocol/models.ts';
import { CHECKPOINT_FILES } from '../files/checkpoint-files.ts';
import type { Disk } from '../contracts/disk.ts';
import { GGUF } from '../files/checkpoint.ts';
import { pickedParts } from '../files/picked.ts';
import { pickedGguf } from '../files/picked-gguf.ts';
import { download, type Progress } from '../store/models/download.ts';
import { parseHubModel } from '../store/models/hub.ts';
import { keepFiles } from '../store/models/copies.ts';
import { answer } from '../store/runs/library.ts';
import { deleteModel, modelsOnDisk, PICKED, type ModelOnDisk } from '../store/models/shelf.ts';
import { isKeptKit, keptNames, kitParts } from './kit-files.ts';
import { pickedFiles } from './picked-files.ts';
import { toStream } from './stream.ts';

/** Between a copy's fingerprint, how its prompts are written, and the sample of its weights; in none of them. */
const APART = '-';

function shown({ folder, id, host, revision, commit, complete, bytes, files }: ModelOnDisk): StoredModel {
  const copied = host === PICKED;
  const [fingerprint = '', rendering, weights] = revision.split(APART);
  return {
    folder,
    id,
    host: copied ? '' : host,
    revision: copied ? '' : revision,
    commit,
    complete,
    bytes,
    fingerprint: copied ? fingerprint : null,
    ...(copied && rendering !== undefined ? { rendering } : {}),
    ...(copied && weights !== undefined ? { weights } : {}),
    kit: files.some(isKeptKit),
  };
}

/** What a download or a copy tells, with its end or its failure as the last event. */
async function* told(begin: () => Promise<AsyncGenerator<Progress, ModelOnDisk>>): AsyncGenerator<DownloadEvent, void> {
  let progress: AsyncGenerator<Progress, ModelOnDisk> | null = null;
  try {
    progress = await begin();
    for (;;) {
      const { done, value } = await progress.next();
      if (done === true) return yield { type: 'stored', model: shown(value) };
      yield { type: 'progress', ...value };
    }
  } catch (error) {
    yield { type: 'failed', failure: toFailure(error) };
  } finally {
    // for a reader that walks away: what has begun is closed
    await progress?.return(undefined as never);
  }
}

/** `open` is called for every question. */
export function createShelf(open: () => Promise<Disk>): ShelfWorker {
  return {
    stored: () => answer(async () => (await modelsOnDisk(await open())).map(shown)),
    forget: (folder) =>
      answer(async () => {
        await deleteModel(await open(), folder);
        return null;
      }),
    download: (id, host) =>
      streamed(async (signal) => {
        const model = host.trim() === '' ? parseHubModel(id) : parseHubModel(id, host.trim());
        return download(await open(), model, CHECKPOINT_FILES, { signal });
      }),
    keep: ({ files, folder }, { name, fingerprint, rendering, weights }) =>
      streamed(async (signal) => {
        const looked = rendering === undefined ? [] : weights === undefined ? [rendering] : [rendering, weights];
        const model = { name, fingerprint: [fingerprint, ...looked].join(APART) };
        const picked = pickedFiles(files);
        const gguf = await pickedGguf(picked, folder);
        const parts = gguf === null ? (await pickedParts(picked, folder)).parts : new Map([[GGUF, gguf.file]]);
        const beside = await keptNames(await kitParts(files));
        return keepFiles(await open(), model, new Map([...parts].map(([name, { file }]) => [name, file])), { beside, signal });
      }),
  };
}

function streamed(begin: (signal: AbortSignal) => Promise<AsyncGenerator<Progress, ModelOnDisk>>): Promise<ReadableStream<DownloadEvent>> {
  const stop = new AbortController();
  const stream = toStream(
    told(() => begin(stop.signal)),
    () => stop.abort(),
  );
  return Promise.resolve(Comlink.transfer(stream, [stream]));
}
