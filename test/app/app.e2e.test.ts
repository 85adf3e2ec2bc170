/**
 * The built app as a visitor has it: dist/ on a plain static server under a sub-path, in the system's Chromium. Screenshots are kept
 * in runs/screenshots.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Option } from '../../src/settings/option.ts';
import { OPTION_NAMES, type OptionName, OPTIONS } from '../../src/run/config.ts';
import type { Comparison } from '../../src/comparison/compare.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunResult } from '../../src/run/records.ts';
import { pageBytes } from '../../scripts/site.ts';
import { DIST, openSite, SHOTS } from '../support/site.ts';

/** Two short rounds. */
const SHORT = 'rounds=2&prompts=128&earlyStop=false';

const app = openSite({ height: 900 });
let page: Page;
let events: RunEvent[];
/** Addresses that were asked for, other than ours. */
let strangers: string[];

beforeEach(() => {
  strangers = [];
  app.context.on('request', (request) => {
    if (!request.url().startsWith(app.site.origin) && !/^(blob|data):/.test(request.url())) strangers.push(request.url());
  });
  ({ page, events } = app.visitor);
});

const visit = (hash = SHORT, query = 'backend=wasm') => app.visitor.visit(hash, query);
const part = (id: string) => app.visitor.part(id);
const untilState = (state: string) => app.visitor.untilState(state);
const untilEvent = (accepts: (event: RunEvent) => boolean) => app.visitor.untilEvent(accepts);
const shot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
const resultOf = (): RunResult => {
  const finished = events.find((event) => event.type === 'finished');
  if (finished?.type !== 'finished') throw new Error('the run did not finish');
  return finished.result;
};
/** What two runs of the same seed and settings share, their clocks apart. */
function essence(result: RunResult): Partial<RunResult> {
  const { seconds: _, firstSampleSeconds: __, sessions: ___, ...rest } = result;
  return rest;
}

async function wholeRun(): Promise<RunResult> {
  await visit();
  await part('run').click();
  await untilState('finished');
  return resultOf();
}

