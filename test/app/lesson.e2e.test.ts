/** The lesson in the built app: each chapter by mouse, one whole by keyboard, nothing wrong in any of them, on a phone too. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { openSite, SHOTS } from '../support/site.ts';

const app = openSite();

/** Looks for anything wrong in a chapter as it is now, in both themes. */
async function looked(name: string): Promise<void> {
  const { page } = app.visitor;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForTimeout(300);
    expect([name, colorScheme, await violations(page, 'body')]).toEqual([name, colorScheme, []]);
    await page.screenshot({ path: join(SHOTS, `lesson-${name}-${colorScheme}.png`), fullPage: true });
  }
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
    expect(await visitor.part('guessed').innerText()).toContain('the guide: “Sorry, I will not burn it.');
    const answers = visitor.part('ten-answers').getByRole('listitem');
    expect(await answers.count()).toBe(10);
    const counts = await page.locator('.ten-bars .number').allInnerTexts();
    expect(counts.map(Number).reduce((sum, count) => sum + count)).toBe(10);
    const said = await answers.allInnerTexts();
    expect(new Set(said).size).toBeGreaterThan(2);
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

test('on a phone no chapter is wider than the screen', async () => {
  const { visitor } = app;
  const { page } = visitor;
  await page.setViewportSize({ width: 390, height: 844 });
  await visitor.visit('learn/1');
  await page.getByRole('radio').first().check();
  await visitor.part('show-me').click();
  await visitor.part('explain').waitFor({ timeout: 60_000 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.screenshot({ path: join(SHOTS, 'lesson-1-phone.png'), fullPage: true });
});
