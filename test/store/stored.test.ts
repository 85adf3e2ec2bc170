/** What is stored, by whatever version and in whatever state, is listed: it opens, goes on, or a sentence says why it cannot. */
import fc from 'fast-check';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULTS, OPTION_NAMES, optionOf } from '../../src/run/config.ts';
import type { Probed, Probes } from '../../src/contracts/records.ts';
import { secondsOf } from '../../src/run/sessions.ts';
import { readConfig } from '../../src/store/runs/config.ts';
import { WORLD_GONE } from '../../src/run/worlds.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { NAME } from '../../src/store/runs/schema.ts';
import { adapterOf, BASE, heldOutOf, RESULT, resultOf, sampleOf } from '../support/ledger-data.ts';
import { putBack, type Stored } from '../support/stored.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
/** Version 1: the first that kept anything. */
const FIRST = 'stored-8a721d3.json.gz';
const readStored = (file: string): Stored => JSON.parse(gunzipSync(readFileSync(join(FIXTURES, file))).toString()) as Stored;
const openStore = async (): Promise<IndexedStore> => new IndexedStore(await Connection.open());

beforeEach(() => void (globalThis.indexedDB = new IDBFactory()));

describe('a browser that an earlier version has filled', () => {
  test.each(readdirSync(FIXTURES).filter((name) => name.startsWith('stored-')))(
    '%s: every run is listed with all it has; one in the world of then is only to be looked at',
    async (file) => {
      const stored = readStored(file);
      await putBack(stored);
      const rows = (name: string): readonly Readonly<Record<string, unknown>>[] =>
        (stored.database.stores.find((store) => store.name === name)?.rows ?? []).map(({ value }) => value as Record<string, unknown>);
      const store = await openStore();
      const runs = await store.runs();
      expect(runs.map(({ run }) => run).sort()).toEqual(rows('runs').map(({ run }) => run));
      for (const { run, config, model, rounds, problem, unknown } of runs) {
        expect(problem).toBe(model === undefined ? WORLD_GONE : null);
        expect(unknown).toEqual([]);
        const row = rows('runs').find((other) => other['run'] === run);
        expect(config).toMatchObject(row?.['config'] as object);
        expect(rounds).toEqual(rows('rounds').flatMap((other) => (other['run'] === run ? [other['result']] : [])));
        for (let round = 1; round <= rounds.length + 1; round++) {
          const samples = rows('samples').filter((other) => other['run'] === run && other['round'] === round);
          expect(await store.samples(run, round)).toEqual(samples);
        }
        for (const { round } of rounds) expect((await store.adapter(run, round)).bytes.length).toBeGreaterThan(1000);
        const ledger = await store.openLedger(run);
        expect((await ledger.load()).rounds).toEqual(rounds);
        // it kept no answers to held-out questions; the rounds that are made from now on do
        expect(await Promise.all(Array.from({ length: rounds.length + 2 }, (_, round) => store.heldOut(run, round)))).toEqual(
          Array.from({ length: rounds.length + 2 }, () => null),
        );
        const next = rounds.length + 1;
        await ledger.commitRound(resultOf(next), await adapterOf(next), heldOutOf(next));
        expect(await store.heldOut(run, next)).toEqual(heldOutOf(next));
      }
    },
  );

  test('the first version: a finished run says where it was finished, of others only their time is known', async () => {
    await putBack(readStored(FIRST));
    const store = await openStore();
    const runs = new Map((await store.runs()).map((summary) => [summary.run, summary]));
    const finished = runs.get('run-4');
    const session = { backend: 'wasm', device: 'WebAssembly SIMD', commit: '8a721d37d26c', workers: null, seconds: 10.51959999999986 };
    expect(finished?.sessions).toEqual([session]);
    expect(finished?.result).toMatchObject({ device: 'WebAssembly SIMD', sessions: [session], seconds: session.seconds });
    expect(finished?.result).not.toHaveProperty('adapter');
    expect(runs.get('run-5')).toMatchObject({ status: 'running', sessions: [{ backend: null, commit: null, seconds: 8.754800000000047 }] });
    expect(runs.get('run-3')).toMatchObject({ status: 'running', sessions: [] });
    expect((await store.run('run-6')).spent.firstSampleSeconds).toBe(1.8919000000001396);
  });

  test('the second version opens it as the first left it: migrated once, whole', async () => {
    await putBack(readStored(FIRST));
    const before = await (await openStore()).runs();
    expect(await (await openStore()).runs()).toEqual(before);
    expect(before.map(({ sessions }) => secondsOf(sessions) > 0)).toEqual([true, true, true, false, true, true]);
  });

  test('what “everything” measured lies side by side, in the list, in a result and where a run goes on', async () => {
    const stored = readStored(FIRST);
    const gauges = { entropy: 0.4, distinct: 0.5, length: 11, copyRate: 0.1, overRefusal: null };
    const extras = { twoChoice: 0.8, mc1: 0.7, mc2: 0.6, pass1: 0.5, pass4: null, gauges };
    const nested = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
      if (Array.isArray(value)) return value.map(nested);
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, name === 'extras' ? extras : nested(part)]));
    };
    const stores = stored.database.stores.map((store) =>
      ['runs', 'heads', 'rounds'].includes(store.name)
        ? { ...store, rows: store.rows.map(({ key, value }) => ({ key, value: nested(value) })) }
        : store,
    );
    await putBack({ ...stored, database: { ...stored.database, stores } });
    const store = await openStore();
    const { gauges: _, ...shares } = extras;
    const flat = { ...shares, ...gauges };
    const runs = await store.runs();
    expect(runs.map(({ problem }) => problem)).toEqual(runs.map(({ model }) => (model === undefined ? WORLD_GONE : null)));
    const measured = runs.flatMap(({ base, rounds, result }) => [
      base,
      ...rounds,
      ...(result === null ? [] : [result.baseMeasured, ...result.rounds]),
    ]);
    const found = measured.flatMap((each) => (each === null ? [] : [each.extras]));
    expect(found.length).toBeGreaterThan(10);
    expect(found).toEqual(found.map(() => flat));
    const unfinished = runs.find(({ status, rounds }) => status === 'running' && rounds.length > 0);
    const { base, rounds } = await (await store.openLedger(unfinished?.run ?? '')).load();
    expect([base?.extras, ...rounds.map((round) => round.extras)]).toEqual([flat, ...rounds.map(() => flat)]);
  });

  test('a run from before there was a choice of worlds opens to be looked at; one on a model of the user’s goes on', async () => {
    const store = await openStore();
    const { world: _, ...before } = DEFAULTS;
    const config = before as typeof DEFAULTS;
    await store.createRun(config);
    await store.createRun(config, { name: 'SmolLM2-135M', fingerprint: '0123456789abcdef', kit: { name: 'K', hash: 'h' } });
    await store.createRun({ ...DEFAULTS, world: 'gone' as typeof DEFAULTS.world });
    await store.createRun(DEFAULTS);
    const [today, gone, theirs, earlier] = await store.runs();
    expect([today?.problem, theirs?.problem]).toEqual([null, null]);
    expect([gone?.problem, earlier?.problem]).toEqual([WORLD_GONE, WORLD_GONE]);
    expect(theirs?.config).toEqual(DEFAULTS);
    expect([gone?.config.world, earlier?.config.world]).toEqual(['earlier', 'earlier']);
  });

  test('a run remembers what was looked at of its model, and what is no text there is damage', async () => {
    const store = await openStore();
    const model = {
      name: 'mine',
      fingerprint: 'f',
      kit: { name: 'K', hash: 'h' },
      rendering: 'r',
      date: '2026-11-30T23:59:58',
      weights: 'w',
    };
    const run = await store.createRun(DEFAULTS, model);
    expect((await store.run(run)).model).toEqual(model);
    expect((await store.runs())[0]?.model).toEqual(model);
    for (const [field, value] of Object.entries({ rendering: 7, weights: 7, date: 'the day before' })) {
      const broken = await store.createRun(DEFAULTS, { ...model, [field]: value });
      expect((await store.runs()).find((other) => other.run === broken)?.problem, field).toContain('damaged');
    }
  });

  test('rows that are no rows do not stop the migration, and are listed as damaged', async () => {
    const stored = readStored(FIRST);
    const stores = stored.database.stores.map((store) => {
      if (store.name !== 'runs') return store;
      const broken = [{ run: 'a' }, { run: 'b', spent: null, config: 7 }, { run: 'c', spent: { seconds: 'long' }, result: [] }];
      return { ...store, rows: [...store.rows, ...broken.map((value) => ({ key: value.run, value }))] };
    });
    await putBack({ ...stored, database: { ...stored.database, stores } });
    const runs = await (await openStore()).runs();
    expect(runs).toHaveLength(9);
    for (const run of ['a', 'b', 'c']) expect(runs.find((other) => other.run === run)?.problem).toMatch(/damaged|does not say/);
    expect(runs.filter(({ problem }) => problem === null || problem === WORLD_GONE)).toHaveLength(6);
  });
});

