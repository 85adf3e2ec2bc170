/** Chapters 4 to 8 on the built app: a guess, runs that are made live, what came of them, and why. And the four questions around the lesson. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unheard } from '../support/accessibility-tree.ts';
import { violations } from '../support/axe.ts';
import { cutOff } from '../support/cut-off.ts';
import { openSite, SHOTS } from '../support/site.ts';
import { followsLanguage } from '../support/spoken.ts';

const app = openSite({ height: 900 });
const part = (id: string) => app.visitor.part(id);
/** Several runs, one after the other. */
const RUNS = { timeout: 240_000, interval: 250 };
const PATIENT = { timeout: 30_000 };

/** Nothing wrong in the chapter as it is, as it is read aloud and in both themes; a picture of each. */
async function looked(name: string): Promise<void> {
  const { page } = app.visitor;
  await expect.poll(() => unheard(page), { message: name }).toEqual([]);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // what fades in is judged when it is there
    await page.waitForTimeout(400);
    expect([name, colorScheme, await violations(page, 'body')]).toEqual([name, colorScheme, []]);
    await part('chapter').screenshot({ path: join(SHOTS, `lesson-${name}-${colorScheme}.png`) });
  }
}

/** Nothing of it stays in the language before, and nothing is cut off on a phone with text twice as large. */
async function looksWell(name: string): Promise<void> {
  const { page } = app.visitor;
  await followsLanguage(app.visitor, name);
  await page.setViewportSize({ width: 320, height: 900 });
  await page.evaluate(() => void (document.documentElement.style.fontSize = '200%'));
  await expect.poll(() => page.evaluate(cutOff), { message: name }).toEqual([]);
  await page.evaluate(() => void (document.documentElement.style.fontSize = ''));
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function open(chapter: number): Promise<void> {
  await app.visitor.visit(`learn/${chapter}`);
  await part('show-me').waitFor(PATIENT);
}

/** Guesses and lets it happen, to the explanation. */
async function guessAndSee(guess: string): Promise<void> {
  await app.visitor.page.locator(`[data-testid="chapter"] input[type="radio"][value="${guess}"]`).check();
  await expect.poll(() => part('show-me').getAttribute('aria-disabled'), PATIENT).toBe('false');
  await part('show-me').click();
  await expect.poll(() => part('explain').count(), RUNS).toBe(1);
}

const cells = async (id: string): Promise<readonly (readonly string[])[]> =>
  part(id)
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').trim())));

describe('chapters 4 and 5', () => {
  test('a curve is drawn and a round is made; the next chapter goes on with the same run, beside a frozen teacher', async () => {
    const { page } = app.visitor;
    await open(4);
    await looked('4-before');
    await looksWell('4-before');
    const curve = part('drawn-curve');
    const box = await curve.boundingBox();
    if (box === null) throw new Error('there is a curve to draw');
    await page.mouse.move(box.x + 46, box.y + box.height * 0.7);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 26, box.y + box.height * 0.1, { steps: 12 });
    await page.mouse.up();
    const shares = await curve.getByRole('slider').evaluateAll((all) => all.map((one) => Number(one.getAttribute('aria-valuenow'))));
    expect(shares).toHaveLength(7);
    expect(shares.every((share, round) => round === 0 || share > (shares[round - 1] ?? 0))).toBe(true);

    await guessAndSee('unknown');
    expect(await part('guessed').innerText()).toContain('unknown');
    const sentence = await part('round-labels').innerText();
    const [, right, of] = /^(\d+) of the (\d+) answers/.exec(sentence) ?? [];
    const kinds = await cells('round-by-kind');
    const labels = kinds.map(([, , cell = '']) => /^(\d+) of (\d+)$/.exec(cell) ?? []);
    const sum = (place: number): number => labels.reduce((total, found) => total + Number(found[place] ?? 0), 0);
    expect([sum(1), sum(2)]).toEqual([Number(right), Number(of)]);
    await looked('4-after');
    await looksWell('4-after');

    await part('chapter-after').click();
    await page.getByRole('heading', { name: '5. Stand on your own feet' }).waitFor();
    await guessAndSee('2');
    const rounds = await cells('labels-by-round');
    expect(rounds).toHaveLength(6);
    // both learnt from the same answers in round 1
    expect(rounds[0]?.[1]).toBe(rounds[0]?.[2]);
    expect(await part('parting').innerText()).toContain(`In round 2, ${rounds[1]?.[1]} of the labels that it learnt from were right`);
    expect(await cells('flips-in-order')).not.toHaveLength(0);
    await looked('5-after');
    await looksWell('5-after');
    // two runs, not three: the first round was not made again
    expect(new Set(app.visitor.events.flatMap((event) => (event.type === 'started' ? [event.run] : []))).size).toBe(2);

    // whoever comes back sees it at once, and begins again if they like
    await page.reload();
    await expect.poll(() => part('explain').count(), PATIENT).toBe(1);
    await part('chapter-again').click();
    await part('show-me').waitFor();
    expect(await part('explain').count()).toBe(0);
    // the settings of Run are as they were
    await app.visitor.go('run');
    expect([await app.visitor.field('rounds'), await app.visitor.field('prompts')]).toEqual(['8', '800']);
  });

  test('chapter 4 is done with the keyboard alone, and can be stopped and gone on with', async () => {
    const { page } = app.visitor;
    await open(4);
    await part('drawn-curve').getByRole('slider').first().focus();
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowUp');
    expect(await part('drawn-curve').getByRole('slider').first().getAttribute('aria-valuetext')).toBe('61%');
    for (let round = 1; round < 7; round++) {
      await page.keyboard.press('Tab');
      await page.keyboard.press('End');
    }
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    expect(await app.visitor.focused()).toBe('show-me');
    await expect.poll(() => part('show-me').getAttribute('aria-disabled'), PATIENT).toBe('false');
    await page.keyboard.press('Enter');
    await part('making-stop').waitFor(PATIENT);
    await part('making-stop').focus();
    await page.keyboard.press('Enter');
    await part('making-go-on').waitFor({ timeout: 60_000 });
    await expect.poll(() => part('making-go-on').getAttribute('aria-disabled'), PATIENT).toBe('false');
    await part('making-go-on').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => part('explain').count(), RUNS).toBe(1);
  });
});

