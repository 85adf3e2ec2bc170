/** “Measure this machine” on the built app: from the top of the page to a link, and what somebody else sees who opens it. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, SHOTS } from '../support/site.ts';

const app = openSite();
/** As long as a busy machine takes; nothing here is about speed. */
const BUSY = { timeout: 240_000 };

async function shots(name: string): Promise<void> {
  const { page } = app.visitor;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 400]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await app.visitor.part('machine').screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

describe('measuring this machine', () => {
  test('gives numbers beside their ceilings, and a link that opens as another machine’s', async () => {
    await app.visitor.visit('');
    await app.visitor.go('models');
    const measure = app.visitor.part('machine-measure');
    await expect.poll(() => measure.getAttribute('aria-disabled'), BUSY).toBe('false');
    await measure.click();
    await app.visitor.part('machine-equal').waitFor(BUSY);
    expect(await app.visitor.part('machine-equal').innerText()).toContain('the CPU’s own');
    const rows = app.visitor.part('machine-own').locator('tbody tr');
    expect(await rows.evaluateAll((list) => list.map((row) => row.getAttribute('data-measure')))).toEqual(
      expect.arrayContaining(['copy', 'product', 'training', 'reading', 'together', 'single']),
    );
    await app.visitor.part('machine-name').fill('the test’s machine');
    await shots('machine-own');

    await app.visitor.page.evaluate(() => {
      const copied = (text: string): Promise<void> => Promise.resolve(void Object.assign(globalThis, { copied: text }));
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: copied } });
    });
    const copied = (): Promise<string> => app.visitor.page.evaluate(() => String(Reflect.get(globalThis, 'copied')));
    await app.visitor.part('machine-json').click();
    await expect.poll(async () => copied().then((text) => text.includes('"tok/s"'))).toBe(true);
    await app.visitor.part('machine-link').click();
    await expect.poll(async () => copied().then((text) => new URL(text).hash.startsWith('#machine:'))).toBe(true);

    const link = await copied();
    await app.visitor.page.goto('about:blank');
    await app.visitor.page.goto(link);
    const theirs = app.visitor.part('machine-linked');
    await theirs.waitFor();
    expect(await theirs.innerText()).toContain('Another machine: “the test’s machine”');
    expect(await theirs.innerText()).toContain('Not measured here');
    expect(await app.visitor.part('machine-own').count()).toBe(0);
    expect(await app.visitor.part('link-troubles').count()).toBe(0);
    await shots('machine-linked');
    await theirs.getByRole('button', { name: 'close' }).click();
    expect(await app.visitor.hash()).toBe('');
  });

  test('is ended by Cancel and by a run', async () => {
    await app.visitor.visit('v=1&method=soft&rounds=1&prompts=16&seed=5&earlyStop=false&epochs=1');
    await app.visitor.go('models');
    const measure = app.visitor.part('machine-measure');
    await expect.poll(() => measure.getAttribute('aria-disabled'), BUSY).toBe('false');
    await measure.click();
    await app.visitor.part('machine-cancel').click();
    await expect.poll(() => measure.getAttribute('aria-disabled'), BUSY).toBe('false');
    expect(await app.visitor.part('machine-equal').count()).toBe(0);
    await measure.click();
    await app.visitor.part('run').click();
    await app.visitor.untilState('finished');
    expect(await app.visitor.part('machine-equal').count()).toBe(0);
  });
});
