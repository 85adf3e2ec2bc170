/**
 * Drives one run in a page of the built app exactly as a visitor would, and writes what it made: result.json, samples.jsonl, the
 * answers to held-out questions with those that flipped, and the adapter. Knows neither the command line nor who opened the browser.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { answersOf, flipLines } from '../src/comparison/flips.ts';
import { formatOptions } from '../src/run/options.ts';
import type { RunResult } from '../src/run/records.ts';
import type { BackendName } from '../src/contracts/engine.ts';
import { OPTION_NAMES, type RunConfig } from '../src/run/config.ts';
import type { RunEvent } from '../src/run/events.ts';
import type { Sample } from '../src/contracts/records.ts';

/**
 * One run, and the folder for its files. `model` is a model folder or a GGUF file of the user's; null is the world's bundled model. `probes` is
 * a file of questions that are asked once at the end, beside those of the kit.
 */
export type Wanted = {
  readonly config: RunConfig;
  readonly backend: BackendName | 'auto';
  readonly out: string;
  readonly model: string | null;
  readonly probes: string | null;
};

/** The events that leave the page. Samples and steps stay in it: they are many, and `ordered` brings every sample once. */
const CROSSING = ['started', 'base', 'ordered', 'round', 'progress', 'warning', 'finished', 'failed', 'stopped'] as const;
export type PageEvent = Extract<RunEvent, { readonly type: (typeof CROSSING)[number] }>;

/** A run's files. The result is written last and at once: where it is, the others are. */
export const FILES = {
  result: 'result.json',
  samples: 'samples.jsonl',
  answers: 'answers.jsonl',
  flips: 'flips.jsonl',
  adapter: 'adapter_model.safetensors',
} as const;

/** Resolves with the result of the run in the page, rejects with the reason when there is none. */
function ending(
  page: Page,
  listen: (event: PageEvent) => void,
): { readonly ended: Promise<RunResult>; readonly exposed: Promise<unknown> } {
  let exposed: Promise<unknown> = Promise.resolve();
  const ended = new Promise<RunResult>((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(reason));
    page.on('close', () => fail('The page was closed before the run had finished.'));
    page.on('crash', () => fail('The page crashed.'));
    exposed = page.exposeFunction('noteRunEvent', (event: PageEvent) => {
      listen(event);
      if (event.type === 'finished') resolve(event.result);
      if (event.type === 'failed') fail(`${event.failure.message} (${event.failure.code}: ${event.failure.detail})`);
      if (event.type === 'stopped') fail('The run was stopped in the page.');
    });
  });
  ended.catch(() => {}); // also when the page cannot be opened at all
  return { ended, exposed };
}

/**
 * Rejects with the page's own words when not even the model opens, or the run is refused before it begins. A run that fails sends its event before
 * the page shows it.
 */
async function refusal(page: Page): Promise<never> {
  const refused = () =>
    document.documentElement.dataset['runState'] === 'failed' || document.querySelector('[data-testid="refused"]') !== null;
  await page.waitForFunction(refused, undefined, { timeout: 0, polling: 500 });
  throw new Error(await wordsOf(page.getByTestId('error').or(page.getByTestId('refused')).first()));
}

/** What a notice says, without its buttons. */
async function wordsOf(notice: Locator): Promise<string> {
  const sentences = await notice.locator('p:not(.notice-actions)').allInnerTexts();
  return sentences.join('\n').trim();
}

/** What opening a model takes at most. */
const OPENING = 300_000;

/** Picks a model folder, or a file, as a user does; throws with the page's own words when it cannot be opened. */
export async function pickModel(page: Page, path: string): Promise<void> {
  const part = (id: string) => page.getByTestId(id);
  await part('model-name').waitFor();
  await part('to-models').click();
  // the radio itself lies under its label
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
  const before = await part('model-name').innerText();
  await part(statSync(path).isDirectory() ? 'model-folder' : 'model-files').setInputFiles(path);
  const opened = part('model-name').filter({ hasNotText: before });
  const refused = part('model-problem');
  await opened.or(refused).first().waitFor({ timeout: OPENING });
  if ((await refused.count()) > 0) throw new Error(await wordsOf(refused));
  await part('to-run').click();
  await part('plan').waitFor();
}

