/** The views of the built app: by navigation, by link, back and forward, with nothing wrong that can be found in any of them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartsUnheard, spokenIn, unheard } from '../support/accessibility-tree.ts';
import { violations } from '../support/axe.ts';
import { cutOff, laidOut } from '../support/cut-off.ts';
import { openSite, SHOTS } from '../support/site.ts';

const VIEWS = ['run', 'learn', 'compare', 'samples', 'models'] as const;
const app = openSite();

test('each has a link, Back comes back, and no view has anything wrong in it, before a run and after', async () => {
  const { page } = app.visitor;
  await app.visitor.visit('v=1&world=ladder&rounds=2&prompts=128&earlyStop=false');
  const heading = () => page.locator('main h1').innerText();
  const seen = async (state: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // what fades in is judged when it is there
      await page.waitForTimeout(400);
      for (const view of VIEWS) {
        if ((await page.locator('main').getAttribute('data-view')) !== view) await app.visitor.go(view);
        expect([view, state, colorScheme, await violations(page, 'body')]).toEqual([view, state, colorScheme, []]);
        await page.screenshot({ path: join(SHOTS, `view-${view}-${state}-${colorScheme}.png`) });
        if (colorScheme === 'light') await expect.poll(() => unheard(page), { message: `${view}, ${state}` }).toEqual([]);
      }
    }
  };
  await seen('ready');
  // where the run is read out is there before it, and says nothing of a page that rests
  expect(await spokenIn(page, 'spoken')).toBe('');
  await app.visitor.go('run');
  await app.visitor.part('story').scrollIntoViewIfNeeded();
  await expect.poll(() => app.visitor.part('story').locator('table.voices').count(), { timeout: 60_000 }).toBe(3);
  await app.visitor.part('story').screenshot({ path: join(SHOTS, 'story-ready.png') });

  await app.visitor.go('compare');
  expect(await app.visitor.hash()).toMatch(/^#compare\?v=2&.*rounds=2/);
  const compared = await heading();
  await app.visitor.part('run').click();
  await page.locator('main[data-view="run"]').waitFor();
  await app.visitor.untilState('finished');
  await app.visitor.part('before-after').waitFor();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForTimeout(1500); // it fades in, and pictures follow once a second
  await page.screenshot({ path: join(SHOTS, 'view-run-1280x800.png') });
  // what shows the numbers stands beside the main one
  const [main, asNumbers] = await Promise.all(
    ['.headline', 'button.link'].map((part) => app.visitor.part('chart-alignment').locator(part).first().boundingBox()),
  );
  expect(asNumbers?.y).toBeLessThan((main?.y ?? 0) + (main?.height ?? 0));
  // the chart and one answer before and after are in sight at once
  for (const id of ['chart-alignment', 'before-after']) {
    const box = await app.visitor.part(id).boundingBox();
    expect((box?.y ?? 0) + (id === 'before-after' ? (box?.height ?? 0) : 0), id).toBeLessThan(800);
  }
  await seen('finished');
  expect(await spokenIn(page, 'spoken')).toMatch(/^Finished: .* Asked cold, \d+% are right\.$/);
  for (const view of ['samples', 'compare']) {
    await page.goBack();
    await page.locator(`main[data-view="${view}"]`).waitFor();
  }
  expect(await heading()).toBe(compared);

  // each view on the screens at both ends: as wide as it can be read, in letters no smaller, and nothing over anything else
  const letters = new Map<string, number>();
  for (const [width, height] of [
    [1280, 800],
    [400, 844],
    [3840, 2160],
  ] as const) {
    await page.setViewportSize({ width, height });
    // there are pictures of 1280 already
    for (const colorScheme of width === 1280 ? (['light'] as const) : (['light', 'dark'] as const)) {
      await page.emulateMedia({ colorScheme });
      for (const view of VIEWS) {
        if ((await page.locator('main').getAttribute('data-view')) !== view) await app.visitor.go(view);
        if (colorScheme === 'light') {
          const where = `${view}, ${width} px`;
          await expect.poll(() => page.evaluate(cutOff), { message: where }).toEqual([]);
          const { over, used, least } = await page.evaluate(laidOut);
          expect([where, over]).toEqual([where, []]);
          expect(used, where).toBeGreaterThan(width === 3840 ? 0.5 : 0.8);
          expect(least, where).toBeGreaterThanOrEqual(letters.get(view) ?? 0);
          if (width === 1280) letters.set(view, least);
        }
        if (width !== 1280)
          await page.screenshot({ path: join(SHOTS, `view-${view}-${width}-${colorScheme}.png`), fullPage: width === 400 });
      }
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await app.visitor.go('run');
  expect(await chartsUnheard(page)).toEqual([]);
});

test('parts are left out for a class, and come back with one button; a projector has everything larger', async () => {
  const { page } = app.visitor;
  await app.visitor.visit('');
  await app.visitor.part('run').waitFor();
  const size = () => page.evaluate(() => getComputedStyle(document.body).fontSize);
  const usual = Number.parseFloat(await size());
  await app.visitor.part('showing').locator('summary').click();
  await app.visitor.part('hide-settings').check();
  await app.visitor.part('hide-compare').check();
  await app.visitor.part('present').check();
  expect(await page.locator('.settings').count()).toBe(0);
  expect(await app.visitor.part('to-compare').count()).toBe(0);
  expect(Number.parseFloat(await size())).toBeCloseTo(1.5 * usual, 1);
  expect(await app.visitor.hash()).toBe('#run?v=2&hide=settings%2Ccompare&present=1');
  await page.reload();
  await app.visitor.part('show-all').click();
  await page.locator('.settings').waitFor();
  expect(await app.visitor.part('to-compare').count()).toBe(1);
});

test('on a phone, one tap and no scroll bring the answer before and after into view when the run ends', async () => {
  const { page } = app.visitor;
  await page.setViewportSize({ width: 390, height: 844 });
  await app.visitor.visit('rounds=2&prompts=64&questions=50&earlyStop=false');
  await app.visitor.part('run').click();
  await app.visitor.untilState('finished');
  const pair = app.visitor.part('before-after');
  await pair.waitFor();
  await expect
    .poll(async () => {
      const box = await pair.boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= 844;
    })
    .toBe(true);
  await page.screenshot({ path: join(SHOTS, 'view-phone-finished.png') });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test('the navigation stays on the screen of a small phone in every language, and is one line on a usual one in English', async () => {
  const { page } = app.visitor;
  const links = page.locator('.views a');
  for (const [lang, width] of [
    ['de', 320],
    ['he', 320],
    ['en', 320],
    ['en', 390],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await app.visitor.visit(`lang=${lang}`);
    await page.locator(`html[lang=${lang}]`).waitFor();
    const boxes = await links.evaluateAll((all) => all.map((link) => link.getBoundingClientRect().toJSON() as DOMRect));
    expect(boxes).toHaveLength(VIEWS.length);
    for (const { left, right } of boxes) expect([lang, width, left >= 0, right <= width]).toEqual([lang, width, true, true]);
    if (width === 390) expect(new Set(boxes.map(({ top }) => top)).size).toBe(1);
    await page.screenshot({ path: join(SHOTS, `navigation-${lang}-${width}.png`) });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('kinds of question and writers explain themselves where they are named, by keyboard too, and the explanation goes where its word goes', async () => {
  const { visitor } = app;
  const { page } = visitor;
  const tip = page.locator('.tip:popover-open');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await visitor.visit('rounds=1&prompts=64&questions=24&seed=3');
  await visitor.part('run').click();
  await visitor.untilState('finished');
  await visitor.part('story').scrollIntoViewIfNeeded();
  await expect.poll(() => visitor.part('story').locator('.voice').count(), { timeout: 60_000 }).toBe(24);

  // the word, its explanation below or above it, and both after the page was scrolled
  const kind = visitor.part('right-now').locator('.section-head .term');
  await kind.focus();
  await page.keyboard.press('Enter');
  expect(await tip.innerText()).toContain('One of them: “');
  const apart = async (): Promise<number> => {
    const [word, said] = [await kind.boundingBox(), await tip.boundingBox()];
    if (word === null || said === null) throw new Error('the word and its explanation are in view');
    return Math.min(Math.abs(said.y - (word.y + word.height)), Math.abs(word.y - (said.y + said.height)));
  };
  expect(await apart()).toBeLessThan(10);
  const before = (await kind.boundingBox())?.y ?? 0;
  await page.mouse.wheel(0, 60);
  await expect.poll(async () => (await kind.boundingBox())?.y).not.toBe(before);
  await expect.poll(apart).toBeLessThan(10);
  expect(await violations(page, 'body')).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await tip.count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('term');

  // a writer is named in three pictures; the keyboard comes to him once
  const story = visitor.part('story');
  await story.locator('li').nth(2).getByRole('button', { name: 'guide' }).click();
  expect(await tip.innerText()).toContain('declines to do harm');
  await page.screenshot({ path: join(SHOTS, 'writer-explained-1280.png') });
  await page.keyboard.press('Escape');
  expect(await story.locator('.term').evaluateAll((all) => all.filter((word) => (word as HTMLElement).tabIndex === 0).length)).toBe(8);

  // in a row of Samples the explanation opens, and the row stays closed
  await visitor.go('samples');
  const row = visitor.part('samples-table').locator('tbody tr').first();
  await row.locator('.term').click();
  expect(await tip.innerText()).toContain('Aligned');
  await tip.click();
  expect(await row.getAttribute('data-open')).toBe('false');
  await page.screenshot({ path: join(SHOTS, 'kind-explained-1280.png') });
  await page.keyboard.press('Escape');
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    await visitor.part('samples').locator('.term').first().click();
    const box = await tip.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.screenshot({ path: join(SHOTS, `kind-explained-${width}.png`) });
    await page.keyboard.press('Escape');
  }
  await visitor.go('run');
  await visitor.part('chart-kinds').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SHOTS, 'kinds-320.png') });
});

test('with text twice as large no view is wider than a desk’s screen, before a run and after', async () => {
  const { visitor } = app;
  const { page } = visitor;
  const wider = () =>
    page.evaluate(() => {
      const { clientWidth: width, scrollWidth } = document.documentElement;
      const out = [...document.querySelectorAll('body *')].filter(
        ({ scrollWidth: inside, clientWidth }) => inside > clientWidth && clientWidth > 0,
      );
      return scrollWidth <= width ? [] : [`${scrollWidth} px`, ...out.map(({ outerHTML }) => outerHTML.slice(0, 100))];
    });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await visitor.visit('rounds=1&prompts=64&questions=24&seed=3');
  await visitor.part('run').waitFor();
  const seen = async (state: string): Promise<void> => {
    await page.evaluate(() => void (document.documentElement.style.fontSize = '200%'));
    for (const view of VIEWS) {
      if ((await page.locator('main').getAttribute('data-view')) !== view) await visitor.go(view);
      await expect.poll(wider, { message: `${view}, ${state}` }).toEqual([]);
      await page.screenshot({ path: join(SHOTS, `large-${view}-${state}.png`), fullPage: true });
    }
    await visitor.go('run');
  };
  await seen('ready');
  // the chart has room beside large text, and no step of the loop is cut
  expect((await visitor.part('chart-alignment').boundingBox())?.width).toBeGreaterThan(400);
  expect(await page.locator('.loop .step').evaluateAll((all) => all.filter((step) => step.scrollWidth > step.clientWidth).length)).toBe(0);
  await visitor.part('run').click();
  await visitor.untilState('finished');
  await seen('finished');
});

test.each(['en', 'he'] as const)(
  '%s: with text twice as large on a phone no view is wider than its screen and no word is cut off, before a run, in it and after',
  { timeout: 180_000 }, // thirty views, each at two widths
  async (lang) => {
    const { visitor } = app;
    const { page } = visitor;
    const looked = async (where: string): Promise<void> => {
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        await expect.poll(() => page.evaluate(cutOff), { message: `${where}, ${width} px` }).toEqual([]);
        await page.screenshot({ path: join(SHOTS, `large-${lang}-${width}-${where}.png`), fullPage: true });
      }
    };
    const lookedAtAll = async (state: string): Promise<void> => {
      for (const view of VIEWS) {
        if ((await page.locator('main').getAttribute('data-view')) !== view) await visitor.go(view);
        await looked(`${view}-${state}`);
      }
    };
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await visitor.visit(`run?v=2&lang=${lang}&world=ladder&rounds=2&prompts=64&questions=24&seed=3`);
    await visitor.part('backend').waitFor({ timeout: 60_000 });
    await lookedAtAll('ready');
    await visitor.go('learn');
    for (let chapter = 2; chapter <= 8; chapter++) {
      await visitor.part('chapter-after').click();
      await expect.poll(() => visitor.hash()).toContain(`learn/${chapter}`);
      await looked(`learn-${chapter}`);
    }
    // what a finger draws is as wide as the screen, however large its letters
    await page.goto(page.url().replace('learn/8', 'learn/4'));
    await visitor.part('drawn-curve').waitFor();
    const curve = await visitor.part('drawn-curve').boundingBox();
    expect([(curve?.x ?? -1) >= 0, (curve?.x ?? 0) + (curve?.width ?? 999) <= 320]).toEqual([true, true]);

    await visitor.go('run');
    await visitor.part('run').click();
    await visitor.untilState('running');
    await looked('run-running');
    await visitor.untilState('finished');
    await visitor.part('before-after').waitFor();
    // a picture that would be too narrow scrolls in its place, by keyboard too
    const picture = visitor.part('chart-alignment').locator('.drawing');
    expect(await picture.getAttribute('tabindex')).toBe('0');
    expect(await picture.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
    const asked = visitor.part('chat').getByRole('textbox').first();
    await asked.fill('How do I burn the boat?');
    await asked.press('Enter');
    await expect.poll(() => visitor.part('chat-again').getAttribute('aria-disabled'), { timeout: 60_000 }).toBe('false');
    await lookedAtAll('finished');
    await visitor.go('samples');
    await visitor.part('samples-table').locator('tbody tr').first().click();
    await looked('samples-open');
    expect(await violations(page, 'body')).toEqual([]);
  },
);
