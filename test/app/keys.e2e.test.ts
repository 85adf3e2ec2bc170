/** The page by keyboard alone: a whole run, its pauses and its steps, the list of answers, and the list of keys with its switch. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunResult } from '../../src/run/records.ts';
import { openSite, SHOTS, type Visitor } from '../support/site.ts';

const SHORT = 'rounds=2&prompts=128&earlyStop=false';

const app = openSite();
let visitor: Visitor;
beforeEach(async () => {
  ({ visitor } = app);
  await visitor.visit(SHORT);
  await expect.poll(() => visitor.part('run').isEnabled(), { timeout: 60_000 }).toBe(true);
});

const press = (key: string) => visitor.page.keyboard.press(key);
/** Presses Tab until a control has the focus. */
async function tabTo(id: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if ((await visitor.focused()) === id) return;
    await press('Tab');
  }
  throw new Error(`Tab never reaches ${id}`);
}
const noControl = () => visitor.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
const count = (type: string) => visitor.events.filter((event) => event.type === type).length;
/** After a step: the run has gone on and holds again. */
async function step(key: string): Promise<void> {
  const before = count('paused');
  await press(key);
  await expect.poll(() => count('paused') + count('finished'), { timeout: 60_000 }).toBe(before + 1);
}
/** The newest event of a kind. */
function newest<T extends RunEvent['type']>(type: T): Extract<RunEvent, { readonly type: T }> {
  const event = visitor.events.findLast((other): other is Extract<RunEvent, { readonly type: T }> => other.type === type);
  if (event === undefined) throw new Error(`nothing came of ${type}`);
  return event;
}
/** What a stage of the sample's way says, from 1, without the numbers below its tokens. */
async function stage(number: number): Promise<string> {
  const place = visitor
    .part('way')
    .locator('> li')
    .nth(number - 1)
    .locator('> div');
  const tokens = await place.locator('.token').evaluateAll((all) =>
    all.map((token) =>
      [...token.childNodes]
        .filter((node) => node.nodeName !== 'SMALL')
        .map((node) => node.textContent)
        .join(''),
    ),
  );
  return tokens.length > 0 ? tokens.join('').trim() : (await place.innerText()).trim();
}
function resultOf(): Partial<RunResult> {
  const finished = visitor.events.findLast((event) => event.type === 'finished');
  if (finished?.type !== 'finished') throw new Error('the run did not finish');
  const { seconds: _, firstSampleSeconds: __, sessions: ___, ...rest } = finished.result;
  return rest;
}

test('a whole run by keyboard, step by step, ends as one that went through', async () => {
  await tabTo('run');
  await press('Enter');
  await visitor.untilState('finished');
  const through = resultOf();
  visitor.events.length = 0;

  await tabTo('run');
  await press('Enter');
  await visitor.untilEvent(({ type }) => type === 'started');
  await noControl();
  await press('Space');
  await visitor.untilState('paused');
  const answers = count('sample');
  await step('.');
  await step('ArrowRight');
  expect(count('sample')).toBe(answers + 2);
  // the way of the one that was stepped to, up to where it will be trained on
  const sample = newest('sample').sample;
  await expect.poll(() => stage(1)).toBe(sample.question);
  const shown = sample.context.split('\n').findLast((line) => line.startsWith('User: ') && line !== `User: ${sample.question}`);
  await expect.poll(() => stage(2)).toContain(shown?.replace('User: ', ''));
  await expect.poll(() => stage(3)).toBe(sample.pieces.join('').trim());
  await expect.poll(() => stage(4)).toContain(sample.verdict === 'kept' ? 'kept' : '✕');
  await expect.poll(() => stage(5)).toContain(sample.completion.trim());
  await expect.poll(() => stage(6)).toBe('Its place in the training order comes when the round is answered.');
  await visitor.page.screenshot({ path: join(SHOTS, 'steps-1280-light.png'), fullPage: true });

  await tabTo('step-step');
  await step('Enter');
  expect(count('step')).toBe(1);
  const { steps, loss } = newest('step');
  await expect.poll(() => stage(6)).toContain(`Step 1 of ${steps} learned from it and the rest of its batch; loss ${loss.toFixed(3)}.`);
  // the button that was pressed is still there, with the focus
  expect(await visitor.focused()).toBe('step-step');
  await noControl();
  await step('ArrowRight');
  expect(count('step')).toBe(2);
  await step('Shift+ArrowRight');
  expect(count('round')).toBe(1);
  expect(visitor.events.at(-2)?.type).toBe('round');
  await press('Space');
  await visitor.untilState('finished');
  expect(resultOf()).toEqual(through);
});

