/**
 * What every store of runs promises, whatever it is made of: the same tests run on IndexedDB in Node, on IndexedDB in Chromium and
 * on plain memory.
 */
import { describe, expect, test } from 'vitest';
import { AppError, toFailure } from '../../src/errors.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { RunSession } from '../../src/run/records.ts';
import { sha256 } from '../../src/digest.ts';
import type { RunStore } from '../../src/run/run-store.ts';
import { adapterOf, BASE, heldOutOf, RESULT, resultOf, sampleOf } from './ledger-data.ts';

const SESSION: RunSession = { backend: 'wasm', device: 'CPU', commit: 'abc', workers: 2, seconds: 2.5 };
/** What the list shows of a run that has made nothing yet. */
const NEW = { status: 'running', base: null, rounds: [], result: null, sessions: [], problem: null, unknown: [] } as const;

/** `reopen` gives the same data through a new connection, as a reloaded page does. */
export type Opened = { readonly store: RunStore; readonly reopen: () => Promise<RunStore> };

export function ledgerSuite(name: string, open: () => Promise<Opened>): void {
  const code = (code: string): unknown => expect.objectContaining({ code });

  describe(name, () => {
    test('a new run has nothing, and is listed first', async () => {
      const { store } = await open();
      const first = await store.createRun(DEFAULTS);
      const second = await store.createRun({ ...DEFAULTS, seed: 8 });
      expect(second).not.toBe(first);
      expect(await (await store.openLedger(second)).load()).toEqual({
        base: null,
        prompts: null,
        difficulty: null,
        rounds: [],
        samples: [],
        adapter: null,
      });
      expect(await store.runs()).toEqual([
        { run: second, config: { ...DEFAULTS, seed: 8 }, ...NEW },
        { run: first, config: DEFAULTS, ...NEW },
      ]);
      expect(await store.run(first)).toEqual({ config: DEFAULTS, spent: { sessions: [], firstSampleSeconds: null }, problem: null });
    });

    test('a run that ended with a failure of its own says so after a reload, and cannot go on', async () => {
      const { store, reopen } = await open();
      const run = await store.createRun(DEFAULTS);
      const failure = toFailure(new AppError('KEPT_TOO_FEW', 'round 1 kept 0 of 8 answers'));
      await store.failRun(run, failure);
      const later = await reopen();
      expect(await later.runs()).toEqual([{ run, config: DEFAULTS, ...NEW, failure, problem: failure.message }]);
      expect((await later.run(run)).problem).toBe(failure.message);
      await later.deleteRun(run);
      expect(await later.runs()).toEqual([]);
    });

    test('what a run has drawn is read without taking it over from its writer', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      expect(await store.begun(run)).toEqual({ prompts: null, difficulty: null });
      const ledger = await store.openLedger(run);
      await ledger.putPrompts(['Where is the hat?']);
      await ledger.putDifficulty({ p0: 1.5 });
      expect(await store.begun(run)).toEqual({ prompts: ['Where is the hat?'], difficulty: { p0: 1.5 } });
      await ledger.putSamples([sampleOf(run, 1, 0)]);
      await expect(store.begun('run-none')).rejects.toEqual(code('RUN_UNKNOWN'));
    });

    test('an answer of another run is never written into a run, nor any that came with it', async () => {
      const { store } = await open();
      const [run, other] = [await store.createRun(DEFAULTS), await store.createRun(DEFAULTS)];
      const ledger = await store.openLedger(run);
      await expect(ledger.putSamples([sampleOf(run, 1, 0), sampleOf(other, 1, 1)])).rejects.toEqual(code('INTERNAL'));
      expect([await store.samples(run, 1), await store.samples(other, 1)]).toEqual([[], []]);
    });

    test('the weights of a round are those of its commit, and none are there before it', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      await expect(ledger.adapter(1)).rejects.toEqual(code('RUN_UNKNOWN'));
      await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
      expect(await ledger.adapter(1)).toEqual(await adapterOf(1));
    });

    test('a run of another model than the bundled one names it', async () => {
      const { store } = await open();
      const model = { name: 'SmolLM2-135M', fingerprint: '0123456789abcdef' };
      const run = await store.createRun(DEFAULTS, model);
      expect((await store.run(run)).model).toEqual(model);
      expect((await store.runs())[0]?.model).toEqual(model);
    });

    test('all that was saved is there after a reload', async () => {
      const { store, reopen } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      await ledger.putDifficulty({ p0: 1.5, p1: 2.5 });
      await ledger.putBase(BASE, heldOutOf(0));
      await ledger.putSamples([sampleOf(run, 1, 0), sampleOf(run, 1, 1)]);
      await store.putLosses(run, [{ round: 1, step: 1, loss: 2 }]);
      await store.putLosses(run, [{ round: 1, step: 2, loss: 1 }]);
      await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
      await ledger.putSamples([sampleOf(run, 2, 0)]);
      await ledger.putPrompts(['Why?', 'How?']);
      await store.putSession(run, 0, SESSION, 0.5);
      await store.putSession(run, 1, { ...SESSION, backend: 'webgpu', seconds: 1 }, 0.5);
      await store.putSession(run, 1, { ...SESSION, backend: 'webgpu', seconds: 2 }, 0.5);

      const after = await reopen();
      expect(await (await after.openLedger(run)).load()).toEqual({
        base: BASE,
        prompts: ['Why?', 'How?'],
        difficulty: { p0: 1.5, p1: 2.5 },
        rounds: [resultOf(1)],
        samples: [sampleOf(run, 2, 0)],
        adapter: await adapterOf(1),
      });
      expect(await after.samples(run, 1)).toEqual([sampleOf(run, 1, 0), sampleOf(run, 1, 1)]);
      expect(await Promise.all([0, 1, 2].map((round) => after.heldOut(run, round)))).toEqual([heldOutOf(0), heldOutOf(1), null]);
      expect(await after.losses(run)).toEqual([
        { round: 1, step: 1, loss: 2 },
        { round: 1, step: 2, loss: 1 },
      ]);
      const sessions = [SESSION, { ...SESSION, backend: 'webgpu', seconds: 2 }];
      expect((await after.run(run)).spent).toEqual({ sessions, firstSampleSeconds: 0.5 });
      expect(await after.runs()).toEqual([{ run, config: DEFAULTS, ...NEW, base: BASE, rounds: [resultOf(1)], sessions }]);
    });

    test('samples are kept by (run, round, index): written again they replace, never double', async () => {
      const { store } = await open();
      const [run, other] = [await store.createRun(DEFAULTS), await store.createRun(DEFAULTS)];
      const ledger = await store.openLedger(run);
      await ledger.putSamples([sampleOf(run, 1, 11), sampleOf(run, 1, 2)]);
      await ledger.putSamples([sampleOf(run, 1, 2, { order: 5 })]);
      await (await store.openLedger(other)).putSamples([sampleOf(other, 1, 0)]);
      expect(await store.samples(run, 1)).toEqual([sampleOf(run, 1, 2, { order: 5 }), sampleOf(run, 1, 11)]);
      expect(await store.samples(run, 2)).toEqual([]);
      expect(await store.samples('run-99', 1)).toEqual([]);
    });

    test('the weights of every committed round come back bit by bit, an adapter of many chunks too', async () => {
      const { store, reopen } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      const adapters = [await adapterOf(1), await adapterOf(2, 9 * 1024 * 1024 + 5)];
      for (const [i, adapter] of adapters.entries()) await ledger.commitRound(resultOf(i + 1), adapter, heldOutOf(i + 1));
      const after = await reopen();
      for (const [i, adapter] of adapters.entries()) {
        const read = await after.adapter(run, i + 1);
        expect(read.hash).toBe(adapter.hash);
        expect(await sha256(read.bytes)).toBe(adapter.hash);
      }
      await expect(after.adapter(run, 3)).rejects.toEqual(code('RUN_UNKNOWN'));
      await expect((await after.openLedger(run)).adapter(0)).rejects.toEqual(code('RUN_UNKNOWN'));
    });

    test('what is saved does not change with the object that was handed in', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      const adapter = await adapterOf(1);
      const sample = { ...sampleOf(run, 1, 0), completion: ' before\n' };
      await ledger.putSamples([sample]);
      sample.completion = ' after\n';
      await ledger.commitRound(resultOf(1), adapter, heldOutOf(1));
      adapter.bytes.fill(0);
      expect((await store.samples(run, 1))[0]?.completion).toBe(' before\n');
      expect(await sha256((await store.adapter(run, 1)).bytes)).toBe(adapter.hash);
    });

    test('a round follows the one before: none is skipped, none is committed twice', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      await expect(ledger.commitRound(resultOf(2), await adapterOf(2), heldOutOf(2))).rejects.toEqual(code('INTERNAL'));
      await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
      await expect(ledger.commitRound(resultOf(1), await adapterOf(3), heldOutOf(1))).rejects.toEqual(code('INTERNAL'));
      const saved = await ledger.load();
      expect(saved.rounds).toEqual([resultOf(1)]);
      expect(saved.adapter?.hash).toBe((await adapterOf(1)).hash);
    });

    test('the answers by which a round was measured are those of its commit: none before it, none of a refused one', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      expect(await store.heldOut(run, 0)).toBeNull();
      const base = heldOutOf(0);
      await ledger.putBase(BASE, base);
      await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
      await expect(ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(9))).rejects.toEqual(code('INTERNAL'));
      await expect(ledger.commitRound(resultOf(3), await adapterOf(3), heldOutOf(3))).rejects.toEqual(code('INTERNAL'));
      const wrong = { bytes: (await adapterOf(2)).bytes, hash: (await adapterOf(3)).hash };
      await expect(ledger.commitRound(resultOf(2), wrong, heldOutOf(2))).rejects.toEqual(code('STORAGE_CORRUPT'));
      (base.test as unknown[]).length = 0;
      const kept = await Promise.all([0, 1, 2, 3].map((round) => store.heldOut(run, round)));
      expect(kept).toEqual([heldOutOf(0), heldOutOf(1), null, null]);
      expect(await store.heldOut('run-404', 0)).toBeNull();
    });

    test('weights that are not what their hash says are refused', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      const ledger = await store.openLedger(run);
      const { bytes } = await adapterOf(1);
      await expect(ledger.commitRound(resultOf(1), { bytes, hash: (await adapterOf(2)).hash }, heldOutOf(1))).rejects.toEqual(
        code('STORAGE_CORRUPT'),
      );
      expect((await ledger.load()).rounds).toEqual([]);
    });

    test('a writer that was replaced can write no more, and what it held stays', async () => {
      const { store, reopen } = await open();
      const run = await store.createRun(DEFAULTS);
      const old = await store.openLedger(run);
      await old.putSamples([sampleOf(run, 1, 0)]);
      const fresh = await (await reopen()).openLedger(run);
      await expect(old.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1))).rejects.toEqual(code('RUN_LOCKED'));
      await expect(old.putSamples([sampleOf(run, 1, 0, { completion: ' stale\n' })])).rejects.toEqual(code('RUN_LOCKED'));
      await expect(old.putBase(BASE, heldOutOf(0))).rejects.toEqual(code('RUN_LOCKED'));
      expect([await store.heldOut(run, 0), await store.heldOut(run, 1)]).toEqual([null, null]);
      await fresh.commitRound(resultOf(1), await adapterOf(9), heldOutOf(1));
      expect(await store.samples(run, 1)).toEqual([sampleOf(run, 1, 0)]);
      expect((await store.adapter(run, 1)).hash).toBe((await adapterOf(9)).hash);
    });

    test('losses of a round that was interrupted are gone when it is trained again', async () => {
      const { store } = await open();
      const run = await store.createRun(DEFAULTS);
      await (await store.openLedger(run)).commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
      await store.putLosses(run, [
        { round: 1, step: 1, loss: 3 },
        { round: 2, step: 1, loss: 2 },
        { round: 2, step: 2, loss: 1 },
      ]);
      expect(await store.losses(run)).toHaveLength(3);
      await store.openLedger(run);
      expect(await store.losses(run)).toEqual([{ round: 1, step: 1, loss: 3 }]);
    });

    test('a finished run is listed with its result', async () => {
      const { store, reopen } = await open();
      const run = await store.createRun(DEFAULTS);
      await store.finishRun(run, RESULT);
      expect(await (await reopen()).runs()).toMatchObject([{ run, status: 'finished', result: RESULT }]);
    });

    test('a deleted run leaves nothing, its neighbours stay, and its name is not used again', async () => {
      const { store, reopen } = await open();
      const runs = [await store.createRun(DEFAULTS), await store.createRun(DEFAULTS)];
      for (const run of runs) {
        const ledger = await store.openLedger(run);
        await ledger.putSamples([sampleOf(run, 1, 0)]);
        await store.putLosses(run, [{ round: 1, step: 1, loss: 3 }]);
        await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
      }
      const [kept = '', gone = ''] = runs;
      await store.deleteRun(gone);
      const after = await reopen();
      expect((await after.runs()).map(({ run }) => run)).toEqual([kept]);
      expect([await after.samples(gone, 1), await after.losses(gone)]).toEqual([[], []]);
      expect([await after.heldOut(gone, 1), await after.heldOut(kept, 1)]).toEqual([null, heldOutOf(1)]);
      await expect(after.run(gone)).rejects.toEqual(code('RUN_UNKNOWN'));
      await expect(after.openLedger(gone)).rejects.toEqual(code('RUN_UNKNOWN'));
      await expect(after.adapter(gone, 1)).rejects.toEqual(code('RUN_UNKNOWN'));
      await expect(after.finishRun(gone, RESULT)).rejects.toEqual(code('RUN_UNKNOWN'));
      expect((await after.adapter(kept, 1)).hash).toBe((await adapterOf(1)).hash);
      expect(runs).not.toContain(await after.createRun(DEFAULTS));
    });

    test('an unknown run is refused by name', async () => {
      const { store } = await open();
      await expect(store.run('run-404')).rejects.toEqual(
        expect.objectContaining({ code: 'RUN_UNKNOWN', detail: expect.stringContaining('run-404') }),
      );
      await expect(store.openLedger('run-404')).rejects.toEqual(code('RUN_UNKNOWN'));
    });
  });
}
