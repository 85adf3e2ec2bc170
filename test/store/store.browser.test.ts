/** The store in a real Chromium: the contract, kills of the worker that writes, two writers, a blocked database. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { Random } from '../../src/random.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { lockRun } from '../../src/store/lock.ts';
import { NAME } from '../../src/store/runs/schema.ts';
import type { CommitOrder } from '../fixtures/commit.worker.ts';
import { adapterOf, resultOf, sampleOf } from '../support/ledger-data.ts';
import { ledgerSuite } from '../support/ledger-suite.ts';

let count = 0;
let name = '';
let connections: Connection[] = [];

async function openStore(): Promise<IndexedStore> {
  const connection = await Connection.open(name);
  connections.push(connection);
  return new IndexedStore(connection);
}

beforeEach(() => void (name = `${NAME} test ${++count}`));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const connection of connections) await connection.close();
  connections = [];
  indexedDB.deleteDatabase(name);
});

const code = (code: string): unknown => expect.objectContaining({ code });

ledgerSuite('the store in Chromium', async () => ({ store: await openStore(), reopen: openStore }));

function startWriter(order: CommitOrder): { readonly worker: Worker; readonly saved: number[]; readonly end: Promise<unknown> } {
  const worker = new Worker(new URL('../fixtures/commit.worker.ts', import.meta.url), { type: 'module' });
  const saved: number[] = [];
  const end = new Promise<unknown>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<{ saved?: number; done?: true; error?: string }>) => {
      if (data.saved === undefined) resolve(data);
      else saved.push(data.saved);
    });
  });
  worker.postMessage(order, []);
  return { worker, saved, end };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** A killed worker gives its lock back when the browser has ended it. */
const unlocked = (run: string): Promise<void> => vi.waitFor(async () => (await lockRun(run))(), { timeout: 10_000 });

describe('a writer that is killed', () => {
  test('loses no round that it reported, mixes none, and the next one goes on where it was', { timeout: 120_000 }, async () => {
    const random = Random.of('kill the writer');
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const order = { name, run, rounds: 400, bytes: 5 * 1024 * 1024 };
    let committed = 0;
    let kills = 0;
    for (; kills < 12; kills++) {
      await unlocked(run);
      const { worker, saved } = startWriter(order);
      await vi.waitUntil(() => saved.length > 0, { timeout: 20_000, interval: 1 });
      await pause(random.next() * 60);
      worker.terminate();

      const summary = (await store.runs())[0];
      const rounds = summary?.rounds ?? [];
      expect(rounds).toEqual(rounds.map((_, i) => resultOf(i + 1)));
      expect(rounds.length).toBeGreaterThanOrEqual(saved.at(-1) ?? 0);
      expect(rounds.length).toBeGreaterThan(committed);
      committed = rounds.length;
      expect((await store.adapter(run, committed)).hash).toBe((await adapterOf(committed, order.bytes)).hash);
    }

    await unlocked(run);
    const { worker, end } = startWriter({ ...order, rounds: committed + 1 });
    expect(await end).toEqual({ done: true });
    worker.terminate();
    expect((await store.runs())[0]?.rounds).toHaveLength(committed + 1);
    expect(await store.samples(run, committed + 1)).toEqual([sampleOf(run, committed + 1, 0), sampleOf(run, committed + 1, 1)]);
  });

  test('frees its lock', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const { worker, saved } = startWriter({ name, run, rounds: 10_000, bytes: 100 });
    await vi.waitUntil(() => saved.length > 0, { timeout: 20_000 });
    await expect(lockRun(run)).rejects.toEqual(code('RUN_LOCKED'));
    worker.terminate();
    await unlocked(run);
  });
});

test('two writers of one run: one works, the other is told RUN_LOCKED', async () => {
  const store = await openStore();
  const run = await store.createRun(DEFAULTS);
  const order = { name, run, rounds: 5, bytes: 100 };
  const writers = [startWriter(order), startWriter(order)];
  const ends = await Promise.all(writers.map(({ end }) => end));
  for (const { worker } of writers) worker.terminate();
  // a writer that starts after the first has ended has nothing left to do, which is fine too
  expect(ends).toContainEqual({ done: true });
  expect(writers.map(({ saved }) => saved.length).toSorted()).toEqual([0, 5]);
  expect((await store.runs())[0]?.rounds).toEqual([1, 2, 3, 4, 5].map(resultOf));
});

test('a lock can be taken again once it was freed', async () => {
  const free = await lockRun('run-1');
  await expect(lockRun('run-1')).rejects.toEqual(code('RUN_LOCKED'));
  await (
    await lockRun('run-2')
  )();
  await free();
  await (
    await lockRun('run-1')
  )();
});

test('a browser that forbids storage is STORAGE_BLOCKED', async () => {
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
    throw new DOMException('storage is off', 'SecurityError');
  });
  await expect(Connection.open(name)).rejects.toEqual(code('STORAGE_BLOCKED'));
});
