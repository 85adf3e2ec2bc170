/**
 * The built app on any static host, under a sub-path and without a header of ours: the first visit puts a service worker beside it and loads
 * the page once more, and from then on threads may share memory. Nobody loses a run by it, and where it cannot be, nobody is told off.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BROAD, randomModel } from '../support/random-model.ts';
import { DIST, openSite, serveDist, SHOTS, Visitor } from '../support/site.ts';

const SHORT = 'rounds=1&prompts=16&questions=20';

const app = openSite({ height: 900 });
let plain: Awaited<ReturnType<typeof serveDist>>;
let visitor: Visitor;
/** Documents that the page was, one after the other. */
let documents: string[];
/** What a browser's log has of warnings and errors. */
let log: string[];

beforeAll(async () => {
  plain = await serveDist({ plain: true });
});
afterAll(() => plain.close());
beforeEach(async () => {
  plain.instead.clear();
  visitor = await Visitor.come(app.context, plain.url);
  [documents, log] = [[], []];
  visitor.page.on('request', (request) => {
    if (request.isNavigationRequest()) documents.push(request.url());
  });
  visitor.page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) log.push(message.text());
  });
  visitor.page.on('pageerror', (error) => log.push(error.message));
});

const isolated = (): Promise<boolean> => visitor.page.evaluate(() => window.crossOriginIsolated);
const opened = (): Promise<void> => visitor.part('backend').waitFor();
const registrations = (): Promise<string[]> =>
  visitor.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope));

describe('the build', () => {
  test('has a service worker that is one file, at the root of the page', () => {
    const script = readFileSync(join(DIST, 'service.worker.js'), 'utf8');
    expect(script).toContain('Cross-Origin-Embedder-Policy');
    expect(script).not.toMatch(/\b(?:import|export)\b/);
  });
});

describe('on a static host', () => {
  test('the first visit ends isolated, with its workers; the run that the address asks for starts once and goes to its end', async () => {
    await visitor.visit(`autorun=1&${SHORT}`);
    await visitor.untilState('finished');
    expect(documents).toHaveLength(2);
    expect(documents[1]).toBe(documents[0]);
    expect(await isolated()).toBe(true);
    expect(await registrations()).toEqual([plain.url]);
    const workers: Worker[] = visitor.page.workers();
    expect(workers.length).toBeGreaterThanOrEqual(2);
    for (const worker of workers) expect(await worker.evaluate(() => self.crossOriginIsolated)).toBe(true);
    expect(visitor.events.filter(({ type }) => type === 'started')).toHaveLength(1);
    await visitor.go('compare');
    const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.part('save-answers').click()]);
    expect(download.suggestedFilename()).toContain('answers');
    expect(log).toEqual([]);
  });

  test('later visits are isolated from the start, in another tab too; one that goes around the service worker is not, and starts', async () => {
    await visitor.visit('');
    await expect.poll(isolated).toBe(true);
    await opened();
    documents.length = 0;
    await visitor.page.reload();
    await opened();
    expect([await isolated(), documents.length]).toEqual([true, 1]);
    const other = await Visitor.come(app.context, plain.url);
    await other.visit('');
    await other.part('backend').waitFor();
    expect(await other.page.evaluate(() => window.crossOriginIsolated)).toBe(true);
    // as Shift with the button for loading again does
    const session = await app.context.newCDPSession(visitor.page);
    await session.send('Page.reload', { ignoreCache: true });
    await expect.poll(isolated).toBe(false);
    await opened();
    expect(documents).toHaveLength(2);
    await visitor.page.reload();
    await opened();
    expect([await isolated(), documents.length]).toEqual([true, 3]);
  });

  test('?isolate=off takes the service worker away, and the page works as it did before there was one', async () => {
    await visitor.visit('');
    await expect.poll(isolated).toBe(true);
    await opened();
    await visitor.visit('', 'backend=wasm&isolate=off');
    await expect.poll(isolated).toBe(false);
    await opened();
    expect(await registrations()).toEqual([]);
    documents.length = 0;
    await visitor.page.reload();
    await opened();
    expect([await isolated(), documents.length]).toEqual([false, 1]);
    await visitor.visit('');
    await expect.poll(isolated).toBe(true);
  });

  test.each<readonly [string, number, () => void]>([
    ['the browser refuses service workers', 1, () => (navigator.serviceWorker.register = async () => Promise.reject(new Error('no')))],
    ['there are none', 1, () => delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker],
    ['the browser is not moved', 2, () => Object.defineProperty(window, 'crossOriginIsolated', { value: false })],
  ])('where %s it starts as it is, after %i loads, and a run goes to its end', async (_, loads, lines) => {
    await visitor.page.addInitScript(lines);
    await visitor.visit(SHORT);
    await visitor.part('model-name').waitFor();
    await opened();
    await visitor.part('run').click();
    await visitor.untilState('finished');
    expect(documents).toHaveLength(loads);
    expect(await visitor.part('warning').count()).toBe(0);
    expect(await visitor.part('error').count()).toBe(0);
    expect(log).toEqual([]);
  });

  test('without the file of the service worker it starts as it is', async () => {
    plain.instead.set('service.worker.js', null);
    await visitor.visit(SHORT);
    await opened();
    expect([await isolated(), documents.length]).toEqual([false, 1]);
    expect(await visitor.part('warning').count()).toBe(0);
  });
});

