/** The files that are kept for a page without a network, and the service worker that keeps them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KeptFile, KeptFiles, storeOf } from '../src/kept-files.ts';

const SCOPE = 'https://host.test/sub/';

/** A store of answers, as browsers have it. */
class Store {
  readonly entries = new Map<string, Response>();
  async keys() {
    return [...this.entries.keys()].map((url) => ({ url }));
  }
  async put(url: string, response: Response) {
    this.entries.set(url, response);
  }
  async match(url: string, { ignoreSearch = false } = {}) {
    const found = [...this.entries].find(([key]) => (ignoreSearch ? key.split('?')[0] : key) === url)?.[1];
    return found?.clone();
  }
  async delete({ url }: { readonly url: string }) {
    return this.entries.delete(url);
  }
}

let stores: Map<string, Store>;
let asked: string[];
/** What the host has; null where there is no network. */
let host: Map<string, string> | null;

const caches = {
  open: async (name: string) => stores.get(name) ?? stores.set(name, new Store()).get(name),
} as unknown as CacheStorage;

/** As a browser fetches: `integrity` is here the text itself, with a word before it. */
const get = (async (wanted: string | { readonly url: string }, init?: RequestInit) => {
  const url = typeof wanted === 'string' ? wanted : wanted.url;
  asked.push(url.replace(SCOPE, ''));
  if (host === null) throw new TypeError('Failed to fetch');
  const text = host.get(url.replace(SCOPE, ''));
  if (text === undefined) return new Response('not found', { status: 404 });
  if (init?.integrity !== undefined && init.integrity !== `is ${text}`) throw new TypeError('Failed to find a valid digest');
  return new Response(text);
}) as typeof fetch;

const files = (texts: Readonly<Record<string, string>>): readonly KeptFile[] =>
  Object.entries(texts).map(([url, text]) => ({ url, integrity: `is ${text}` }));
const version = (texts: Readonly<Record<string, string>>) => new KeptFiles({ files: files(texts), scope: SCOPE, caches, fetch: get });
const textOf = async (response: Promise<Response | undefined>) => (await response)?.text();

const ONE = { 'index.html': 'page 1', 'assets/a-1.js': 'a 1', 'models/m': 'weights' };
const TWO = { 'index.html': 'page 2', 'assets/a-2.js': 'a 2', 'models/m': 'weights' };

beforeEach(() => {
  stores = new Map();
  asked = [];
  host = new Map(Object.entries(ONE));
});
afterEach(() => vi.unstubAllGlobals());

describe('the kept files', () => {
  it('are found by the address of the page and below it, and nothing beside them is', async () => {
    const kept = version(ONE);
    expect(kept.nameOf(SCOPE)).toBe('index.html');
    expect(kept.nameOf(`${SCOPE}?backend=wasm#run`)).toBe('index.html');
    expect(kept.nameOf(`${SCOPE}models/m`)).toBe('models/m');
    expect(kept.nameOf('https://host.test/other/models/m')).toBe(null);
    expect(kept.nameOf('https://hub.test/sub/models/m')).toBe(null);
    await kept.fill();
    expect(await textOf(kept.find('models/m'))).toBe('weights');
    expect(await kept.find('models/mine.safetensors')).toBe(undefined);
  });

  it('count when all of them are there, and what is there is not fetched again', async () => {
    const kept = version(ONE);
    host?.delete('models/m');
    await expect(kept.fill()).rejects.toThrow('models/m answers with status 404');
    expect(await kept.find('index.html')).toBe(undefined);
    host?.set('models/m', 'weights');
    asked = [];
    await kept.fill();
    expect(asked).toEqual(['models/m']);
    expect(await textOf(kept.find('index.html'))).toBe('page 1');
  });

  it('are those of the build, never what a hotspot says in their place', async () => {
    host?.set('assets/a-1.js', '<p>Please log in');
    await expect(version(ONE).fill()).rejects.toThrow('digest');
    expect(stores.get(storeOf(SCOPE))?.entries.size).toBe(1);
  });

  it('of two versions are kept side by side, what they share once, until the earlier one is let go', async () => {
    await version(ONE).fill();
    host = new Map(Object.entries(TWO));
    asked = [];
    const two = version(TWO);
    expect(await two.find('index.html')).toBe(undefined);
    await two.fill();
    expect(asked).toEqual(['index.html', 'assets/a-2.js']);
    expect(await textOf(two.find('index.html'))).toBe('page 2');
    expect(await textOf(version(ONE).find('index.html'))).toBe('page 1');
    const earlier = () => two.answer({ url: `${SCOPE}assets/a-1.js` } as Request, 'assets/a-1.js');
    expect(await textOf(earlier())).toBe('a 1');
    await two.sweep();
    expect((await earlier()).status).toBe(404);
    expect(await textOf(two.find('models/m'))).toBe('weights');
  });
});

