/** Two tabs of one browser and one run: one tab writes it, the other shows it as it goes on, takes it over, or finds that the first is gone. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { RunResult } from '../../src/run/records.ts';
import { randomModel, UNNAMED } from '../support/random-model.ts';
import { openSite, SHOTS, Visitor } from '../support/site.ts';

/** Two rounds of steps enough for a second tab to come in between. */
const SHORT = 'rounds=2&prompts=96&epochs=4&batchSize=1&earlyStop=false';

const app = openSite();
let first: Visitor;
let second: Visitor;

beforeEach(async () => {
  first = app.visitor;
  await first.visit(SHORT);
  second = await Visitor.come(app.context, app.site.url);
});

/** What a run came to, its clocks apart. */
function essenceOf({ events }: Visitor): Partial<RunResult> {
  const finished = events.findLast((event) => event.type === 'finished');
  if (finished?.type !== 'finished') throw new Error('the run did not finish');
  const { seconds: _, firstSampleSeconds: __, sessions: ___, ...rest } = finished.result;
  return rest;
}
let unbroken: Partial<RunResult> | null = null;
/** What the run comes to where nobody disturbs it; made once. */
async function undisturbed(): Promise<Partial<RunResult>> {
  if (unbroken !== null) return unbroken;
  await first.part('run').click();
  await first.untilState('finished');
  unbroken = essenceOf(first);
  first.events.length = 0;
  return unbroken;
}

test('a second tab shows the run live, takes it over, and it ends as one that nobody disturbed', async () => {
  const usual = await undisturbed();
  await first.part('run').click();
  await first.untilEvent((event) => event.type === 'round');
  await first.part('pause').click();
  await first.untilState('paused');
  await second.visit(SHORT);
  await expect.poll(() => second.part('status').innerText()).toContain('Live in another tab.');
  await second.untilState('paused');
  expect(await second.part('pause').count()).toBe(0);
  const told = async ({ page }: Visitor) => (await page.getByTestId('status').innerText()).replace('Live in another tab. ', '');
  expect(await told(second)).toBe(await told(first));
  await expect.poll(() => second.part('headline').innerText()).toBe(await first.part('headline').innerText());
  await second.page.screenshot({ path: join(SHOTS, 'second-tab-1280-light.png') });
  await first.part('resume').click();
  await second.untilState('running');

  await second.part('take-over').click();
  await second.untilEvent((event) => event.type === 'started');
  await first.part('taken-over').waitFor();
  await first.part('take-over').waitFor();
  await first.page.screenshot({ path: join(SHOTS, 'taken-over-1280-light.png') });
  await second.untilState('finished');
  expect(second.events[0]).toMatchObject({ type: 'started', resumed: true });
  expect(essenceOf(second)).toEqual(usual);
  expect(first.events.some(({ type }) => type === 'finished')).toBe(false);
  await first.untilState('finished');
});

test('a second tab sees that the first was closed, and goes on from what it had saved', async () => {
  const usual = await undisturbed();
  await first.part('run').click();
  await first.untilEvent((event) => event.type === 'step');
  await first.part('pause').click();
  await first.untilState('paused');
  await second.visit(SHORT);
  await expect.poll(() => second.part('status').innerText()).toContain('Live in another tab.');
  await first.page.close();
  await second.part('interrupted').waitFor();
  await second.part('resume').first().click();
  await second.untilState('finished');
  expect(second.events[0]).toMatchObject({ type: 'started', resumed: true });
  expect(essenceOf(second)).toEqual(usual);
});

test('a run on a picked model stays with the first tab until the second has opened that model too', async () => {
  const files = [...randomModel('llama')].map(([name, bytes]) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(bytes),
  }));
  const pick = async (visitor: Visitor): Promise<void> => {
    await visitor.go('models');
    await visitor
      .part('model')
      .locator('input[value="files"]')
      .evaluate((input: HTMLInputElement) => input.click());
    await visitor.part('model-files').setInputFiles(files);
    await expect.poll(() => visitor.part('model-name').innerText(), { timeout: 30_000 }).toBe(UNNAMED);
    await visitor.go('run');
  };
  const settings = `${SHORT}&maxTokens=8&dropUnfinished=false&dropRepeatsItself=false&method=soft`;
  await first.visit(settings);
  await pick(first);
  await first.part('run').click();
  await first.untilEvent((event) => event.type === 'sample');
  await first.part('pause').click();
  await first.untilState('paused');

  await second.visit(settings);
  await expect.poll(() => second.part('status').innerText()).toContain('Live in another tab.');
  await expect.poll(() => second.page.locator('#resume-rests').innerText()).toBe(`Take over waits: Open ${UNNAMED} first.`);
  await second.part('take-over').click({ force: true });
  await second.page.screenshot({ path: join(SHOTS, 'take-over-waits-1280-light.png') });
  await first.part('resume').click();
  await second.untilState('running');
  expect(await first.part('taken-over').count()).toBe(0);

  await pick(second);
  await second.part('take-over').click();
  await second.untilEvent((event) => event.type === 'started');
  expect(second.events[0]).toMatchObject({ type: 'started', resumed: true });
  await first.part('taken-over').waitFor();
});
