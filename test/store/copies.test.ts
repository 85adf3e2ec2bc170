/** Picked files that this browser keeps: a copy with its size that opens, is deleted, and is never there by halves. */
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { createShelf } from '../../src/lab/shelf.ts';
import type { DownloadEvent, StoredModel } from '../../src/protocol/models.ts';
import type { RunModel } from '../../src/run/records.ts';
import { copiesOf } from '../../src/ui/session/copies.ts';
import { keepFiles, type Copied } from '../../src/store/models/copies.ts';
import { modelsOnDisk, openModel } from '../../src/store/models/shelf.ts';
import { keptKitOf, pickedKit } from '../../src/lab/kits.ts';
import { kitEntries } from '../support/kit-data.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { randomModel } from '../support/random-model.ts';

const model = { name: 'Süßes Modell', fingerprint: '0123456789abcdef' };
const code = (code: string, detail = '') => expect.objectContaining({ code, detail: expect.stringContaining(detail) as string });
const file = (bytes: Uint8Array) => new File([Uint8Array.from(bytes)], 'any');
const files = (size = 100) =>
  new Map<string, Copied>([
    ['config.json', file(new Uint8Array(7))],
    ['große Teile/1.safetensors', file(new Uint8Array(size).fill(9))],
  ]);

async function keep(disk: MemoryDisk, copied = files(), signal?: AbortSignal): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const progress of keepFiles(disk, model, copied, signal === undefined ? {} : { signal })) seen.push(progress);
  return seen;
}

describe('a copy of picked files', () => {
  it('is listed with its size and opens', async () => {
    const disk = new MemoryDisk();
    expect(await keep(disk)).toEqual([
      { file: 'config.json', done: 0, total: 107 },
      { file: 'große Teile/1.safetensors', done: 7, total: 107 },
    ]);
    const [kept] = await modelsOnDisk(disk);
    expect(kept).toMatchObject({ id: model.name, revision: model.fingerprint, complete: true, unchecked: [] });
    expect(kept?.bytes).toBeGreaterThanOrEqual(107);
    const read = await openModel(disk, kept?.folder ?? '');
    expect(await read('große Teile/1.safetensors')).toEqual(new Uint8Array(100).fill(9));
    expect(await read('tokenizer.json')).toBeNull();
    disk.written = 0;
    expect(await keep(disk)).toEqual([]);
    expect(disk.written).toBe(0);
  });

  it('tells how far it is every eight megabytes', async () => {
    let left = 20;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) =>
      left-- > 0 ? controller.enqueue(new Uint8Array(2 ** 20)) : controller.close();
    const large: Copied = { size: 20 * 2 ** 20, stream: () => new ReadableStream({ pull }) };
    const seen = (await keep(new MemoryDisk(), new Map([['a.safetensors', large]]))) as { readonly done: number }[];
    expect(seen.map(({ done }) => done / 2 ** 20)).toEqual([0, 8, 16]);
  });

  it('does not begin where there is no room', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 100;
    await expect(keep(disk)).rejects.toEqual(code('STORAGE_QUOTA', 'needs 107 bytes, 100 are free'));
    disk.capacity = -5;
    await expect(keep(disk)).rejects.toEqual(code('STORAGE_QUOTA', '0 are free'));
    expect(await modelsOnDisk(disk)).toEqual([]);
  });

  const broken = (stream: () => ReadableStream<Uint8Array<ArrayBuffer>>, size = 9): Copied => ({ size, stream });
  const moved = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({ pull: () => Promise.reject(new DOMException('moved', 'NotFoundError')) });
  it.each([
    ['was moved', broken(moved), 'MODEL_MISSING', 'a.safetensors cannot be read'],
    ['has changed', broken(() => file(new Uint8Array(3)).stream()), 'MODEL_MISSING', 'has changed since it was picked'],
  ])('of a file that %s leaves nothing behind', async (_, bad, expected, detail) => {
    const disk = new MemoryDisk();
    await expect(keep(disk, new Map([...files(), ['a.safetensors', bad]]))).rejects.toEqual(code(expected, detail));
    expect(await modelsOnDisk(disk)).toEqual([]);
  });

  it('that is stopped, or whose reader walks away, leaves nothing behind', async () => {
    const [disk, stop] = [new MemoryDisk(), new AbortController()];
    const running = (async () => {
      for await (const _ of keepFiles(disk, model, files(), { signal: stop.signal })) stop.abort();
    })();
    await expect(running).rejects.toEqual(code('STOPPED', model.name));
    for await (const _ of keepFiles(disk, model, files())) break;
    expect(await modelsOnDisk(disk)).toEqual([]);
  });
});

