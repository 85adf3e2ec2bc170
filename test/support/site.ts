/** The built app on a static server under a sub-path, and a visitor's page in the system's Chromium. For tests of the whole page. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.ts';
import { ISOLATING } from '../../src/isolation.ts';
import { POLICY, policyOf } from '../../src/policy.ts';
import type { RunEvent } from '../../src/run/events.ts';

const ROOT = join(import.meta.dirname, '../..');
export const DIST = join(ROOT, process.env['SITE'] ?? 'dist');
export const SHOTS = join(ROOT, 'runs/screenshots');
const SUB_PATH = '/some/where/';
const REPORTS = '/reports';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

type Site = {
  readonly url: string;
  readonly origin: string;
  /** What is served in the place of a file; null where it is to be missing. */
  readonly instead: Map<string, string | null>;
  /** What browsers reported that the policy of a file forbade, as they wrote it. */
  readonly violations: string[];
  readonly close: () => Promise<void>;
};

/** A server of dist/; `url` is the page's address. It isolates and guards the page as `npm start` does; a plain one sends what any static host sends, and `headers`. */
export async function serveDist({
  plain = false,
  headers = {},
}: { readonly plain?: boolean; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Site> {
  const isolation = { ...(plain ? {} : ISOLATING), ...headers };
  const instead: Site['instead'] = new Map();
  const violations: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://here').pathname;
    if (path === REPORTS) {
      request.setEncoding('utf8').on('data', (report: string) => void violations.push(report));
      response.writeHead(204).end();
      return;
    }
    const name = path.startsWith(SUB_PATH) ? normalize(path.slice(SUB_PATH.length) || 'index.html') : '..';
    try {
      const changed = instead.get(name);
      const body = name.startsWith('..') || changed === null ? null : (changed ?? readFileSync(join(DIST, name)));
      if (body === null) throw new Error('outside');
      const policy = plain ? null : policyOf(name);
      const guard = policy === null ? {} : { [POLICY]: `${policy}; report-uri ${REPORTS}` };
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', ...guard, ...isolation }).end(body);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    return closed.then(() => expect(violations.splice(0)).toEqual([]));
  };
  return { origin, url: origin + SUB_PATH, instead, violations, close };
}

/** What a visitor does and sees. */
export class Visitor {
  readonly page: Page;
  readonly events: RunEvent[] = [];
  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  /** A page that tells of every event of its runs. */
  static async come(context: BrowserContext, url: string): Promise<Visitor> {
    const visitor = new Visitor(await context.newPage(), url);
    const { page, events } = visitor;
    page.setDefaultTimeout(15_000);
    await page.exposeFunction('noteRunEvent', (event: RunEvent) => void events.push(event));
    await page.addInitScript(() => {
      document.addEventListener('run-event', (event) => {
        (globalThis as unknown as { noteRunEvent: (event: unknown) => void }).noteRunEvent((event as CustomEvent).detail);
      });
    });
    return visitor;
  }

  visit(hash: string, query = 'backend=wasm'): Promise<unknown> {
    return this.page.goto(`${this.#url}?${query}${hash === '' ? '' : `#${hash}`}`);
  }

  part(id: string) {
    return this.page.getByTestId(id);
  }

  /** Goes to a view by the navigation, as a visitor does. */
  async go(view: 'run' | 'learn' | 'compare' | 'samples' | 'models'): Promise<void> {
    await this.part(`to-${view}`).click();
    await this.page.locator(`main[data-view="${view}"]`).waitFor();
  }

  untilState(state: string): Promise<unknown> {
    return this.page.waitForFunction((wanted) => document.documentElement.dataset['runState'] === wanted, state, { timeout: 120_000 });
  }

  async untilEvent(accepts: (event: RunEvent) => boolean): Promise<void> {
    await expect.poll(() => this.events.some(accepts), { timeout: 120_000, interval: 10 }).toBe(true);
  }

  /** Everything behind the # of the address. */
  async hash(): Promise<string> {
    return this.page.evaluate(() => location.hash);
  }

  /** What stands in a field of the settings. */
  field(name: string): Promise<string> {
    return this.page.locator(`#setting-${name}`).inputValue();
  }

  /** The control that the keyboard works on, by its test id, else its text. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const { activeElement: at } = document;
      return at === null || at === document.body ? 'nothing' : (at.getAttribute('data-testid') ?? (at.id || (at.textContent ?? '').trim()));
    });
  }
}

/** Ends a visit. What a page still asks for then, and a test would have answered, is nobody's failure. */
export async function leave(visit: Browser | BrowserContext): Promise<void> {
  for (const context of 'contexts' in visit ? visit.contexts() : [visit]) await context.unrouteAll({ behavior: 'ignoreErrors' });
  await visit.close();
}

/**
 * The app for all tests of a file, and for each a browser that has never seen it. What it returns is filled before the first test. Where it is
 * `attacked`, violations of its policies are meant, and a late report fails nothing.
 */
export function openSite({ height = 800, attacked = false } = {}): { site: Site; context: BrowserContext; visitor: Visitor } {
  const app = {} as ReturnType<typeof openSite>;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    app.site = await serveDist();
    browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments({ software: true }) });
  });
  afterAll(async () => {
    await browser.close();
    if (attacked) app.site.violations.length = 0;
    await app.site.close();
  });
  beforeEach(async () => {
    app.context = await browser.newContext({ viewport: { width: 1280, height } });
    app.visitor = await Visitor.come(app.context, app.site.url);
  });
  afterEach(async () => {
    await leave(app.context);
    const violations = app.site.violations.splice(0);
    if (!attacked) expect(violations).toEqual([]);
  });
  return app;
}
