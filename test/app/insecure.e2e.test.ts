/**
 * The built app where the browser gives it less: over plain http by an address of the local network, with all site data blocked, with
 * locks that are refused, and for a visitor who presses Run at once. It works in memory, or says beforehand what it cannot do.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.ts';
import { BROAD, randomModel } from '../support/random-model.ts';
import { leave, serveDist, SHOTS, Visitor } from '../support/site.ts';

/** Two short rounds. */
const SHORT = 'rounds=2&prompts=64&learningRate=0.001';
const KIT = 'rounds=1&prompts=8&maxTokens=8&batchSize=4&epochs=1&dropUnfinished=false&dropRepeatsItself=false&earlyStop=false&method=soft';
const launch = { executablePath: findBrowser(), args: browserArguments({ software: true }) };

let site: Awaited<ReturnType<typeof serveDist>>;
/** A host that sends no headers of isolation. */
let plain: Awaited<ReturnType<typeof serveDist>>;
let folder: string;
let opened: (Browser | BrowserContext)[] = [];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  site = await serveDist();
  plain = await serveDist({ plain: true });
  folder = mkdtempSync(join(tmpdir(), 'insecure-'));
  mkdirSync(join(folder, 'tiny-llama'));
  for (const [name, bytes] of randomModel('llama')) writeFileSync(join(folder, 'tiny-llama', name), bytes);
});
afterEach(async () => {
  for (const one of opened) await leave(one);
  opened = [];
});
afterAll(async () => {
  await site.close();
  await plain.close();
  rmSync(folder, { recursive: true });
});

/** A visitor of the page by a name that only this browser knows, which is no secure context. */
async function overHttp(): Promise<Visitor> {
  const args = [...launch.args, '--host-resolver-rules=MAP app.test 127.0.0.1'];
  const browser = await chromium.launch({ ...launch, args });
  opened.push(browser);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  return Visitor.come(context, plain.url.replace('127.0.0.1', 'app.test'));
}

/** A visitor who lets no page store anything. */
async function withNothingStored(): Promise<Visitor> {
  const profile = mkdtempSync(join(folder, 'profile-'));
  mkdirSync(join(profile, 'Default'));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(blocked));
  const context = await chromium.launchPersistentContext(profile, { ...launch, viewport: { width: 1280, height: 900 } });
  opened.push(context);
  return Visitor.come(context, plain.url);
}

const finished = (visitor: Visitor) => {
  const event = visitor.events.find(({ type }) => type === 'finished');
  if (event?.type !== 'finished') throw new Error('the run did not finish');
  return event.result;
};

async function choose(visitor: Visitor, place: string): Promise<void> {
  if ((await visitor.page.locator('main').getAttribute('data-view')) !== 'models') await visitor.go('models');
  await visitor.page.locator('.model fieldset:not([disabled])').first().waitFor();
  await visitor.page.locator(`.model input[value="${place}"]`).evaluate((input: HTMLInputElement) => input.click());
}

/** No download and no kept model: both say why. Then a picked model is opened and aligned. */
async function bringsAModel(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await visitor.part('model-name').waitFor();
  expect(await visitor.part('model-problem').count()).toBe(0);
  for (const place of ['hub', 'stored']) {
    await choose(visitor, place);
    expect(await visitor.part('no-disk').innerText()).toContain('no place to keep a model');
    expect(await visitor.part('hub-start').count()).toBe(0);
  }
  await choose(visitor, 'files');
  await visitor.part('model-folder').setInputFiles(join(folder, 'tiny-llama'));
  await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 30_000 }).toBe('tiny-llama');
  visitor.events.length = 0;
  await visitor.part('run').click();
  await visitor.untilState('finished');
  expect(finished(visitor).rounds).toHaveLength(1);
  await visitor.go('models');
  const [download] = await Promise.all([page.waitForEvent('download'), visitor.part('home-zip').click()]);
  expect(download.suggestedFilename()).toContain('tiny-llama');
}

