/** The longest answer told by the model's own answers, in the built app: the button samples them, says what it found, and the next run has it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSite, SHOTS } from '../support/site.ts';
import { taughtModel } from '../support/taught.ts';

const app = openSite({ height: 900 });

test('“Sample its answers” measures them, says so, and sets the longest answer of the next run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'brief-'));
  // whatever it is asked, it has learned to be brief
  const turns = [
    { question: 'Why?', answer: 'So.' },
    { question: 'And?', answer: 'Yes.' },
  ];
  for (const [name, bytes] of await taughtModel(turns)) writeFileSync(join(folder, name), bytes);
  const { page, events } = app.visitor;
  const part = (id: string) => app.visitor.part(id);
  page.setDefaultTimeout(60_000);
  await app.visitor.visit('rounds=1&prompts=8&epochs=1&earlyStop=false&method=soft');
  await part('model-name').waitFor();
  await app.visitor.go('models');
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
  await part('model-folder').setInputFiles(folder);
  await page.getByTestId('model-name').filter({ hasNotText: 'Ladder' }).waitFor();
  await app.visitor.go('run');
  await part('plan-answers').waitFor();
  const usual = await app.visitor.field('maxTokens');
  expect(await part('plan-answers').innerText()).toContain(
    `Answers are cut at ${usual} tokens. Whether that suits this model is not measured yet.`,
  );
  // cancelled as soon as it says how far it is, it leaves everything as it was
  await page.evaluate(() => {
    const watched = globalThis as unknown as { said: string[] };
    watched.said = [];
    const watcher = new MutationObserver(() => {
      const text = document.querySelector('[data-testid=measuring] .progress')?.getAttribute('aria-valuetext');
      if (text === undefined || text === null) return;
      watcher.disconnect();
      watched.said.push(text);
      document.querySelector<HTMLElement>('[data-testid=measuring-cancel]')?.click();
    });
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  expect(await part('next-time').innerText()).toMatch(/is not known yet: “Measure the time”, under Plan of the next run/);
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.locator('.runbar').screenshot({ path: join(SHOTS, `next-time-${width}.png`) });
  }
  await part('measure-answers').click();
  await expect
    .poll(() => page.evaluate(() => (globalThis as unknown as { said: string[] }).said.join('; ')), { timeout: 60_000 })
    .toMatch(/^(?:Getting ready…|\d+%.*)$/);
  await expect.poll(() => part('measuring').count()).toBe(0);
  expect(await part('measure-answers').innerText()).toBe('Sample its answers');
  expect(await part('plan-answers').innerText()).toContain('is not measured yet.');
  expect(await app.visitor.field('maxTokens')).toBe(usual);
  expect(await part('error').count()).toBe(0);

  await part('measure-answers').click();
  // what went wrong is seen in the failure of this test
  const told = async (): Promise<string> => [...(await part('error').allInnerTexts()), await part('plan-answers').innerText()].join(' ');
  await expect.poll(told, { timeout: 120_000 }).toMatch(/^Of 12 answers that this model gave, \d+ end/);
  const text = await part('plan-answers').innerText();
  const longest = Number(/end within (\d+) tokens/.exec(text)?.[1]);
  expect(longest).toBeLessThan(Number(usual));
  expect(longest % 16).toBe(0);
  expect(text).toContain('Answers are cut there; a cut answer is dropped.');
  expect(await app.visitor.field('maxTokens')).toBe(String(longest));
  await part('plan').screenshot({ path: join(SHOTS, 'plan-answers-1280.png') });
  await part('run').click();
  await app.visitor.untilEvent(({ type }) => type === 'sample' || type === 'failed');
  const started = events.find((event) => event.type === 'started');
  expect(started?.type === 'started' ? started.config.maxTokens : null).toBe(longest);
  rmSync(folder, { recursive: true });
});
