/**
 * The read side of the store in a thread of its own, so that a query never waits for the model, and the models that are kept. Knows no
 * tensor.
 */
import * as Comlink from 'comlink';
import type { ShelfWorker } from '../src/protocol/models.ts';
import type { LibraryWorker } from '../src/protocol/library.ts';
import { Connection } from '../src/store/runs/connection.ts';
import { IndexedStore } from '../src/store/runs/indexed.ts';
import { createLibrary } from '../src/store/runs/library.ts';
import { openOpfs } from '../src/store/models/opfs.ts';
import type { RunStore } from '../src/run/run-store.ts';
import { createCompare } from '../src/lab/comparing.ts';
import { startHeartbeat } from '../src/lab/heartbeat.ts';
import { createRunFiles } from '../src/lab/run-file/serve.ts';
import { createShelf } from '../src/lab/shelf.ts';

let store: RunStore | null = null;

const open = async (): Promise<RunStore> => (store ??= new IndexedStore(await Connection.open()));

Comlink.expose({
  ...createLibrary(open),
  compare: createCompare(open),
  ...createRunFiles(open),
  ...createShelf(() => openOpfs()),
} satisfies LibraryWorker & ShelfWorker);
startHeartbeat();
