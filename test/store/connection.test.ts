/** What a browser, other tabs and damaged rows do to the database under a run, on an IndexedDB in Node. */
import 'fake-indexeddb/auto';
import { forceCloseDatabase, IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { describe as told, isClosed, storageError } from '../../src/store/failure.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { NAME, type StoreSchema, VERSION } from '../../src/store/runs/schema.ts';
import { adapterOf, BASE, heldOutOf, resultOf, sampleOf } from '../support/ledger-data.ts';

beforeEach(() => void (globalThis.indexedDB = new IDBFactory()));
afterEach(() => void vi.restoreAllMocks());

const code = (code: string, detail = ''): unknown => expect.objectContaining({ code, detail: expect.stringContaining(detail) as string });
const openStore = async (): Promise<IndexedStore> => new IndexedStore(await Connection.open());
/** Looks at the rows past the store's own code. */
const raw = () => openDB<StoreSchema>(NAME, VERSION);

/** Every connection that the browser gave, in order. */
function given(): IDBDatabase[] {
  const found: IDBDatabase[] = [];
  const open = indexedDB.open.bind(indexedDB);
  vi.spyOn(indexedDB, 'open').mockImplementation((name, version) => {
    const request = open(name, version);
    request.addEventListener('success', () => found.push(request.result));
    return request;
  });
  return found;
}

describe('a connection', () => {
  test('that the browser closed without a word is opened again, and the write is made', async () => {
    const databases = given();
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    databases[0]?.close();
    await (await store.openLedger(run)).putBase(BASE, heldOutOf(0));
    expect(databases).toHaveLength(2);
    expect((await store.runs())[0]?.base).toEqual(BASE);
  });

  test('that the browser ends is opened again at the next question, and a late word of its end changes nothing', async () => {
    const databases = given();
    const store = await openStore();
    forceCloseDatabase(databases[0] as never);
    const run = await store.createRun(DEFAULTS);
    expect(databases).toHaveLength(2);
    forceCloseDatabase(databases[0] as never);
    expect((await store.runs()).map((summary) => summary.run)).toEqual([run]);
    expect(databases).toHaveLength(2);
  });

  test('that cannot be opened again fails every question that waits for it, and each is asked anew', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const newer = await openDB(NAME, VERSION + 1);
    const both = await Promise.allSettled([store.runs(), store.run(run)]);
    for (const result of both) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE_ABORT' } });
    newer.close();
  });

  test('that another tab holds up with an older version is STORAGE_BLOCKED after five seconds, and lets go when it comes after all', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const databases = given();
      const older = await openDB(NAME, VERSION - 1, {
        upgrade: (database) => {
          for (const name of ['runs', 'heads', 'rounds']) database.createObjectStore(name);
        },
      });
      const failed = expect(Connection.open()).rejects.toEqual(code('STORAGE_BLOCKED', 'another tab'));
      for (let i = 0; i < 60; i++) {
        await vi.advanceTimersByTimeAsync(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await failed;
      older.close();
      for (let i = 0; i < 60; i++) {
        await vi.advanceTimersByTimeAsync(10);
        await new Promise((resolve) => setImmediate(resolve));
      }
      // the late one was closed, so a newer version can be opened at once
      expect(databases).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
    (await openDB(NAME, VERSION + 1)).close();
  });

  test('whose upgrade fails leaves the version before as it was', async () => {
    const old = await openDB(NAME, 1, { upgrade: (database) => void database.createObjectStore('meta') });
    old.close();
    await expect(Connection.open()).rejects.toEqual(code('STORAGE_BLOCKED', 'cannot be opened'));
    const left = await openDB(NAME);
    expect([left.version, [...left.objectStoreNames]]).toEqual([1, ['meta']]);
    left.close();
  }, 20_000);
});

describe('what went wrong in the database', () => {
  test('is told in one line, whatever was thrown', () => {
    const closing = new DOMException('closing', 'InvalidStateError');
    expect([isClosed(closing), isClosed({ inner: closing }), isClosed('closing'), isClosed({ name: 7 })]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(told(closing)).toBe('InvalidStateError: closing');
    expect([told('only text'), told({ name: 7 }), told(null)]).toEqual(['only text', '[object Object]', 'null']);
    expect(storageError('runs', null, undefined).detail).toBe('runs: ');
    const loop: { name: string; cause?: unknown } = { name: 'QuotaExceededError' };
    loop.cause = loop;
    expect(storageError('runs', loop).code).toBe('STORAGE_QUOTA');
  });
});

describe('a run that another tab deletes', () => {
  test('is RUN_UNKNOWN for everything that its ledger does then', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await store.deleteRun(run);
    await expect(ledger.load()).rejects.toEqual(code('RUN_UNKNOWN'));
    await expect(ledger.putSamples([sampleOf(run, 1, 0)])).rejects.toEqual(code('RUN_UNKNOWN'));
    await expect(ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1))).rejects.toEqual(code('RUN_UNKNOWN'));
    await expect(store.openLedger(run)).rejects.toEqual(code('RUN_UNKNOWN'));
  });

  test('just before its round is committed never gets a round without weights', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    vi.spyOn(IDBObjectStore.prototype, 'getKey').mockImplementation(function (this: IDBObjectStore) {
      return this.get([run, 'swept']) as IDBRequest<IDBValidKey | undefined>;
    });
    await expect(ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1))).rejects.toEqual(
      code('STORAGE_CORRUPT', 'a chunk of round 1'),
    );
    vi.restoreAllMocks();
    expect((await ledger.load()).rounds).toEqual([]);
  });
});