describe('the service worker', () => {
  type Listener = (event: unknown) => void;

  /** A service worker of one version; `others` are the tabs beside the one that speaks to it. */
  async function worker(texts: Readonly<Record<string, string>>, { first = true, others = 0, newer = false } = {}) {
    const listeners = new Map<string, Listener>();
    const skipWaiting = vi.fn(async () => {});
    vi.stubGlobal('self', {
      __WB_MANIFEST: files(texts),
      location: { origin: 'https://host.test' },
      registration: { scope: SCOPE, active: first ? null : {}, waiting: newer ? {} : null, installing: null },
      clients: { matchAll: async () => Array.from({ length: others + 1 }) },
      skipWaiting,
      addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
    });
    vi.stubGlobal('caches', caches);
    vi.stubGlobal('fetch', get);
    vi.resetModules();
    await import('../workers/service.worker.ts');
    const until = async (type: string, event: object): Promise<void> => {
      let work: Promise<unknown> = Promise.resolve();
      listeners.get(type)?.({ ...event, waitUntil: (promise: Promise<unknown>) => (work = promise) });
      await work;
    };
    return {
      skipWaiting,
      install: () => until('install', {}),
      say: async (data: string) => {
        const said: unknown[] = [];
        await until('message', { data, ports: [{ postMessage: (value: unknown) => said.push(value) }] });
        return said;
      },
      /** Its answer; null where it leaves the request to the browser. */
      answer: (path: string, destination = '', more: { readonly method?: string; readonly range?: string } = {}) => {
        let given: Promise<Response> | null = null;
        const headers = new Headers(more.range === undefined ? {} : { range: more.range });
        const request = { destination, url: new URL(path, SCOPE).href, method: more.method ?? 'GET', headers };
        listeners.get('fetch')?.({ request, respondWith: (response: Promise<Response>) => (given = response) });
        return given as Promise<Response> | null;
      },
    };
  }

  it('takes over at once where it is the first, and keeps the files when the page asks for it', async () => {
    const { install, say, answer, skipWaiting } = await worker(ONE);
    await install();
    expect(skipWaiting).toHaveBeenCalledOnce();
    expect(asked).toEqual([]);
    expect(await say('keep')).toEqual([true]);
    host = null;
    const page = await answer('?backend=wasm', 'document');
    expect([await page?.text(), page?.headers.get('cross-origin-embedder-policy')]).toEqual(['page 1', 'require-corp']);
    expect(await (await answer('models/m'))?.text()).toBe('weights');
  });

  it('says that it could not keep them, and hands on that the network is gone', async () => {
    const { say, answer } = await worker(ONE);
    host = null;
    expect(await say('keep')).toEqual([false]);
    await expect(answer('', 'document')).rejects.toThrow('Failed to fetch');
  });

  it('has nothing to do with what lies elsewhere, with a part of a file, with what is sent', async () => {
    const { answer } = await worker(ONE);
    expect(answer('https://hub.test/owner/model/resolve/main/model.safetensors')).toBe(null);
    expect(answer('/other/app.js')).toBe(null);
    expect(answer('models/m', '', { range: 'bytes=0-0' })).toBe(null);
    expect(answer('models/m', '', { method: 'POST' })).toBe(null);
  });

  it('keeps what no file of the build is out of its store', async () => {
    const { say, answer } = await worker(ONE);
    await say('keep');
    host?.set('models/mine.safetensors', 'my own');
    expect(await (await answer('models/mine.safetensors'))?.text()).toBe('my own');
    expect(stores.get(storeOf(SCOPE))?.entries.size).toBe(3);
  });

  it('that is newer has its files before it counts, and waits until it is told to take over', async () => {
    await (await worker(ONE)).say('keep');
    host = new Map(Object.entries(TWO));
    const two = await worker(TWO, { first: false, others: 1 });
    await two.install();
    expect(two.skipWaiting).not.toHaveBeenCalled();
    await two.say('take-over');
    expect(two.skipWaiting).toHaveBeenCalledOnce();
    // the tab of version 1 can still start a worker, and after it is closed nothing of it stays
    await two.say('keep');
    expect(await (await two.answer('assets/a-1.js', 'worker'))?.text()).toBe('a 1');
    host = null;
    expect(await (await two.answer('assets/a-1.js', 'worker'))?.text()).toBe('a 1');
    await (await worker(TWO, { first: false })).say('keep');
    await expect((await worker(TWO, { first: false })).answer('assets/a-1.js', 'worker')).rejects.toThrow('Failed to fetch');
  });

  it('takes nothing from a newer one that waits', async () => {
    await (await worker(ONE)).say('keep');
    host = new Map(Object.entries(TWO));
    const two = await worker(TWO, { first: false });
    await two.install();
    await (await worker(ONE, { first: false, newer: true })).say('keep');
    host = null;
    expect(await (await two.answer('', 'document'))?.text()).toBe('page 2');
  });

  it('that is newer and cannot have its files does not count', async () => {
    host = null;
    await expect((await worker(TWO, { first: false })).install()).rejects.toThrow('Failed to fetch');
  });
});
