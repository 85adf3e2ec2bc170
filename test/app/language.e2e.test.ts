/** The languages of the built app: changed while a run is on its way. */
import { expect, test } from 'vitest';
import { openSite } from '../support/site.ts';

const app = openSite();

test('another language is chosen while a run is on its way: the run goes on, the settings stay, a comma is read, and the choice is kept', async () => {
  const { page } = app.visitor;
  await app.visitor.visit('run?v=2&lang=de&rounds=1&prompts=64&questions=24&temperature=0.7');
  await app.visitor.part('run').waitFor();
  expect(await app.visitor.field('temperature')).toBe('0,7');
  await page.locator('#setting-temperature').fill('0,9');
  expect(await app.visitor.hash()).toContain('temperature=0.9');
  await app.visitor.part('run').click();
  await app.visitor.untilState('running');
  await app.visitor.part('language').selectOption('en');
  await expect.poll(() => page.getAttribute('html', 'lang')).toBe('en');
  expect(await app.visitor.field('temperature')).toBe('0.9');
  await app.visitor.untilState('finished');
  expect(await app.visitor.hash()).not.toContain('lang=');
  await page.reload();
  await app.visitor.part('run').waitFor();
  expect(await page.getAttribute('html', 'lang')).toBe('en');
});
