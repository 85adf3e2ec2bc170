/** The store on an IndexedDB in Node: the contract, then everything that can be made to fail there in milliseconds. */
import fc from 'fast-check';
import 'fake-indexeddb/auto';
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { CHUNK, putChunks } from '../../src/store/runs/chunks.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { storageError } from '../../src/store/failure.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { createLibrary } from '../../src/store/runs/library.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { NAME, type StoreSchema, VERSION } from '../../src/store/runs/schema.ts';
import type { RunStore } from '../../src/run/run-store.ts';
import { adapterOf, BASE, heldOutOf, resultOf, sampleOf } from '../support/ledger-data.ts';
import { ledgerSuite } from '../support/ledger-suite.ts';

beforeEach(() => void (globalThis.indexedDB = new IDBFactory()));
afterEach(() => void vi.restoreAllMocks());

const openStore = async (): Promise<RunStore> => new IndexedStore(await Connection.open());
const REAL_PUT = Reflect.get(IDBObjectStore.prototype, 'put') as (this: IDBObjectStore, ...args: unknown[]) => IDBRequest<IDBValidKey>;
const code = (code: string): unknown => expect.objectContaining({ code });
const domError = (name: string): DOMException => new DOMException(`made up: ${name}`, name);

ledgerSuite('the store in IndexedDB', async () => ({ store: await openStore(), reopen: openStore }));
ledgerSuite('the store in memory', async () => {
  const store = new MemoryStore();
  return { store, reopen: async () => store };
});

/** Looks at the rows past the store's own code. */
const raw = () => openDB<StoreSchema>(NAME, VERSION);

describe('a commit that is interrupted', () => {
  test('between the chunks and the head leaves the round before, and the next opening clears the orphans', async () => {
    const connection = await Connection.open();
    const store = new IndexedStore(connection);
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    await putChunks(connection, run, await adapterOf(2, CHUNK + 1));
    expect(await (await raw()).count('chunks')).toBe(3);

    const after = await (await openStore()).openLedger(run);
    expect(await (await raw()).count('chunks')).toBe(1);
    expect((await after.load()).rounds).toEqual([resultOf(1)]);
    await after.commitRound(resultOf(2), await adapterOf(2, CHUNK + 1), heldOutOf(2));
    expect((await after.load()).adapter?.hash).toBe((await adapterOf(2, CHUNK + 1)).hash);
  });

  test('killed at any write: the old round or the new one, both whole, and going on reaches the same end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 26 }), fc.boolean(), async (at, abort) => {
        globalThis.indexedDB = new IDBFactory();
        const store = await openStore();
        const run = await store.createRun(DEFAULTS);
        const reported: number[] = [];
        const goOn = async (store: RunStore): Promise<void> => {
          const ledger = await store.openLedger(run);
          const saved = await ledger.load();
          if (saved.base === null) await ledger.putBase(BASE, heldOutOf(0));
          for (let round = saved.rounds.length + 1; round <= 3; round++) {
            await ledger.putSamples([sampleOf(run, round, 0), sampleOf(run, round, 1)]);
            await ledger.commitRound(resultOf(round), await adapterOf(round), heldOutOf(round));
            reported.push(round);
          }
        };

        // from the `at`-th write on nothing reaches the database any more, as if the worker were gone
        let count = 0;
        const killed = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
          if (++count < at) return REAL_PUT.apply(this, args);
          if (abort) this.transaction.abort();
          throw domError('AbortError');
        });
        await goOn(store).catch(() => {});
        killed.mockRestore();

        const after = await openStore();
        const summary = (await after.runs())[0];
        expect(summary?.rounds.length).toBeGreaterThanOrEqual(reported.length);
        expect(summary?.rounds).toEqual((summary?.rounds ?? []).map((_, i) => resultOf(i + 1)));
        for (const { round } of summary?.rounds ?? []) expect(await after.adapter(run, round)).toEqual(await adapterOf(round));
        // answers are there with what they measured, and never without it
        const measured = [summary?.base !== null, ...[1, 2, 3].map((round) => round <= (summary?.rounds.length ?? 0))];
        const answers = await Promise.all([0, 1, 2, 3].map((round) => after.heldOut(run, round)));
        expect(answers).toEqual(measured.map((is, round) => (is ? heldOutOf(round) : null)));

        await goOn(after);
        const saved = await (await after.openLedger(run)).load();
        const rounds = [1, 2, 3].map(resultOf);
        expect(saved).toEqual({ base: BASE, prompts: null, difficulty: null, rounds, samples: [], adapter: await adapterOf(3) });
        expect(await after.samples(run, 3)).toEqual([sampleOf(run, 3, 0), sampleOf(run, 3, 1)]);
        expect(await Promise.all([0, 1, 2, 3].map((round) => after.heldOut(run, round)))).toEqual([0, 1, 2, 3].map(heldOutOf));
        expect(await (await raw()).count('chunks')).toBe(3);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a full disk', () => {
  const shapes: readonly [string, (store: IDBObjectStore) => void][] = [
    [
      'a request that throws',
      () => {
        throw domError('QuotaExceededError');
      },
    ],
    [
      'an AbortError with the cause inside',
      () => {
        throw Object.assign(domError('AbortError'), { inner: domError('QuotaExceededError') });
      },
    ],
  ];
  test.each(shapes)('shown as %s is STORAGE_QUOTA, and what was committed stays', async (_, fail) => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore): never {
      return fail(this) as never;
    });
    await expect(ledger.commitRound(resultOf(2), await adapterOf(2), heldOutOf(2))).rejects.toEqual(code('STORAGE_QUOTA'));
    await expect(ledger.putSamples([sampleOf(run, 2, 0)])).rejects.toEqual(code('STORAGE_QUOTA'));
    await expect(store.createRun(DEFAULTS)).rejects.toEqual(code('STORAGE_QUOTA'));
    full.mockRestore();

    const after = await openStore();
    expect((await after.runs()).map(({ run, rounds }) => [run, rounds.length])).toEqual([[run, 1]]);
    const reopened = await after.openLedger(run);
    expect((await reopened.load()).adapter).toEqual(await adapterOf(1));
    await reopened.commitRound(resultOf(2), await adapterOf(2), heldOutOf(2));
    expect((await reopened.load()).rounds).toHaveLength(2);
  });

  test('is found wherever the browser says it', () => {
    const quota = domError('QuotaExceededError');
    const abort = domError('AbortError');
    for (const errors of [[quota], [abort, quota], [abort, null, quota], [Object.assign(domError('AbortError'), { cause: quota })]]) {
      expect(storageError('x', ...errors).code).toBe('STORAGE_QUOTA');
    }
    expect(storageError('x', abort).code).toBe('STORAGE_ABORT');
    expect(storageError('x', domError('NotReadableError')).code).toBe('STORAGE_CORRUPT');
  });
});

