/** Experiments and runs that this browser keeps, with their names: after a reload, by a link, and in another browser that lacks them. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openSite, SHOTS, Visitor } from '../support/site.ts';

const FILE = {
  name: 'wording.json',
  mimeType: 'application/json',
  buffer: Buffer.from(
    JSON.stringify({
      arms: [
        { name: 'One', options: { method: 'single', checkpoints: 1, prompts: 16 } },
        { name: 'Two', options: { method: 'soft', rounds: 1, prompts: 16 } },
      ],
      seeds: [31],
    }),
  ),
};

const app = openSite({ height: 1400 });
let visitor: Visitor;
const part = (id: string) => visitor.part(id);
beforeEach(() => ({ visitor } = app));

test('an experiment has a name and a link, is there with its charts after a reload, and its runs say what they are', async () => {
  await visitor.visit('');
  await visitor.go('compare');
  await part('compare-file').setInputFiles(FILE);
  await expect.poll(() => part('experiment-name').inputValue()).toBe('wording');
  await expect.poll(() => visitor.hash()).toMatch(/^#compare\?v=2&experiment=[\da-f]{12}$/);
  const link = (await visitor.hash()).slice(1);
  await part('experiment-name').fill('for Monday');
  await part('experiment-name').press('Tab');
  await part('compare-start').click();
  await expect.poll(() => part('compare').innerText(), { timeout: 120_000 }).toContain('All 2 runs are done.');

  await visitor.page.reload();
  await expect.poll(() => part('compare').innerText(), { timeout: 60_000 }).toContain('All 2 runs are done.');
  expect(await part('experiment-name').inputValue()).toBe('for Monday');
  await part('compare-table').waitFor();
  await expect.poll(() => part('run-experiment').allInnerTexts()).toEqual(['arm “Two” of for Monday. ', 'arm “One” of for Monday. ']);
  expect(await part('run-difference').first().innerText()).toContain('Prompts 16');
  await part('run-rename').first().click();
  await part('run-name').fill('the slide');
  await part('run-note').fill('seed of the talk');
  await part('run-describe').click();
  await expect.poll(() => part('run-noted').innerText()).toBe('seed of the talk');
  await visitor.page.screenshot({ path: join(SHOTS, 'experiments-1280-light.png'), fullPage: true });

  const row = () => part('experiment-row');
  await row().getByRole('button', { name: 'Duplicate' }).click();
  await expect.poll(() => row().count()).toBe(2);
  await expect.poll(() => part('experiment-name').inputValue()).toBe('for Monday, copy');
  await row().last().getByRole('button', { name: 'Delete' }).click();
  await row().last().getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => row().count()).toBe(1);

  const other = await visitor.page.context().browser()?.newContext();
  if (other === undefined) throw new Error('no other browser');
  const stranger = await Visitor.come(other, app.site.url);
  await stranger.visit(link);
  await stranger.part('experiment-missing').waitFor();
  await stranger.part('compare-file').setInputFiles(FILE);
  await stranger.part('experiment-missing').waitFor({ state: 'detached' });
  expect(await stranger.part('experiment-name').inputValue()).toBe('wording');
  await other.close();
});
