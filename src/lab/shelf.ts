/**
 * The models that this browser keeps, as the page asks for them: the list, a download as a stream of progress, and deleting. Joins the
 * store's downloads with what a model is made of. Knows no engine.
 */
import * as Comlink from 'comlink';
import { toFailure } from '../errors.ts';
import type { DownloadEvent, StoredModel, ShelfWorker } from '../protocol/models.ts';
import { CHECKPOINT_FILES } from '../files/checkpoint-files.ts';
import type { Disk } from '../contracts/disk.ts';
import { download } from '../store/models/download.ts';
import { parseHubModel } from '../store/models/hub.ts';
import { answer } from '../store/runs/library.ts';
import { deleteModel, modelsOnDisk, type ModelOnDisk } from '../store/models/shelf.ts';
import { toStream } from './stream.ts';

function shown({ folder, id, host, revision, commit, complete, bytes }: ModelOnDisk): StoredModel {
  return { folder, id, host, revision, commit, complete, bytes };
}

async function* fetching(open: () => Promise<Disk>, id: string, host: string, signal: AbortSignal): AsyncGenerator<DownloadEvent, void> {
  try {
    const model = host.trim() === '' ? parseHubModel(id) : parseHubModel(id, host.trim());
    const progress = download(await open(), model, CHECKPOINT_FILES, { signal });
    for (;;) {
      const { done, value } = await progress.next();
      if (done === true) return yield { type: 'stored', model: shown(value) };
      yield { type: 'progress', ...value };
    }
  } catch (error) {
    yield { type: 'failed', failure: toFailure(error) };
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
    download: (id, host) => {
      const stop = new AbortController();
      const stream = toStream(fetching(open, id, host, stop.signal), () => stop.abort());
      return Promise.resolve(Comlink.transfer(stream, [stream]));
    },
  };
}
