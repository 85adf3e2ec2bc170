/** Data files of the user's without a kit.json, in the built app: recognised, shared out, run on, and asked for again by a run that is resumed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Page } from 'playwright';
import type { RunEvent } from '../../src/run/events.ts';
import { randomModel } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

/** Random models seldom end an answer, so none is dropped for that. */
const SHORT =
  'rounds=2&prompts=8&maxTokens=8&batchSize=4&epochs=1&questions=20&dropUnfinished=false&dropRepeatsItself=false&earlyStop=false&method=soft';

const app = openSite({ height: 1100 });
let page: Page;
let events: RunEvent[];
let folder = '';
const file = (name: string): string => join(folder, name);
const part = (id: string) => app.visitor.part(id);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kit-'));
  mkdirSync(file('tiny'));
  for (const [name, bytes] of randomModel('llama')) writeFileSync(join(folder, 'tiny', name), bytes);
  const questions = Array.from({ length: 30 }, (_, i) => `Myths,"Is ${i} lucky, really?",No,No; Nobody knows,Yes; Always\n`);
  writeFileSync(
    file('my questions.csv'),
    `Category,Question,Best Answer,Correct Answers,Incorrect Answers\n${questions.join('')}Myths,torn\n`,
  );
  writeFileSync(
    file('Gespräche.jsonl'),
    Array.from({ length: 12 }, (_, i) => `${JSON.stringify({ instruction: `Say ${i}.`, output: `It is ${i}.` })}\n`).join(''),
  );
  writeFileSync(file('asked.json'), JSON.stringify(Array.from({ length: 9 }, (_, i) => `What is item ${i}?`)));
  writeFileSync(file('page.jsonl'), '<!doctype html>');
  const towns = Array.from({ length: 12 }, (_, i) => `What is the capital of country ${i}?,${i % 3},One.,Two.,Three.\n`);
  writeFileSync(
    file('towns.jsonl'),
    towns
      .map((line) => {
        const [prompt = '', right = '0', ...choices] = line.trim().split(',');
        return `${JSON.stringify({ prompt, choices, correct: [Number(right)] })}\n`;
      })
      .join(''),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  ({ page, events } = app.visitor);
  page.setDefaultTimeout(30_000);
});

async function openModel(): Promise<void> {
  await part('model-name').waitFor();
  await app.visitor.go('models');
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
  await part('model-folder').setInputFiles(file('tiny'));
  await expect.poll(() => part('model-name').innerText(), { timeout: 30_000 }).toBe('tiny');
}

async function chooseKit(): Promise<void> {
  await part('kit-files-input').setInputFiles(['my questions.csv', 'Gespräche.jsonl', 'asked.json', 'page.jsonl'].map(file));
  await expect.poll(() => part('kit-files').innerText()).toContain('TruthfulQA questions');
}

async function useKit(): Promise<void> {
  await part('kit-use').click();
  await expect.poll(() => part('kit-name').innerText(), { timeout: 30_000 }).toContain('my questions.csv (validation, test)');
}

async function untilState(state: string): Promise<void> {
  await page.waitForFunction((wanted) => [wanted, 'failed'].includes(document.documentElement.dataset['runState'] ?? ''), state, {
    timeout: 240_000,
  });
  const failed = events.find((event) => event.type === 'failed');
  if (failed?.type === 'failed') throw new Error(`${failed.failure.code}: ${failed.failure.detail}`);
}