describe('an abort without a reason', () => {
  test('once is tried again and leaves no double row', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    let once = true;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      const request = REAL_PUT.apply(this, args);
      if (once) this.transaction.abort();
      once = false;
      return request;
    });
    await ledger.putSamples([sampleOf(run, 1, 0), sampleOf(run, 1, 1)]);
    expect(await store.samples(run, 1)).toHaveLength(2);
  });

  test('again and again is STORAGE_ABORT within a second, and nothing of the transaction stays', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    let count = 0;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      const request = REAL_PUT.apply(this, args);
      if (++count % 2 === 0) this.transaction.abort();
      return request;
    });
    const started = performance.now();
    await expect(ledger.putSamples([sampleOf(run, 1, 0), sampleOf(run, 1, 1)])).rejects.toEqual(code('STORAGE_ABORT'));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await store.samples(run, 1)).toEqual([]);
  });

  test('a mistake in the program is not called a storage failure, and nothing of it is kept', async () => {
    const connection = await Connection.open();
    const write = connection.write(['meta'], 'relaxed', async (tx) => {
      await tx.objectStore('meta').put(1, 'half');
      throw new TypeError('a mistake');
    });
    await expect(write).rejects.toThrow(TypeError);
    expect(await (await raw()).get('meta', 'half')).toBeUndefined();
  });
});

