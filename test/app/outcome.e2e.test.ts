/** A run that stops early tells one story: every part of the page is about the round that it returned, and says why it stopped. */
import { expect, test } from 'vitest';
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

  const told = async (): Promise<void> => {
    await expect.poll(() => part('headline').innerText(), { timeout: 30_000 }).toContain(`${percent(best.zeroShot)} ${name}, returned`);
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
