/** A link is an experiment: what the address says stands in the fields, whatever this browser holds, and what is typed is in the address. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/run/config.ts';
import { openSite, SHOTS } from '../support/site.ts';

/** What stands in the fields when nobody says otherwise. */
const USUAL = { rounds: String(DEFAULTS.rounds), prompts: String(DEFAULTS.prompts), seed: String(DEFAULTS.seed) };
/** A run of some seconds. */
const SHORT = 'v=1&method=soft&rounds=1&prompts=16&seed=5&earlyStop=false&epochs=1';
/** Nothing here is about speed: a machine that has other work gets its time. */
const SLOW = { timeout: 30_000 };
/** One that lasts as long as a test does. */
const LONG = 'v=1&method=soft&rounds=8&prompts=1200&seed=5';

const app = openSite();

/** Screenshots of what is in view, wide and narrow, light and dark. */
async function shots(name: string): Promise<void> {
  const { page } = app.visitor;
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
  await app.visitor.visit(SHORT);
  await app.visitor.part('run').click();
  await app.visitor.untilState('finished');
  app.visitor.events.length = 0;
  await app.visitor.page.goto('about:blank');
}
const fields = async () =>
  Object.fromEntries(await Promise.all(['rounds', 'prompts', 'seed'].map(async (name) => [name, await app.visitor.field(name)])));

