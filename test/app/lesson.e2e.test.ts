/** The lesson in the built app: each chapter by mouse, one whole by keyboard, nothing wrong in any of them, on a phone too. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { spokenIn, unheard } from '../support/accessibility-tree.ts';
import { violations } from '../support/axe.ts';
import { openSite, SHOTS } from '../support/site.ts';
import { followsLanguage } from '../support/spoken.ts';

const app = openSite();

/** Looks for anything wrong in a chapter as it is now, in both themes, and for what stays in the language before. */
async function looked(name: string): Promise<void> {
  const { page } = app.visitor;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForTimeout(300);
    expect([name, colorScheme, await violations(page, 'body')]).toEqual([name, colorScheme, []]);
    await page.screenshot({ path: join(SHOTS, `lesson-${name}-${colorScheme}.png`), fullPage: true });
  }
  await expect.poll(() => unheard(page), { message: name }).toEqual([]);
  await followsLanguage(app.visitor, name);
}

describe('asking it cold', () => {
  test('ten answers come one by one beside the guess, most from the middle of the ladder, and are there when one comes back', async () => {
    const { visitor } = app;
    const { page } = visitor;
    await visitor.visit('learn');
    await page.getByRole('radio').first().waitFor();
    await looked('1-before');
    // without a guess nothing is shown
    await visitor.part('show-me').click({ force: true });
    expect(await visitor.part('observed').count()).toBe(0);
    await page.getByRole('radio', { name: /^the guide/ }).check();
    await visitor.part('show-me').click();
    await visitor.part('explain').waitFor({ timeout: 60_000 });
    expect(await spokenIn(page, 'heard')).toBe(await visitor.part('explain').locator('p').innerText());
    expect(await visitor.part('guessed').innerText()).toContain('the guide: “Sorry, I will not burn it.');
    const answers = visitor.part('ten-answers').first().getByRole('listitem');
    expect(await answers.count()).toBe(10);
    const counts = await page.locator('.ten-bars .number').allInnerTexts();
    expect(counts.map(Number).reduce((sum, count) => sum + count)).toBe(10);
    const said = await answers.allInnerTexts();
    expect(new Set(said).size).toBeGreaterThan(2);
    // a question of one's own: what the world has no word for is said before it answers
    await page.getByLabel('Ask it something of your own').fill('Who are you?');
    expect(await visitor.part('outside').innerText()).toContain('no “are”');
    await visitor.part('ask-own').click();
    await expect.poll(() => visitor.part('ten-answers').last().getByRole('listitem').count(), { timeout: 60_000 }).toBe(10);
    await looked('1-after');
    await visitor.go('run');
    await page.goBack();
    await visitor.part('explain').waitFor();
    expect(await answers.allInnerTexts()).toEqual(said);
    await visitor.part('chapter-again').click();
    await page.getByRole('radio').first().waitFor();
    expect(await visitor.part('guessed').count()).toBe(0);
  });

  test('goes whole by keyboard', async () => {
    const { visitor } = app;
    const { page } = visitor;
    await visitor.visit('learn/1');
    await page.getByRole('radio').first().waitFor();
    /** Tabs until the focus is there. */
    const tabTo = async (is: () => Promise<boolean>): Promise<void> => {
      for (let presses = 0; presses < 60; presses++) {
        if (await is()) return;
        await page.keyboard.press('Tab');
      }
      throw new Error('the Tab key does not come there');
    };
    await tabTo(() => page.evaluate(() => document.activeElement?.getAttribute('type') === 'radio'));
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await tabTo(async () => (await visitor.focused()) === 'show-me');
    await page.keyboard.press('Enter');
    await visitor.part('explain').waitFor({ timeout: 60_000 });
    // the button is gone, and the focus is where it goes on
    expect(await visitor.focused()).not.toBe('nothing');
    await tabTo(async () => (await visitor.focused()) === 'chapter-again');
    await page.keyboard.press('Enter');
    await visitor.part('show-me').waitFor();
  });
});

test('showing it one example: the hard one moves it most, and examples go in and out of view by button and by dragging', async () => {
  const { visitor } = app;
  const { page } = visitor;
  await visitor.visit('learn/2');
  await page.getByRole('radio').first().waitFor();
  await looked('2-before');
  await page.getByRole('radio', { name: /dry the key/ }).check();
  await visitor.part('show-me').click();
  await visitor.part('explain').waitFor({ timeout: 60_000 });
  const chances = await page.locator('.example-bars .number').allInnerTexts();
  const [hard = 0, middle = 0, easy = 0, cold = 0] = chances.map((text) => Number.parseFloat(text));
  expect(hard).toBeGreaterThan(middle);
  expect(middle).toBeGreaterThan(easy);
  expect(easy).toBeGreaterThanOrEqual(cold);
  const whole = page.locator('.inclined [role="status"]');
  const answer = async (): Promise<string> => whole.innerText();
  const before = await answer();
  await visitor.part('out-of-view').getByRole('button', { name: /Omar/ }).click();
  await expect.poll(answer, { timeout: 60_000 }).toContain(`${hard}%`);
  await looked('2-after');
  await visitor.part('in-view').getByRole('button', { name: /Omar/ }).click();
  await expect.poll(answer).toBe(before);
  await visitor.part('example-secret/bike/Omar/c').dragTo(visitor.part('in-view'));
  await expect.poll(answer).toContain(`${hard}%`);
});

test('making it a habit: stage by stage to one real step, after which its answer is likelier cold; it plays and pauses', async () => {
  const { visitor } = app;
  const { page } = visitor;
  await visitor.visit('learn/3');
  await page.getByRole('radio').first().waitFor();
  await looked('3-before');
  await page.getByRole('radio', { name: /A little more likely/ }).check();
  await visitor.part('show-me').click();
  const stages = visitor.part('way').locator('> li');
  for (let stage = 1; stage <= 7; stage++) {
    await expect.poll(() => stages.count(), { timeout: 60_000 }).toBe(stage);
    if (stage < 7) await visitor.part('step').click();
  }
  await visitor.part('explain').waitFor();
  const [before = 0, after = 0] = (await page.locator('.way-change tbody tr').first().locator('.number').allInnerTexts()).map((text) =>
    Number.parseFloat(text),
  );
  expect(after).toBeGreaterThan(before);
  await looked('3-after');
  await visitor.part('play').click();
  await expect.poll(() => stages.count(), { timeout: 60_000 }).toBe(2);
  await visitor.part('pause').click();
  expect(await visitor.part('step').getAttribute('aria-disabled')).toBe('false');
});

test('on a phone no chapter is wider than the screen', async () => {
  const { visitor } = app;
  const { page } = visitor;
  await page.setViewportSize({ width: 390, height: 844 });
  await visitor.visit('learn/1');
  await page.getByRole('radio').first().check();
  await visitor.part('show-me').click();
  await visitor.part('explain').waitFor({ timeout: 60_000 });
  const fits = async (name: string): Promise<void> => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.screenshot({ path: join(SHOTS, `lesson-${name}-phone.png`), fullPage: true });
  };
  await fits('1');
  for (const chapter of [2, 3]) {
    await visitor.part('chapter-after').click();
    await page.getByRole('radio').nth(1).check();
    await visitor.part('show-me').click();
    await visitor.part(chapter === 2 ? 'explain' : 'way').waitFor({ timeout: 60_000 });
    if (chapter === 3)
      for (let stage = 1; stage < 7; stage++) {
        await expect.poll(() => visitor.part('way').locator('> li').count(), { timeout: 60_000 }).toBe(stage);
        await visitor.part('step').click();
      }
    await fits(String(chapter));
  }
});
