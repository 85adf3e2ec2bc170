/** The policies of the built app: what a stranger's text, script or page cannot do there, in the page and in its workers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Worker } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSite, serveDist, Visitor } from '../support/site.ts';

const app = openSite({ attacked: true });

/** A host of somebody else, which counts who asks. */
let stranger: Server;
let asked = 0;
let address = '';
beforeAll(async () => {
  stranger = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/html' });
    response.end(`<!doctype html><title>Another</title><iframe src="${app.site.url}?backend=wasm"></iframe>`);
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
});
afterAll(() => void stranger.close());
afterEach(() => {
  asked = 0;
});

/** What becomes of a stranger's script, in the words of the browser; it runs as one of the page's own would. */
function fate(scope: Page | Worker, attack: string): Promise<string> {
  return (scope as Page).evaluate(
    async ([name, elsewhere]) => {
      const made = (): string => URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }));
      const attacks: Record<string, () => unknown> = {
        'a text as code': () => Reflect.apply(Reflect.get(globalThis, 'eval') as (text: string) => unknown, undefined, ['1 + 1']),
        'a function made of text': () => Reflect.construct(Function, ['return 1'])(),
        'a timer with text': () => Reflect.apply(setTimeout, globalThis, ['1', 0]),
        'a text as HTML': () => void (document.createElement('div').innerHTML = '<img src=x onerror="1">'),
        'HTML written into the page': () => document.write('<p>'),
        'a worker of text': () => new Worker('data:text/javascript,1'),
        'a worker made in memory': () => new Worker(made()),
        'a worker of another host': () => new Worker(`${elsewhere}worker.js`),
        'a file of another host': () => fetch(elsewhere),
        'a file of another host by https': () => fetch('https://other.test/'),
      };
      // by a timer: a browser lets its own tools do more than a page
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      setTimeout(() => {
        try {
          resolve(attacks[name]?.());
        } catch (error) {
          reject(error);
        }
      });
      return promise.then(
        () => 'went through',
        (error: unknown) => (error instanceof Error ? error.name : String(error)),
      );
    },
    [attack, address] as const,
  );
}

const IN_A_PAGE = [
  'a text as code',
  'a function made of text',
  'a timer with text',
  'a text as HTML',
  'HTML written into the page',
  'a worker of text',
  'a worker made in memory',
  'a worker of another host',
  'a file of another host',
  'a file of another host by https',
];
const IN_THE_WORKER_OF_THE_MODEL = IN_A_PAGE.filter((name) => !/HTML|made in memory/.test(name));
const IN_THE_WORKER_OF_THE_LIBRARY = IN_THE_WORKER_OF_THE_MODEL.filter((name) => !/a file of/.test(name));

const WORKERS = [
  ['lm.worker', IN_THE_WORKER_OF_THE_MODEL],
  ['library.worker', IN_THE_WORKER_OF_THE_LIBRARY],
] as const;

async function open(): Promise<Page> {
  await app.visitor.visit('');
  await app.visitor.page.waitForFunction(() => document.querySelector<HTMLButtonElement>('[data-testid="run"]')?.disabled === false);
  return app.visitor.page;
}

async function refusals(scope: Page | Worker, attacks: readonly string[]): Promise<readonly string[]> {
  const through: string[] = [];
  for (const attack of attacks) if ((await fate(scope, attack)) === 'went through') through.push(attack);
  return through;
}

describe('a stranger’s script that got in', () => {
  afterEach(() => {
    // its tries are reported, which is what the policy is for
    expect(app.site.violations.length).toBeGreaterThan(0);
    expect(asked).toBe(0);
  });

  test('cannot do anything more in the page', async () => {
    expect(await refusals(await open(), IN_A_PAGE)).toEqual([]);
  });

  test.each(WORKERS)('cannot do anything more in %s', async (name, attacks) => {
    const page = await open();
    const worker = page.workers().find((found) => found.url().includes(name));
    if (worker === undefined) throw new Error(`there is no ${name}`);
    expect(await refusals(worker, attacks)).toEqual([]);
  });

  test('cannot run from an attribute, a tag or an address', async () => {
    const page = await open();
    await page.evaluate(() => {
      const button = document.createElement('button');
      const tag = document.createElement('script');
      const link = document.createElement('a');
      for (const [name, text] of [['onclick', 'document.title = "taken"']] as const) {
        try {
          button.setAttribute(name, text);
        } catch {}
      }
      try {
        tag.textContent = 'document.title = "taken"';
      } catch {}
      link.href = 'javascript:void(document.title = "taken")';
      document.body.append(button, tag, link);
      button.click();
      link.click();
    });
    await page.waitForTimeout(500);
    expect(await page.title()).toBe('Run · Step on Feet');
  });

  test('cannot have a picture carry text away', async () => {
    const page = await open();
    await page.evaluate((elsewhere) => void (new Image().src = `${elsewhere}?secret`), address);
    await expect.poll(() => app.site.violations.length, { timeout: 10_000 }).toBeGreaterThan(0);
  });
});

describe('a host that sends no policies', () => {
  test('has them added by the service worker, and a stranger’s script is refused as much', async () => {
    const plain = await serveDist({ plain: true });
    const visitor = await Visitor.come(app.context, plain.url);
    await visitor.visit('');
    await visitor.page.locator('[data-testid="run"]:enabled').waitFor({ timeout: 60_000 });
    expect(await refusals(visitor.page, IN_A_PAGE)).toEqual([]);
    for (const [name, attacks] of WORKERS) {
      const worker = visitor.page.workers().find((found) => found.url().includes(name));
      if (worker === undefined) throw new Error(`there is no ${name}`);
      expect([name, await refusals(worker, attacks)]).toEqual([name, []]);
    }
    await visitor.page.close();
    await plain.close();
    expect(asked).toBe(0);
  });
});

describe('a page of somebody else', () => {
  test('without a policy lets all of it through, so that the tries above are real', async () => {
    const { page } = app.visitor;
    await page.goto(`${address}plain`);
    const within = IN_A_PAGE.filter((name) => !/other.* host|https/.test(name));
    for (const attack of within) expect(await fate(page, attack), attack).toBe('went through');
    expect(await fate(page, 'a file of another host')).toBe('went through');
  });

  test('cannot show this one inside of it', async () => {
    const { page } = app.visitor;
    await page.goto(address.replace('127.0.0.1', 'localhost'));
    const frame = page.frames().find((found) => found.parentFrame() !== null);
    await expect.poll(() => frame?.url(), { timeout: 10_000 }).toMatch(/^chrome-error:/);
  });
});