describe('a link', () => {
  test('opened in a browser that holds a run shows the settings of the link, and the address stays as it is', async () => {
    await usedBrowser();
    await app.visitor.visit('v=1&rounds=2&seed=99&prompts=64');
    await app.visitor.part('brought-up').waitFor();
    expect(await app.visitor.part('brought-up').innerText()).toContain(
      'it had Method SOFT, not SOFT+; Rounds 1, not 2; Prompts 16, not 64',
    );
    expect(await fields()).toEqual({ rounds: '2', prompts: '64', seed: '99' });
    await app.visitor.page.waitForTimeout(600);
    expect(await app.visitor.hash()).toBe('#v=1&rounds=2&seed=99&prompts=64');
    await shots('link-in-used-browser');

    await app.visitor.page.reload();
    await app.visitor.part('brought-up').waitFor();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '2', prompts: '64', seed: '99' });
    await app.visitor.part('brought-up').getByRole('button', { name: 'Take its settings' }).click();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '1', prompts: '16', seed: '5' });
    await expect.poll(() => app.visitor.hash(), SLOW).toContain('rounds=1&prompts=16&seed=5');
    expect(await app.visitor.part('brought-up').count()).toBe(0);
  });

  test('with nothing behind the # has the default settings, also in a browser that holds a run', async () => {
    await usedBrowser();
    await app.visitor.visit('');
    await app.visitor.part('brought-up').waitFor();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: USUAL.rounds, prompts: USUAL.prompts, seed: USUAL.seed });
    await app.visitor.go('compare');
    await app.visitor.page.getByTestId('runs').getByRole('button', { name: 'Shown' }).waitFor();
    await app.visitor.part('brought-up').getByRole('button', { name: 'Hide it' }).click();
    await app.visitor.page.getByTestId('runs').getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '1', prompts: '16', seed: '5' });
    await expect.poll(() => app.visitor.hash(), SLOW).toContain('seed=5');
  });

  test('keeps what was typed over a reload, whatever it is', async () => {
    await app.visitor.visit('');
    const { page } = app.visitor;
    await page.locator('#setting-seed').fill('1234');
    await page.locator('#setting-rounds').fill('2,5 ü');
    await page.locator('#setting-prompts').fill('');
    await page.locator('.method label').filter({ hasText: 'Single round' }).click();
    await expect.poll(() => app.visitor.hash(), SLOW).toContain('method=single');
    await page.reload();
    await app.visitor.part('run').waitFor();
    expect(await fields()).toEqual({ rounds: '2,5 ü', prompts: '', seed: '1234' });
    expect(await page.locator('#setting-method-1').isChecked()).toBe(true);
    await page.getByRole('button', { name: 'all to default' }).click();
    await expect.poll(() => app.visitor.hash(), SLOW).toBe('');
    await page.reload();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: USUAL.rounds, prompts: USUAL.prompts, seed: USUAL.seed });
  });

  test('with autorun starts one run, and a reload starts no other', async () => {
    await app.visitor.visit(`autorun=1&${LONG}`);
    await app.visitor.untilEvent(({ type }) => type === 'started');
    await expect.poll(() => app.visitor.hash(), SLOW).not.toContain('autorun');
    expect(await app.visitor.field('seed')).toBe('5');
    await app.visitor.untilEvent(({ type }) => type === 'sample');
    app.visitor.events.length = 0;
    await app.visitor.page.reload();
    await app.visitor.part('interrupted').waitFor();
    await app.visitor.page.waitForTimeout(500);
    // the old page may have said more until it was gone
    expect(app.visitor.events.filter(({ type }) => type === 'started')).toEqual([]);
    await app.visitor.go('compare');
    expect(await app.visitor.page.getByTestId('runs').getByRole('row').count()).toBe(2);
    await app.visitor.go('run');
    await shots('reloaded-in-mid-run');
  });

  test('pasted into the same tab takes its place while nothing runs, and waits while a run is on its way', async () => {
    const { page } = app.visitor;
    const paste = (hash: string) => page.evaluate((text) => void (location.hash = text), hash);
    await app.visitor.visit(SHORT);
    await app.visitor.part('run').waitFor();
    await paste('seed=11&rounds=3');
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '3', prompts: USUAL.prompts, seed: '11' });
    await page.goBack();
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: '1', prompts: '16', seed: '5' });

    await app.visitor.part('run').click();
    await app.visitor.untilEvent(({ type }) => type === 'started');
    await paste('seed=12&autorun=1');
    await page.waitForTimeout(100);
    await app.visitor.untilState('finished');
    const [started] = app.visitor.events;
    expect(started).toMatchObject({ type: 'started', config: { seed: 5, rounds: 1, prompts: 16 } });
    await expect.poll(() => fields(), SLOW).toEqual({ rounds: USUAL.rounds, prompts: USUAL.prompts, seed: '12' });
    await page.waitForTimeout(300);
    expect(app.visitor.events.filter(({ type }) => type === 'started')).toHaveLength(1);
  });

  test('of another view that comes while a run is on its way is shown, and its settings are taken when the run has ended', async () => {
    const { page } = app.visitor;
    await app.visitor.visit(SHORT);
    await app.visitor.part('run').click();
    await app.visitor.untilEvent(({ type }) => type === 'started');
    await page.evaluate(() => void (location.hash = 'samples?v=2&world=ladder&seed=12'));
    await page.locator('main[data-view="samples"]').waitFor();
    await app.visitor.untilState('finished');
    await app.visitor.go('run');
    await expect.poll(() => fields(), SLOW).toEqual({ ...USUAL, seed: '12' });
  });

  test('to the view before is followed by Back even while the address of this one is still to be written', async () => {
    const { page } = app.visitor;
    await app.visitor.visit('learn/2');
    await page.locator('main[data-view="learn"]').waitFor();
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('[data-testid="to-run"]')?.click();
      history.back();
      // whatever was to be done meanwhile is due together
      for (const until = performance.now() + 600; performance.now() < until;);
    });
    await page.locator('main[data-view="learn"]').waitFor();
    await expect.poll(() => app.visitor.hash(), SLOW).toContain('learn/2');
  });

  test('says by its key what cannot be taken', async () => {
    await app.visitor.visit('v=1&rounds=99&temprature=1&method=magic&seed=3');
    const said = await app.visitor.part('link-troubles').innerText();
    expect(said).toContain('rounds=99: Rounds must be a whole number from 1 to 8; “99” is not.');
    expect(said).toContain('temprature=1: this version has no such setting, so it is ignored.');
    expect(said).toContain('method=magic: Method must be one of icl, single, soft, soft+, ssd, sdft; “magic” is not.');
    expect(await fields()).toEqual({ rounds: '99', prompts: USUAL.prompts, seed: '3' });
    await app.visitor.page.locator('#setting-seed').fill('4');
    await expect.poll(() => app.visitor.hash(), SLOW).toContain('rounds=99&seed=4');
  });

  test('is copied with what stands in the fields, where the page may write to the clipboard and where it may not', async () => {
    const { page } = app.visitor;
    await app.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await app.visitor.visit('');
    await page.locator('#setting-seed').fill('77');
    await app.visitor.part('copy-link').click();
    await expect.poll(() => app.visitor.part('copy-link').innerText(), SLOW).toBe('Copied');
    const read = () => page.evaluate(() => navigator.clipboard.readText());
    expect(await read()).toBe(`${app.site.url}?backend=wasm#run?v=2&world=ladder&seed=77`);

    // as in an insecure context
    await page.evaluate(() => {
      const { clipboard } = navigator;
      Object.assign(globalThis, { kept: clipboard });
      Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
    });
    await page.locator('#setting-seed').fill('78');
    await app.visitor.part('copy-link').click();
    await expect.poll(() => app.visitor.part('copy-link').innerText(), SLOW).toBe('Copied');
    expect(await page.evaluate(() => (globalThis as unknown as { kept: Clipboard }).kept.readText())).toBe(
      `${app.site.url}?backend=wasm#run?v=2&world=ladder&seed=78`,
    );
    await page.evaluate(() => Object.assign(document, { execCommand: () => false }));
    await page.locator('#setting-seed').fill('79');
    await app.visitor.part('copy-link').click();
    expect(await app.visitor.part('link-by-hand').inputValue()).toBe(`${app.site.url}?backend=wasm#run?v=2&world=ladder&seed=79`);
  });
});