describe('what is copied beside a model', () => {
  const beside = (text: string) => new Map<string, Copied>([['kit/kit.json', file(new TextEncoder().encode(text))]]);
  const keepWith = async (disk: MemoryDisk, more: ReadonlyMap<string, Copied>, signal?: AbortSignal): Promise<void> => {
    const options = { beside: more, ...(signal === undefined ? {} : { signal }) };
    for await (const _ of keepFiles(disk, model, files(), options));
  };
  const kept = async (disk: MemoryDisk, name: string): Promise<string | null> => {
    const [first] = await modelsOnDisk(disk);
    const bytes = await (await openModel(disk, first?.folder ?? ''))(name);
    return bytes === null ? null : new TextDecoder().decode(bytes.subarray(0, bytes.length));
  };

  it('comes along, is copied anew when it is kept again, and stays where nothing is given', async () => {
    const disk = new MemoryDisk();
    await keepWith(disk, new Map());
    expect(await kept(disk, 'kit/kit.json')).toBeNull();
    for (const text of ['{"a": 1}', '{}', '{"longer": "than before"}']) {
      disk.written = 0;
      await keepWith(disk, beside(text));
      expect(await kept(disk, 'kit/kit.json')).toBe(text);
      expect(await kept(disk, 'große Teile/1.safetensors')).toHaveLength(100);
    }
    await keepWith(disk, new Map());
    expect(await kept(disk, 'kit/kit.json')).toBe('{"longer": "than before"}');
  });

  it('that cannot be copied leaves the model as it was, without it', async () => {
    const disk = new MemoryDisk();
    await keepWith(disk, beside('{}'));
    const gone: Copied = {
      size: 9,
      stream: () => new ReadableStream({ pull: () => Promise.reject(new DOMException('', 'NotFoundError')) }),
    };
    await expect(keepWith(disk, new Map([['kit/kit.json', gone]]))).rejects.toEqual(code('MODEL_MISSING', 'kit/kit.json cannot be read'));
    expect(await modelsOnDisk(disk)).toMatchObject([{ complete: true, files: ['config.json', 'große Teile/1.safetensors'] }]);
    expect(await kept(disk, 'kit/kit.json')).toBeNull();
  });
});