describe('a large model', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'isolated-'));
    mkdirSync(join(folder, 'broad'));
    for (const [name, bytes] of randomModel('llama', { shape: BROAD })) writeFileSync(join(folder, 'broad', name), bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is shared by all cores on a page that the service worker isolates, and answers', async () => {
    await visitor.visit('');
    await expect.poll(isolated).toBe(true);
    await visitor.part('model-name').waitFor();
    await visitor.go('models');
    await visitor.page.locator('.model fieldset:not([disabled])').first().waitFor();
    await visitor.page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
    await visitor.part('model-folder').setInputFiles(join(folder, 'broad'));
    await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 60_000 }).toBe('broad');
    const cores = Math.min(16, await visitor.page.evaluate(() => navigator.hardwareConcurrency));
    await expect.poll(() => visitor.part('backend').innerText()).toContain(`${cores} core`);
    await visitor.part('backend').getByRole('button').click();
    await expect.poll(() => visitor.page.locator('.tip:popover-open').innerText()).toMatch(cores > 1 ? `${cores} threads` : /one core/);
    await visitor.page.keyboard.press('Escape');
    await visitor.go('run');
    await visitor.part('chat-input').fill('Where is the bell?');
    await visitor.part('chat-ask').click();
    await expect.poll(() => visitor.part('answer-base').count(), { timeout: 90_000 }).toBe(1);
    expect(await visitor.part('error').count()).toBe(0);
    expect(log).toEqual([]);
  });
});

describe('on a host that sends the headers', () => {
  test('the page is isolated at once, loaded once, and the service worker comes when it is at rest', async () => {
    visitor = app.visitor;
    documents = [];
    visitor.page.on('request', (request) => {
      if (request.isNavigationRequest()) documents.push(request.url());
    });
    await visitor.visit('');
    await opened();
    expect(await isolated()).toBe(true);
    await visitor.part('kept').waitFor();
    expect(await registrations()).toEqual([app.site.url]);
    expect(documents).toHaveLength(1);
  });
});

describe('the bar', () => {
  test('says how many cores work, and why, at a click', async () => {
    for (const width of [1280, 400]) {
      await visitor.page.setViewportSize({ width, height: 800 });
      await visitor.visit('');
      await expect.poll(isolated).toBe(true);
      await expect.poll(() => visitor.part('backend').innerText()).toMatch(/^CPU \(wasm\), (?:\d+ of )?\d+ cores?/);
      await visitor.part('backend').getByRole('button').click();
      await expect.poll(() => visitor.page.locator('.tip:popover-open').innerText()).toMatch(/cores? /);
      await visitor.page.screenshot({ path: join(SHOTS, `cores-${width}.png`) });
      await visitor.page.keyboard.press('Escape');
    }
  });
});