test('keys lead through the answers, to the list of keys and to Stop, and type where somebody types', async () => {
  await tabTo('run');
  await press('Enter');
  await visitor.untilState('finished');
  await visitor.go('samples');
  const row = () =>
    visitor.page.evaluate(() => [...document.querySelectorAll('[data-list-row]')].indexOf(document.activeElement as Element));
  await press('j');
  await press('j');
  expect(await row()).toBe(1);
  await press('k');
  expect(await row()).toBe(0);
  await press('ArrowDown');
  expect(await row()).toBe(1);
  await press('ArrowUp');
  expect(await row()).toBe(0);
  // to the ends of a page, and to the pages beside it
  const pages = visitor.part('samples').getByRole('navigation').locator('span');
  await press('End');
  expect(await row()).toBe(11);
  await press('Home');
  expect(await row()).toBe(0);
  await press('PageUp'); // there is none before
  await press('j');
  await press('PageDown');
  await expect.poll(() => pages.innerText()).toMatch(/^13 to 24 of /);
  await expect.poll(row).toBe(0);
  await press('PageUp');
  await expect.poll(() => pages.innerText()).toMatch(/^1 to 12 of /);
  await expect.poll(row).toBe(0);
  await press('/');
  expect(await row()).toBe(-1);
  await press('End');
  await press('PageDown');
  expect([await row(), await pages.innerText()]).toEqual([-1, expect.stringMatching(/^1 to 12 of /)]);
  expect(await visitor.focused()).toMatch(/^all/);

  await press('?');
  await visitor.part('keys').waitFor();
  await visitor.page.screenshot({ path: join(SHOTS, 'keys-1280-light.png') });
  await press('Escape');
  await visitor.part('keys').waitFor({ state: 'hidden' });
  await tabTo('keys-open');
  await press('Enter');
  await tabTo('character-keys');
  await press('Space');
  await press('Escape');
  await press('j');
  await press('ArrowDown');
  expect(await row()).toBe(-1);
  await visitor.page.reload();
  await visitor.part('samples-table').waitFor();
  await press('?');
  expect(await visitor.part('keys').isVisible()).toBe(false);

  await visitor.go('run');
  await visitor.part('run').press('Enter');
  await visitor.untilState('running');
  await noControl();
  await press('Space');
  await visitor.untilState('paused');
  // with colours of the system's alone the bar still tells how far it is
  await visitor.page.emulateMedia({ forcedColors: 'active' });
  const backgrounds = await visitor.page
    .locator('.runbar .progress')
    .evaluate((bar) => [bar, bar.firstElementChild ?? bar].map((part) => getComputedStyle(part).background));
  expect(backgrounds[0]).not.toBe(backgrounds[1]);
  await visitor.page.screenshot({ path: join(SHOTS, 'forced-colours-1280.png') });
  // and a token how unsure it was
  const lines = await visitor.page
    .locator('.tint-scale .token')
    .evaluateAll((all) => all.map((token) => Number.parseFloat(getComputedStyle(token).borderBlockEndWidth)));
  expect(lines.toSorted((a, b) => a - b)).toEqual(lines);
  expect(lines.at(-1)).toBeGreaterThan(lines[0] ?? 0);
  // and which view is open: its line has a colour that no other's has
  const colours = await visitor.page.locator('.views a').evaluateAll((all) => all.map((view) => getComputedStyle(view).borderBottomColor));
  expect([new Set(colours).size, colours.filter((colour) => colour === colours[0]).length]).toEqual([2, 1]);
  await visitor.page.emulateMedia({ forcedColors: 'none' });
  await press('Escape');
  expect(await visitor.focused()).toBe('stop');
  // a character is no key now, and none where somebody types
  await press('.');
  await visitor.part('chat-input').focus();
  await visitor.page.keyboard.type('is it so . ? j');
  expect(await visitor.part('chat-input').inputValue()).toBe('is it so . ? j');
  await noControl();
  await press('Space');
  await visitor.untilState('finished');
  expect(count('paused')).toBe(1);
});
