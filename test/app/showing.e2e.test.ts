/** How the built app is shown, by link alone: a stand that begins again by itself, without parts for a class, large for a projector. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomModel } from '../support/random-model.ts';
import { openSite } from '../support/site.ts';

const app = openSite();
const part = (id: string) => app.visitor.part(id);
const REST_S = 121;
const PATIENT = { timeout: 60_000 };

/** What somebody brings: a model of their own, and what it is asked. */
let [folder, prompts] = ['', ''];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tiny-'));
  for (const [name, bytes] of randomModel('llama')) writeFileSync(join(folder, name), bytes);
  prompts = `${folder}-asked.json`;
  writeFileSync(prompts, JSON.stringify(Array.from({ length: 12 }, (_, i) => `What is item ${i}?`)));
});
afterAll(() => {
  for (const path of [folder, prompts]) rmSync(path, { recursive: true });
});

const runs = (): readonly string[] => app.visitor.events.flatMap((event) => (event.type === 'started' ? [event.run] : []));
const rest = async (seconds: number): Promise<void> => app.visitor.page.clock.runFor(seconds * 1000);
/** Takes the page's clock in hand. Whoever winds that on must let its workers live as fast. */
async function windUp(): Promise<void> {
  const { page } = app.visitor;
  await page.clock.install();
  await page.addInitScript(() => {
    globalThis.Worker = class extends Worker {
      constructor(...made: ConstructorParameters<typeof Worker>) {
        super(...made);
        setInterval(() => this.dispatchEvent(new MessageEvent('message', { data: { beat: true } })), 1000);
      }
    };
  });
}

test('a stand begins by itself after two minutes of rest, and again after two more; of a visitor it keeps neither guess, answer, setting, language nor colours', async () => {
  const { page } = app.visitor;
  await windUp();
  await app.visitor.visit('run?v=2&booth=1&lang=en&rounds=1&prompts=64&questions=24');
  await app.visitor.go('learn');
  // the first visitor guesses, asks, writes down what they think and turns a setting
  await page.getByRole('radio').first().check(PATIENT);
  await expect.poll(() => part('show-me').getAttribute('aria-disabled'), PATIENT).toBe('false');
  await part('show-me').click();
  await part('explain').waitFor(PATIENT);
  await part('instrument-before').locator('summary').click();
  await part('instrument-before-why-better').fill('Somebody corrects it.');
  await app.visitor.go('run');
  await page.locator('#setting-prompts').fill('32');
  const question = part('chat').getByRole('textbox').first();
  await question.fill('Where is the bell?');
  await question.press('Enter');
  await part('chat-talk').getByRole('listitem').first().waitFor(PATIENT);

  // and leaves it in another language and other colours, with a dialog open
  await part('language').selectOption('he');
  await page.locator('html[lang="he"]').waitFor();
  await part('theme').click();
  await page.keyboard.press('?');
  await part('keys').waitFor();

  // whoever still touches it is left alone
  await rest(REST_S - 10);
  await page.keyboard.press('Shift');
  await rest(REST_S - 10);
  expect(runs()).toEqual([]);
  await rest(20);
  await app.visitor.untilState('finished');
  expect(runs()).toHaveLength(1);
  expect(await app.visitor.hash()).toBe('#run?v=2&booth=1&lang=en&world=ladder&rounds=1&prompts=64&questions=24');
  expect(await app.visitor.field('prompts')).toBe('64');
  await page.locator('html[lang="en"]:not([data-theme])').waitFor();
  expect(await part('keys').isVisible()).toBe(false);
  expect(await part('chat-talk').count()).toBe(0);
  expect(await question.inputValue()).toBe('');

  await app.visitor.go('learn');
  await page.getByRole('radio').first().waitFor();
  expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
  expect(await part('guessed').count()).toBe(0);
  await part('instrument-before').locator('summary').click();
  expect(await part('instrument-before-why-better').inputValue()).toBe('');

  await rest(REST_S);
  await page.locator('main[data-view="run"]').waitFor();
  await expect.poll(runs).toHaveLength(2);
  await app.visitor.untilState('finished');
});

