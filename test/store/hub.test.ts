/** What hubs, proxies and portals may answer that is not the file, on answers made by hand; test/store/download.test.ts has a server. */
import { describe, expect, it } from 'vitest';
import type { Disk, Folder } from '../../src/contracts/disk.ts';
import { sha256 } from '../../src/digest.ts';
import { download, type DownloadOptions, type Progress } from '../../src/store/models/download.ts';
import { deleteModel, folderName, keptModel, modelsOnDisk, openModel, readRecord, writeRecord } from '../../src/store/models/shelf.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { bytesOf, memoryHub, PLAN } from '../support/tiny-hub.ts';

const MIB = 1024 * 1024;
const model = { host: 'https://hub.example', id: 'owner/name', revision: 'main' };
const NAME = folderName(model);
const WEIGHTS = PLAN.weights;
const code = (code: string, detail = '') => expect.objectContaining({ code, detail: expect.stringContaining(detail) as string });
const files = (size = 5000) =>
  new Map([
    ['config.json', new TextEncoder().encode('{}')],
    [WEIGHTS, bytesOf(size)],
  ]);

/** What is asked for: the file, and the first byte. */
type Asked = { readonly file: string; readonly from: number; readonly first: boolean };
/** The hub in memory, but for what `answer` answers instead of it; `first` is the question what the file is. */
function hub(answer: (asked: Asked, bytes: Uint8Array<ArrayBuffer>) => Response | null, all = files()): typeof fetch {
  const good = memoryHub(all);
  return async (input, init) => {
    const file = decodeURIComponent((input as string).split('/').at(-1) ?? '');
    const [from = 0, last = 0] = (/(\d+)-(\d+)/.exec(new Headers(init?.headers).get('range') ?? '')?.slice(1) ?? []).map(Number);
    return answer({ file, from, first: from === 0 && last === 0 }, all.get(file) ?? new Uint8Array()) ?? good(input, init);
  };
}
/** A range of the weights as a good answer has it, around any body. */
const range = async (all: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, from: number, to: number) => {
  const bytes = all.get(WEIGHTS) ?? new Uint8Array();
  return { 'content-range': `bytes ${from}-${to - 1}/${bytes.length}`, etag: `"${await sha256(bytes)}"` };
};

/** A body of half megabytes. */
function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += MIB / 2)));
    },
  });
}

async function fetchAll(fetch: typeof globalThis.fetch, disk: Disk = new MemoryDisk(), options: DownloadOptions = {}): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const progress of download(disk, model, PLAN, { fetch, chunk: 1024, waits: [0, 0], patience: 2000, ...options }))
    seen.push(progress);
  return seen;
}
const load = async (disk: Disk) => (await openModel(disk, NAME))(WEIGHTS);

