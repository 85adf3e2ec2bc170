/** The built app in a browser that an earlier version has filled: everything opens, goes on, or a sentence says why it cannot. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/run/records.ts';
import { WORLD_GONE } from '../../src/run/worlds.ts';
import { openSite, SHOTS } from '../support/site.ts';
import { putBack, type Stored } from '../support/stored.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const FILES = readdirSync(FIXTURES).filter((name) => name.startsWith('stored-'));

const app = openSite({ height: 900 });

describe.each(FILES)('what %s holds', (file) => {
  const stored = JSON.parse(gunzipSync(readFileSync(join(FIXTURES, file))).toString()) as Stored;

  test('is listed and shown, resumed where its model can be opened, and what could never begin goes', async () => {
    const { site, visitor } = app;
    const { page, events } = visitor;
    await page.goto(`${site.url}icon.svg`);
    await page.evaluate(putBack, stored);
    await visitor.visit('');
    await visitor.go('compare');
    const rows = visitor.part('runs').locator('tbody').getByRole('row');
    await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(6);
    // newest first: own prompts, stopped in round 2, finished, could not begin, stopped on a hub's model, finished on a picked one
    const [own, second, finished, impossible, kept] = [0, 1, 2, 3, 4].map((place) => rows.nth(place));
    if (!own || !second || !finished || !impossible || !kept) throw new Error('there are six rows');
    await page.screenshot({ path: join(SHOTS, 'old-browser-1280.png'), fullPage: true });
    expect(await finished.innerText()).toMatch(/finished, 0:11\s[^]*CPU \(wasm\), version 8a721d3/);
    expect(await second.innerText()).toContain('an earlier version, which did not write down where');

    // the world of then is gone: all that was made can be looked at and saved, and nothing offers to go on
    for (const row of [own, second, finished]) {
      expect(await row.innerText()).toContain(WORLD_GONE);
      expect(await row.getByRole('button', { name: 'Resume' }).count()).toBe(0);
    }
    await finished.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => visitor.part('headline').innerText()).toContain('%');
    await expect.poll(() => visitor.part('chat-alone').innerText()).toContain(WORLD_GONE);
    expect(await visitor.part('chat-round').count()).toBe(0);
    await visitor.go('samples');
    expect(await visitor.part('samples').getByRole('row').count()).toBeGreaterThan(5);
    await visitor.go('models');
    for (const kind of ['adapter', 'samples', 'recipes']) expect(await visitor.part(`home-${kind}`).isChecked()).toBe(true);
    expect(await visitor.part('home-merged').isDisabled()).toBe(true);
    const [zip] = await Promise.all([page.waitForEvent('download'), visitor.part('home-zip').click()]);
    expect(zip.suggestedFilename()).toMatch(/^an-earlier-world-run-4-round-\d\.zip$/);
    await page.screenshot({ path: join(SHOTS, 'old-world-shown-1280.png'), fullPage: true });
    await visitor.go('compare');
    await second.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => visitor.part('interrupted').innerText()).toContain(`it cannot go on. ${WORLD_GONE}`);
    expect(await visitor.part('resume').count()).toBe(0);

    const end = async (press: () => Promise<void>): Promise<RunResult | string> => {
      events.length = 0;
      await press();
      await visitor.untilEvent(({ type }) => type === 'finished' || type === 'failed');
      const last = events.at(-1);
      return last?.type === 'finished' ? last.result : last?.type === 'failed' ? last.failure.code : 'nothing';
    };
    await visitor.go('models');
    await page.locator('.model input[value="stored"]').evaluate((input: HTMLInputElement) => input.click());
    await visitor.part('stored-model').getByRole('button', { name: 'Open' }).click();
    await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 15_000 }).toBe('someone/tiny');
    await visitor.go('compare');
    const onKept = await end(() => kept.getByRole('button', { name: 'Resume' }).click());
    expect(onKept).toMatchObject({ sessions: [{ commit: null }, { backend: 'wasm' }] });

    await visitor.go('compare');
    expect(await end(() => impossible.getByRole('button', { name: 'Resume' }).click())).toBe('OPTION_RANGE');
    await visitor.go('compare');
    await expect.poll(() => rows.count()).toBe(5);
    await page.screenshot({ path: join(SHOTS, 'old-browser-resumed-1280.png'), fullPage: true });
  });
});
