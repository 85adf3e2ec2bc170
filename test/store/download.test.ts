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
    await expect(fetchAll()).rejects.toEqual(code('NET_FILE', parts[1]));
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

  it.each([
    'ftp://x',
    'javascript:alert(1)',
    'nonsense',
    'http://hub.example',
    'http://192.168.1.5:8080',
    'http://localhost.evil.example',
    'https://user@hub.example',
    'https://user:secret@hub.example',
    'https://hub.example?token=1',
    'https://hub.example/#x',
    'https://hub.example/?',
    'http://[::1]:8080',
    'http://127.0.0.2:8080',
  ])('is not on a hub at %j', (host) => {
    expect(() => parseHubModel('a/b', host)).toThrow(code('MODEL_NAME'));
  });

  it.each(['https://hub.example', 'https://hub.example:8443/mirror//', 'http://localhost:8080', 'http://127.0.0.1:1'])(
    'may be on a hub at %j',
    (host) => expect(parseHubModel('a/b', host).host).toBe(host.replace(/\/+$/, '')),
  );
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
    await expect(fetchAll()).rejects.toEqual(code('NET_CHANGED', 'another file'));
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
    ['NET_CHANGED', 'other bytes than were asked for', { 'content-range': 'bytes 0-99/10000' }],
    ['NET_RANGE', 'no range that can be seen', {}],
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

  const page = { 'content-type': 'text/html; charset=utf-8' };
  it('of a page for a missing file says which file is missing, where the hub still has the others', async () => {
    hub.fault = (name, _, response) => name === 'tokenizer.json' && (response.writeHead(200, page).end('<!doctype html>'), true);
    await expect(fetchAll()).rejects.toEqual(code('NET_FILE', 'tokenizer.json'));
  });

  it('takes a page for an optional file as none, on a site that has one for whatever it lacks', async () => {
    hub.fault = (name, _, response) => !hub.files.has(name) && (response.writeHead(200, page).end('<!doctype html>'), true);
    await fetchAll();
    expect(await load()).toMatchObject({ tokenizerConfig: null, chatTemplate: null });
  });

  it.each(['config.json', 'tokenizer.json', 'generation_config.json', 'model.safetensors'])(
    'on a network that asks for a log-in from %s on says so, and goes on after it',
    async (first) => {
      let portal = false;
      hub.fault = (name, from, response) => {
        portal ||= name === first && (first !== 'model.safetensors' || from > 8000);
        return portal && (response.writeHead(200, page).end('<html><title>Wi-Fi</title>'), true);
      };
      await expect(fetchAll()).rejects.toEqual(code('NET_PAGE', first === 'generation_config.json' ? 'generation_config.json' : first));
      await expect(load()).rejects.toMatchObject({ code: expect.stringMatching(/^MODEL_(?:MISSING|TRUNCATED)$/) as string });
      hub.fault = () => false;
      await fetchAll();
      await load();
    },
  );

  it.each([
    ['FILE_PAGE', 'config.json', '<!doctype html><title>Wi-Fi</title>', 'config.json is a web page, “Wi-Fi”'],
    [
      'FILE_POINTER',
      'model.safetensors',
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n',
      'model.safetensors is a Git LFS',
    ],
    ['FILE_EMPTY', 'tokenizer.json', '', 'tokenizer.json is empty'],
    ['FILE_EMPTY', 'model.safetensors', '', 'model.safetensors is empty'],
  ] as const)('says %s when a mirror keeps something else as %s', async (expected, name, content, detail) => {
    hub.files.set(name, text(content));
    await expect(fetchAll()).rejects.toEqual(code(expected, detail));
  });

  it.each(['generation_config.json', 'tokenizer_config.json', 'chat_template.jinja'])(
    'of a model whose %s has no byte goes on, and reads it as none',
    async (name) => {
      hub.files.set(name, new Uint8Array());
      await fetchAll();
      expect(await load()).toMatchObject({ tokenizerConfig: null, chatTemplate: null });
      expect(await modelsOnDisk(disk)).toMatchObject([{ complete: true }]);
    },
  );

  it('is not of an empty file where the hub says that it has bytes', async () => {
    hub.fault = (name, _, response) =>
      name === 'generation_config.json' && (response.writeHead(416, { 'content-range': 'bytes */30' }).end(), true);
    await expect(fetchAll()).rejects.toEqual(code('NET_CHANGED', 'generation_config.json'));
  });

  it('fetches shards from folders and under any name', async () => {
    const parts = ['große Teile/Teil 1.safetensors', 'model-2#.safetensors'] as const;
    const part = (odd: number) => writeSafetensors(new Map([...weights].filter((_, i) => i % 2 === odd)));
    hub.files.delete('model.safetensors');
    hub.files.set(
      'model.safetensors.index.json',
      text({ weight_map: Object.fromEntries([...weights.keys()].map((name, i) => [name, parts[i % 2]])) }),
    );
    for (const [i, file] of parts.entries()) hub.files.set(file, part(i));
    await fetchAll();
    expect((await load()).weights.size).toBe(weights.size);
    expect(fileUrl(model(), 'a b/ü#.safetensors')).toBe(`${hub.host}/owner/tiny/resolve/main/a%20b/%C3%BC%23.safetensors`);
  });

  it.each(['config.json', 'tokenizer.json', 'model.safetensors'])('of a model without %s says so', async (name) => {
    hub.files.delete(name);
    await expect(fetchAll()).rejects.toEqual(code(name === 'config.json' ? 'NET_NAME' : 'NET_FILE', name));
  });

  it.each([
    ['nothing', 'config.json', []],
    ['no more than its settings', 'tokenizer.json', []],
    ['weights', 'model.safetensors', ['owner/tiny']],
  ])('that fails with %s is on this disk where there is something to go on with', async (_, at, there) => {
    hub.fault = (name, from, response) =>
      name === at && (at !== 'model.safetensors' || from > 8000) && (response.writeHead(401).end(), true);
    await expect(fetchAll()).rejects.toEqual(code('NET_LOGIN', '401'));
    expect((await modelsOnDisk(disk)).map(({ id }) => id)).toEqual(there);
    expect(await disk.names()).toHaveLength(there.length);
    hub.fault = () => false;
    await fetchAll();
    await load();
  });

  it.each([
    ['NET_LOGIN', 401, {}],
    ['NET_LOGIN', 403, { 'x-error-code': 'GatedRepo' }],
    ['NET_NAME', 404, { 'x-error-code': 'RepoNotFound' }],
    ['NET_NAME', 404, { 'x-error-code': 'RevisionNotFound' }],
    ['NET_PAGE', 511, {}],
    ['NET_STATUS', 451, {}],
    ['NET_STATUS', 418, {}],
  ] as const)('that is refused says %s at once, with the status %i', async (expected, status, headers) => {
    hub.fault = (_, __, response) => (response.writeHead(status, headers).end(), true);
    await expect(fetchAll()).rejects.toEqual(code(expected, [String(status), ...Object.values(headers)].join(' (')));
    expect(hub.requests).toHaveLength(1);
  });

  it.each(['404', '410'])('of a file that is not there says which: %s', async (status) => {
    hub.fault = (_, __, response) => (response.writeHead(Number(status)).end(), true);
    await expect(fetchAll()).rejects.toEqual(code('NET_NAME', 'config.json'));
  });

  const later = (ms: number) => new Date(Date.parse('2026-11-29T12:00:00Z') + ms).toUTCString();
  it.each([
    ['in seconds', 429, { 'retry-after': '1' }, 1000],
    ['at once', 503, { 'retry-after': '0' }, 0],
    ['as a date, by the hub’s own clock', 429, { 'retry-after': later(1000), date: later(0) }, 1000],
    ['as a date that is over', 429, { 'retry-after': 'Mon, 06 Jan 2020 12:00:00 GMT' }, 0],
    ['as the reset of a rate limit', 429, { ratelimit: '"resolvers";r=0;t=1' }, 1000],
  ])('waits as the hub asks, %s, says so, and does not count it as a failure', async (_, status, headers, wait) => {
    const asked: number[] = [];
    let busy = 2;
    hub.fault = (name, from, response) => {
      if (name !== 'model.safetensors' || from < 8000 || busy-- <= 0) return false;
      asked.push(performance.now());
      return (response.writeHead(status, headers).end(), true);
    };
    const seen = await fetchAll({ waits: [] });
    expect(seen.filter((progress) => progress.wait !== undefined)).toEqual([
      expect.objectContaining({ file: 'model.safetensors', wait }),
      expect.objectContaining({ wait }),
    ]);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(wait - 20);
    await load();
  });

  it('whose wait is cancelled stops, and goes on later', async () => {
    const stop = new AbortController();
    hub.fault = (name, from, response) =>
      name === 'model.safetensors' && from > 0 && (response.writeHead(429, { 'retry-after': '600' }).end(), true);
    const running = (async () => {
      for await (const { wait } of download(disk, model(), CHECKPOINT_FILES, { ...FAST, signal: stop.signal }))
        if (wait !== undefined) stop.abort();
    })();
    await expect(running).rejects.toEqual(code('STOPPED'));
    hub.fault = () => false;
    await fetchAll();
    await load();
  });

  it.each([
    ['NET_BUSY', 429, { 'retry-after': '7200' }, 'asks to wait 7200 s'],
    ['NET_BUSY', 429, {}, '429'],
    ['NET_BUSY', 429, { 'retry-after': 'soon' }, '429'],
    ['NET_BUSY', 429, { 'retry-after': '0' }, '429'],
    ['NET_DOWN', 503, {}, '503'],
    ['NET_DOWN', 500, {}, '500'],
    ['NET_DOWN', 408, {}, '408'],
  ])(
    'gives up with %s on a hub that answers %i for ever, or wants more time than anybody has: %j',
    async (expected, status, headers, detail) => {
      hub.fault = (_, __, response) => (response.writeHead(status, headers).end(), true);
      await expect(fetchAll()).rejects.toEqual(code(expected, detail));
    },
  );

  it('tries again by itself where a hub is down for a moment', async () => {
    let busy = 3;
    hub.fault = (_, __, response) => busy-- > 0 && (response.writeHead(503).end(), true);
    await fetchAll();
    await load();
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