describe('the shelf', () => {
  const entries = (folder: string) =>
    [...randomModel('llama')].map(([name, bytes]) => ({ path: `${folder}/${name}`, file: new File([Uint8Array.from(bytes)], name) }));
  const events = async (stream: ReadableStream<DownloadEvent>): Promise<DownloadEvent[]> => {
    const seen: DownloadEvent[] = [];
    for await (const event of stream) seen.push(event);
    return seen;
  };

  it('keeps the model of a folder, with what belongs to it and nothing else, and says how it is called', async () => {
    const disk = new MemoryDisk();
    const shelf = createShelf(() => Promise.resolve(disk));
    const picked = [...entries('out'), ...entries('out/checkpoint-5'), { path: 'out/notes.txt', file: new File(['x'], 'notes.txt') }];
    const seen = await events(await shelf.keep({ kind: 'files', files: picked, folder: 'out' }, model));
    const stored = seen.at(-1);
    expect(stored).toMatchObject({
      type: 'stored',
      model: { id: model.name, host: '', revision: '', fingerprint: model.fingerprint, complete: true },
    });
    const folder = stored?.type === 'stored' ? stored.model.folder : '';
    expect([...(disk.folders.get(folder)?.keys() ?? [])].sort()).toEqual([...randomModel('llama').keys(), 'model-record.json'].sort());
    await expect(loadModel(await openModel(disk, folder))).resolves.toBeDefined();
    expect(await shelf.stored()).toMatchObject({ ok: true, value: [{ fingerprint: model.fingerprint }] });
    await shelf.forget(folder);
    expect(await shelf.stored()).toEqual({ ok: true, value: [] });
  });

  it('keeps another copy of the same weights where their prompts are written otherwise', async () => {
    const disk = new MemoryDisk();
    const shelf = createShelf(() => Promise.resolve(disk));
    const keepAs = async (rendering: string | undefined, folder: string) =>
      (
        await events(
          await shelf.keep({ kind: 'files', files: entries(folder) }, { ...model, ...(rendering === undefined ? {} : { rendering }) }),
        )
      ).at(-1);
    for (const rendering of [undefined, 'a', 'b', 'b']) await keepAs(rendering, 'out');
    const answer = await shelf.stored();
    const stored = answer.ok ? answer.value : [];
    expect(stored.map(({ fingerprint, rendering }) => [fingerprint, rendering])).toEqual([
      [model.fingerprint, undefined],
      [model.fingerprint, 'a'],
      [model.fingerprint, 'b'],
    ]);
    const found = (mine: RunModel) => copiesOf(stored, mine).map(({ rendering }) => rendering);
    expect(found({ ...model, rendering: 'b' })).toEqual(['b', undefined]);
    expect(found({ ...model, rendering: 'c' })).toEqual([undefined]);
    // a run of an early version goes on with any of them
    expect(found(model)).toEqual(['a', 'b', undefined]);
    expect(found({ ...model, fingerprint: 'other', rendering: 'b' })).toEqual([]);
    const of = (change: Partial<StoredModel>) => ({ ...(stored[0] as StoredModel), ...change });
    expect(
      copiesOf([of({ fingerprint: null, id: 'mine', complete: true }), of({ complete: false })], { ...model, name: 'mine' }),
    ).toHaveLength(1);
  });

  it('keeps another copy of other weights with the same fingerprint', async () => {
    const disk = new MemoryDisk();
    const shelf = createShelf(() => Promise.resolve(disk));
    const mine = (weights: string): RunModel => ({ ...model, rendering: 'a', weights });
    for (const weights of ['u', 'v']) await events(await shelf.keep({ kind: 'files', files: entries('out') }, mine(weights)));
    const answer = await shelf.stored();
    const stored = answer.ok ? answer.value : [];
    expect(stored).toHaveLength(2);
    for (const weights of ['u', 'v']) expect(copiesOf(stored, mine(weights))).toEqual([expect.objectContaining({ weights })]);
    expect(copiesOf(stored, mine('w'))).toEqual([]);
    expect(copiesOf(stored, model)).toHaveLength(2);
  });

  it('keeps the kit that lies beside a model, whatever its files are called, and it is the same kit', async () => {
    const disk = new MemoryDisk();
    const shelf = createShelf(() => Promise.resolve(disk));
    const kit = kitEntries('out', { 'prompts.jsonl': '../data/my prompts für alle.jsonl', 'test.jsonl': 'a%2Fb.jsonl' });
    const picked = [...entries('out/model'), ...kit];
    const seen = await events(await shelf.keep({ kind: 'files', files: picked }, model));
    const stored = seen.at(-1);
    const folder = stored?.type === 'stored' ? stored.model.folder : '';
    expect(stored).toMatchObject({ model: { kit: true } });
    const own = await pickedKit(picked);
    expect(own?.prompts.length).toBeGreaterThan(8);
    expect(await keptKitOf(await openModel(disk, folder))).toEqual(own);
  });

  it('of a model without a kit has none, and says so', async () => {
    const disk = new MemoryDisk();
    const shelf = createShelf(() => Promise.resolve(disk));
    const seen = await events(await shelf.keep({ kind: 'files', files: entries('a') }, model));
    expect(seen.at(-1)).toMatchObject({ model: { kit: false } });
    const stored = seen.at(-1);
    expect(await keptKitOf(await openModel(disk, stored?.type === 'stored' ? stored.model.folder : ''))).toBeNull();
  });

  it('says what is wrong with what was picked', async () => {
    const shelf = createShelf(() => Promise.resolve(new MemoryDisk()));
    const seen = await events(await shelf.keep({ kind: 'files', files: entries('a').slice(0, 1) }, model));
    expect(seen).toEqual([{ type: 'failed', failure: expect.objectContaining({ code: 'MODEL_MISSING' }) as unknown }]);
  });
});