test('from pick to result: each file says what it is, what was left out and what it is for', async () => {
  await app.visitor.visit(SHORT);
  await openModel();
  expect(await part('kit-name').innerText()).toContain('English starter kit');
  await part('kit').locator('summary').first().click();
  await chooseKit();
  const text = await part('kit-files').innerText();
  expect(text).toContain('Alpaca instructions');
  expect(text).toContain('is a web page: download the file itself');
  await part('kit-files').locator('details summary').first().click();
  expect(await part('kit-files').innerText()).toContain('line 32 has 2 cells, the head 5');
  expect(await part('kit-parts').innerText()).toBe(
    'From your files: 12 demonstrations, 9 prompts, 10 validation and 20 test. From the English kit of this page: principles and 80 probes.',
  );
  await page.screenshot({ path: join(SHOTS, 'kit-chosen-1280.png'), fullPage: true, clip: { x: 0, y: 380, width: 1280, height: 960 } });

  // what was picked by mistake is taken out again, with the keyboard too
  await page.getByRole('button', { name: 'Take page.jsonl out' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => part('kit-files').innerText()).not.toContain('page.jsonl');
  expect(await part('kit-out').innerText()).toBe('page.jsonl is taken out.');
  expect(await part('kit-parts').innerText()).toContain('12 demonstrations, 9 prompts, 10 validation and 20 test');
  expect(await page.evaluate(() => document.activeElement?.closest('[data-testid=kit]') !== null)).toBe(true);

  // a file may be for something else; what is too little is said
  await page.getByLabel('asked.json: prompts').uncheck();
  await expect.poll(() => part('kit-parts').innerText()).toContain('340 prompts');
  await page.getByLabel('Gespräche.jsonl: prompts').check();
  await expect
    .poll(() => part('kit-problem').innerText())
    .toContain('Gespräche.jsonl: 2 of its rows are for demonstrations, and 8 are needed');
  expect(await part('kit-use').isDisabled()).toBe(true);
  await page.getByLabel('Gespräche.jsonl: prompts').uncheck();
  await page.getByLabel('asked.json: prompts').check();
  await expect.poll(() => part('kit-problem').count()).toBe(0);
  await useKit();

  await part('run').click();
  await expect.poll(() => events.some(({ type }) => type === 'sample'), { timeout: 90_000 }).toBe(true);
  const sample = events.find((event) => event.type === 'sample');
  expect(sample?.type === 'sample' ? sample.sample.question : '').toMatch(/^What is item \d\?$/);
  await part('stop').click();
  await untilState('stopped');

  // the run belongs to this kit: with another it is not gone on with, with the same files it is
  await page.reload();
  events.length = 0;
  await part('interrupted').waitFor();
  expect(await part('interrupted').innerText()).toContain('Open tiny first, and take its kit: Gespräche.jsonl (demonstrations)');
  expect(await part('choose-model').count()).toBe(1);
  await openModel();
  await expect
    .poll(() => part('interrupted').innerText())
    .toContain('Take its kit first, under Kit: Gespräche.jsonl (demonstrations); asked.json (prompts)');
  expect(await part('choose-model').count()).toBe(0);
  await part('bring-kit').click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Choose files for a kit');
  await page.screenshot({ path: join(SHOTS, 'bring-kit-1280.png') });
  await chooseKit();
  await useKit();
  await part('resume').first().click();
  await untilState('finished');
  const finished = events.find((event) => event.type === 'finished');
  expect(finished?.type === 'finished' ? finished.result.rounds.map(({ prompts }) => prompts) : []).toEqual([4, 4]);
  expect(finished?.type === 'finished' ? finished.result.rounds.map(({ extras }) => typeof extras?.['mc2']) : []).toEqual([
    'number',
    'number',
  ]);
  await app.visitor.go('models');
  await part('kit').locator('summary').first().click();
  await part('kit-back').click();
  await expect.poll(() => part('kit-name').innerText(), { timeout: 30_000 }).toContain('English starter kit');
});

test('probes are asked once at the end, and the page says what else changed, with both answers side by side', async () => {
  await app.visitor.visit(`${SHORT}&probes=10&probeAnswers=4`);
  await openModel();
  await part('kit').locator('summary').first().click();
  await part('kit-files-input').setInputFiles(['asked.json', 'towns.jsonl'].map(file));
  await page.getByLabel('towns.jsonl: probes').check();
  for (const use of ['validation', 'test']) await page.getByLabel(`towns.jsonl: ${use}`).uncheck();
  await expect.poll(() => part('kit-parts').innerText()).toContain('12 probes');
  await part('kit-use').click();
  await expect.poll(() => part('kit-name').innerText(), { timeout: 30_000 }).toContain('towns.jsonl (probes)');
  await app.visitor.go('run');
  await expect
    .poll(() => part('plan-questions').innerText())
    .toMatch(/At the end the base and the returned round are asked \d+ probe questions and 4 questions/);

  await part('run').click();
  await untilState('finished');
  const finished = events.find((event) => event.type === 'finished');
  const probes = finished?.type === 'finished' ? finished.result.probes : undefined;
  expect(probes?.returned.sets['towns']?.marks).toHaveLength(10);
  await app.visitor.go('samples');
  await part('probe-numbers').waitFor();
  const rows = await part('probe-numbers')
    .locator('tbody th')
    .allInnerTexts()
    .then((all) => all.map((text) => text.split('\n')[0]));
  expect(rows).toEqual(expect.arrayContaining(['towns', 'length of an answer', 'answers cut off', 'answers that decline']));
  expect(await part('probe-numbers').innerText()).toMatch(/10 questions/);
  expect(await part('probe-answers').locator('tbody tr').count()).toBe(4);
  await part('probes').scrollIntoViewIfNeeded();
  await part('probes').screenshot({ path: join(SHOTS, 'probes-1280.png') });
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await part('probes').screenshot({ path: join(SHOTS, 'probes-390.png') });
});

test('files that were dropped beside a bundled model leave nothing open once the last one is taken out, and the keyboard stays on the page', async () => {
  await app.visitor.visit(SHORT);
  await part('model-name').waitFor();
  await app.visitor.go('models');
  expect(await part('kit').count()).toBe(0);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    const rows = Array.from({ length: 9 }, (_, i) => `{"prompt":"What is ${i}?"}`).join('\n');
    dataTransfer.items.add(new File([rows], 'mine.jsonl'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await expect.poll(() => part('kit-chosen').innerText()).toContain('A bundled model is asked of its own world.');
  await page.getByRole('button', { name: 'Take mine.jsonl out' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => part('kit').count()).toBe(0);
  expect(await part('kit-out').innerText()).toBe('mine.jsonl is taken out.');
  expect(await page.evaluate(() => document.activeElement?.matches('button, input, select, summary, a'))).toBe(true);
});