describe('over plain http in a local network', () => {
  test('the default run goes to its end, is stored, and a stopped one resumes after a reload', async () => {
    const visitor = await overHttp();
    await visitor.visit(SHORT, '');
    const missing = await visitor.page.evaluate(() => [
      window.isSecureContext,
      'locks' in navigator,
      'storage' in navigator,
      'gpu' in navigator,
      'clipboard' in navigator,
      crypto.subtle === undefined,
    ]);
    expect(missing).toEqual([false, false, false, false, false, true]);
    await visitor.part('run').click();
    await visitor.untilState('finished');
    expect(finished(visitor).rounds).toHaveLength(2);
    expect(await visitor.part('warning').count()).toBe(0);
    expect(await visitor.part('error').count()).toBe(0);

    // long enough to be left in the middle
    await visitor.page.locator('#setting-rounds').fill('6');
    await visitor.page.locator('#setting-prompts').fill('300');
    visitor.events.length = 0;
    await visitor.part('run').click();
    await visitor.untilEvent(({ type }) => type === 'round');
    await visitor.page.reload();
    await visitor.part('interrupted').waitFor();
    visitor.events.length = 0;
    await visitor.part('resume').first().click();
    await visitor.untilState('finished');
    expect(visitor.events.find(({ type }) => type === 'started')).toMatchObject({ resumed: true });
    expect(finished(visitor).sessions).toHaveLength(2);
    await visitor.go('compare');
    await expect.poll(() => visitor.part('run-sessions').first().innerText()).toMatch(/2 sessions: \d+:\d\d on CPU/);
    await visitor.page.screenshot({ path: join(SHOTS, 'insecure-1280.png'), fullPage: true });
  });

  test('a model of the user’s is opened and aligned; a download is refused before it starts', async () => {
    const visitor = await overHttp();
    await visitor.visit(KIT);
    await bringsAModel(visitor);
  });

  test('a large model has one core, and the bar says why', async () => {
    const visitor = await overHttp();
    await visitor.visit(KIT);
    await visitor.part('model-name').waitFor();
    mkdirSync(join(folder, 'broad'));
    for (const [name, bytes] of randomModel('llama', { shape: BROAD })) writeFileSync(join(folder, 'broad', name), bytes);
    await choose(visitor, 'files');
    await visitor.part('model-folder').setInputFiles(join(folder, 'broad'));
    await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 60_000 }).toBe('broad');
    await expect.poll(() => visitor.part('backend').innerText()).toContain('1 core: plain http');
    await visitor.part('backend').getByRole('button').click();
    await expect.poll(() => visitor.page.locator('.tip:popover-open').innerText()).toContain('over https, or from localhost');
    await visitor.page.setViewportSize({ width: 400, height: 800 });
    await visitor.page.screenshot({ path: join(SHOTS, 'one-core-400.png') });
    expect(await visitor.part('error').count()).toBe(0);
  });

  test('details of an error can be copied, by hand where the browser does not let the page', async () => {
    const visitor = await overHttp();
    await visitor.page.route('**/model.safetensors', (route) => route.fulfill({ status: 404, body: 'no' }));
    await visitor.visit(SHORT);
    const error = visitor.part('error').first();
    await error.getByRole('button', { name: 'copy details' }).click();
    await expect.poll(() => error.innerText()).toMatch(/copied|"code": "PAGE_FILE"/);
  });
});

describe('with all site data blocked', () => {
  test('it says so before the run, the run goes to its end in memory, and all of it is there until the tab is closed', async () => {
    const visitor = await withNothingStored();
    await visitor.visit(SHORT);
    await visitor.part('warning').waitFor();
    expect(await visitor.part('warning').innerText()).toContain('runs are kept in memory only');
    await visitor.go('compare');
    expect(await visitor.part('runs-empty').innerText()).toContain('until you close it');
    await visitor.part('run').click();
    await visitor.untilState('finished');
    expect(finished(visitor).rounds).toHaveLength(2);
    expect(await visitor.part('warning').count()).toBe(1);
    expect(await visitor.part('error').count()).toBe(0);
    await visitor.go('compare');
    await expect.poll(() => visitor.part('runs').getByRole('row').count()).toBe(2);
    const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.part('save-adapter').click()]);
    expect(download.suggestedFilename()).toContain('safetensors');
    await visitor.page.screenshot({ path: join(SHOTS, 'nothing-stored-1280.png'), fullPage: true });
    await visitor.page.reload();
    await visitor.part('runs-empty').waitFor();
  });

  test('a model of the user’s is opened and aligned; a download is refused before it starts', async () => {
    const visitor = await withNothingStored();
    await visitor.visit(KIT);
    await bringsAModel(visitor);
  });
});

describe('where the browser misbehaves in one thing', () => {
  async function crippled(lines: string): Promise<Visitor> {
    const browser = await chromium.launch(launch);
    opened.push(browser);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.route('**/assets/*.worker-*.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${lines}\n${await response.text()}` });
    });
    return Visitor.come(context, site.url);
  }

  test.each([
    ['locks that are refused', 'navigator.locks.request = async () => { throw new DOMException("no", "SecurityError"); };'],
    ['no locks at all', 'Object.defineProperty(navigator, "locks", { value: undefined });'],
    ['a quota that nobody may know', 'navigator.storage.estimate = async () => { throw new TypeError("no"); };'],
    ['no private file system', 'navigator.storage.getDirectory = async () => { throw new DOMException("no", "SecurityError"); };'],
  ])('%s: the run goes to its end and is stored', async (_, lines) => {
    const visitor = await crippled(lines);
    await visitor.visit(SHORT);
    await visitor.part('run').click();
    await visitor.untilState('finished');
    expect(await visitor.part('error').count()).toBe(0);
    expect(await visitor.part('warning').count()).toBe(0);
    await visitor.page.reload();
    await visitor.go('compare');
    await expect.poll(() => visitor.part('runs').getByRole('row').count(), { timeout: 15_000 }).toBe(2);
  });

  test('Run, pressed at the first paint, while the model and the list of runs are slow, starts one run', async () => {
    const slow =
      'const open = indexedDB.open.bind(indexedDB); const since = performance.now();' +
      'indexedDB.open = (...args) => { while (performance.now() < since + 2500); return open(...args); };';
    const visitor = await crippled(slow);
    await visitor.page.addInitScript(() => {
      const press = () => {
        const run = document.querySelector<HTMLButtonElement>('[data-testid="run"]');
        if (run === null) return;
        watching.disconnect();
        run.click();
      };
      const watching = new MutationObserver(press);
      watching.observe(document, { childList: true, subtree: true });
    });
    await visitor.visit(SHORT);
    await visitor.untilState('finished');
    expect(visitor.events.filter(({ type }) => type === 'started')).toHaveLength(1);
  });
});
