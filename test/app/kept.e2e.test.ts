/**
 * A model of the user's after a reload, in the built app: a copy that this browser keeps, a folder that it remembers, and a folder in which
 * several lie. The model is random and tiny.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { kitEntries } from '../support/kit-data.ts';
import { randomModel } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

const SHORT =
  'rounds=2&prompts=32&maxTokens=8&batchSize=1&epochs=4&dropUnfinished=false&dropRepeatsItself=false&earlyStop=false&method=soft';

const app = openSite({ height: 900 });
let page: Page;
let events: RunEvent[];
let folder = '';
const part = (id: string) => app.visitor.part(id);
const opened = (name: string) => expect.poll(() => part('model-name').innerText(), { timeout: 30_000 }).toBe(name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
  for (const place of ['out', 'out/checkpoint-9', 'out/checkpoint-10']) {
    mkdirSync(join(folder, place));
    if (place !== 'out') for (const [name, bytes] of randomModel('llama')) writeFileSync(join(folder, place, name), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  ({ page, events } = app.visitor);
  page.setDefaultTimeout(20_000);
});

async function panel(place: string): Promise<void> {
  if ((await page.locator('main').getAttribute('data-view')) !== 'models') await app.visitor.go('models');
  await page.locator(`.model input[value="${place}"]`).evaluate((input: HTMLInputElement) => input.click());
}

async function untilState(state: string): Promise<void> {
  await page.waitForFunction((wanted) => [wanted, 'failed'].includes(document.documentElement.dataset['runState'] ?? ''), state, {
    timeout: 240_000,
  });
  const failed = events.find((event) => event.type === 'failed');
  if (failed?.type === 'failed') throw new Error(`${failed.failure.code}: ${failed.failure.detail}`);
}

/** A run of the open model that is left in the middle. */
async function leave(): Promise<void> {
  await part('run').click();
  await expect.poll(() => events.some(({ type }) => type === 'sample'), { timeout: 60_000 }).toBe(true);
  await part('stop').click();
  await untilState('stopped');
  events.length = 0;
  await page.reload();
  await opened('Ladder');
  await part('interrupted').waitFor();
}

async function goOn(): Promise<void> {
  await expect.poll(() => part('interrupted').innerText()).toContain('it ends with the same result as an unbroken run');
  await part('resume').first().click();
  await untilState('finished');
  expect(events.find(({ type }) => type === 'started')).toMatchObject({ resumed: true });
}

test('checkpoints side by side are offered; with a copy of the chosen one Resume needs one click, and the copy can be deleted', async () => {
  await app.visitor.visit(SHORT);
  await part('model-name').waitFor();
  await panel('files');
  await part('model-folder').setInputFiles(join(folder, 'out'));
  await part('offered').waitFor();
  expect(await part('offered').innerText()).toContain('Which one is it to be?');
  await page.screenshot({ path: join(SHOTS, 'model-offered-1280.png'), fullPage: false });
  await part('offered').getByRole('button', { name: 'out/checkpoint-10 (model)' }).click();
  await opened('checkpoint-10');
  expect(await part('offered').innerText()).toContain('Taken: out/checkpoint-10 (model)');
  await part('keep-model').click();
  await expect.poll(() => part('model').innerText()).toContain('A copy of this model is kept in this browser');
  await page.screenshot({ path: join(SHOTS, 'model-kept-1280.png'), fullPage: false });

  await leave();
  await goOn();
  await opened('checkpoint-10');

  await panel('bundled');
  await part('model-bundled').click();
  await opened('Ladder');
  await panel('stored');
  expect(await part('stored-model').innerText()).toMatch(/checkpoint-10\s+a copy of your files, [\d.]+ [kM]B/);
  await part('stored-model').getByRole('button', { name: 'Delete' }).click();
  await part('stored-model').getByRole('button', { name: 'Delete', exact: true }).click();
  await expect.poll(() => part('stored-model').count()).toBe(0);
});

test('a folder that was chosen is remembered, and Resume opens it again with one click', async () => {
  // the picker is the browser's own; a folder of the private file system gives the same kind of handle
  await page.addInitScript(() => {
    const picker = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('my model', { create: true });
    Object.assign(window, { showDirectoryPicker: picker });
  });
  await app.visitor.visit(SHORT);
  await part('model-name').waitFor();
  const files = [...randomModel('qwen2')].map(([name, bytes]) => [name, [...bytes]] as const);
  await page.evaluate(async (given) => {
    const place = await (await navigator.storage.getDirectory()).getDirectoryHandle('my model', { create: true });
    for (const [name, bytes] of given) {
      const stream = await (await place.getFileHandle(name, { create: true })).createWritable();
      await stream.write(Uint8Array.from(bytes));
      await stream.close();
    }
  }, files);
  await panel('files');
  await part('choose-folder').click();
  await opened('my model');
  await expect.poll(() => part('model').innerText()).toContain('This browser remembers where the folder is');

  await leave();
  await goOn();
  await opened('my model');
  await panel('stored');
  expect(await part('remembered-folder').innerText()).toContain('takes no space here');
});

test('the kit that lies beside a model is kept with it, and Resume goes on with both', async () => {
  const place = join(folder, 'with kit');
  mkdirSync(place);
  for (const [name, bytes] of randomModel('llama')) writeFileSync(join(place, name), bytes);
  for (const { path, file } of kitEntries('kit', { 'prompts.jsonl': 'my prompts.jsonl' }))
    writeFileSync(join(place, path.replace(/^kit\//, '')), (await file.text()).replace('English starter kit', 'My own kit'));
  await app.visitor.visit(SHORT);
  await part('model-name').waitFor();
  await panel('files');
  await part('model-folder').setInputFiles(place);
  await opened('with kit');
  await part('keep-model').click();
  await expect.poll(() => part('model').innerText()).toContain('A copy of this model is kept in this browser');

  await leave();
  await goOn();
  await opened('with kit');
});

test('a copy that was kept without the kit beside the model is completed with one click, and Resume goes on with both', async () => {
  const [bare, whole] = [join(folder, 'twice'), join(folder, 'more', 'twice')];
  for (const place of [bare, whole]) {
    mkdirSync(place, { recursive: true });
    for (const [name, bytes] of randomModel('llama')) writeFileSync(join(place, name), bytes);
  }
  for (const { path, file } of kitEntries('kit', { 'prompts.jsonl': 'my prompts.jsonl' }))
    writeFileSync(join(whole, path.replace(/^kit\//, '')), (await file.text()).replace('English starter kit', 'My own kit'));
  await app.visitor.visit(SHORT);
  await part('model-name').waitFor();
  await panel('files');
  await part('model-folder').setInputFiles(bare);
  await opened('twice');
  await part('keep-model').click();
  await expect.poll(() => part('model').innerText()).toContain('A copy of this model is kept in this browser; it is listed');

  await part('model-folder').setInputFiles(whole);
  await expect.poll(() => part('model').innerText()).toContain('without the kit that lies beside it here');
  expect(await part('keep-model').innerText()).toBe('Keep its kit too');
  await page.screenshot({ path: join(SHOTS, 'model-keep-kit-1280.png'), fullPage: false });
  await part('keep-model').click();
  await expect.poll(() => part('model').innerText()).toContain('A copy of this model is kept in this browser; it is listed');

  await leave();
  await goOn();
  await opened('twice');
  await panel('stored');
  expect(await part('stored-model').count()).toBe(1);
  expect(await part('kit').innerText()).toContain('My own kit');
});
