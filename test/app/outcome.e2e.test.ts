/** A run tells one story, of one round and of one model. One that stops early: every part of the page is about the round that it returned, and says why it stopped. */
import { expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { randomModel, UNNAMED } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

const app = openSite();

test('the returned round is named in headline, sentences, loop, charts, samples, chat and take home, also after a reload', async () => {
  const { page } = app.visitor;
  const part = (id: string) => app.visitor.part(id);
  // so large a step that it falls after its second round
  await app.visitor.visit('v=1&world=ladder&seed=7&rounds=4&prompts=480&earlyStop=true&learningRate=0.006');
  await part('run').click();
  await app.visitor.untilState('finished');
  const finished = app.visitor.events.find((event) => event.type === 'finished');
  if (finished?.type !== 'finished') throw new Error('the run did not finish');
  const { rounds, bestRound } = finished.result;
  expect(rounds.length).toBeLessThan(4);
  expect(bestRound).toBeGreaterThan(0);
  expect(bestRound).toBeLessThan(rounds.length);
  const percent = (share: number) => `${Math.round(100 * share)}%`;
  const best = rounds[bestRound - 1];
  if (best === undefined) throw new Error('the returned round is one of the rounds');
  const name = `round ${bestRound}`;

  const headline = async (): Promise<string> => (await part('headline').innerText()).replaceAll(/\s+/g, ' '); // however it is broken into lines
  const told = async (): Promise<void> => {
    await expect.poll(() => headline(), { timeout: 30_000 }).toContain(`${percent(best.zeroShot)} ${name}, returned`);
    const alignment = await part('chart-alignment').innerText();
    expect(alignment).toContain(`${name}, which the run returned, ${percent(best.zeroShot)}.`);
    expect(alignment).toContain(`so the run stopped after round ${rounds.length} of 4 and returned ${name}.`);
    // the picture follows its sentence
    await expect.poll(() => part('chart-alignment').innerText(), { timeout: 30_000 }).not.toContain(`round ${rounds.length + 1}`);
    expect(await part('status').innerText()).toBe(`Finished: stopped early after round ${rounds.length} of 4, returned ${name}.`);
    const loop = await page.locator('.loop').innerText();
    expect(loop).toContain(`${name}, returned`);
    expect(loop).toContain(`zero-shot ${percent(best.zeroShot)}`);
    expect(loop).toContain(`${best.kept} kept, ${best.prompts - best.kept} dropped`);
    expect(await part('chart-kinds').innerText()).toContain(`Round ${bestRound}: `);
    expect(await part('right-now').innerText()).toContain(`${name} (returned), prompt`);
    for (const [id, view] of [
      ['chat-round', 'run'],
      ['samples-round', 'samples'],
      ['home-round', 'models'],
    ] as const) {
      await app.visitor.go(view);
      expect(await part(id).inputValue()).toBe(String(bestRound));
      expect(await part(id).locator('option:checked').innerText()).toContain('(returned)');
    }
    await app.visitor.go('compare');
    expect(await part('runs').innerText()).toContain('stopped early');
    await app.visitor.go('run');
  };
  await told();
  await page.reload();
  await app.visitor.untilState('finished');
  await told();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 400]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${SHOTS}/early-stop-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
});

test('headline, chart, table and chat speak of one model: of the picked one after its run, and when another is open beside a run, of whose run it is', async () => {
  const { page } = app.visitor;
  const part = (id: string) => app.visitor.part(id);
  const PATIENT = { timeout: 60_000 };
  const place = async (wanted: string): Promise<void> => {
    await app.visitor.go('models');
    await page.locator(`.model input[value="${wanted}"]`).evaluate((input: HTMLInputElement) => input.click());
  };
  const pick = async (): Promise<void> => {
    await place('files');
    await part('model-files').setInputFiles(
      [...randomModel('llama')].map(([name, bytes]) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) })),
    );
    await expect.poll(() => part('model-name').innerText(), PATIENT).toBe(UNNAMED);
    await app.visitor.go('run');
  };
  /** The last share of the headline: that of the round that the run returned, or of the base model. */
  const after = async (): Promise<string> => (await part('headline').allInnerTexts()).join().match(/\d+%/g)?.at(-1) ?? '';
  /** What the run of a model found stands in all places, and each says whose it is. */
  const headline = async (): Promise<string> => (await part('headline').innerText()).replaceAll(/\s+/g, ' '); // however it is broken into lines
  const told = async ({ score, round }: { readonly score: number; readonly round: number }, own: boolean, of: string): Promise<void> => {
    const percent = `${Math.round(100 * score)}%`;
    await expect.poll(after, PATIENT).toBe(percent);
    const figure = part('chart-alignment');
    expect(await figure.innerText()).toContain(percent);
    await figure.getByRole('button', { name: 'as numbers' }).click();
    expect(await figure.locator('tbody tr').nth(round).innerText()).toContain(percent);
    await figure.getByRole('button', { name: 'as a picture' }).click();
    if (own) {
      expect(await headline()).not.toContain(` of ${of}`);
      expect(await part('other-model').count()).toBe(0);
      expect(await part('chat-round').inputValue()).toBe(String(round));
      expect(await part('chat-alone').count()).toBe(0);
    } else {
      expect(await headline()).toContain(` of ${of}`);
      expect(await part('other-model').innerText()).toContain(`The run that is shown is of ${of}`);
      expect(await part('chat-round').count()).toBe(0);
      expect(await part('chat-alone').innerText()).toContain('Only the open base model answers here, not the run that is shown.');
    }
  };
  const finish = async (): Promise<{ readonly score: number; readonly round: number }> => {
    app.visitor.events.length = 0;
    await part('run').click();
    await expect.poll(() => app.visitor.events.some(({ type }) => type === 'finished'), { timeout: 120_000 }).toBe(true);
    const end = app.visitor.events.find((event) => event.type === 'finished');
    if (end?.type !== 'finished') throw new Error('the run did not finish');
    const { base, rounds, bestRound } = end.result;
    return { score: (rounds.find(({ round }) => round === bestRound) ?? base).zeroShot, round: bestRound };
  };
  const drops = 'dropUnfinished=false&dropRepeatsItself=false';
  await app.visitor.visit(`run?v=2&world=ladder&rounds=1&prompts=64&questions=24&seed=3&earlyStop=false&maxTokens=16&${drops}`);
  await part('backend').waitFor(PATIENT);
  const ladder = await finish();
  await told(ladder, true, 'Ladder');
  // another model beside the run that is there
  await pick();
  await told(ladder, false, 'Ladder');
  expect(await violations(page, 'body')).toEqual([]);
  for (const lang of ['en', 'de', 'he']) {
    await part('language').selectOption(lang);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: `${SHOTS}/other-model-${lang}-${width}.png` });
    }
  }
  await part('language').selectOption('en');
  await page.setViewportSize({ width: 1280, height: 800 });
  // its own run, then the bundled one beside that
  const picked = await finish();
  await told(picked, true, UNNAMED);
  await place('bundled');
  await part('model-bundled').click();
  await expect.poll(() => part('model-name').innerText(), PATIENT).toBe('Ladder');
  await app.visitor.go('run');
  await told(picked, false, UNNAMED);
  await part('other-model').getByRole('button').click();
  // the page is drawn a moment after the click
  await expect.poll(async () => [await part('other-model').count(), await after()], PATIENT).toEqual([0, '']);
});
