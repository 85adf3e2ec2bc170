/**
 * The built app without a network: from the second visit on it starts and runs in every bundled world, it can be installed, it keeps nothing but
 * the files of the build, and a newer version of it comes after a click and under no run.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/world/catalogue.ts';
import { randomModel } from '../support/random-model.ts';
import { DIST, openSite, serveDist, SHOTS, Visitor } from '../support/site.ts';

const SHORT = 'rounds=1&prompts=16&questions=20&dropCopied=false';
const SCRIPT = 'service.worker.js';

const app = openSite({ height: 900 });
let site: Awaited<ReturnType<typeof serveDist>>;
let visitor: Visitor;

async function come(plain: boolean): Promise<void> {
  site = await serveDist({ plain });
  visitor = await Visitor.come(app.context, site.url);
}
beforeEach(() => come(true));
afterEach(() => site.close());

const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(DIST.length + 1))
  .filter((name) => name !== SCRIPT)
  .toSorted();
const integrityOf = (bytes: Buffer | string): string => `sha256-${createHash('sha256').update(bytes).digest('base64')}`;

/** The page is at rest, and its files are kept. */
const kept = (of: Visitor): Promise<void> => of.part('kept').waitFor({ timeout: 60_000 });

/** The addresses that the page's store has. */
const stored = (of: Visitor): Promise<readonly string[]> =>
  of.page.evaluate(async () => {
    const names = await caches.keys();
    const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return keys.flat().map(({ url }) => url);
  });

describe('the build', () => {
  test('lists every file for the service worker but itself, by its SHA-256', () => {
    const script = readFileSync(join(DIST, SCRIPT), 'utf8');
    const listed = [...script.matchAll(/\{"integrity":"([^"]+)","url":"([^"]+)"\}/g)].map(([, integrity, url]) => [url, integrity]);
    expect(listed).toEqual(files.map((name) => [name, integrityOf(readFileSync(join(DIST, name)))]));
    for (const { name } of CATALOGUE) expect(files).toContain(`models/${name}/model.safetensors`);
  });

  test('is an app with pictures of the sizes that it names, in any folder', () => {
    const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.webmanifest'), 'utf8')) as {
      readonly start_url: string;
      readonly scope: string;
      readonly display: string;
      readonly icons: readonly { readonly src: string; readonly sizes: string; readonly type: string; readonly purpose?: string }[];
    };
    expect([manifest.start_url, manifest.scope, manifest.display]).toEqual(['./', './', 'standalone']);
    expect(readFileSync(join(DIST, 'index.html'), 'utf8')).toContain('<link rel="manifest" href="./manifest.webmanifest"');
    for (const { src, sizes, type } of manifest.icons) {
      const bytes = readFileSync(join(DIST, src));
      if (type !== 'image/png') continue;
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, src).toBe(sizes);
    }
    expect(manifest.icons.filter(({ purpose }) => purpose === 'maskable')).toHaveLength(1);
  });
});

describe.each([
  ['a static host', true],
  ['a host that isolates', false],
])('from the second visit on, on %s', (_, plain) => {
  test.each(CATALOGUE.map(({ name }) => name))(
    'a round is run in the world “%s” after the network and the server are gone',
    async (world) => {
      await site.close();
      await come(plain);
      await visitor.visit('');
      await kept(visitor);
      await site.close();
      await app.context.setOffline(true);
      await visitor.page.close();
      const log: string[] = [];
      visitor = await Visitor.come(app.context, site.url);
      visitor.page.on('console', (message) => message.type() === 'error' && log.push(message.text()));
      await visitor.visit(`v=2&world=${world}&${SHORT}&autorun=1`);
      await visitor.untilState('finished');
      expect(await visitor.page.evaluate(() => [window.crossOriginIsolated, navigator.onLine])).toEqual([true, false]);
      expect(visitor.events.find(({ type }) => type === 'finished')).toMatchObject({ result: { config: { world } } });
      expect(await visitor.part('error').count()).toBe(0);
      expect(log).toEqual([]);
      await visitor.part('offline').getByRole('button').click();
      await expect.poll(() => visitor.page.locator('.tip:popover-open').innerText()).toContain('except for asking a hub');
      await visitor.page.screenshot({ path: join(SHOTS, `offline-${world}-1280.png`) });
    },
  );
});

