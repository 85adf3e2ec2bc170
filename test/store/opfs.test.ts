/**
 * Models in a browser's private file system that is played by memory: what the browser refuses comes out as an error of ours. That the
 * real one does the same is test/store/opfs.browser.test.ts.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Disk } from '../../src/contracts/disk.ts';
import { openOpfs } from '../../src/store/models/opfs.ts';
import { type Behaviour, MemoryDirectory, MemoryFile } from '../support/file-system.ts';

afterEach(() => vi.unstubAllGlobals());

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const code = (code: string): unknown => expect.objectContaining({ code });

async function open(worker: boolean, estimate: StorageEstimate = {}) {
  const behaviour: Behaviour = { room: Infinity, worker, refusal: null };
  const root = new MemoryDirectory(behaviour);
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => root, estimate: async () => estimate } });
  return { behaviour, root, disk: await openOpfs() };
}

async function write(disk: Disk, from: number, text: string): Promise<string | undefined> {
  const folder = await disk.create('m');
  const sink = await folder.append('w', from);
  await sink.write(bytes(text));
  await sink.close();
  const read = await folder.read('w');
  return read === null ? undefined : new TextDecoder().decode(read);
}

describe.each([
  ['a worker, in place', true],
  ['the page, when the file is closed', false],
])('a file that is written by %s', (_, worker) => {
  test('goes on from where it was, and what is there beyond that is cut off', async () => {
    const { disk } = await open(worker);
    expect(await write(disk, 0, 'twelve bytes')).toBe('twelve bytes');
    expect(await write(disk, 6, ' more bytes')).toBe('twelve more bytes');
    expect(await write(disk, 3, '')).toBe('twe');
  });

  test('to a full disk is STORAGE_QUOTA', async () => {
    const { disk, behaviour } = await open(worker);
    behaviour.room = 10;
    await expect(write(disk, 0, 'twelve bytes')).rejects.toEqual(code('STORAGE_QUOTA'));
  });
});

describe('a folder', () => {
  test('has files with sizes and parts, and replaces a small file whole', async () => {
    const { disk, root } = await open(true);
    const folder = await disk.create('m');
    await folder.replace('record', bytes('one'));
    await folder.replace('record', bytes('another'));
    const models = root.children.get('models') as MemoryDirectory;
    (models.children.get('m') as MemoryDirectory).children.set(
      'folder inside',
      new MemoryDirectory({ room: 0, worker: true, refusal: null }),
    );
    expect(await folder.sizes()).toEqual(new Map([['record', 7]]));
    expect((await folder.file('record'))?.length).toBe(7);
    expect((await folder.file('record'))?.subarray(3, 7)).toEqual(bytes('ther'));
    expect(await folder.file('nothing')).toBeNull();
    expect(await folder.read('record', 2, 5)).toEqual(bytes('oth'));
    expect(await folder.read('nothing')).toBeNull();
    await folder.remove('record');
    await folder.remove('record');
    expect((await folder.sizes()).size).toBe(0);
  });

  test('is found by its name, listed and removed, with what is no folder left out', async () => {
    const { disk, root } = await open(true);
    await disk.create('b');
    await disk.create('a');
    const models = root.children.get('models') as MemoryDirectory;
    models.children.set('a file', new MemoryFile({ room: 0, worker: true, refusal: null }));
    expect(await disk.names()).toEqual(['a', 'b']);
    expect(await disk.open('c')).toBeNull();
    expect(await (await disk.open('a'))?.sizes()).toEqual(new Map());
    await disk.remove('a');
    await disk.remove('a');
    expect(await disk.names()).toEqual(['b']);
  });

  test('whose file another tab is writing is MODEL_BUSY', async () => {
    const { disk } = await open(true);
    const folder = await disk.create('m');
    const first = await folder.append('w', 0);
    await expect(folder.append('w', 0)).rejects.toEqual(code('MODEL_BUSY'));
    await first.close();
    await (await folder.append('w', 0)).close();
  });

  test('that the browser refuses to read is damaged; one that it refuses to save is let go all the same', async () => {
    const { disk, behaviour } = await open(true);
    const folder = await disk.create('m');
    const sink = await folder.append('w', 0);
    behaviour.refusal = new DOMException('lost', 'NotReadableError');
    await expect(folder.read('w')).rejects.toEqual(code('STORAGE_CORRUPT'));
    await expect(sink.close()).rejects.toEqual(code('STORAGE_CORRUPT'));
    behaviour.refusal = null;
    await (await folder.append('w', 0)).close();
  });

  test('that is a file is an error of the disk', async () => {
    const { disk, root } = await open(true);
    const models = root.children.get('models') as MemoryDirectory;
    models.children.set('m', new MemoryFile({ room: 0, worker: true, refusal: null }));
    await expect(disk.open('m')).rejects.toEqual(code('STORAGE_ABORT'));
  });
});

describe('the disk', () => {
  test('says how much room there is, and that there is no end of it where the browser does not tell', async () => {
    expect(await (await open(true, { quota: 100, usage: 30 })).disk.free()).toBe(70);
    expect(await (await open(true, { quota: 100 })).disk.free()).toBe(Infinity);
    expect(await (await open(true)).disk.free()).toBe(Infinity);
  });

  test('is DISK_NONE where the browser gives none', async () => {
    vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.reject(new DOMException('denied', 'SecurityError')) } });
    await expect(openOpfs('elsewhere')).rejects.toEqual(code('DISK_NONE'));
    vi.stubGlobal('navigator', {});
    await expect(openOpfs()).rejects.toEqual(code('DISK_NONE'));
  });
});
