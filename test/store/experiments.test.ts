/** Experiments and the names of runs in both stores, and in a database that the version before has filled. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { type KeptExperiment, readKeptExperiment } from '../../src/run/experiment-file.ts';
import type { RunStore } from '../../src/run/run-store.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { createLibrary } from '../../src/store/runs/library.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { NAME } from '../../src/store/runs/schema.ts';

beforeEach(() => void (globalThis.indexedDB = new IDBFactory()));

const kept = (id: string, name: string): KeptExperiment => ({
  id,
  name,
  arms: [
    { name: 'One', options: { method: 'single' } },
    { name: 'Two', options: { method: 'soft' } },
  ],
  chosen: ['One', 'Two'],
  seeds: [3, 4],
  reference: 'One',
});

describe.each<[string, () => Promise<RunStore>]>([
  ['IndexedDB', async () => new IndexedStore(await Connection.open())],
  ['memory', async () => new MemoryStore()],
])('in %s', (_, open) => {
  test('an experiment is kept, changed in its place, and deleted', async () => {
    const library = createLibrary(async () => store);
    const store = await open();
    const [b, a] = [kept('bbbbbbbbbbbb', 'first'), kept('aaaaaaaaaaaa', 'second')];
    await library.putExperiment(b);
    await library.putExperiment(a);
    expect(await library.experiments()).toEqual({ ok: true, value: [b, a] });
    await library.putExperiment({ ...b, name: 'another name', chosen: ['One'] });
    expect(await store.experiments()).toEqual([{ ...b, name: 'another name', chosen: ['One'] }, a]);
    expect(await library.deleteExperiment(b.id)).toEqual({ ok: true, value: null });
    expect(await store.experiments()).toEqual([a]);
  });

  test('a run has the name and the note that its owner gave it', async () => {
    const store = await open();
    const library = createLibrary(async () => store);
    const run = await store.createRun(DEFAULTS);
    const unnamed = (await store.runs())[0];
    expect([unnamed?.name, unnamed?.note]).toEqual([undefined, undefined]);
    await library.describeRun(run, 'for Monday', 'the seed of the slides');
    expect((await store.runs())[0]).toMatchObject({ run, name: 'for Monday', note: 'the seed of the slides' });
    await library.describeRun(run, '', '');
    expect((await store.runs())[0]).toEqual(unnamed);
    expect(await library.describeRun('run-77', 'a', 'b')).toMatchObject({ ok: false, failure: { code: 'RUN_UNKNOWN' } });
  });
});

test('a database of the version before keeps its runs, and takes experiments', async () => {
  const before = await openDB(NAME, 4, {
    upgrade(database) {
      for (const name of ['runs', 'heads', 'prompts']) database.createObjectStore(name, { keyPath: 'run' });
      for (const name of ['rounds', 'heldOut']) database.createObjectStore(name, { keyPath: ['run', 'round'] });
      database.createObjectStore('meta');
      database.createObjectStore('samples', { keyPath: ['run', 'round', 'index'] });
      database.createObjectStore('metrics', { keyPath: ['run', 'round', 'step'] });
      database.createObjectStore('chunks', { keyPath: ['run', 'sha256'] });
    },
  });
  await before.put('meta', 1, 'serial');
  const spent = { sessions: [], firstSampleSeconds: null };
  await before.put('runs', { run: 'run-1', serial: 1, config: DEFAULTS, spent, result: null });
  await before.put('heads', { run: 'run-1', writer: 0, round: 0, base: null, difficulty: null });
  before.close();

  const store = new IndexedStore(await Connection.open());
  expect(await store.runs()).toMatchObject([{ run: 'run-1', status: 'running', problem: null }]);
  expect(await store.experiments()).toEqual([]);
  await store.putExperiment(kept('aaaaaaaaaaaa', 'mine'));
  expect(await store.experiments()).toEqual([kept('aaaaaaaaaaaa', 'mine')]);
  expect(await store.createRun(DEFAULTS)).toBe('run-2');
});

test('a damaged experiment is left out', () => {
  const whole = kept('aaaaaaaaaaaa', 'mine');
  expect(readKeptExperiment(whole)).toEqual(whole);
  for (const damaged of [null, 7, { ...whole, name: 7 }, { ...whole, chosen: 'all' }, { ...whole, seeds: [] }, { ...whole, arms: [{}] }])
    expect(readKeptExperiment(damaged)).toBe(null);
});

test('an experiment that cannot be read is left out, and the others are there', async () => {
  const store = new IndexedStore(await Connection.open());
  const [broken, whole] = [kept('aaaaaaaaaaaa', 'broken'), kept('bbbbbbbbbbbb', 'whole')];
  await store.putExperiment(broken);
  await store.putExperiment(whole);
  const database = await openDB(NAME);
  const row = (await database.get('experiments', broken.id)) as object;
  await database.put('experiments', { ...row, arms: 'none' });
  database.close();
  expect(await store.experiments()).toEqual([whole]);
});
