/** A link is an experiment: what the address says stands in the fields, whatever this browser holds, and what is typed is in the address. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.ts';
import { serveDist, SHOTS, Visitor } from '../support/site.ts';

/** A run of some seconds. */
const SHORT = 'v=1&method=soft&rounds=1&prompts=16&seed=5&earlyStop=false&epochs=1';
/** Nothing here is about speed: a machine that has other work gets its time. */
const SLOW = { timeout: 30_000 };
/** One that lasts as long as a test does. */
const LONG = 'v=1&method=soft&rounds=8&prompts=1200&seed=5';

let site: Awaited<ReturnType<typeof serveDist>>;
let browser: Browser;
let context: BrowserContext;
let visitor: Visitor;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  site = await serveDist();
  browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments({ software: true }) });
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  visitor = await Visitor.come(context, site.url);
});
afterEach(() => context.close());

/** Screenshots of what is in view, wide and narrow, light and dark. */
async function shots(name: string): Promise<void> {
  const { page } = visitor;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 400]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: width === 400 });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** A browser that holds a finished run. */
async function usedBrowser(): Promise<void> {
  await visitor.visit(SHORT);
  await visitor.part('run').click();
  await visitor.untilState('finished');
  visitor.events.length = 0;
  await visitor.page.goto('about:blank');
}
const fields = async () =>
  Object.fromEntries(await Promise.all(['rounds', 'prompts', 'seed'].map(async (name) => [name, await visitor.field(name)])));

describe('a link', () => {
  test('opened in a browser that holds a run shows the settings of the link, and the address stays as it is', async () => {
    await usedBrowser();
    await visitor.visit('v=1&rounds=2&seed=99&prompts=64');
    await visitor.part('brought-up').waitFor();
    expect(await visitor.part('brought-up').innerText()).toContain('it had Method SOFT, not SOFT+; Rounds 1, not 2; Prompts 16, not 64');
    expect(await fields()).toEqual({ rounds: '2', prompts: '64', seed: '99' });
    await visitor.page.waitForTimeout(600);
    expect(await visitor.hash()).toBe('#v=1&rounds=2&seed=99&prompts=64');
    await shots('link-in-used-browser');

    await visitor.page.reload();
    await visitor.part('brought-up').waitFor();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '2', prompts: '64', seed: '99' });
    await visitor.part('brought-up').getByRole('button', { name: 'Take its settings' }).click();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '1', prompts: '16', seed: '5' });
    await expect.poll(() => visitor.hash(), SLOW).toContain('rounds=1&prompts=16&seed=5');
    expect(await visitor.part('brought-up').count()).toBe(0);
  });

  test('with nothing behind the # has the default settings, also in a browser that holds a run', async () => {
    await usedBrowser();
    await visitor.visit('');
    await visitor.part('brought-up').waitFor();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '4', prompts: '480', seed: '7' });
    await visitor.page.getByTestId('runs').getByRole('button', { name: 'Shown' }).waitFor();
    await visitor.part('brought-up').getByRole('button', { name: 'Hide it' }).click();
    await visitor.page.getByTestId('runs').getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '1', prompts: '16', seed: '5' });
    await expect.poll(() => visitor.hash(), SLOW).toContain('seed=5');
  });

  test('keeps what was typed over a reload, whatever it is', async () => {
    await visitor.visit('');
    const { page } = visitor;
    await page.locator('#setting-seed').fill('1234');
    await page.locator('#setting-rounds').fill('2,5 ü');
    await page.locator('#setting-prompts').fill('');
    await page.locator('.method label').filter({ hasText: 'Single round' }).click();
    await expect.poll(() => visitor.hash(), SLOW).toContain('method=single');
    await page.reload();
    await visitor.part('run').waitFor();
    expect(await fields()).toEqual({ rounds: '2,5 ü', prompts: '', seed: '1234' });
    expect(await page.locator('#setting-method-1').isChecked()).toBe(true);
    await page.getByRole('button', { name: 'all to default' }).click();
    await expect.poll(() => visitor.hash(), SLOW).toBe('');
    await page.reload();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '4', prompts: '480', seed: '7' });
  });

  test('with autorun starts one run, and a reload starts no other', async () => {
    await visitor.visit(`autorun=1&${LONG}`);
    await visitor.untilEvent(({ type }) => type === 'started');
    await expect.poll(() => visitor.hash(), SLOW).not.toContain('autorun');
    expect(await visitor.field('seed')).toBe('5');
    await visitor.untilEvent(({ type }) => type === 'sample');
    visitor.events.length = 0;
    await visitor.page.reload();
    await visitor.part('interrupted').waitFor();
    await visitor.page.waitForTimeout(500);
    // the old page may have said more until it was gone
    expect(visitor.events.filter(({ type }) => type === 'started')).toEqual([]);
    expect(await visitor.page.getByTestId('runs').getByRole('row').count()).toBe(2);
    await shots('reloaded-in-mid-run');
  });

  test('pasted into the same tab takes its place while nothing runs, and waits while a run is on its way', async () => {
    const { page } = visitor;
    const paste = (hash: string) => page.evaluate((text) => void (location.hash = text), hash);
    await visitor.visit(SHORT);
    await visitor.part('run').waitFor();
    await paste('seed=11&rounds=3');
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '3', prompts: '480', seed: '11' });
    await page.goBack();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '1', prompts: '16', seed: '5' });

    await visitor.part('run').click();
    await visitor.untilEvent(({ type }) => type === 'started');
    await paste('seed=12&autorun=1');
    await page.waitForTimeout(100);
    await visitor.untilState('finished');
    const [started] = visitor.events;
    expect(started).toMatchObject({ type: 'started', config: { seed: 5, rounds: 1, prompts: 16 } });
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '4', prompts: '480', seed: '12' });
    await page.waitForTimeout(300);
    expect(visitor.events.filter(({ type }) => type === 'started')).toHaveLength(1);
  });

  test('says by its key what cannot be taken', async () => {
    await visitor.visit('v=1&rounds=99&temprature=1&method=magic&seed=3');
    const said = await visitor.part('link-troubles').innerText();
    expect(said).toContain('rounds=99: Rounds must be a whole number from 1 to 8; “99” is not.');
    expect(said).toContain('temprature=1: this version has no such setting, so it is ignored.');
    expect(said).toContain('method=magic: Method must be one of icl, single, soft, soft+; “magic” is not.');
    expect(await fields()).toEqual({ rounds: '99', prompts: '480', seed: '3' });
    await visitor.page.locator('#setting-seed').fill('4');
    await expect.poll(() => visitor.hash(), SLOW).toContain('rounds=99&seed=4');
  });

  test('is copied with what stands in the fields, where the page may write to the clipboard and where it may not', async () => {
    const { page } = visitor;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await visitor.visit('');
    await page.locator('#setting-seed').fill('77');
    await visitor.part('copy-link').click();
    await expect.poll(() => visitor.part('copy-link').innerText(), SLOW).toBe('Copied');
    const read = () => page.evaluate(() => navigator.clipboard.readText());
    expect(await read()).toBe(`${site.url}?backend=wasm#v=1&seed=77`);

    // as in an insecure context
    await page.evaluate(() => {
      const { clipboard } = navigator;
      Object.assign(globalThis, { kept: clipboard });
      Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
    });
    await page.locator('#setting-seed').fill('78');
    await visitor.part('copy-link').click();
    await expect.poll(() => visitor.part('copy-link').innerText(), SLOW).toBe('Copied');
    expect(await page.evaluate(() => (globalThis as unknown as { kept: Clipboard }).kept.readText())).toBe(
      `${site.url}?backend=wasm#v=1&seed=78`,
    );
    await page.evaluate(() => Object.assign(document, { execCommand: () => false }));
    await page.locator('#setting-seed').fill('79');
    await visitor.part('copy-link').click();
    expect(await visitor.part('link-by-hand').inputValue()).toBe(`${site.url}?backend=wasm#v=1&seed=79`);
  });
});