describe('the keyboard', () => {
  test('is on Pause after Run, on Resume after Pause, and on what takes the place of every button that goes', async () => {
    const { page } = app.visitor;
    const press = async (id: string) => {
      await app.visitor.part(id).focus();
      await page.keyboard.press('Enter');
    };
    await app.visitor.visit(LONG);
    await app.visitor.part('run').waitFor();
    await page.waitForFunction(() => document.querySelector<HTMLButtonElement>('[data-testid=run]')?.disabled === false);
    await press('run');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('pause');
    await app.visitor.untilEvent(({ type }) => type === 'sample');
    expect(await app.visitor.focused()).toBe('pause');
    await page.keyboard.press('Enter');
    await app.visitor.untilState('paused');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('resume');
    await page.keyboard.press('Enter');
    await app.visitor.untilState('running');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('pause');
    await press('stop');
    await app.visitor.untilState('stopped');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('resume');
    await page.reload();
    await app.visitor.part('interrupted').waitFor();
    await press('resume');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('pause');
    await app.visitor.untilState('running');
    await press('stop');
    await app.visitor.untilState('stopped');

    // Delete asks first, and Enter twice deletes nothing.
    await app.visitor.go('compare');
    const runs = app.visitor.part('runs');
    await runs.getByRole('button', { name: /^Delete the run/ }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('Keep');
    await page.keyboard.press('Enter');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('Delete');
    await page.keyboard.press('Enter');
    await runs.getByRole('button', { name: 'Delete', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => runs.innerText(), SLOW).toContain('None yet.');
    await expect.poll(() => app.visitor.focused(), SLOW).not.toBe('nothing');

    // A setting taken back, a notice closed.
    await app.visitor.go('run');
    await page.locator('#setting-seed').fill('8');
    await page.getByRole('button', { name: `back to ${USUAL.seed}` }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => app.visitor.focused(), SLOW).toBe('setting-seed');
    await app.visitor.visit('nothing=1');
    await page.getByRole('button', { name: 'close' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => app.visitor.part('link-troubles').count(), SLOW).toBe(0);
    expect(await app.visitor.focused()).not.toBe('nothing');
  });

  test('of a preset is that of its settings: it opens with them, a change leaves it, and the seed is no part of it', async () => {
    const { page, part } = { page: app.visitor.page, part: app.visitor.part('preset') };
    await app.visitor.visit('seed=31');
    await expect.poll(() => part.inputValue(), SLOW).toBe('SOFT+');
    await part.selectOption('Quick look');
    expect(await fields()).toEqual({ rounds: '3', prompts: '300', seed: '31' });
    expect(await page.locator('#preset-note').innerText()).toContain('Three rounds of a hundred prompts');
    await expect.poll(() => app.visitor.hash(), SLOW).toBe('#run?v=2&world=ladder&rounds=3&prompts=300&seed=31&questions=100');
    await shots('preset');
    await page.reload();
    await expect.poll(() => part.inputValue(), SLOW).toBe('Quick look');
    await page.locator('#setting-rounds').fill('4');
    await expect.poll(() => part.inputValue(), SLOW).toBe('');
    expect(await part.locator('option:checked').innerText()).toBe('your own');
    await part.selectOption('Nothing in view');
    expect([await app.visitor.field('demonstrations'), await app.visitor.field('rounds')]).toEqual(['0', USUAL.rounds]);
    await page.getByRole('button', { name: 'all to default' }).click();
    await expect.poll(() => part.inputValue(), SLOW).toBe('SOFT+');
  });

  test('comes to the run by the skip link, and the settings stay', async () => {
    const { page } = app.visitor;
    await app.visitor.visit('seed=31');
    await app.visitor.part('run').waitFor();
    await page.keyboard.press('Tab');
    expect(await app.visitor.focused()).toBe('Skip to the run');
    await page.keyboard.press('Enter');
    expect(await app.visitor.focused()).toBe('run');
    expect(await app.visitor.field('seed')).toBe('31');
    expect(await app.visitor.hash()).toBe('#seed=31');
  });
});