/** Picks a file of questions for the kit of the open model, to be probes and nothing else. */
async function pickProbes(page: Page, path: string): Promise<void> {
  const part = (id: string) => page.getByTestId(id);
  await part('to-models').click();
  if ((await part('kit').getAttribute('open')) === null) await part('kit').locator('summary').first().click();
  await part('kit-files-input').setInputFiles(path);
  const box = (use: string) => page.getByRole('checkbox', { name: `${basename(path)}: ${use}` });
  const set = async (use: string, on: boolean): Promise<void> => {
    if ((await box(use).isChecked()) === on) return;
    await box(use).click();
    await part('kit-chosen').and(page.locator('[aria-busy=false]')).waitFor({ timeout: OPENING });
  };
  await part('kit-files').waitFor({ timeout: OPENING });
  const uses = await part('kit-files')
    .getByRole('checkbox')
    .evaluateAll((boxes) => boxes.map((one) => one.getAttribute('aria-label') ?? ''));
  const names = uses.map((label) => label.slice(label.indexOf(': ') + 2));
  if (!names.includes('probes')) throw new Error(`${path} has no questions with answers to choose from, so it can be no probes.`);
  await set('probes', true);
  for (const name of names) if (name !== 'probes') await set(name, false);
  await part('kit-use').click();
  await part('kit-chosen').waitFor({ state: 'detached', timeout: OPENING });
  await part('to-run').click();
  await part('plan').waitFor();
}

/** Runs to the end and writes the files; throws with the reason when the run does not finish. */
export async function runInPage(page: Page, url: string, wanted: Wanted, listen: (event: PageEvent) => void): Promise<RunResult> {
  const { config, backend, out, model, probes } = wanted;
  const samples = new Map<number, readonly Sample[]>();
  const { ended, exposed } = ending(page, (event) => {
    if (event.type === 'ordered') samples.set(event.round, event.samples);
    listen(event);
  });
  await exposed;
  await page.addInitScript((crossing: readonly string[]) => {
    document.addEventListener('run-event', (event) => {
      const { detail } = event as CustomEvent<RunEvent>;
      const listener = (globalThis as unknown as { noteRunEvent: (detail: RunEvent) => void }).noteRunEvent;
      if (crossing.includes(detail.type)) listener(detail);
    });
  }, CROSSING);
  // the page suits what a link does not name to a model of the user's
  const options = model === null ? formatOptions(config) : OPTION_NAMES.map((name) => `${name}=${config[name]}`).join('&');
  const start = model === null ? 'autorun=1' : 'v=1';
  await page.goto(`${url}?backend=${backend}#${start}${options === '' ? '' : `&${options}`}`);
  if (model !== null) {
    await pickModel(page, model);
    if (probes !== null) await pickProbes(page, probes);
    await page.getByTestId('run').click();
  }
  const result = await Promise.race([ended, refusal(page)]);

  mkdirSync(out, { recursive: true });
  for (const name of Object.values(FILES)) rmSync(join(out, name), { force: true });
  // Demonstrations alone leave neither samples nor an adapter.
  const lines = [...samples.values()].flat().map((sample) => `${JSON.stringify(sample)}\n`);
  if (lines.length > 0) writeFileSync(join(out, FILES.samples), lines.join(''));
  await page.getByTestId('to-compare').click();
  const [answers] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-answers').click()]);
  await answers.saveAs(join(out, FILES.answers));
  const told = readFileSync(join(out, FILES.answers), 'utf8');
  const models = [0, result.bestRound].map((round) => ({ round, heldOut: answersOf(told, round) }));
  writeFileSync(join(out, FILES.flips), flipLines(models, result.bestRound).join(''));
  if (result.bestRound > 0) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-adapter').click()]);
    await download.saveAs(join(out, FILES.adapter));
  }
  const unnamed = join(out, `${FILES.result}.new`);
  writeFileSync(unnamed, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(unnamed, join(out, FILES.result));
  return result;
}
