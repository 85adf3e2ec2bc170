/** The built app in a browser that an earlier version has filled: everything opens, goes on, or a sentence says why it cannot. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/run/records.ts';
import { openSite, SHOTS } from '../support/site.ts';
import { putBack, type Stored } from '../support/stored.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const FILES = readdirSync(FIXTURES).filter((name) => name.startsWith('stored-'));

const app = openSite({ height: 900 });

describe.each(FILES)('what %s holds', (file) => {
  const stored = JSON.parse(gunzipSync(readFileSync(join(FIXTURES, file))).toString()) as Stored;

  test('is listed, shown, resumed on the model that it belongs to, and what could never begin goes', async () => {
    const { site, visitor } = app;
    const { page, events } = visitor;
    await page.goto(`${site.url}icon.svg`);
    await page.evaluate(putBack, stored);
    await visitor.visit('');
    const rows = visitor.part('runs').locator('tbody').getByRole('row');
    await expect.poll(() => rows.count(), { timeout: 15_000 }).toBe(6);
    // newest first: own prompts, stopped in round 2, finished, could not begin, stopped on a hub's model, finished on a picked one
    const [own, second, finished, impossible, kept] = [0, 1, 2, 3, 4].map((place) => rows.nth(place));
    if (!own || !second || !finished || !impossible || !kept) throw new Error('there are six rows');
    await page.screenshot({ path: join(SHOTS, 'old-browser-1280.png'), fullPage: true });
    expect(await finished.innerText()).toMatch(/finished, 0:11\s+CPU \(wasm\), version 8a721d3/);
    expect(await second.innerText()).toContain('an earlier version, which did not write down where');

    await finished.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => visitor.part('headline').innerText()).toContain('%');

    const end = async (press: () => Promise<void>): Promise<RunResult | string> => {
      events.length = 0;
      await press();
      await visitor.untilEvent(({ type }) => type === 'finished' || type === 'failed');
      const last = events.at(-1);
      return last?.type === 'finished' ? last.result : last?.type === 'failed' ? last.failure.code : 'nothing';
    };
    const resumed = await end(() => second.getByRole('button', { name: 'Resume' }).click());
    expect(resumed).toMatchObject({ sessions: [{ backend: null, commit: null }, { backend: 'wasm' }] });
    expect((resumed as RunResult).rounds).toHaveLength(2);

    // the prompts were not kept then: it goes on only if the model writes the same again
    const wrote = await end(() => own.getByRole('button', { name: 'Resume' }).click());
    if (typeof wrote === 'string') {
      expect(wrote).toBe('RUN_UNFIT');
      expect(await visitor.part('error').first().innerText()).toContain('no longer those that it began with');
    } else expect(wrote.rounds).toHaveLength(2);

    await visitor.part('model-panel').locator('summary').first().click();
    await page.locator('.model input[value="stored"]').evaluate((input: HTMLInputElement) => input.click());
    await visitor.part('stored-model').getByRole('button', { name: 'Open' }).click();
    await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 15_000 }).toBe('someone/tiny');
    const onKept = await end(() => kept.getByRole('button', { name: 'Resume' }).click());
    expect(onKept).toMatchObject({ sessions: [{ commit: null }, { backend: 'wasm' }] });

    expect(await end(() => impossible.getByRole('button', { name: 'Resume' }).click())).toBe('OPTION_RANGE');
    await expect.poll(() => rows.count()).toBe(5);
    await page.screenshot({ path: join(SHOTS, 'old-browser-resumed-1280.png'), fullPage: true });
  });
});
