/** A model that takes long to open, in the built app: a visitor sees how far it is, cancels it, and goes on with the model before. Random weights. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { BROAD, randomModel } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

const app = openSite({ height: 900 });
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opening-'));
  const models = { small: randomModel('qwen2'), large: randomModel('llama', { shape: { ...BROAD, num_hidden_layers: 10 } }) };
  for (const [name, files] of Object.entries(models)) {
    mkdirSync(join(folder, name));
    for (const [file, bytes] of files) writeFileSync(join(folder, name, file), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Notes every sentence about what opens, and presses Cancel as soon as one begins with `at`. */
async function watch(at: string): Promise<void> {
  await app.visitor.page.evaluate((wanted) => {
    const page = globalThis as unknown as { said: Set<string>; watcher?: MutationObserver };
    page.watcher?.disconnect();
    page.said = new Set();
    page.watcher = new MutationObserver(() => {
      const text = document.querySelector('[data-testid=opening] .progress')?.getAttribute('aria-valuetext') ?? '';
      if (text === '') return;
      page.said.add(text);
      if (wanted === '' || !text.startsWith(wanted)) return;
      // once: the way back to the model before can be cancelled too
      page.watcher?.disconnect();
      document.querySelector<HTMLElement>('[data-testid=opening-cancel]')?.click();
    });
    page.watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  }, at);
}
const said = () => app.visitor.page.evaluate(() => [...(globalThis as unknown as { said: Set<string> }).said]);
const part = (id: string) => app.visitor.part(id);
const opened = (name: string) => expect.poll(() => part('model-name').innerText(), { timeout: 200_000 }).toBe(name);
const pick = (name: string) => part('model-folder').setInputFiles(join(folder, name));

beforeEach(async () => {
  const { page } = app.visitor;
  page.setDefaultTimeout(200_000);
  await app.visitor.visit('rounds=1&prompts=8&maxTokens=8&batchSize=4&epochs=1&method=soft');
  await part('model-name').waitFor();
  await app.visitor.go('models');
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
});

test('says how far it is in per cent, in two steps', async () => {
  await watch('');
  await pick('large');
  await opened('large');
  const sentences = await said();
  const shares = (step: number): readonly number[] =>
    sentences.flatMap((sentence) => (sentence.startsWith(`Step ${step} of 2`) ? [Number(/: (\d+)%/.exec(sentence)?.[1])] : []));
  expect(shares(2).length).toBeGreaterThan(3);
  for (const step of [1, 2]) expect(shares(step)).toEqual(shares(step).toSorted((a, b) => a - b));
  expect(await part('opening').count()).toBe(0);
});

test.each(['Getting ready', 'Step 1', 'Step 2'])('is cancelled at “%s”, and the model before answers', async (at) => {
  await pick('small');
  await opened('small');
  await watch(at);
  await pick('large');
  await expect.poll(async () => (await said()).length, { timeout: 200_000 }).toBeGreaterThan(0);
  await opened('small');
  expect(await part('model-problem').count()).toBe(0);
  expect(await part('opening').count()).toBe(0);
  await app.visitor.go('run');
  await part('chat-input').fill('Why is the sky blue?');
  await part('chat-ask').click();
  await part('answer-base').waitFor();
  await app.visitor.go('models');
  await watch('');
  await pick('large');
  await opened('large');
});

test('shows its bar and Cancel to everybody, on every screen', async () => {
  const { page } = app.visitor;
  // the kit comes late, so that it can be looked at
  await app.context.route('**/kits/english/kit.json', () => {});
  await pick('large');
  await part('opening').waitFor();
  await expect.poll(() => part('opening').innerText(), { timeout: 200_000 }).toContain('100%');
  await page.screenshot({ path: join(SHOTS, 'opening-1280.png') });
  expect(await violations(page, 'main')).toEqual([]);
  await page.setViewportSize({ width: 320, height: 800 });
  await page.screenshot({ path: join(SHOTS, 'opening-320.png') });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await app.visitor.go('run');
  await part('opening-cancel').focus();
  await page.keyboard.press('Enter');
  await opened('Ladder');
  expect(await part('opening').count()).toBe(0);
});
