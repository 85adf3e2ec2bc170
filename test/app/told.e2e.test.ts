/**
 * What the page says of a model that is not as others: that it can think, that its template writes prompts otherwise than conversations, and how
 * far its whole model is from its adapter in each type of number. Models are random and tiny; the templates are as real ones are.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { randomModel } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

const SHORT =
  'rounds=1&prompts=8&maxTokens=8&batchSize=4&epochs=1&dropUnfinished=false&dropRepeatsItself=false&earlyStop=false&method=soft&learningRate=0.02';
/** Turns as Qwen3 writes them: an empty thought before the last answer, and at the end of a prompt where thinking is off. */
const QWEN3 = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/chat.json'), 'utf8')) as { readonly templates: Record<string, string> }
).templates['qwen3'] as string;
const FLAT = `{%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' + m.content | replace('\\n', ' ') + '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\nWell: ' }}{%- endif %}`;

const app = openSite({ height: 900 });
let page: Page;
let folder = '';
const part = (id: string) => app.visitor.part(id);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'told-'));
  for (const [name, template] of Object.entries({ thinker: QWEN3, flat: FLAT })) {
    mkdirSync(join(folder, name));
    for (const [file, bytes] of randomModel('qwen3', { template })) writeFileSync(join(folder, name, file), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  ({ page } = app.visitor);
  page.setDefaultTimeout(30_000);
});

async function open(name: string): Promise<void> {
  await part('model-name').waitFor();
  if ((await page.locator('main').getAttribute('data-view')) !== 'models') await app.visitor.go('models');
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
  await part('model-folder').setInputFiles(join(folder, name));
  await expect.poll(() => part('model-name').innerText(), { timeout: 60_000 }).toBe(name);
}

test('a model that thinks, and a template that writes a prompt otherwise, are told when they are opened', async () => {
  await app.visitor.visit(SHORT);
  await open('thinker');
  expect(await part('model-note').innerText()).toContain('This model can think before it answers. It does not while “Thinking” is off');
  await part('model-note').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SHOTS, 'told-thinker-1280.png') });
  await open('flat');
  const note = await part('model-note').innerText();
  expect(note).toContain('begins an answer otherwise in a prompt, with “Well:”');
  expect(note.split('an answer of several lines is')).toHaveLength(2);
  expect(note).not.toContain('can think');
  await part('model-note').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SHOTS, 'told-flat-1280.png') });
  await page.setViewportSize({ width: 400, height: 800 });
  await page.screenshot({ path: join(SHOTS, 'told-flat-400.png') });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
});

test('a whole model is taken home in the type that is chosen, and the page says how far it is from its adapter', async () => {
  await app.visitor.visit(SHORT);
  await open('thinker');
  await part('run').click();
  await app.visitor.untilState('finished');
  await app.visitor.go('models');
  for (const kind of ['adapter', 'samples', 'recipes']) if (await part(`home-${kind}`).isChecked()) await part(`home-${kind}`).uncheck();
  await part('home-merged').check();
  const apart: number[] = [];
  for (const [type, name] of [
    ['F32', 'float32'],
    ['F16', 'float16'],
    ['BF16', 'bfloat16'],
  ] as const) {
    await part('home-type').selectOption(type);
    await Promise.all([page.waitForEvent('download'), part('home-zip').click()]);
    await expect.poll(() => part('home-note').innerText(), { timeout: 60_000 }).toContain(`as ${name}`);
    const text = await part('home-note').innerText();
    const number = /by at most ([\d.e-]+\d), on/.exec(text)?.[1];
    apart.push(Number(number ?? 'NaN'));
  }
  await part('home-note').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SHOTS, 'told-types-1280.png') });
  expect(apart.every((number) => number >= 0)).toBe(true);
  expect(apart[2]).toBeGreaterThan(apart[0] as number);
});