describe('an answer', () => {
  it('that there is no first byte is that of an empty file, also where it does not say how many there are', async () => {
    const disk = new MemoryDisk();
    await fetchAll(
      hub(({ file }) => (file === 'config.json' ? new Response(null, { status: 416 }) : null)),
      disk,
    );
    expect(await (await openModel(disk, NAME))('config.json')).toEqual(new Uint8Array());
  });

  it('that there is nothing in a file (204) is that of an empty one, and of no other question', async () => {
    const disk = new MemoryDisk();
    const nothing = (what: (asked: Asked) => boolean) => hub((asked) => (what(asked) ? new Response(null, { status: 204 }) : null));
    await fetchAll(
      nothing(({ file }) => file === 'config.json'),
      disk,
    );
    expect(await (await openModel(disk, NAME))('config.json')).toEqual(new Uint8Array());
    await expect(fetchAll(nothing(({ file, first }) => file === WEIGHTS && !first))).rejects.toEqual(code('NET_STATUS', 'status 204'));
  });

  it('whose version is marked as weak in some answers is of the same file', async () => {
    const disk = new MemoryDisk();
    const all = files();
    const headers = await range(all, 0, 1);
    const weak = { ...headers, etag: `W/${headers.etag}` };
    await fetchAll(
      hub(
        ({ file, first }, bytes) => (file === WEIGHTS && first ? new Response(bytes.slice(0, 1), { status: 206, headers: weak }) : null),
        all,
      ),
      disk,
    );
    expect(await load(disk)).toEqual(all.get(WEIGHTS));
  });

  it('in which two proxies ask to wait means the first of them', async () => {
    const busy = hub(() => new Response(null, { status: 429, headers: { 'retry-after': '7200, 30' } }));
    await expect(fetchAll(busy)).rejects.toEqual(code('NET_BUSY', 'asks to wait 7200 s'));
  });

  it('that asks to wait until a date means the time of this machine where it tells none of its own', async () => {
    const busy = (date: number) => hub(() => new Response(null, { status: 429, headers: { 'retry-after': new Date(date).toUTCString() } }));
    await expect(fetchAll(busy(Date.now() + 3_600_000))).rejects.toMatchObject({
      code: 'NET_BUSY',
      detail: expect.stringMatching(/asks to wait 3(?:600|59\d) s$/) as string,
    });
    await expect(fetchAll(busy(Date.now() - 3_600_000))).rejects.toEqual(code('NET_BUSY', 'asks to wait 0 s'));
  });

  it('without its size is refused', async () => {
    const silent = hub(({ file }, bytes) => (file === WEIGHTS ? new Response(new Blob([bytes]).stream(), { status: 200 }) : null));
    await expect(fetchAll(silent)).rejects.toEqual(code('NET_LENGTH', 'does not say how large it is'));
    const headers = { 'content-range': 'bytes 0-0/*' };
    const open = hub(({ file }) => (file === WEIGHTS ? new Response('x', { status: 206, headers }) : null));
    await expect(fetchAll(open)).rejects.toEqual(code('NET_LENGTH', 'bytes 0-0/*'));
  });

  it('with more bytes than it says is refused', async () => {
    const all = files();
    const headers = await range(all, 0, 1024);
    const long = hub(
      ({ file, first }, bytes) => (file === WEIGHTS && !first ? new Response(bytes.slice(0, 1500), { status: 206, headers }) : null),
      all,
    );
    await expect(fetchAll(long)).rejects.toEqual(code('NET_STATUS', 'sends more bytes than it says'));
  });

  it.each([
    ['an empty body', new Uint8Array()],
    ['no body', null],
  ])('with %s is a lost connection, and with nothing else in the end NET_OFFLINE', async (_, body) => {
    const all = files();
    const headers = await range(all, 0, 1024);
    const empty = (times: number) => {
      let left = times;
      return hub(
        ({ file, first }) => (file === WEIGHTS && !first && left-- > 0 ? new Response(body, { status: 206, headers }) : null),
        all,
      );
    };
    const disk = new MemoryDisk();
    await fetchAll(empty(2), disk);
    expect(await load(disk)).toEqual(all.get(WEIGHTS));
    await expect(fetchAll(empty(3))).rejects.toEqual(code('NET_OFFLINE', 'sends nothing'));
  });

  it('that names no commit by its hash leaves the version open', async () => {
    const all = files();
    const named = hub(
      ({ file, first }) =>
        file === 'config.json' && first
          ? new Response('{', { status: 206, headers: { 'content-range': 'bytes 0-0/2', 'x-repo-commit': 'main' } })
          : null,
      all,
    );
    const disk = new MemoryDisk();
    await fetchAll(named, disk);
    expect((await keptModel(disk, NAME))?.commit).toBeNull();
  });

  it('of a whole file to a question for its rest is taken from its beginning', async () => {
    // the connection breaks after 2000 bytes, and then a proxy without ranges answers
    const all = files();
    const whole = all.get(WEIGHTS) ?? new Uint8Array();
    const proxy = hub(
      ({ file, from, first }) =>
        file === WEIGHTS && !first && from > 1024
          ? new Response(whole, { status: 200, headers: { 'content-length': String(whole.length) } })
          : null,
      all,
    );
    const disk = new MemoryDisk();
    const seen = await fetchAll(proxy, disk);
    expect(await load(disk)).toEqual(whole);
    expect(seen.at(-1)).toEqual({ file: WEIGHTS, done: 5002, total: 5002 });
  });
});