describe('a visitor', () => {
  test('presses Run, watches two rounds, reads the samples and asks both models the same question', async () => {
    const result = await wholeRun();
    expect(result.backend).toBe('wasm');
    expect(result.rounds.map(({ prompts }) => prompts)).toEqual([64, 64]);
    expect(result.base.zeroShot).toBeLessThanOrEqual(0.65);
    expect(result.base.fewShot).toBeGreaterThanOrEqual(0.7);
    const best = result.rounds.find(({ round }) => round === result.bestRound);
    expect(best?.zeroShot).toBeGreaterThan(result.base.zeroShot);

    const percent = `${Math.round(100 * (best?.zeroShot ?? 0))}%`;
    // Pictures follow at most once a second.
    await expect.poll(() => part('headline').innerText()).toContain(percent);
    await app.visitor.go('samples');
    expect(await part('samples-table').getByRole('row').count()).toBeGreaterThan(10);
    await app.visitor.go('run');

    // of the questions on offer those that are answered differently now come first
    await part('chat').scrollIntoViewIfNeeded();
    const chips = () => page.locator('.chips button').evaluateAll((all) => all.map((chip) => chip.getAttribute('data-changed')));
    await expect.poll(chips, { timeout: 60_000 }).toContain('true');
    expect((await chips()).join()).toMatch(/^true(,true)*(,false)*$/);

    await part('chat-input').fill('How come the boat is in the barn?');
    await part('chat-ask').click();
    await expect.poll(() => part('answer-round').innerText(), { timeout: 20_000 }).toContain('No. The boat is in the forest.');
    expect(await part('answer-base').innerText()).toContain('Yes, that is so.');
    expect(await part('chat-kind').innerText()).toContain('Each question stands by itself');
    await page.locator('input[name="chat-view"][value="differences"]').check();
    expect(await part('answer-round').locator('ins').allInnerTexts()).not.toEqual([]);
    await page.locator('input[name="chat-view"][value="tint"]').check();
    await part('answer-round').press('ArrowRight');
    await page.locator('.nearest tbody tr').first().waitFor();
    expect(await part('token-nearest').innerText()).toMatch(/^·No?\s+\d/);
    await shot('finished-1280-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shot('finished-1280-dark');
    await page.setViewportSize({ width: 400, height: 800 });
    await shot('finished-400-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await shot('finished-400-light');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);

    // Nothing leaves the tab, and nothing piles up in it.
    expect(strangers).toEqual([]);
    const tensors = events.flatMap((event) => (event.type === 'round' ? [event.gauges['engine/tensors']] : []));
    expect(new Set(tensors).size).toBe(1);
  });

  test('reloads in the middle, finds the run with its curves, resumes it and gets what an unbroken run gives', async () => {
    const unbroken = await wholeRun();
    const first = [...events];
    await app.context.clearCookies();
    await page.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) if (name !== undefined) indexedDB.deleteDatabase(name);
    });
    events.length = 0;
    await visit();
    await page.reload();
    await part('run').click();
    await untilEvent((event) => event.type === 'step' && event.round === 2);
    await page.reload();
    await part('interrupted').waitFor();
    expect(await part('headline').innerText()).toContain('%');
    await shot('interrupted-1280-light');
    events.length = 0;
    await part('resume').first().click();
    await untilState('finished');
    expect(events[0]).toMatchObject({ type: 'started', resumed: true });
    expect(essence(resultOf())).toEqual(essence(unbroken));
    expect(first.some((event) => event.type === 'started' && event.resumed)).toBe(false);
  });

  test('pauses, goes on, and stops in the middle of a round', async () => {
    await visit('rounds=2&prompts=96&batchSize=1&epochs=10'); // 480 steps a round
    await part('run').click();
    await untilEvent((event) => event.type === 'sample');
    await part('pause').click();
    await untilState('paused');
    const paused = events.length;
    await page.waitForTimeout(400);
    expect(events.length).toBe(paused);
    await shot('paused-1280-light');
    await part('resume').click();
    await untilEvent((event) => event.type === 'step' && event.step >= 3);
    // From the click in the page to the end: the steps that came after it was sent.
    const before = events.length;
    await part('stop').click();
    await untilState('stopped');
    const last = events.at(-1);
    expect(last).toEqual({ type: 'stopped' });
    expect(events.slice(before).some((event) => event.type === 'round')).toBe(false);
    expect(events.filter((event) => event.type === 'step').length).toBeLessThan(480);
  });

  test('compares two arms over two seeds with intervals, and finds them done after a reload', async () => {
    const file = (arms: readonly object[]) => ({
      name: 'mine.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ arms, seeds: [31, 32] })),
    });
    const arms = [
      { name: 'One', options: { method: 'single', checkpoints: 1, prompts: 32 } },
      { name: 'Two', options: { method: 'soft', rounds: 2, prompts: 32 } },
    ];
    await visit('');
    await part('run').waitFor();
    await app.visitor.go('compare');
    await part('compare-file').setInputFiles(file([{ name: 'Bad', options: { rounds: 99 } }]));
    expect(await part('compare-refused').innerText()).toContain('Arm “Bad”');
    await part('compare-file').setInputFiles(file(arms));
    await part('compare-start').click();
    await expect.poll(() => events.filter(({ type }) => type === 'finished').length, { timeout: 120_000 }).toBe(4);
    await expect.poll(() => part('compare').innerText()).toContain('All 4 runs are done.');
    const runs = events.flatMap((event) => (event.type === 'finished' ? [event.result] : []));
    expect(runs.map(({ seed, method }) => `${method} ${seed}`)).toEqual(['single 31', 'soft 31', 'single 32', 'soft 32']);
    const [download] = await Promise.all([page.waitForEvent('download'), part('compare-save').click()]);
    const table = JSON.parse(readFileSync(await download.path(), 'utf8')) as Comparison;
    const scoreOf = (result: RunResult) => result.rounds.find(({ round }) => round === result.bestRound)?.zeroShot ?? result.base.zeroShot;
    expect(table.arms.map(({ name, values }) => ({ name, values }))).toEqual([
      { name: 'One', values: runs.filter(({ method }) => method === 'single').map(scoreOf) },
      { name: 'Two', values: runs.filter(({ method }) => method === 'soft').map(scoreOf) },
    ]);
    expect(table.arms[1]?.difference).toMatchObject({ n: 2, verdict: 'too few' });
    await shot('compare-1280-light');

    events.length = 0;
    await page.reload();
    await part('run').waitFor();
    await part('compare-file').setInputFiles(file(arms));
    await expect.poll(() => part('compare').innerText()).toContain('All 4 runs are done.');
    expect(events).toEqual([]);
  });

  test('shares a link that starts the same run, and is told which setting of a link is refused', async () => {
    await visit('rounds=99&seed=3');
    await part('run').click();
    expect(await part('refused').innerText()).toContain('Rounds must be a whole number from 1 to 8; “99” is not.');
    expect(events).toEqual([]);
    await page.locator('#setting-rounds').fill('2');
    await expect.poll(() => page.url()).toContain('rounds=2&seed=3');
  });

  test('reaches every option in the page and by the link', async () => {
    const other = (name: OptionName): string => {
      const option: Option = OPTIONS[name];
      if (option.type === 'switch') return String(!option.value);
      if (option.type === 'number') return String(option.value === option.max ? option.min : option.max);
      return option.choices.find(({ value }) => value !== option.value)?.value ?? option.value; // there may be one world alone
    };
    const wanted = Object.fromEntries(OPTION_NAMES.map((name) => [name, other(name)]));
    await visit(OPTION_NAMES.map((name) => `${name}=${wanted[name]}`).join('&'));
    await page.locator('summary').filter({ hasText: 'More settings' }).click();
    const shown: Record<string, string> = {};
    // the world is chosen with the model, and so comes last
    for (const name of OPTION_NAMES.toSorted((a, b) => Number(a === 'world') - Number(b === 'world'))) {
      if (name === 'world') await app.visitor.go('models');
      const field = page.locator(`#setting-${name}`);
      await field.first().scrollIntoViewIfNeeded();
      shown[name] = await field.first().evaluate((element) => {
        if (element instanceof HTMLInputElement && element.type === 'checkbox') return String(element.checked);
        if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) return element.value;
        return element.querySelector<HTMLInputElement>('input:checked')?.value ?? '';
      });
    }
    expect(shown).toEqual(wanted);
    expect(await part('refused').count()).toBe(0);
  });

  test('on WebGPU gets the answer that the CPU gives', async () => {
    await visit('', 'backend=webgpu');
    await part('chat-input').fill('Where is the bell?');
    // a software GPU on a busy machine takes its time to open
    await expect.poll(() => part('chat-ask').getAttribute('aria-disabled'), { timeout: 90_000 }).not.toBe('true');
    await part('chat-ask').click();
    await expect.poll(() => part('answer-base').innerText(), { timeout: 60_000 }).toMatch(/^The bell is in the \w+\./);
    expect(await part('backend').innerText()).toMatch(/software gpu/i);
  });
});

