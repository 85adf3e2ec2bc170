/**
 * The built app where it is not allowed to run: opened as a file, by a server that forbids its scripts or its workers, inside of a page that
 * shuts it in. Whoever opens it is told what to do.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.ts';
import { DIST, serveDist, SHOTS } from '../support/site.ts';

let browser: Browser;
let page: Page;
let sites: Awaited<ReturnType<typeof serveDist>>[] = [];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments({ software: true }) });
});
afterAll(() => browser.close());
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
});
afterEach(async () => {
  await page.close();
  for (const site of sites) await site.close();
  sites = [];
});

async function served(headers: Readonly<Record<string, string>>) {
  const site = await serveDist({ plain: true, headers });
  sites.push(site);
  return site;
}

/** What stands there once nothing more comes; `shot` is the name of its picture. */
async function told(place: Page | FrameLocator, shot: string): Promise<string> {
  const still = place.getByTestId('still');
  await still.waitFor({ timeout: 30_000 });
  await expect.poll(() => still.locator('.later').evaluate((later) => getComputedStyle(later).opacity), { timeout: 30_000 }).toBe('1');
  await page.screenshot({ path: join(SHOTS, `forbidden-${shot}.png`) });
  return still.innerText();
}

describe('the page that may not run', () => {
  test('opened as a file says that it needs a server, and how to start one', async () => {
    await page.goto(pathToFileURL(join(DIST, 'index.html')).href);
    const text = await told(page, 'file');
    expect(text).toMatch(/begins with file:\s+Browsers run this page from a server alone\..*npm start/s);
    await page.setViewportSize({ width: 400, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.screenshot({ path: join(SHOTS, 'forbidden-file-400-dark.png') });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    const [ink, paper] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.documentElement);
      return [color, backgroundColor];
    });
    expect([ink, paper]).toEqual(['rgb(234, 231, 224)', 'rgb(21, 23, 27)']);
  });

  test('from a server that forbids its scripts says what the server has to allow', async () => {
    const { url } = await served({ 'content-security-policy': "default-src 'none'" });
    await page.goto(url);
    // the style that hides the sentence for a while is forbidden too
    const text = await page.getByTestId('still').innerText();
    await page.screenshot({ path: join(SHOTS, 'forbidden-policy.png') });
    const [policy = ''] = /script-src [^\n]*style-src [^.\n]*/.exec(text) ?? [];
    // and that is enough, for the page and for its workers, once the server does so
    const obeying = await served({ 'content-security-policy': `default-src 'none'; img-src 'self'; ${policy}` });
    await page.goto(`${obeying.url}?backend=wasm#v=1&prompts=16&rounds=1`);
    await page.locator('[data-testid="run"]:enabled').click({ timeout: 60_000 });
    await page.waitForFunction(() => document.documentElement.dataset['runState'] === 'finished', undefined, { timeout: 120_000 });
  });

  test.each(['', 'allow-scripts'])('in a frame with sandbox="%s" says that it needs a tab of its own', async (sandbox) => {
    const site = await served({});
    site.instead.set('around.html', `<!doctype html><iframe sandbox="${sandbox}" src="./" style="width: 95vw; height: 95vh"></iframe>`);
    await page.goto(`${site.url}around.html`);
    const text = await told(page.frameLocator('iframe'), `frame${sandbox === '' ? '' : '-scripts'}`);
    expect(text).toContain('Open it in a tab of its own');
    expect(text.includes('it is switched off here')).toBe(sandbox === '');
  });
});

describe('the page that may run, but not start its workers', () => {
  const blocked = async (place: Page | FrameLocator, shot: string): Promise<string> => {
    const error = place.getByTestId('error').first();
    await error.waitFor({ timeout: 60_000 });
    await page.screenshot({ path: join(SHOTS, `forbidden-${shot}.png`) });
    return error.innerText();
  };

  test('in a frame that gives it no origin, whose server lets others read it, says so', async () => {
    const site = await served({ 'access-control-allow-origin': '*' });
    site.instead.set('around.html', '<!doctype html><iframe sandbox="allow-scripts" src="./" style="width: 95vw; height: 95vh"></iframe>');
    await page.goto(`${site.url}around.html`);
    expect(await blocked(page.frameLocator('iframe'), 'workers-frame')).toContain('open it in a tab of its own');
  });

  test('or that its server forbids to fetch its own files, says what the server has to allow', async () => {
    const site = await served({
      'content-security-policy':
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'none'",
    });
    await page.goto(`${site.url}?isolate=off`);
    const text = await blocked(page, 'fetch-policy');
    expect(text).toContain("connect-src 'self'");
    expect(text).toContain('FETCH_BLOCKED');
  });

  test('by its server says what the server has to allow', async () => {
    const site = await served({
      'content-security-policy':
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; worker-src 'none'",
    });
    await page.goto(`${site.url}?isolate=off`);
    expect(await blocked(page, 'workers-policy')).toContain("worker-src 'self'");
  });
});