describe('a damaged row', () => {
  test('of the prompts that the model wrote is STORAGE_CORRUPT, never another question', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    const database = await raw();
    for (const prompts of [null, [1], 'Why?'] as never[]) {
      await database.put('prompts', { run, prompts });
      await expect(ledger.load()).rejects.toEqual(code('STORAGE_CORRUPT', 'the prompts'));
    }
    database.close();
  });

  test('of a round with the chunks of another is STORAGE_CORRUPT', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    await ledger.commitRound(resultOf(2), await adapterOf(2), heldOutOf(2));
    const database = await raw();
    const [first, second] = await database.getAll('rounds');
    if (first === undefined || second === undefined) throw new Error('two rounds');
    await database.put('rounds', { ...second, adapter: { ...second.adapter, chunks: first.adapter.chunks } });
    await expect(store.adapter(run, 2)).rejects.toEqual(code('STORAGE_CORRUPT', 'an adapter of run'));
    database.close();
  });

  test('of a run’s head does not hide the run, whose prompts the model was to write', async () => {
    const store = await openStore();
    const run = await store.createRun({ ...DEFAULTS, promptSource: 'own' });
    const database = await raw();
    await database.delete('heads', run);
    expect((await store.runs())[0]).toMatchObject({ run, problem: 'What is stored of it is damaged.' });
    expect(await store.run(run)).toMatchObject({ problem: null });
    database.close();
  });

  test('of a failure is a failure without details, or none where this version can go on', async () => {
    const store = await openStore();
    const [one, other] = [await store.createRun(DEFAULTS), await store.createRun(DEFAULTS)];
    const database = await raw();
    for (const [run, failure] of [
      [one, { code: 'KEPT_TOO_FEW', detail: 7 }],
      [other, { code: 'STORAGE_QUOTA', detail: 'full' }],
    ] as const) {
      const row = await database.get('runs', run);
      if (row !== undefined) await database.put('runs', { ...row, failure: failure as never });
    }
    const runs = new Map((await store.runs()).map((summary) => [summary.run, summary.failure]));
    expect(runs.get(one)).toMatchObject({ code: 'KEPT_TOO_FEW', detail: '' });
    expect(runs.get(other)).toBeUndefined();
    database.close();
  });
});
