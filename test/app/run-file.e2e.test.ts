/** A whole run as one file, on the built app: saved, everything deleted, taken out of the file again, the same, and it goes on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { openSite, SHOTS, Visitor } from '../support/site.ts';

const app = openSite({ height: 900 });
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'run-file-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const hashOf = (visitor: Visitor): string => {
  const event = visitor.events.find(({ type }) => type === 'finished');
  return event?.type === 'finished' ? event.result.adapterHash : '';
};

/** Saves the first run of the list, and gives the path of its file. */
async function saved(visitor: Visitor, name: string): Promise<string> {
  await visitor.go('compare');
  const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.part('save-run').first().click()]);
  expect(download.suggestedFilename()).toMatch(/^step-on-feet-run-\d+\.zip$/);
  await download.saveAs(join(folder, name));
  return join(folder, name);
}

/** Another browser, in which nothing was ever run. */
async function elsewhere(): Promise<Visitor> {
  const browser = app.context.browser();
  if (browser === null) throw new Error('the browser is gone');
  return Visitor.come(await browser.newContext({ viewport: { width: 1280, height: 900 } }), app.site.url);
}

const table = (visitor: Visitor): Promise<string> => visitor.part('runs').getByRole('table').innerText();

describe('a run in a file', () => {
  test('that finished is the same in another browser: list, charts, answers and adapter', async () => {
    const { visitor } = app;
    await visitor.visit('v=2&rounds=2&prompts=64&questions=20');
    await visitor.part('run').click();
    await visitor.untilState('finished');
    const file = await saved(visitor, 'finished.zip');
    const before = await table(visitor);
    await visitor.page.screenshot({ path: join(SHOTS, 'run-file-1280.png') });
    expect(await violations(visitor.page, '[data-testid="runs"]')).toEqual([]);

    const other = await elsewhere();
    await other.visit('');
    await other.part('model-name').waitFor();
    await other.go('compare');
    await other.part('runs-empty').waitFor();
    await other.part('bring-run-file').setInputFiles(file);
    await expect.poll(() => other.part('runs').getByRole('row').count()).toBe(2);
    expect((await table(other)).replace('Show\n', 'Shown\n')).toBe(before.replace('Show\n', 'Shown\n'));
    expect(readFileSync(await saved(other, 'again.zip')).equals(readFileSync(file))).toBe(true);
    // a click shows its charts and answers
    await other.part('runs').getByRole('button', { name: 'Show: ' }).click();
    await other.page.locator('main[data-view="run"]').waitFor();
    await expect.poll(() => other.page.evaluate(() => document.documentElement.dataset['runState'])).toBe('finished');
    await visitor.go('run');
    const summaries = (of: Visitor) => of.page.locator('figure figcaption, .figure-text').allInnerTexts();
    await expect.poll(() => summaries(other)).toEqual(await summaries(visitor));
    await other.page.context().close();
  });

  test('that was stopped is dropped on another page, goes on there, and ends with the weights of the unbroken run', async () => {
    const settings = 'v=2&rounds=6&prompts=300&questions=20';
    const { visitor } = app;
    await visitor.visit(settings);
    await visitor.part('run').click();
    await visitor.untilEvent(({ type }) => type === 'round');
    await visitor.part('stop').click();
    await visitor.untilState('stopped');
    const file = await saved(visitor, 'stopped.zip');
    await visitor.go('run');
    await visitor.part('resume').first().click();
    await visitor.untilState('finished');

    const other = await elsewhere();
    await other.visit('');
    await other.part('model-name').waitFor();
    const bytes = readFileSync(file).toString('base64');
    const transfer = await other.page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], 'stopped.zip', { type: 'application/zip' }));
      return data;
    }, bytes);
    await other.page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
    await other.page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
    await other.page.locator('main[data-view="compare"]').waitFor();
    await other.part('runs').getByRole('button', { name: 'Resume' }).click();
    await other.untilState('finished');
    expect(other.events.find(({ type }) => type === 'started')).toMatchObject({ resumed: true });
    expect(hashOf(other)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf(other)).toBe(hashOf(visitor));
    await other.page.context().close();
  });

  test('that is none is refused with a sentence, and the list stays', async () => {
    const { visitor } = app;
    writeFileSync(join(folder, 'holiday.zip'), 'not a zip');
    await visitor.visit('');
    await visitor.part('model-name').waitFor();
    await visitor.go('compare');
    await visitor.part('bring-run-file').setInputFiles(join(folder, 'holiday.zip'));
    await visitor.part('error').waitFor();
    expect(await visitor.part('error').innerText()).toMatch(/IMPORT_FORMAT/);
    expect(await visitor.part('runs-empty').count()).toBe(1);
  });
});