describe('damaged data', () => {
  test('any changed, cut, swapped or missing chunk is STORAGE_CORRUPT, never wrong weights', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.commitRound(resultOf(1), await adapterOf(1, 2 * CHUNK + 100), heldOutOf(1));
    const database = await raw();
    const rows = await database.getAll('chunks');
    expect(rows).toHaveLength(3);
    const damage = fc.record({ chunk: fc.nat(2), kind: fc.constantFrom('flip', 'cut', 'swap', 'lose', 'zero'), at: fc.nat() });
    await fc.assert(
      fc.asyncProperty(damage, async ({ chunk, kind, at }) => {
        const row = rows[chunk];
        const other = rows[(chunk + 1) % 3];
        if (row === undefined || other === undefined) throw new Error('three chunks');
        const bytes =
          kind === 'swap' ? other.bytes.slice() : kind === 'cut' ? row.bytes.slice(0, at % row.bytes.length) : row.bytes.slice();
        if (kind === 'flip') bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (at % 8));
        if (kind === 'zero') bytes.fill(0);
        if (kind === 'lose') await database.delete('chunks', [run, row.sha256]);
        else await database.put('chunks', { ...row, bytes });
        await expect(store.adapter(run, 1)).rejects.toEqual(code('STORAGE_CORRUPT'));
        await expect(ledger.load()).rejects.toEqual(code('STORAGE_CORRUPT'));
        await database.put('chunks', row);
      }),
      { numRuns: 12 },
    );
    expect((await store.adapter(run, 1)).hash).toBe((await adapterOf(1, 2 * CHUNK + 100)).hash);
  });

  test('a head that points past the rounds is STORAGE_CORRUPT', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    await (await raw()).delete('rounds', [run, 1]);
    await expect(ledger.load()).rejects.toEqual(code('STORAGE_CORRUPT'));
  });
});

describe('opening', () => {
  test.each([1, 2, 3])('heals when the browser stumbles %i times', async (times) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const open = indexedDB.open.bind(indexedDB);
      let left = times;
      vi.spyOn(indexedDB, 'open').mockImplementation((name, version) => {
        if (left-- > 0) throw domError('UnknownError');
        return open(name, version);
      });
      const opening = Connection.open();
      await vi.advanceTimersByTimeAsync(4000);
      await expect(opening).resolves.toBeInstanceOf(Connection);
    } finally {
      vi.useRealTimers();
    }
  });

  test('gives up with STORAGE_BLOCKED when it never works', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const opens = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
        throw domError('UnknownError');
      });
      const failed = expect(Connection.open()).rejects.toEqual(code('STORAGE_BLOCKED'));
      await vi.advanceTimersByTimeAsync(4000);
      await failed;
      expect(opens).toHaveBeenCalledTimes(4);
    } finally {
      vi.useRealTimers();
    }
  });

  test('without indexedDB, or where the browser forbids it, is STORAGE_BLOCKED at once', async () => {
    const opens = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw domError('SecurityError');
    });
    await expect(Connection.open()).rejects.toEqual(code('STORAGE_BLOCKED'));
    expect(opens).toHaveBeenCalledTimes(1);
    Reflect.deleteProperty(globalThis, 'indexedDB');
    await expect(Connection.open()).rejects.toEqual(code('STORAGE_BLOCKED'));
  });

  test('a database made by a newer version is left alone', async () => {
    (await openDB(NAME, VERSION + 1)).close();
    await expect(Connection.open()).rejects.toEqual(code('STORAGE_BLOCKED'));
    expect((await openDB(NAME)).version).toBe(VERSION + 1);
  });

  test('a connection that a newer tab closed lets that tab through', async () => {
    const store = await openStore();
    await store.createRun(DEFAULTS);
    const newer = await openDB(NAME, VERSION + 1);
    await expect(store.runs()).rejects.toEqual(code('STORAGE_ABORT'));
    newer.close();
  });

  test('a connection that was closed under us is opened again', async () => {
    const connection = await Connection.open();
    const store = new IndexedStore(connection);
    const run = await store.createRun(DEFAULTS);
    await connection.close();
    expect((await store.runs())[0]?.run).toBe(run);
  });
});

describe('the library', () => {
  test('answers with data, and with a failure that has a code', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    await (await store.openLedger(run)).commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    const library = createLibrary(async () => store);
    expect(await library.runs()).toMatchObject({ ok: true, value: [{ run, rounds: [resultOf(1)] }] });
    expect(await library.adapter(run, 1)).toEqual({ ok: true, value: (await adapterOf(1)).bytes });
    expect(await library.heldOut(run, 1)).toEqual({ ok: true, value: heldOutOf(1) });
    expect(await library.heldOut(run, 2)).toEqual({ ok: true, value: null });
    expect(await library.adapter(run, 2)).toMatchObject({ ok: false, failure: { code: 'RUN_UNKNOWN' } });
    expect(await library.deleteRun(run)).toEqual({ ok: true, value: null });
    expect(await library.runs()).toEqual({ ok: true, value: [] });
  });

  test('tries again to open a database that could not be opened', async () => {
    let broken = true;
    const library = createLibrary(async () => {
      if (broken) throw storageError('open', domError('AbortError'));
      return openStore();
    });
    expect(await library.runs()).toMatchObject({ ok: false, failure: { code: 'STORAGE_ABORT' } });
    broken = false;
    expect(await library.runs()).toEqual({ ok: true, value: [] });
  });
});
