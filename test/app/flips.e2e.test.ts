/** What changed its answer, in the built app: between two rounds, in both directions, from another run, and as files. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Flip } from '../../src/comparison/flips.ts';
import type { HeldOutAnswer } from '../../src/contracts/records.ts';
import { openSite, SHOTS } from '../support/site.ts';

const app = openSite();

test('the questions that became right or wrong are listed with both answers, for any two models of this run and of others', async () => {
  const { visitor } = app;
  const { page, events } = visitor;
  const part = (id: string) => visitor.part(id);
  const lines = async <T>(id: string): Promise<readonly T[]> => {
    const [download] = await Promise.all([page.waitForEvent('download'), part(id).click()]);
    const text = readFileSync(await download.path(), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  };
  await visitor.visit('autorun=1&prompts=64&rounds=2&questions=50&earlyStop=false');
  await visitor.untilState('finished');
  const finished = events.find((event) => event.type === 'finished');
  if (finished?.type !== 'finished') throw new Error('the run did not finish');
  const { base, rounds } = finished.result;

  await visitor.go('samples');
  // from the base to the last round: the counts are the change of the score
  const section = part('flips');
  const mine = part('flips-to').locator('optgroup').first().locator('option');
  await expect.poll(() => mine.count()).toBe(3);
  await part('flips-to').selectOption((await mine.last().getAttribute('value')) ?? '');
  const counts = async () => /(\d+) of 50 test questions became right, (\d+) became wrong/.exec(await section.innerText()) ?? [];
  const gain = Math.round(50 * ((rounds.at(-1)?.zeroShot ?? 0) - base.zeroShot));
  await expect.poll(async () => (([, right, wrong]) => Number(right) - Number(wrong))(await counts())).toBe(gain);
  const [, right = '', wrong = ''] = await counts();
  const listed = await lines<Flip>('save-flips');
  expect(listed).toHaveLength(Number(right) + Number(wrong));
  await page.screenshot({ path: `${SHOTS}/flips-1280.png`, fullPage: true });

  // the way back turns every sign round
  await section.getByRole('button', { name: 'wrong → right' }).click();
  if (Number(right) > 0) expect(new Set(await section.locator('.became').allInnerTexts())).toEqual(new Set(['▲ right']));
  const keys = [await part('flips-from').inputValue(), await part('flips-to').inputValue()] as const;
  await part('flips-from').selectOption(keys[1]);
  await part('flips-to').selectOption(keys[0]);
  await expect.poll(() => section.innerText()).toContain(`${wrong} of 50 test questions became right, ${right} became wrong`);
  // a model beside itself
  await part('flips-to').selectOption(keys[1]);
  await expect.poll(() => part('flips-empty').innerText()).toContain('No answer changed sides');

  // another run with the same seed was asked the same; the answers of all models come as a file
  await visitor.go('compare');
  const answers = await lines<HeldOutAnswer & { readonly round: number; readonly set: string }>('save-answers');
  expect(
    answers
      .filter(({ round, set }) => round === 2 && set === 'test')
      .map(({ mark }) => mark)
      .join(''),
  ).toBe(rounds[1]?.marks?.zeroShot);
  expect(answers.filter(({ round, set }) => round === 0 && set === 'validation')).toHaveLength(40);
  await page.goto('about:blank');
  await visitor.visit('autorun=1&method=single&checkpoints=1&prompts=32&questions=50');
  await visitor.untilState('finished');
  await visitor.go('samples');
  const other = part('flips-from').locator('optgroup').nth(1).locator('option').last();
  await part('flips-from').selectOption((await other.getAttribute('value')) ?? '');
  await expect.poll(() => section.innerText()).toContain('of 50 test questions became right');
  await page.setViewportSize({ width: 400, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForTimeout(600);
  await page.screenshot({ path: `${SHOTS}/flips-400-dark.png`, fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
  await part('flips-set').selectOption('validation');
  await expect.poll(() => section.innerText()).toMatch(/of 40 validation questions became right|No answer changed sides/);
});
