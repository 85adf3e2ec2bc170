/**
 * A disk that is really full, as Chromium shows it: the request succeeds and the transaction aborts. In a storage bucket of its own,
 * because Chromium answers from the free space of the bucket that it remembers for half a minute after the first write.
 * That a run goes on when there is room again is shown on the built app (app.e2e.test.ts), where room can be given.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { Random } from '../../src/random.ts';
import { sha256 } from '../../src/digest.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { adapterOf, heldOutOf, resultOf, sampleOf } from '../support/ledger-data.ts';

const MiB = 1024 * 1024;

type Buckets = {
  open(name: string, options: { readonly quota: number }): Promise<{ readonly indexedDB: IDBFactory }>;
  delete(name: string): Promise<void>;
};
const { storageBuckets } = navigator as unknown as { readonly storageBuckets: Buckets };

afterEach(async () => {
  vi.unstubAllGlobals();
  await storageBuckets.delete('full-disk');
});

test('a full disk says STORAGE_QUOTA and keeps what was committed', async () => {
  vi.stubGlobal('indexedDB', (await storageBuckets.open('full-disk', { quota: 9 * MiB })).indexedDB);
  const store = new IndexedStore(await Connection.open());
  const run = await store.createRun(DEFAULTS);
  const ledger = await store.openLedger(run);
  await ledger.commitRound(resultOf(1), await adapterOf(1), heldOutOf(1));
  await ledger.putSamples([sampleOf(run, 2, 0)]);

  const bytes = new Uint8Array(24 * MiB);
  // noise: Chromium compresses what it stores
  const random = Random.of('noise');
  new Uint32Array(bytes.buffer).forEach((_, i, words) => (words[i] = random.uint32()));
  const big = { bytes, hash: await sha256(bytes) };
  await expect(ledger.commitRound(resultOf(2), big, heldOutOf(2))).rejects.toEqual(expect.objectContaining({ code: 'STORAGE_QUOTA' }));
  const reloaded = new IndexedStore(await Connection.open());
  expect((await reloaded.runs())[0]?.rounds).toEqual([resultOf(1)]);
  expect((await reloaded.adapter(run, 1)).hash).toBe((await adapterOf(1)).hash);
  expect(await reloaded.samples(run, 2)).toEqual([sampleOf(run, 2, 0)]);
});