describe('a download', () => {
  it('of a file that is taken from the hub meanwhile says which', async () => {
    let gone = false;
    const taken = hub(({ file, from }) => {
      gone ||= file === WEIGHTS && from > 2000;
      return gone && file === WEIGHTS ? new Response('gone', { status: 404 }) : null;
    });
    await expect(fetchAll(taken)).rejects.toEqual(code('NET_FILE', WEIGHTS));
  });

  it('tells how far it is every megabyte, and less when a file begins anew', async () => {
    const all = files(4 * MIB);
    const whole = all.get(WEIGHTS) ?? new Uint8Array();
    let left = 1;
    const proxy = hub(
      ({ file, from }) =>
        file === WEIGHTS && from >= 3 * MIB && left-- > 0
          ? new Response(inPieces(whole), { status: 200, headers: { 'content-length': String(whole.length) } })
          : null,
      all,
    );
    const seen = (await fetchAll(proxy, new MemoryDisk(), { chunk: 3 * MIB }))
      .filter(({ file }) => file === WEIGHTS)
      .map(({ done }) => done - 2);
    expect(seen[0]).toBe(0);
    expect(seen).toContain(3 * MIB);
    const again = seen.findIndex((done, i) => done < (seen[i - 1] ?? 0));
    expect(again).toBeGreaterThan(1);
    expect(seen.at(-1)).toBe(4 * MIB);
  });

  it('asks in pieces of 16 MiB, and tries again where the connection broke, without being told to', async () => {
    const asked: string[] = [];
    const good = memoryHub(files());
    const once: typeof fetch = async (input, init) => {
      const header = new Headers(init?.headers).get('range') ?? '';
      if (!header.endsWith('=0-0')) asked.push(header);
      if (asked.length === 1 && !header.endsWith('=0-0')) throw new TypeError('Failed to fetch');
      return good(input, init);
    };
    for await (const _ of download(new MemoryDisk(), model, PLAN, { fetch: once })) void _;
    expect(asked).toEqual(['bytes=0-1', 'bytes=0-1', 'bytes=0-4999']);
  });

  it('goes on with what the disk really has, where it says more than it gives', async () => {
    const [all, disk] = [files(), new MemoryDisk()];
    for await (const { file, done } of download(disk, model, PLAN, { fetch: memoryHub(all), chunk: 1024 }))
      if (file === WEIGHTS && done > 2000) break;
    const open = disk.create.bind(disk);
    const boasting = (folder: Folder): Folder => ({
      ...folder,
      sizes: async () => new Map([...(await folder.sizes())].map(([name, size]) => [name, name === WEIGHTS ? size + 100 : size])),
    });
    disk.create = async (name) => boasting(await open(name));
    await fetchAll(memoryHub(all), disk);
    expect(await load(disk)).toEqual(all.get(WEIGHTS));
  });

  it('of a file that has grown on the disk is refused, and the next one fetches it again', async () => {
    const [all, disk] = [files(), new MemoryDisk()];
    for await (const { file, done } of download(disk, model, PLAN, { fetch: memoryHub(all), chunk: 1024 }))
      if (file === WEIGHTS && done > 2000) break;
    disk.folders.get(NAME)?.set(WEIGHTS, new Uint8Array(6000));
    await expect(fetchAll(memoryHub(all), disk)).rejects.toEqual(code('NET_HASH', 'has 6000 bytes, the hub says 5000'));
    await fetchAll(memoryHub(all), disk);
    expect(await load(disk)).toEqual(all.get(WEIGHTS));
  });

  it.each(['config.json', WEIGHTS])('whose %s is gone before it is read says so', async (gone) => {
    const disk = new MemoryDisk();
    const open = disk.create.bind(disk);
    disk.create = async (name) => {
      const folder = await open(name);
      return { ...folder, read: async (file, ...part) => (file === gone ? null : folder.read(file, ...part)) };
    };
    await expect(fetchAll(memoryHub(files()), disk)).rejects.toEqual(code('STORAGE_CORRUPT', `${gone} is gone from the disk`));
  });
});