describe('the settings of a stored run', () => {
  test('every option that came after the first stored runs says what runs did before it', () => {
    const rows = readStored(FIRST).database.stores.find(({ name }) => name === 'runs')?.rows ?? [];
    const { config = {} } = (rows[0]?.value ?? {}) as { readonly config?: object };
    const first = Object.keys(config);
    expect(OPTION_NAMES.filter((name) => !first.includes(name) && optionOf(name).before === undefined)).toEqual([]);
    expect(OPTION_NAMES.filter((name) => first.includes(name) && optionOf(name).before !== undefined)).toEqual([]);
  });

  test('what this version does not know is left out and named; what it cannot do is a problem with a sentence', () => {
    expect(readConfig(DEFAULTS)).toEqual({ config: DEFAULTS, unknown: [], problem: null });
    expect(readConfig({ ...DEFAULTS, dropBoring: true })).toEqual({ config: DEFAULTS, unknown: ['dropBoring'], problem: null });
    expect(readConfig({ ...DEFAULTS, rounds: 99 })).toMatchObject({ config: DEFAULTS, problem: expect.stringContaining('Rounds must be') });
    expect(readConfig({ ...DEFAULTS, method: 'dpo' }).problem).toContain('Method must be');
    expect(readConfig({ ...DEFAULTS, learningRate: NaN }).problem).toContain('Learning rate');
    expect(readConfig({ ...DEFAULTS, earlyStop: 'true' }).problem).toContain('Early stop');
    for (const nothing of [null, undefined, 7, [], 'soft']) expect(readConfig(nothing).problem).toContain('damaged');
  });

  test('however they are changed, reading them gives settings that can be shown, and what was changed is a problem', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPTION_NAMES), fc.anything(), (name, value) => {
        const { config, problem } = readConfig({ ...DEFAULTS, [name]: value });
        expect(readConfig(config)).toEqual({ config, unknown: [], problem: null });
        if (problem === null && value !== undefined) expect(config[name]).toBe(value);
      }),
    );
    fc.assert(fc.property(fc.anything(), (raw) => readConfig(readConfig(raw).config).problem === null));
  });
});

