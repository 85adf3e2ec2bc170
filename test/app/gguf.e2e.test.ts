/** A GGUF file in the built app: picked as one file, aligned, kept and resumed, taken home as a folder that others read. The model is random and tiny. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { eightBits, ggufOf, writeGguf } from '../support/gguf.ts';
import { randomModel } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

const SHORT =
  'rounds=2&prompts=16&maxTokens=8&batchSize=4&epochs=1&dropUnfinished=false&dropRepeatsItself=false&earlyStop=false&method=soft';
const app = openSite({ height: 900 });
let file = Buffer.from('');
beforeAll(() => {
  file = Buffer.from(writeGguf(ggufOf(randomModel('llama'), { tensorOf: eightBits })));
});

test('a GGUF file is picked, aligned, kept, resumed after a reload with one click, and taken home', async () => {
  const { page, events } = app.visitor;
  const part = (id: string) => app.visitor.part(id);
  page.setDefaultTimeout(20_000);
  const opened = (name: string) => expect.poll(() => part('model-name').innerText(), { timeout: 30_000 }).toBe(name);
  const until = (type: RunEvent['type']) => expect.poll(() => events.some((event) => event.type === type), { timeout: 240_000 }).toBe(true);
  const pick = async (): Promise<void> => {
    await app.visitor.go('models');
    await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
    await part('model-files').setInputFiles([{ name: 'Tiny-Llama.Q8_0.gguf', mimeType: 'application/octet-stream', buffer: file }]);
    await opened('Tiny-Llama.Q8_0');
  };
  await app.visitor.visit(SHORT);
  await part('model-name').waitFor();
  await pick();
  expect(await part('model').innerText()).toContain('parameters from Q8_0');
  await part('keep-model').click();
  await expect.poll(() => part('model').innerText()).toContain('A copy of this model is kept in this browser');
  await page.screenshot({ path: join(SHOTS, 'gguf-1280.png'), fullPage: true });
  await part('run').click();
  await until('sample');
  await part('stop').click();
  await page.waitForFunction(() => document.documentElement.dataset['runState'] === 'stopped');
  await page.reload();
  await part('interrupted').waitFor();
  events.length = 0;
  // it opens the copy
  await part('resume').first().click();
  await opened('Tiny-Llama.Q8_0');
  await until('finished');
  expect(events.find(({ type }) => type === 'started')).toMatchObject({ resumed: true });

  await app.visitor.go('models');
  await part('home-merged').check();
  const [download] = await Promise.all([page.waitForEvent('download'), part('home-zip').click()]);
  const files = unzipSync(new Uint8Array(readFileSync(await download.path())));
  const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['adapter/adapter_model.safetensors', ...names.map((name) => `merged/${name}`)]),
  );
  // the folder is a model again
  const merged = names.map((name) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(files[`merged/${name}`] ?? []) }));
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
  await part('model-files').setInputFiles(merged);
  // nothing in them names it
  await expect.poll(() => part('model-name').innerText(), { timeout: 30_000 }).toMatch(/^llama-\d+K-[0-9a-f]{4}$/);
});