describe('the shelf', () => {
  const kept = async () => {
    const disk = new MemoryDisk();
    await fetchAll(memoryHub(files()), disk);
    return disk;
  };

  it('calls a model of the usual hub by its name alone, one of another hub by both', () => {
    expect(folderName({ host: 'https://huggingface.co', id: 'a/b', revision: 'main' })).toBe('a%2Fb%40main');
    expect(decodeURIComponent(NAME)).toBe('https://hub.example owner/name@main');
  });

  it.each([
    ['no record', null],
    ['a record that is no JSON', '{'],
    ['a record of something else', '{"host": 1, "id": "a", "revision": "b", "files": []}'],
    ['a record without files', '{"host": "a", "id": "a", "revision": "b"}'],
    ['a record with a file without a size', '{"host": "a", "id": "a", "revision": "b", "files": [{"name": "a", "done": true}]}'],
  ])('lists a folder with %s by its name, so that it can be deleted', async (_, record) => {
    const disk = new MemoryDisk();
    const folder = await disk.create('leftover');
    await folder.replace('weights', new Uint8Array(7));
    if (record !== null) await folder.replace('model-record.json', new TextEncoder().encode(record));
    expect(await readRecord(folder)).toBeNull();
    expect(await modelsOnDisk(disk)).toMatchObject([
      { folder: 'leftover', id: 'leftover', complete: false, bytes: 7 + (record?.length ?? 0) },
    ]);
    await expect(openModel(disk, 'leftover')).rejects.toEqual(code('MODEL_TRUNCATED', 'leftover'));
    await deleteModel(disk, 'leftover');
    expect(await modelsOnDisk(disk)).toEqual([]);
  });

  it('leaves out a model that another tab deletes while the list is made', async () => {
    const disk = await kept();
    disk.names = async () => ['just deleted', NAME];
    expect((await modelsOnDisk(disk)).map(({ folder }) => folder)).toEqual([NAME]);
  });

  it('removes what a download left that is no part of the model', async () => {
    const disk = new MemoryDisk();
    await (await disk.create(NAME)).replace('an old shard', new Uint8Array(3));
    await fetchAll(memoryHub(files()), disk);
    expect([...(disk.folders.get(NAME)?.keys() ?? [])].sort()).toEqual(['config.json', 'model-record.json', WEIGHTS].sort());
  });

  it('reads no file that the model has not, and none that has changed on the disk', async () => {
    const disk = await kept();
    const read = await openModel(disk, NAME);
    expect(await read('nothing')).toBeNull();
    disk.folders.get(NAME)?.set(WEIGHTS, new Uint8Array(3));
    await expect(read(WEIGHTS)).rejects.toEqual(code('MODEL_TRUNCATED', 'has changed on the disk'));
    disk.folders.get(NAME)?.delete(WEIGHTS);
    await expect(read(WEIGHTS)).rejects.toEqual(code('MODEL_TRUNCATED', 'has changed on the disk'));
  });

  it('says that a model is not complete whose record is not, whatever lies there', async () => {
    const disk = await kept();
    const folder = await disk.create(NAME);
    const record = await readRecord(folder);
    if (record === null) throw new Error('no record');
    await writeRecord(folder, { ...record, complete: false });
    await expect(openModel(disk, NAME)).rejects.toEqual(code('MODEL_TRUNCATED', 'owner/name is not complete'));
    await expect(openModel(disk, 'elsewhere')).rejects.toEqual(code('MODEL_MISSING', 'elsewhere'));
  });
});