describe('offline', () => {
  test('is said where a hub would be asked, and goes when the network is back', async () => {
    await visitor.visit('');
    await kept(visitor);
    await app.context.setOffline(true);
    await visitor.part('offline').waitFor();
    await visitor.go('models');
    await visitor.page.locator('.model input[value="hub"]').evaluate((input: HTMLInputElement) => input.click());
    expect(await visitor.part('hub-offline').innerText()).toContain('when there is a network again');
    await visitor.page.setViewportSize({ width: 400, height: 800 });
    await visitor.page.screenshot({ path: join(SHOTS, 'offline-hub-400.png') });
    await app.context.setOffline(false);
    await expect.poll(() => visitor.part('offline').count()).toBe(0);
    expect(await visitor.part('hub-offline').count()).toBe(0);
    expect(await visitor.part('error').count()).toBe(0);
  });

  test('the store has the files of the build and nothing else, whatever model was opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offline-'));
    try {
      mkdirSync(join(folder, 'mine'));
      for (const [name, bytes] of randomModel('llama')) writeFileSync(join(folder, 'mine', name), bytes);
      await visitor.visit('');
      await kept(visitor);
      await visitor.go('models');
      await visitor.page.locator('.model fieldset:not([disabled])').first().waitFor();
      await visitor.page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
      await visitor.part('model-folder').setInputFiles(join(folder, 'mine'));
      await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 30_000 }).toBe('mine');
      const names = (await stored(visitor)).map((url) => decodeURI(url.slice(site.url.length).split('?')[0] ?? ''));
      expect(names.toSorted()).toEqual(files);
      await visitor.visit('', 'isolate=off');
      await expect.poll(() => stored(visitor)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a newer version', () => {
  const version = (of: Visitor): Promise<string | null> => of.page.evaluate(() => document.querySelector('html')?.dataset['made'] ?? null);

  /** Another build on the same server: its page says so. */
  function publish(): void {
    const page = readFileSync(join(DIST, 'index.html'), 'utf8');
    const newer = page.replace('<html', '<html data-made="later"');
    const script = readFileSync(join(DIST, SCRIPT), 'utf8');
    site.instead.set('index.html', newer);
    site.instead.set(SCRIPT, script.replace(integrityOf(page), integrityOf(newer)));
  }
  /** What the browser does by itself at the next visit. */
  const look = (of: Visitor): Promise<void> => of.page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));

  test('is offered while a run is on its way, waits for its end after the click, and is the next thing that is loaded', async () => {
    await visitor.visit('v=2&rounds=6&prompts=300');
    await kept(visitor);
    await visitor.part('run').click();
    await visitor.untilEvent(({ type }) => type === 'sample');
    publish();
    await look(visitor);
    await visitor.part('newer').waitFor();
    await visitor.part('take-newer').click();
    await expect.poll(() => visitor.part('newer').innerText()).toContain('as soon as no run is on its way');
    await visitor.page.screenshot({ path: join(SHOTS, 'newer-1280.png') });
    const samples = (): number => visitor.events.filter(({ type }) => type === 'sample').length;
    const before = samples();
    await expect.poll(samples, { timeout: 60_000 }).toBeGreaterThan(before + 16);
    expect(await version(visitor)).toBe(null);
    await visitor.part('stop').click();
    await expect.poll(() => version(visitor).catch(() => null), { timeout: 60_000 }).toBe('later');
    await visitor.part('interrupted').waitFor();
    expect(await visitor.part('newer').count()).toBe(0);
  });

  test('comes by no visit alone, and a tab of the earlier one goes on until it is loaded again', async () => {
    await visitor.visit(`v=2&${SHORT}`);
    await kept(visitor);
    const other = await Visitor.come(app.context, site.url);
    publish();
    await other.visit(`v=2&${SHORT}`);
    await other.part('newer').waitFor();
    expect(await version(other)).toBe(null);
    await other.part('take-newer').click();
    await expect.poll(() => version(other).catch(() => null), { timeout: 30_000 }).toBe('later');
    await expect.poll(() => visitor.part('newer').innerText()).toContain('Another tab has changed');
    await visitor.part('run').click();
    await visitor.untilState('finished');
    expect(await version(visitor)).toBe(null);
    await visitor.part('take-newer').click();
    await expect.poll(() => version(visitor).catch(() => null), { timeout: 30_000 }).toBe('later');
  });
});