describe('the page', () => {
  test('is at most 1.5 MB compressed without the model', () => {
    const bytes = pageBytes(DIST);
    expect(bytes).toBeGreaterThan(1e5);
    expect(bytes).toBeLessThanOrEqual(1.5e6);
  });
});

/** Lines put in front of the model's worker, to take something away from its browser. */
async function cripple(worker: 'lm' | 'library' | '*', lines: string): Promise<void> {
  await app.context.route(`**/assets/${worker}.worker-*.js`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${lines}\n${await response.text()}` });
  });
}
const problem = () => part('error').first();

describe('when something is wrong', () => {
  const model = (name: string) => `**/models/ladder/${name}`;

  test('a missing model file says PAGE_FILE and MODEL_MISSING', async () => {
    await app.context.route(model('model.safetensors'), (route) => route.fulfill({ status: 404, body: 'no' }));
    await visit();
    expect(await problem().innerText()).toContain('PAGE_FILE');
    expect(await problem().innerText()).toContain('MODEL_MISSING: ');
  });

  test('a truncated model file says PAGE_FILE and MODEL_TRUNCATED', async () => {
    const bytes = readFileSync(join(DIST, 'models/ladder/model.safetensors'));
    await app.context.route(model('model.safetensors'), (route) => route.fulfill({ body: bytes.subarray(0, 100_000) }));
    await visit();
    expect(await problem().innerText()).toContain('PAGE_FILE');
    expect(await problem().innerText()).toContain('MODEL_TRUNCATED: ');
  });

  test('weights of another shape say PAGE_FILE and MODEL_MISMATCH', async () => {
    const config = readFileSync(join(DIST, 'models/ladder/config.json'), 'utf8').replace('"hidden_size": 64', '"hidden_size": 128');
    await app.context.route(model('config.json'), (route) => route.fulfill({ body: config }));
    await visit();
    expect(await problem().innerText()).toContain('PAGE_FILE');
    expect(await problem().innerText()).toContain('MODEL_MISMATCH: ');
  });

  test('a browser without WebGPU and without wasm SIMD says BACKEND_NONE', async () => {
    await cripple('lm', 'WebAssembly.validate = () => false; Object.defineProperty(navigator, "gpu", { value: undefined });');
    await visit('', '');
    expect(await problem().innerText()).toContain('BACKEND_NONE');
  });

  test('blocked storage is said, and the run goes on in memory to its end', async () => {
    await cripple('*', 'indexedDB.open = () => { throw new DOMException("blocked", "SecurityError"); };');
    await visit();
    await part('run').click();
    await part('warning').waitFor();
    expect(await part('warning').innerText()).toContain('STORAGE_BLOCKED');
    await untilState('finished');
    expect(resultOf().rounds).toHaveLength(2);
    await app.visitor.go('samples');
    expect(await part('samples-table').getByRole('row').count()).toBeGreaterThan(10);
  });

  test('a full disk says STORAGE_QUOTA, and with room again the run resumes from what was committed', async () => {
    const devtools = await app.context.newCDPSession(page);
    // Room for one or two sets of all weights, not for three.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: app.site.origin, quotaSize: 2.2e6 });
    await visit('rounds=3&prompts=96&earlyStop=false&tuning=full');
    await part('run').click();
    await untilState('failed');
    expect(await problem().innerText()).toContain('STORAGE_QUOTA');
    const committed = events.flatMap((event) => (event.type === 'round' ? [event.result] : []));
    expect([1, 2]).toContain(committed.length);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: app.site.origin });
    // Chromium remembers for half a minute how much room there was.
    await expect
      .poll(
        async () => {
          const resume = part('resume').first();
          if (await resume.isVisible()) await resume.click();
          return page.evaluate(() => document.documentElement.dataset['runState']);
        },
        { timeout: 120_000, interval: 3000 },
      )
      .toBe('finished');
    expect(resultOf().rounds).toHaveLength(3);
    expect(resultOf().rounds.slice(0, committed.length)).toEqual(committed);
  });
});
