/** Models in the browser's real private file system: kept, killed while they are written, resumed, and written by one tab only. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { download } from '../../src/store/models/download.ts';
import { openOpfs } from '../../src/store/models/opfs.ts';
import { deleteModel, folderName, modelsOnDisk, openModel } from '../../src/store/models/shelf.ts';
import { whole } from '../../src/file-bytes.ts';
import type { DownloadOrder } from '../fixtures/download.worker.ts';
import { sha256 } from '../../src/digest.ts';
import { bytesOf, memoryHub, PLAN } from '../support/tiny-hub.ts';

const MIB = 1024 * 1024;
const HOST = 'https://hub.example';
const model = { host: HOST, id: 'owner/name', revision: 'main' };
let count = 0;
let root = '';
beforeEach(() => void (root = `models test ${++count}`));
afterEach(async () => {
  // a killed worker lets go of its files a little later
  await vi.waitFor(async () => (await navigator.storage.getDirectory()).removeEntry(root, { recursive: true }), { timeout: 10_000 });
});

const code = (code: string) => expect.objectContaining({ code });
const files = (size: number) =>
  new Map([
    ['config.json', new TextEncoder().encode('{}')],
    [PLAN.weights, bytesOf(size)],
  ]);

/** By their hash: comparing megabytes one by one takes seconds. */
async function expectWeights(read: Awaited<ReturnType<typeof openModel>>, size: number): Promise<void> {
  const file = await read(PLAN.weights);
  expect(file?.length).toBe(size);
  expect(await sha256(file === null ? new Uint8Array() : Uint8Array.from(whole(file)))).toBe(await sha256(bytesOf(size)));
}

type Report = { readonly done?: number; readonly end?: string; readonly asked?: readonly number[] };
function startWorker(order: Omit<DownloadOrder, 'root'>): {
  readonly worker: Worker;
  readonly done: number[];
  readonly end: Promise<Report>;
} {
  const worker = new Worker(new URL('../fixtures/download.worker.ts', import.meta.url), { type: 'module' });
  const done: number[] = [];
  const end = new Promise<Report>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Report>) =>
      data.end === undefined ? done.push(data.done ?? 0) : resolve(data),
    );
  });
  worker.postMessage({ ...order, root }, []);
  return { worker, done, end };
}

describe('a model in the private file system', () => {
  test('is written on the page, read back, listed and deleted', async () => {
    const disk = await openOpfs(root);
    const content = files(3 * MIB + 17);
    const asked: number[] = [];
    for await (const _ of download(disk, model, PLAN, { fetch: memoryHub(content, { asked }), chunk: MIB }));
    expect(asked).toEqual([0, 0, MIB, 2 * MIB, 3 * MIB]);
    const read = await openModel(disk, folderName(model));
    await expectWeights(read, 3 * MIB + 17);
    expect(await read('tokenizer.json')).toBeNull();
    expect(await modelsOnDisk(await openOpfs(root))).toEqual([expect.objectContaining({ id: model.id, complete: true, unchecked: [] })]);
    expect(await disk.free()).toBeGreaterThan(0);
    await deleteModel(disk, folderName(model));
    expect(await disk.names()).toEqual([]);
    await expect(openModel(disk, folderName(model))).rejects.toEqual(code('MODEL_MISSING'));
  });

  test('that is stopped on the page goes on from there', async () => {
    const disk = await openOpfs(root);
    const fetch = memoryHub(files(4 * MIB));
    for await (const { done } of download(disk, model, PLAN, { fetch, chunk: MIB })) if (done > 2 * MIB) break;
    await expect(openModel(disk, folderName(model))).rejects.toEqual(code('MODEL_TRUNCATED'));
    const asked: number[] = [];
    for await (const _ of download(disk, model, PLAN, { fetch: memoryHub(files(4 * MIB), { asked }), chunk: MIB }));
    expect(asked[1]).toBeGreaterThanOrEqual(2 * MIB);
    await expectWeights(await openModel(disk, folderName(model)), 4 * MIB);
  });

  test(
    'whose worker is killed again and again is complete in the end, and never fetched twice or read half',
    { timeout: 120_000 },
    async () => {
      const order = { id: model.id, size: 24 * MIB, chunk: MIB / 4, delay: 15 }; // far from complete after five kills, however fast the machine
      let before = 0;
      for (let kills = 0; kills < 5; kills++) {
        const { worker, done } = startWorker(order);
        await vi.waitFor(() => expect(Math.max(0, ...done)).toBeGreaterThan(before + MIB / 2), { timeout: 20_000 });
        worker.terminate();
        before = Math.max(...done);
        await expect(openModel(await openOpfs(root), folderName(model))).rejects.toEqual(code('MODEL_TRUNCATED'));
      }
      // the lock and the file are free when the browser has ended the last worker
      const end = await vi.waitFor(
        async () => {
          const { worker, end } = startWorker({ ...order, delay: 0 });
          const report = await end;
          worker.terminate();
          expect(report.end).toBe('complete');
          return report;
        },
        { timeout: 30_000 },
      );
      expect(end.asked?.[1]).toBeGreaterThanOrEqual(before - 2 * MIB); // what was reported is there, up to what one report is late
      await expectWeights(await openModel(await openOpfs(root), folderName(model)), order.size);
    },
  );

  test('is downloaded by one worker only', async () => {
    const order = { id: model.id, size: 2 * MIB, chunk: MIB / 8, delay: 20 };
    const [first, second] = [startWorker(order), startWorker(order)];
    const ends = (await Promise.all([first.end, second.end])).map(({ end }) => end);
    expect(ends.toSorted()).toEqual(['MODEL_BUSY', 'complete']);
  });
});
