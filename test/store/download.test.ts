/** Models from a hub, over a real HTTP connection to a server that fails in every way that was thought of. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { renderConfig } from '../../src/files/config.ts';
import { CHECKPOINT_FILES } from '../../src/files/checkpoint-files.ts';
import { loadModel } from '../../src/model/load.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { Random } from '../../src/random.ts';
import { download, type DownloadOptions, type Progress } from '../../src/store/models/download.ts';
import { fileUrl, HUB, parseHubModel } from '../../src/store/models/hub.ts';
import { deleteModel, folderName, modelsOnDisk, openModel } from '../../src/store/models/shelf.ts';
import { headersOf, startHub, type Hub } from '../support/hub-server.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const { weights } = tinyModel();
const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const tokenizer = text(JSON.stringify(trainTokenizer([], 259)).replaceAll(/<\|(bos|eos|pad)\|>/g, '<|$1 of another|>'));
const MODEL = new Map<string, Uint8Array>([
  ['config.json', text(renderConfig(TINY))],
  ['tokenizer.json', tokenizer],
  ['generation_config.json', text({ eos_token_id: [1, 2] })],
  ['model.safetensors', writeSafetensors(weights)],
]);
const SIZE = (name: string) => MODEL.get(name)?.length ?? 0;
const TOTAL = [...MODEL.values()].reduce((sum, { length }) => sum + length, 0);
const FAST: DownloadOptions = { chunk: 4096, waits: [1, 1, 1, 1], patience: 2000 };

let hub: Hub;
let disk: MemoryDisk;
beforeEach(async () => {
  hub = await startHub(MODEL);
  disk = new MemoryDisk();
});
afterEach(() => hub.close());

const model = (revision = 'main') => ({ host: hub.host, id: 'owner/tiny', revision });
async function fetchAll(options: DownloadOptions = {}): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const progress of download(disk, model(), CHECKPOINT_FILES, { ...FAST, ...options })) seen.push(progress);
  return seen;
}
const load = async () => loadModel(await openModel(disk, folderName(model())));
const code = (code: string, detail = '') => expect.objectContaining({ code, detail: expect.stringContaining(detail) });

describe('a model from a hub', () => {
  it('is downloaded with one progress over all its files, loaded, listed with its size and deleted', async () => {
    const seen = await fetchAll();
    expect(seen.at(-1)).toEqual({ file: 'model.safetensors', done: TOTAL, total: TOTAL });
    const later = seen.slice(2); // the total is known when every file was asked for
    expect(later.every(({ total }) => total === TOTAL)).toBe(true);
    expect(later.map(({ done }) => done)).toEqual(later.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(await load()).toMatchObject({ config: TINY, generation: { eos_token_id: [1, 2] }, tokenizerConfig: null, chatTemplate: null });
    const [kept] = await modelsOnDisk(disk);
    expect(kept).toMatchObject({ id: 'owner/tiny', revision: 'main', commit: hub.commit, complete: true });
    expect(kept?.bytes).toBeGreaterThanOrEqual(TOTAL);
    expect(kept?.unchecked.toSorted()).toEqual(['config.json', 'generation_config.json', 'tokenizer.json']);
    await deleteModel(disk, kept?.folder ?? '');
    expect(await modelsOnDisk(disk)).toEqual([]);
    await expect(load()).rejects.toEqual(code('MODEL_MISSING'));
  });

  it('that is complete is there without the hub', async () => {
    await fetchAll();
    hub.requests.length = 0;
    expect(await fetchAll()).toEqual([]);
    expect(hub.requests).toEqual([]);
  });

  it('is of one commit, even when the branch moves on meanwhile', async () => {
    await fetchAll();
    const [first, ...others] = hub.requests;
    expect(first?.revision).toBe('main');
    expect(new Set(others.map(({ revision }) => revision))).toEqual(new Set([hub.commit]));
  });

  it('in shards is downloaded and loaded as one', async () => {
    const names = [...weights.keys()];
    const parts = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    const place = (i: number) => parts[i < 9 ? 0 : 1];
    const part = (file: string) => writeSafetensors(new Map([...weights].filter((_, i) => place(i) === file)));
    hub.files.delete('model.safetensors');
    hub.files.set('model.safetensors.index.json', text({ weight_map: Object.fromEntries(names.map((name, i) => [name, place(i)])) }));
    for (const file of parts) hub.files.set(file, part(file));
    await fetchAll();
    expect((await load()).weights.size).toBe(weights.size);
    hub.files.delete(parts[1]);
    disk = new MemoryDisk();
    await expect(fetchAll()).rejects.toEqual(code('MODEL_MISSING', parts[1]));
  });

  it.each([
    ['owner/name', 'main'],
    ['owner/name@v1.0', 'v1.0'],
    ['HuggingFaceTB/SmolLM2-135M-Instruct@refs/pr/3', 'refs/pr/3'],
  ])('is called %s', (name, revision) => {
    const read = parseHubModel(` ${name} `);
    expect(read).toEqual({ host: HUB, id: name.split('@')[0], revision });
    expect(fileUrl(read, 'config.json')).toBe(`${HUB}/${read.id}/resolve/${encodeURIComponent(revision)}/config.json`);
  });

  it.each([
    '',
    'name',
    'a/b/c',
    '../x/y',
    'a/..',
    'https://huggingface.co/a/b',
    'a/b@',
    'a b/c',
    'a/b@x y',
    'a/b?x',
    `${'a'.repeat(500)}/b`,
  ])('is not called %j', (name) => expect(() => parseHubModel(name)).toThrow(code('MODEL_NAME')));

  it.each(['ftp://x', 'javascript:alert(1)', 'nonsense'])('is not on a hub at %j', (host) => {
    expect(() => parseHubModel('a/b', host)).toThrow(code('MODEL_NAME'));
  });
});

describe('a download', () => {
  it('goes on after lost connections, at random bytes, without asking for anything twice', async () => {
    const random = Random.of('cut the line');
    let cuts = 0;
    hub.fault = (name, from, response) => {
      const bytes = hub.files.get(name);
      if (bytes === undefined || random.int(3) === 0) return false;
      const part = bytes.subarray(from, from + 1 + random.int(2000));
      response.writeHead(206, {
        ...headersOf(hub, name, bytes),
        'content-range': `bytes ${from}-${Math.min(from + 4096, bytes.length) - 1}/${bytes.length}`,
        'content-length': Math.min(4096, bytes.length - from),
      });
      response.write(part, () => response.destroy());
      cuts++;
      return true;
    };
    await fetchAll({ waits: Array.from({ length: 50 }, () => 0) });
    expect(cuts).toBeGreaterThan(10);
    expect(disk.written).toBeLessThan(TOTAL + 20_000); // and the records
    expect((await load()).weights.size).toBe(weights.size);
  });

  it.each([0, 1, 5000, 20_000])(
    'that is stopped after %i bytes goes on there after a reload, and nothing half is loaded',
    async (bytes) => {
      const before = SIZE('config.json') + SIZE('tokenizer.json') + SIZE('generation_config.json');
      const stop = new AbortController();
      const running = (async () => {
        for await (const { done, file } of download(disk, model(), CHECKPOINT_FILES, { ...FAST, signal: stop.signal, chunk: 1024 })) {
          if (file === 'model.safetensors' && done >= before) {
            hub.fault = (_, from) => from >= bytes && (stop.abort(), true);
          }
        }
      })();
      await expect(running).rejects.toEqual(code('STOPPED'));
      await expect(load()).rejects.toEqual(code('MODEL_TRUNCATED'));
      expect(await modelsOnDisk(disk)).toEqual([expect.objectContaining({ complete: false })]);
      hub.fault = () => false;
      hub.requests.length = 0;
      await fetchAll();
      const resumed = hub.requests.filter(({ file }) => file === 'model.safetensors').map(({ from }) => from);
      expect(resumed[1]).toBeGreaterThanOrEqual(bytes - (bytes % 1024)); // the first is the question for its size
      expect(hub.requests.filter(({ file }) => file === 'tokenizer.json')).toHaveLength(1);
      expect((await load()).weights.size).toBe(weights.size);
    },
  );

  it('whose reader walks away stops, and the next one goes on', async () => {
    for await (const { file } of download(disk, model(), CHECKPOINT_FILES, FAST)) if (file === 'model.safetensors') break;
    await expect(load()).rejects.toEqual(code('MODEL_TRUNCATED'));
    await fetchAll();
    await load();
  });

  it('begins a file anew that has changed on the hub since', async () => {
    for await (const { file, done } of download(disk, model(), CHECKPOINT_FILES, { ...FAST, chunk: 1024 })) {
      if (file === 'model.safetensors' && done > 8000) break;
    }
    hub.files.set('model.safetensors', writeSafetensors(tinyModel(7).weights));
    await fetchAll();
    expect((await load()).weights.get('model.embed_tokens.weight')?.data).toEqual(
      tinyModel(7).weights.get('model.embed_tokens.weight')?.data,
    );
  });

  it('notices that a file changes while it is fetched', async () => {
    let changed = false;
    hub.fault = (name, from) => {
      if (name === 'model.safetensors' && from > 8000 && !changed) {
        changed = true;
        hub.files.set(name, writeSafetensors(tinyModel(7).weights));
      }
      return false;
    };
    await fetchAll();
    expect(changed).toBe(true);
    expect((await load()).weights.get('model.norm.weight')?.data).toEqual(tinyModel(7).weights.get('model.norm.weight')?.data);
    expect((await load()).weights.get('model.embed_tokens.weight')?.data).toEqual(
      tinyModel(7).weights.get('model.embed_tokens.weight')?.data,
    );
  });

  it('gives up on a file that never stays the same', async () => {
    let version = 0;
    hub.fault = (name, from) => {
      if (name === 'model.safetensors' && from > 0) hub.files.set(name, writeSafetensors(tinyModel(++version).weights));
      return false;
    };
    await expect(fetchAll()).rejects.toEqual(code('NET_STATUS', 'another file'));
  });

  it('from a server that knows no ranges works', async () => {
    hub.fault = (name, _, response) => {
      const bytes = hub.files.get(name);
      if (bytes === undefined) return false;
      response.writeHead(200, { ...headersOf(hub, name, bytes), 'content-length': bytes.length }).end(bytes);
      return true;
    };
    await fetchAll();
    await load();
  });

  it('of a wrong byte is refused and deleted, and the next try fetches the file again', async () => {
    const spoil = (name: string, from: number, response: Hub['fault'] extends (...args: infer A) => boolean ? A[2] : never): boolean => {
      const bytes = hub.files.get(name);
      if (name !== 'model.safetensors' || bytes === undefined || from < 8000) return false;
      const part = bytes.slice(from, from + 4096);
      part[5] = (part[5] ?? 0) ^ 1;
      response
        .writeHead(206, { ...headersOf(hub, name, bytes), 'content-range': `bytes ${from}-${from + part.length - 1}/${bytes.length}` })
        .end(part);
      return true;
    };
    hub.fault = spoil;
    await expect(fetchAll()).rejects.toEqual(code('NET_HASH', 'model.safetensors'));
    await expect(load()).rejects.toEqual(code('MODEL_TRUNCATED'));
    expect(disk.folders.get(folderName(model()))?.has('model.safetensors')).toBe(false);
    hub.fault = () => false;
    await fetchAll();
    await load();
  });

  it('says for which files there was no hash to check', async () => {
    hub.unhashed.add('model.safetensors');
    await fetchAll();
    expect((await modelsOnDisk(disk))[0]?.unchecked).toContain('model.safetensors');
  });

  it.each([
    ['NET_STATUS', 'other bytes than were asked for', { 'content-range': 'bytes 0-99/10000' }],
    ['NET_STATUS', 'no range', {}],
    ['NET_STATUS', 'a range that is none', { 'content-range': 'bytes */10000' }],
  ])('%s: answered with %s', async (expected, _, headers) => {
    hub.fault = (name, from, response) => {
      const bytes = hub.files.get(name);
      if (bytes === undefined || from === 0) return false;
      response.writeHead(206, { ...headersOf(hub, name, bytes), ...headers }).end(bytes.subarray(0, 100));
      return true;
    };
    await expect(fetchAll()).rejects.toEqual(code(expected));
    await expect(load()).rejects.toEqual(code('MODEL_TRUNCATED'));
  });

  it('answered with the bytes beside those that were asked for is refused', async () => {
    hub.fault = (name, from, response) => {
      const bytes = hub.files.get(name);
      if (bytes === undefined || from === 0) return false;
      const range = { 'content-range': `bytes ${from - 1}-${from + 98}/${bytes.length}` };
      response.writeHead(206, { ...headersOf(hub, name, bytes), ...range }).end(bytes.subarray(from - 1, from + 99));
      return true;
    };
    await expect(fetchAll()).rejects.toEqual(code('NET_STATUS', 'when asked for'));
  });

  it('of a file that became shorter meanwhile begins anew', async () => {
    let shorter = false;
    hub.fault = (name, from, response) => {
      if (name !== 'model.safetensors' || from < 8000 || shorter) return false;
      shorter = true;
      response.writeHead(416).end();
      return true;
    };
    await fetchAll();
    expect(shorter).toBe(true);
    await load();
  });

  it('takes the name that a hub gives a file in its other storage for no SHA-256', async () => {
    const name = 'a'.repeat(64);
    hub.fault = (file, from, response) => {
      const bytes = hub.files.get(file);
      if (file !== 'model.safetensors' || bytes === undefined || from > 0) return false;
      const range = { 'content-range': `bytes 0-0/${bytes.length}` };
      response
        .writeHead(206, { ...headersOf(hub, file, bytes), ...range, etag: `"${name}"`, 'x-xet-hash': name })
        .end(bytes.subarray(0, 1));
      hub.fault = () => false;
      hub.unhashed.add(file);
      return true;
    };
    await fetchAll();
    expect((await modelsOnDisk(disk))[0]?.unchecked).toContain('model.safetensors');
  });

  it('of a page for a missing file says which file is missing', async () => {
    hub.fault = (name, _, response) => {
      if (name !== 'tokenizer.json') return false;
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
      return true;
    };
    await expect(fetchAll()).rejects.toEqual(code('MODEL_MISSING', 'tokenizer.json'));
  });

  it.each(['config.json', 'tokenizer.json', 'model.safetensors'])('of a model without %s says so', async (name) => {
    hub.files.delete(name);
    await expect(fetchAll()).rejects.toEqual(code('MODEL_MISSING', name));
  });

  it.each([401, 403, 451])('that is refused with status %i says NET_STATUS at once', async (status) => {
    hub.fault = (_, __, response) => (response.writeHead(status).end(), true);
    await expect(fetchAll()).rejects.toEqual(code('NET_STATUS', String(status)));
    expect(hub.requests).toHaveLength(1);
  });

  it('waits for a hub that is busy, then gives up', async () => {
    let busy = 3;
    hub.fault = (_, __, response) => busy-- > 0 && (response.writeHead(503).end(), true);
    await fetchAll();
    disk = new MemoryDisk();
    busy = Infinity;
    await expect(fetchAll()).rejects.toEqual(code('NET_STATUS', '503'));
  });

  it('says NET_OFFLINE when nothing can be reached, and when no more bytes come', async () => {
    hub.fault = (name, from) => name === 'model.safetensors' && from > 4000; // never answered
    await expect(fetchAll({ patience: 50 })).rejects.toEqual(code('NET_OFFLINE'));
    await hub.close();
    await expect(fetchAll()).rejects.toEqual(code('NET_OFFLINE'));
  });

  it('of a model that cannot be used ends before its weights are asked for', async () => {
    hub.files.set('config.json', text({ ...TINY, model_type: 'mamba' }));
    await expect(fetchAll()).rejects.toEqual(code('MODEL_UNSUPPORTED', 'model_type'));
    expect(hub.requests.map(({ file }) => file)).not.toContain('model.safetensors');
  });

  it('that does not fit the disk is refused before the weights are fetched, and stops when the disk fills up', async () => {
    disk.capacity = TOTAL - 5000;
    await expect(fetchAll()).rejects.toEqual(code('STORAGE_QUOTA', 'free'));
    disk.free = () => Promise.resolve(Infinity);
    await expect(fetchAll()).rejects.toEqual(code('STORAGE_QUOTA', 'full'));
    disk.capacity = Infinity;
    await fetchAll();
    await load();
  });
});