describe('chapters 6 to 8', () => {
  test(
    'each switch is tried, and the screen says which run collapses; the last chapter takes runs that are there, and its dial makes one',
    {
      timeout: 400_000, // six runs
    },
    async () => {
      await open(6);
      await looked('6-before');
      await guessAndSee('none');
      const rows = await cells('breaks');
      expect(rows.map(([arm]) => arm)).toEqual(['on its own feet', 'fixed example', 'no example', 'same prompts again']);
      const ended = rows.filter(([, scores = '']) => {
        const [base = 0, last = 0] = scores.split(' → ').map((text) => Number.parseInt(text, 10));
        return last <= base + 10;
      });
      expect(ended.map(([arm]) => arm)).toEqual(['no example']);
      expect(await part('collapsed').innerText()).toContain('One collapsed: no example.');
      await looked('6-after');

      await app.visitor.page.goto('about:blank');
      app.visitor.events.length = 0;
      await open(8);
      await looked('8-before');
      await guessAndSee('few');
      for (const sentence of await part('forgotten').allInnerTexts())
        expect(sentence).toMatch(/: of 100 test questions \d+ became right, and \d+ became wrong that were right before/);
      expect(await part('forgotten').count()).toBe(2);
      expect(app.visitor.events.filter(({ type }) => type === 'started')).toHaveLength(1);

      // the dial, by keyboard: no checker and one that never errs are there, one that errs is guessed and made
      const { page } = app.visitor;
      await expect.poll(() => part('dial-runs').locator('tbody tr').count(), PATIENT).toBe(2);
      await looked('8-dial');
      await part('dial-position').focus();
      await page.keyboard.press('Home');
      expect(await part('dial-turned').innerText()).toContain('Without a checker');
      await page.keyboard.press('ArrowRight');
      expect(await part('dial-position').getAttribute('aria-valuetext')).toBe('right in 60 of 100 verdicts');
      expect(await part('dial-turned').count()).toBe(0);
      await part('dial').locator('input[type="radio"][value="higher"]').focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Tab');
      expect(await app.visitor.focused()).toBe('show-me');
      await expect.poll(() => part('show-me').getAttribute('aria-disabled'), PATIENT).toBe('false');
      await page.keyboard.press('Enter');
      await part('making-stop').waitFor(PATIENT);
      expect(await app.visitor.focused()).toBe('dial-position');
      expect(await part('dial').getByTestId('guessed').innerText()).toContain('more than five points higher');
      await expect.poll(() => part('dial-turned').count(), RUNS).toBe(1);
      const dialled = await cells('dial-runs');
      expect(dialled.map(([checker]) => checker)).toEqual(['no checker', '60% checker', 'never errs']);
      const [none = [], sixty = [], never = []] = dialled;
      const number = (cell = ''): number => Number.parseInt(cell, 10);
      // it drops about half, and what it keeps is right more often; one that never errs keeps nothing wrong
      expect(number(sixty[1])).toBeLessThan(number(none[1]));
      expect(number(sixty[2])).toBeGreaterThan(number(none[2]));
      expect(never[2]).toBe('100%');
      expect(await part('dial-turned').innerText()).toContain(`${sixty[1]} of 600 answers were kept, ${sixty[2]} of them right`);
      await page.setViewportSize({ width: 400, height: 900 });
      await looked('8-after-phone');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
      await page.setViewportSize({ width: 1280, height: 900 });
      await looked('8-after');
    },
  );

  test('another world is learnt in three orders, and the settings stay with theirs', async () => {
    await open(7);
    await looked('7-before');
    await guessAndSee('alike');
    await expect.poll(async () => (await cells('labels-by-order')).length, PATIENT).toBe(4);
    expect(await part('ends').innerText()).toMatch(/easy to hard \d+%/);
    await looked('7-after');
    await app.visitor.go('run');
    await expect.poll(() => part('model-name').innerText(), PATIENT).toBe('Ladder');
  });
});