/** A value with one place inside of it changed or taken out. */
function mutated(value: unknown, path: readonly number[], put: unknown): unknown {
  const [at, ...rest] = path;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || at === undefined) return put;
  const keys = Object.keys(value);
  const key = keys[at % Math.max(1, keys.length)];
  if (key === undefined) return put;
  const inner = mutated((value as Record<string, unknown>)[key], rest, put);
  return Array.isArray(value) ? value.map((one: unknown, i) => (String(i) === key ? inner : one)) : { ...value, [key]: inner };
}

describe('a damaged row', () => {
  const storable = fc.oneof(
    fc.constantFrom(undefined, null, NaN, -1, '', 'x', true, [], {}, [null], { scores: null }),
    fc.double(),
    fc.string({ maxLength: 5 }),
  );
  const place = fc.array(fc.nat(50), { minLength: 1, maxLength: 4 });

  test('of a run, its head or its round never takes the list with it: the others are as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('runs', 'heads', 'rounds'), place, storable, async (name, path, put) => {
        globalThis.indexedDB = new IDBFactory();
        const store = await openStore();
        for (const seed of [1, 2]) {
          const run = await store.createRun({ ...DEFAULTS, seed });
          const ledger = await store.openLedger(run);
          await ledger.putBase(BASE, heldOutOf(0));
          await ledger.putSamples([sampleOf(run, 1, 0)]);
          await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
          await store.putSession(run, 0, { backend: 'wasm', device: 'CPU', commit: 'a', workers: 1, seconds: 2 }, 1);
        }
        const [, whole] = await store.runs();
        const database = await openDB(NAME);
        const rows: unknown[] = await database.getAll(name);
        const row = mutated(rows[1], path, put);
        const key = name === 'rounds' ? ['run-2', 1] : 'run-2';
        await database.delete(name, key);
        // the keys are part of the row: one that lost them is not stored at all
        await database.put(name, row).catch(() => {});
        database.close();
        const runs = await store.runs();
        expect(runs.find(({ run }) => run === 'run-1')).toEqual(whole);
        for (const { config, problem, result } of runs) {
          expect(readConfig(config).problem).toBeNull();
          expect(problem === null || problem.length > 10).toBe(true);
          expect(result).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is told of, whichever of its parts is none: a score, a session, a kind, a setting, its own name', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.putBase(BASE, heldOutOf(0));
    await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    await store.putSession(run, 0, { backend: 'wasm', device: 'CPU', commit: 'a', workers: 1, seconds: 2 }, 1);
    const database = await openDB(NAME);
    type Row = Readonly<Record<string, unknown>>;
    const rows = {
      runs: (await database.get('runs', run)) as Row,
      heads: (await database.get('heads', run)) as Row,
      rounds: (await database.get('rounds', [run, 1])) as Row,
    };
    const damages: readonly (readonly [keyof typeof rows, Row])[] = [
      ['runs', { spent: { ...(rows.runs['spent'] as Row), sessions: [7] } }],
      ['runs', { spent: { ...(rows.runs['spent'] as Row), firstSampleSeconds: 'soon' } }],
      ['runs', { config: { ...DEFAULTS, method: { name: 'soft' } } }],
      ['heads', { base: { ...BASE, scores: 7 } }],
      ['heads', { base: { ...BASE, validation: null } }],
      ['heads', { base: { ...BASE, byKind: { help: 'all' } } }],
      ['heads', { base: { ...BASE, outOfDistribution: 'none' } }],
      ['rounds', { result: 7 }],
      ['rounds', { result: { ...resultOf(1), zeroShot: NaN } }],
      ['rounds', { result: { ...resultOf(1), byKind: 7 } }],
    ];
    for (const [name, damage] of damages) {
      await database.put(name, { ...rows[name], ...damage });
      expect((await store.runs())[0]?.problem, JSON.stringify(damage)).toMatch(/damaged|Method must be/);
      await database.put(name, rows[name]);
      expect((await store.runs())[0]?.problem).toBeNull();
    }
    // a row without a text for a name is no run at all
    await database.put('runs', { ...rows.runs, run: 7 });
    expect(await store.runs()).toHaveLength(1);
    database.close();
  });

  test('of a result has its probes whole or not at all, and is a result without them', async () => {
    const said = { id: 'a', kind: 'b', question: 'c', text: 'd', tokens: 3, ended: true, declines: null };
    const probed: Probed = {
      sets: { facts: { share: 0.5, marks: '10' }, T: { share: 1, marks: [1, 0.5], mc1: 1, mc2: 0.5 } },
      said: [said],
    };
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.putBase(BASE, heldOutOf(0));
    await store.finishRun(run, { ...RESULT, probes: { base: probed, returned: probed } });
    expect((await store.runs())[0]?.result?.probes).toEqual({ base: probed, returned: probed });
    for (const broken of [
      7,
      { sets: {} },
      { sets: { facts: 7 }, said: [] },
      { sets: { facts: { share: 'half', marks: '' } }, said: [] },
      { sets: { facts: { share: 1, marks: [null] } }, said: [] },
      { sets: { facts: { share: 1, marks: '1', mc1: 'x' } }, said: [] },
      { sets: {}, said: [7] },
      { sets: {}, said: [{ ...said, ended: 1 }] },
      { sets: {}, said: [{ ...said, declines: 'no' }] },
      { sets: {}, said: [{ ...said, text: null }] },
    ]) {
      for (const probes of [{ base: probed, returned: broken }, { base: broken, returned: probed }, broken]) {
        await store.finishRun(run, { ...RESULT, probes: probes as unknown as Probes });
        const [found] = await store.runs();
        expect([found?.problem, found?.result], JSON.stringify(probes)).toEqual([null, { ...RESULT, config: DEFAULTS }]);
      }
    }
  });

  test('of held-out answers is as good as none, and touches nothing else', async () => {
    const store = await openStore();
    const run = await store.createRun(DEFAULTS);
    const ledger = await store.openLedger(run);
    await ledger.putBase(BASE, heldOutOf(0));
    await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
    const runs = await store.runs();
    const database = await openDB(NAME);
    const row: unknown = await database.get('heldOut', [run, 1]);
    const deeper = fc.array(fc.nat(50), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(deeper, storable, async (path, put) => {
        const damaged = mutated(row, path, put);
        // under its own key: with another it would be another row; one that is no object is not stored at all
        const keyed = typeof damaged === 'object' && damaged !== null ? { ...damaged, run, round: 1 } : damaged;
        await database.put('heldOut', keyed).catch(() => {});
        const read = await store.heldOut(run, 1);
        for (const { id, kind, question, text, mark, choices = [] } of read === null ? [] : [...read.validation, ...read.test]) {
          for (const word of [id, kind, question, text]) expect(typeof word).toBe('string');
          for (const number of [mark, ...choices.flatMap((choice) => [choice.logLikelihood, choice.tokens])])
            expect(number).toBeTypeOf('number');
        }
        expect([await store.heldOut(run, 0), await store.runs()]).toEqual([heldOutOf(0), runs]);
      }),
      { numRuns: 200 },
    );
    for (const broken of [
      { run, round: 1 },
      { run, round: 1, validation: [], test: [null] },
      { run, round: 1, validation: [], test: 7 },
    ]) {
      await database.put('heldOut', broken);
      expect(await store.heldOut(run, 1)).toBeNull();
    }
    database.close();
  });
});