describe('the keyboard', () => {
  test('is on Pause after Run, on Resume after Pause, and on what takes the place of every button that goes', async () => {
    const { page } = visitor;
    const press = async (id: string) => {
      await visitor.part(id).focus();
      await page.keyboard.press('Enter');
    };
    await visitor.visit(LONG);
    await visitor.part('run').waitFor();
    await page.waitForFunction(() => document.querySelector<HTMLButtonElement>('[data-testid=run]')?.disabled === false);
    await press('run');
    await expect.poll(() => visitor.focused(), SLOW).toBe('pause');
    await visitor.untilEvent(({ type }) => type === 'sample');
    expect(await visitor.focused()).toBe('pause');
    await page.keyboard.press('Enter');
    await visitor.untilState('paused');
    await expect.poll(() => visitor.focused(), SLOW).toBe('resume');
    await page.keyboard.press('Enter');
    await visitor.untilState('running');
    await expect.poll(() => visitor.focused(), SLOW).toBe('pause');
    await press('stop');
    await visitor.untilState('stopped');
    await expect.poll(() => visitor.focused(), SLOW).toBe('resume');
    await page.reload();
    await visitor.part('interrupted').waitFor();
    await press('resume');
    await expect.poll(() => visitor.focused(), SLOW).toBe('pause');
    await visitor.untilState('running');
    await press('stop');
    await visitor.untilState('stopped');

    // Delete asks first, and Enter twice deletes nothing.
    const runs = visitor.part('runs');
    await runs.getByRole('button', { name: /^Delete the run/ }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => visitor.focused(), SLOW).toBe('Keep');
    await page.keyboard.press('Enter');
    await expect.poll(() => visitor.focused(), SLOW).toBe('Delete');
    await page.keyboard.press('Enter');
    await runs.getByRole('button', { name: 'Delete', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => runs.innerText(), SLOW).toContain('None yet.');
    await expect.poll(() => visitor.focused(), SLOW).not.toBe('nothing');

    // A setting taken back, a notice closed.
    await page.locator('#setting-seed').fill('8');
    await page.getByRole('button', { name: 'back to 7' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => visitor.focused(), SLOW).toBe('setting-seed');
    await visitor.visit('nothing=1');
    await page.getByRole('button', { name: 'close' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => visitor.part('link-troubles').count(), SLOW).toBe(0);
    expect(await visitor.focused()).not.toBe('nothing');
  });

  test('comes to the run by the skip link, and the settings stay', async () => {
    const { page } = visitor;
    await visitor.visit('seed=31');
    await visitor.part('run').waitFor();
    await page.keyboard.press('Tab');
    expect(await visitor.focused()).toBe('Skip to the run');
    await page.keyboard.press('Enter');
    expect(await visitor.focused()).toBe('run');
    expect(await visitor.field('seed')).toBe('31');
    expect(await visitor.hash()).toBe('#seed=31');
  });
});
