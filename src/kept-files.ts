/**
 * The files of one version of the page, kept so that it works without a network: each under its name and its SHA-256, so that what did not
 * change between two versions is kept once and fetched once. Nothing is kept that is not on the list of the build. Knows no page.
 */

/** A file below the page's folder; `integrity` is its SHA-256 as browsers check it. */
export type KeptFile = { readonly url: string; readonly integrity: string };

/** What the name of every store of the page begins with; several pages may lie in folders of one host. */
export const KEPT = 'step-on-feet';

/** The name of the store of the page whose folder is `scope`. */
export const storeOf = (scope: string): string => `${KEPT} ${new URL(scope).pathname}`;

type Host = {
  readonly files: readonly KeptFile[];
  /** The folder of the page. */
  readonly scope: string;
  readonly caches: Pick<CacheStorage, 'open'>;
  readonly fetch: typeof fetch;
};

/** The same answer as if it had come from its own address: a page may not be shown from one that was sent elsewhere. */
function settled({ body, status, statusText, headers }: Response): Response {
  return new Response(body, { status, statusText, headers });
}

export class KeptFiles {
  readonly #host: Host;
  /** Where each file lies in the store, by its name. */
  readonly #keys: ReadonlyMap<string, string>;
  #whole = false;

  constructor(host: Host) {
    this.#host = host;
    const at = ({ url, integrity }: KeptFile): string => `${new URL(url, host.scope).href}?kept=${encodeURIComponent(integrity)}`;
    this.#keys = new Map(host.files.map((file) => [file.url, at(file)]));
  }

  /** The name of a file of the page by its address, whatever is asked of it; null for what lies elsewhere. */
  nameOf(address: string): string | null {
    const { origin, pathname } = new URL(address);
    const folder = new URL(this.#host.scope);
    if (origin !== folder.origin || !pathname.startsWith(folder.pathname)) return null;
    return decodeURIComponent(pathname.slice(folder.pathname.length)) || 'index.html';
  }

  #store(): Promise<Cache> {
    return this.#host.caches.open(storeOf(this.#host.scope));
  }

  async #missing(store: Cache): Promise<readonly KeptFile[]> {
    const there = new Set((await store.keys()).map(({ url }) => url));
    return this.#host.files.filter(({ url }) => !there.has(this.#keys.get(url) ?? ''));
  }

  /** Fetches what is not there yet. A file that is not the build's own, as a page of a hotspot, is refused by the browser; then it throws. */
  async fill(): Promise<void> {
    const store = await this.#store();
    for (const { url, integrity } of await this.#missing(store)) {
      const response = await this.#host.fetch(new URL(url, this.#host.scope).href, { integrity, cache: 'no-cache' });
      if (!response.ok) throw new Error(`${url} answers with status ${response.status}`);
      await store.put(this.#keys.get(url) ?? '', settled(response));
    }
    this.#whole = true;
  }

  /** The kept file of this version; undefined where it is none, and as long as one of them is missing: versions are never mixed. */
  async find(name: string): Promise<Response | undefined> {
    const key = this.#keys.get(name);
    if (key === undefined) return undefined;
    const store = await this.#store();
    this.#whole ||= (await this.#missing(store)).length === 0;
    return this.#whole ? store.match(key) : undefined;
  }

  /** The kept file, else what the host has; where that is none, or cannot be reached, a file of that name of an earlier version. */
  async answer(request: Request, name: string | null): Promise<Response> {
    if (name === null) return this.#host.fetch(request);
    const kept = await this.find(name);
    if (kept !== undefined) return kept;
    try {
      const response = await this.#host.fetch(request);
      return response.ok ? response : ((await this.#earlier(name)) ?? response);
    } catch (error) {
      const earlier = await this.#earlier(name);
      if (earlier === undefined) throw error;
      return earlier;
    }
  }

  /** What a tab that is still of an earlier version needs after the host has forgotten it. */
  async #earlier(name: string): Promise<Response | undefined> {
    return (await this.#store()).match(new URL(name, this.#host.scope).href, { ignoreSearch: true });
  }

  /** Lets go of every file that is not of this version. */
  async sweep(): Promise<void> {
    const store = await this.#store();
    const own = new Set(this.#keys.values());
    for (const request of await store.keys()) if (!own.has(request.url)) await store.delete(request);
  }
}
