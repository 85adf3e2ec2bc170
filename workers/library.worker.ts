/**
 * The read side of the store in a thread of its own, so that a query never waits for the model, and the models that are kept. Knows no
 * tensor.
 */
import * as Comlink from 'comlink';
import type { ShelfWorker } from '../src/model-protocol.ts';
import type { LibraryWorker } from '../src/protocol.ts';
import { Connection } from '../src/store/connection.ts';
import { IndexedStore } from '../src/store/indexed.ts';
import { createLibrary } from '../src/store/library.ts';
import { openOpfs } from '../src/store/opfs.ts';
import type { RunStore } from '../src/store/store.ts';
import { createCompare } from './compare.ts';
import { startHeartbeat } from './heartbeat.ts';
import { createShelf } from './shelf.ts';

let store: RunStore | null = null;

const open = async (): Promise<RunStore> => (store ??= new IndexedStore(await Connection.open()));

Comlink.expose({
  ...createLibrary(open),
  compare: createCompare(open),
  ...createShelf(() => openOpfs()),
} satisfies LibraryWorker & ShelfWorker);
startHeartbeat();