test('a stand ends the run that a visitor has paused, and begins again as the link says that was opened last, even after Back', async () => {
  const { page } = app.visitor;
  const started = (): readonly number[] => app.visitor.events.flatMap((event) => (event.type === 'started' ? [event.config.prompts] : []));
  const link = (prompts: number): string => `#run?v=2&booth=1&lang=en&world=ladder&rounds=1&prompts=${prompts}&questions=24`;
  await windUp();
  await app.visitor.visit(link(64).slice(1));
  await part('backend').waitFor(PATIENT);
  await part('run').click();
  await app.visitor.untilEvent(({ type }) => type === 'sample');
  await part('pause').click();
  await app.visitor.untilState('paused');
  await rest(REST_S);
  await expect.poll(started, PATIENT).toEqual([64, 64]);
  await app.visitor.untilState('finished');

  await page.evaluate((hash) => void (location.hash = hash), link(32));
  await expect.poll(() => app.visitor.field('prompts')).toBe('32');
  await page.goBack();
  await expect.poll(() => app.visitor.field('prompts')).toBe('64');
  await rest(REST_S);
  await expect.poll(started, PATIENT).toEqual([64, 64, 32]);
  expect(await app.visitor.hash()).toBe(link(32));
});

test('a stand runs on the model and the kit that were open when the page became one, whatever a visitor has opened', async () => {
  const { page } = app.visitor;
  await windUp();
  const name = (): Promise<string> => part('model-name').innerText();
  const openOwn = async (): Promise<void> => {
    await app.visitor.go('models');
    // the radio itself lies under its label
    await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
    await part('model-folder').setInputFiles(folder);
    await expect.poll(name, PATIENT).toMatch(/^tiny-/);
    await part('kit').locator('summary').first().click();
    await part('kit-files-input').setInputFiles(prompts);
    await expect.poll(() => part('kit-use').isEnabled(), PATIENT).toBe(true);
    await part('kit-use').click();
    await expect.poll(() => part('kit-name').innerText(), PATIENT).toContain('-asked.json');
  };
  const SHORT = 'rounds=1&prompts=8&maxTokens=8&batchSize=4&epochs=1&questions=20&dropUnfinished=false&dropRepeatsItself=false';
  await app.visitor.visit(`run?v=2&booth=1&${SHORT}`);
  await part('model-name').waitFor(PATIENT);
  const bundled = await name();
  await openOwn();
  await rest(REST_S);
  await page.locator('main[data-view="run"]').waitFor();
  await expect.poll(runs, PATIENT).toHaveLength(1);
  expect(await name()).toBe(bundled);
  await app.visitor.untilState('finished');

  // the stand of somebody who brought a model: it was open when the box was ticked
  await app.visitor.visit(`run?v=2&${SHORT}`, 'backend=wasm&again');
  await part('model-name').waitFor(PATIENT);
  await openOwn();
  await app.visitor.go('run');
  await part('showing').locator('summary').click();
  await part('booth').check();
  await app.visitor.go('models');
  await page.locator('.model input[value="bundled"]').evaluate((input: HTMLInputElement) => input.click());
  await part('model-bundled').click();
  await expect.poll(name, PATIENT).toBe(bundled);
  await rest(REST_S);
  await expect.poll(runs, PATIENT).toHaveLength(2);
  await app.visitor.untilState('finished');
  expect(await name()).toMatch(/^tiny-/);
  await app.visitor.go('models');
  expect(await part('kit-name').innerText()).toContain('-asked.json');
});

test('a class has no way to what its link leaves out, in any view; a projector has everything larger in every view', async () => {
  const { page } = app.visitor;
  await app.visitor.visit('learn/2?v=2&hide=settings,models,compare,samples,chat&present=1');
  await part('chapter').waitFor();
  const size = async (): Promise<number> => Number.parseFloat(await page.evaluate(() => getComputedStyle(document.body).fontSize));
  const large = await size();
  await app.visitor.go('run');
  expect(await size()).toBe(large);
  for (const id of ['to-models', 'to-compare', 'to-samples', 'chat']) expect([id, await part(id).count()]).toEqual([id, 0]);
  expect(await page.locator('.settings').count()).toBe(0);
  await part('show-all').click();
  for (const id of ['to-models', 'to-compare', 'to-samples', 'chat']) await part(id).waitFor();
  await part('showing').locator('summary').click();
  await part('present').uncheck();
  expect(await size()).toBeCloseTo(large / 1.5, 1);
  // also on a screen that has everything larger already
  await page.setViewportSize({ width: 3840, height: 2160 });
  const usual = await size();
  expect(usual).toBeGreaterThan(large);
  await part('present').check();
  expect(await size()).toBeCloseTo(1.5 * usual, 1);
  await part('present').uncheck();
  expect(await app.visitor.hash()).toBe('');
});