test('on a phone nothing is wider than the screen, before a round and after', async () => {
  const { page } = app.visitor;
  await page.setViewportSize({ width: 390, height: 844 });
  for (const chapter of [4, 5, 6, 7, 8]) {
    await app.visitor.page.goto('about:blank');
    await open(chapter);
    expect([chapter, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([chapter, 390]);
    await page.screenshot({ path: join(SHOTS, `lesson-${chapter}-phone.png`), fullPage: true });
  }
  await app.visitor.page.goto('about:blank');
  await open(4);
  await guessAndSee('premise');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.screenshot({ path: join(SHOTS, 'lesson-4-phone-after.png'), fullPage: true });
});

test('the four questions stay on the device, are taken away as a table, and are forgotten on request', async () => {
  const { page } = app.visitor;
  await app.visitor.visit('learn/1');
  await part('instrument-before').locator('summary').click();
  await part('instrument-before-why-better').fill('=It has "more" practice, I think');
  await page.reload();
  await part('instrument-before').locator('summary').click();
  expect(await part('instrument-before-why-better').inputValue()).toBe('=It has "more" practice, I think');
  expect(await violations(page, '[data-testid="chapter"]')).toEqual([]);
  await page.screenshot({ path: join(SHOTS, 'lesson-instrument.png') });
  // the teacher's link names the class
  await part('showing').locator('summary').click();
  await part('class-name').fill('7/b');
  await part('class-name').press('Tab');
  expect([await part('class-name').inputValue(), await app.visitor.hash()]).toEqual(['7b', '#learn/1?v=2&class=7b']);
  await part('showing').screenshot({ path: join(SHOTS, 'showing.png') });
  const [download] = await Promise.all([page.waitForEvent('download'), part('instrument-csv').click()]);
  const csv = readFileSync(await download.path(), 'utf8');
  expect(csv).toContain('code (human corrects it / searches the web / it understands / right mechanism)');
  expect(csv.startsWith('\u{feff}date,language,class,when,question,words,answer,')).toBe(true);
  expect(download.suggestedFilename()).toMatch(/^lesson-answers-7b-\d{4}-\d\d-\d\d\.csv$/);
  expect(csv).toContain(`,en,7b,before,why-better,Why can round 2 beat round 1?,"'=It has ""more"" practice, I think",\r\n`);
  await part('instrument-forget').click();
  await part('instrument-forget-all').click();
  expect(await part('instrument-before-why-better').inputValue()).toBe('');
  await page.reload();
  await part('instrument-before').locator('summary').click();
  expect(await part('instrument-before-why-better').inputValue()).toBe('');
});
