/** The languages of the built app: changed while a run is on its way, and every view in the pseudo-locale and from right to left. */
import { expect, test } from 'vitest';
import { VIEWS } from '../../src/ui/session/place.ts';
import { violations } from '../support/axe.ts';
import { followsLanguage, plainEnglish } from '../support/spoken.ts';
import { openSite } from '../support/site.ts';

const app = openSite();
const [WIDE, NARROW] = [1280, 320];
const RUNS = { timeout: 120_000, interval: 250 };

test('another language is chosen while a run is on its way: the run goes on, the settings stay, a comma is read, and the choice is kept', async () => {
  const { page } = app.visitor;
  await app.visitor.visit('run?v=2&lang=de&rounds=1&prompts=64&questions=24&temperature=0.7');
  await app.visitor.part('run').waitFor();
  expect(await app.visitor.field('temperature')).toBe('0,7');
  await page.locator('#setting-temperature').fill('0,9');
  expect(await app.visitor.hash()).toContain('temperature=0.9');
  await app.visitor.part('run').click();
  await app.visitor.untilState('running');
  await app.visitor.part('language').selectOption('en');
  await expect.poll(() => page.getAttribute('html', 'lang')).toBe('en');
  expect(await app.visitor.field('temperature')).toBe('0.9');
  await app.visitor.untilState('finished');
  expect(await app.visitor.hash()).not.toContain('lang=');
  await page.reload();
  await app.visitor.part('run').waitFor();
  expect(await page.getAttribute('html', 'lang')).toBe('en');
});

/** What is wider than the page, each at its innermost. */
async function wider(): Promise<readonly string[]> {
  return app.visitor.page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.querySelectorAll('body *')].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < -1 || right > width + 1;
    });
    const inmost = out.filter((element) => !out.some((other) => other !== element && element.contains(other)));
    return [`${document.documentElement.scrollWidth} px`, ...inmost.map(({ outerHTML }) => outerHTML.slice(0, 120))];
  });
}

test.each(['en-XA', 'he'] as const)(
  '%s: nothing is wider than the screen, wrong for whoever does not see it, or left in English, before a run and after',
  async (lang) => {
    const { page } = app.visitor;
    const looked = async (where: string): Promise<void> => {
      await expect.poll(wider, { message: where }).toEqual([]);
      expect([where, await violations(page, 'body')]).toEqual([where, []]);
      if (lang === 'en-XA') expect([where, await plainEnglish(page)]).toEqual([where, []]);
    };
    const lookedAtAll = async (state: string): Promise<void> => {
      for (const width of [NARROW, WIDE]) {
        await page.setViewportSize({ width, height: 800 });
        for (const view of VIEWS) {
          if ((await page.locator('main').getAttribute('data-view')) !== view) await app.visitor.go(view);
          await looked(`${view}, ${state}, ${width} px`);
        }
      }
    };
    await page.emulateMedia({ reducedMotion: 'reduce' }); // what fades in is judged when it is there
    await app.visitor.visit(`run?v=2&lang=${lang}&rounds=1&prompts=64&questions=24`);
    await app.visitor.part('backend').waitFor(RUNS);
    expect(await page.getAttribute('html', 'dir')).toBe(lang === 'he' ? 'rtl' : 'ltr');
    await lookedAtAll('before');

    await app.visitor.go('run');
    await app.visitor.part('run').click();
    await app.visitor.untilState('finished');
    await app.visitor.part('before-after').waitFor();
    // the lesson has been somewhere too: a chapter with a run of its own
    await app.visitor.go('learn');
    await page.setViewportSize({ width: NARROW, height: 800 });
    for (let chapter = 2; chapter <= 4; chapter++) {
      await app.visitor.part('chapter-after').click();
      await expect.poll(() => app.visitor.hash()).toContain(`learn/${chapter}`);
    }
    await app.visitor.part('chapter').locator('input[type="radio"]').first().check();
    await expect.poll(() => app.visitor.part('show-me').getAttribute('aria-disabled'), RUNS).toBe('false');
    await app.visitor.part('show-me').click();
    await expect.poll(() => app.visitor.part('explain').count(), RUNS).toBe(1);
    await lookedAtAll('after');
    // what was drawn in one language is drawn again in the next
    for (const view of VIEWS) {
      if ((await page.locator('main').getAttribute('data-view')) !== view) await app.visitor.go(view);
      await followsLanguage(app.visitor, view);
    }
  },
);
