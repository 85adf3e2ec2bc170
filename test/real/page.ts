/**
 * The built app in Chromium with a model folder, as somebody uses it who follows the README: pick, plan, ask, run, pause, reload, pick again,
 * resume, ask again, take home. Reports what was seen, with times and memory; judges nothing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { chromium, type Page } from 'playwright';
import type { RunEvent } from '../../src/run/events.ts';
import { browserArguments, findBrowser } from '../../scripts/browser.ts';
import { pickModel } from '../../scripts/page-run.ts';
import { Memory } from './memory.ts';

/** An event of the run and when it came, in milliseconds. */
export type Seen = { readonly at: number; readonly event: RunEvent };
export type Said = { readonly question: string; readonly round: number; readonly text: string; readonly seconds: number };
export type Visit = {
  readonly plan: string;
  readonly events: readonly Seen[];
  readonly said: readonly Said[];
  /** From the click on Pause to its answer. */
  readonly pauseSeconds: number;
  /** The folder of what was taken home. */
  readonly home: string;
  readonly files: readonly string[];
  readonly seconds: Readonly<Record<Part, number>>;
  /** Highest resident bytes of the page's process. */
  readonly peak: Readonly<Record<Part, number | null>>;
  readonly browser: string;
};
const PARTS = ['open', 'measure', 'chat', 'run', 'chatAfter', 'takeHome'] as const;
export type Part = (typeof PARTS)[number];
export type Wanted = {
  readonly url: string;
  readonly folder: string;
  readonly settings: string;
  readonly questions: readonly string[];
  /** Where pictures and what is taken home go. */
  readonly out: string;
};

const HOUR = 3_600_000;

export async function visit({ url, folder, settings, questions, out }: Wanted): Promise<Visit> {
  mkdirSync(out, { recursive: true });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments({ software: true }) });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(HOUR);
    const events: Seen[] = [];
    await listen(page, events);
    const memory = new Memory(browser);
    const seconds = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
    const peak = Object.fromEntries(PARTS.map((part) => [part, null])) as Record<Part, number | null>;
    const timed = async <T>(part: Part, work: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      await memory.start();
      const result = await work();
      seconds[part] += (performance.now() - start) / 1000;
      peak[part] = Math.max(peak[part] ?? 0, memory.peak() ?? 0) || null;
      return result;
    };
    const show = (name: string, element: string | null = null): Promise<unknown> => picture(page, join(out, `${name}.png`), element);
    const ask = async (round: number): Promise<readonly Said[]> => {
      const answers: Said[] = [];
      for (const question of questions) answers.push(await asked(page, question, round));
      return answers;
    };

    await page.goto(`${url}?backend=wasm#v=1&${settings}`);
    await timed('open', () => pickModel(page, folder));
    await timed('measure', async () => {
      await part(page, 'measure').click();
      await page.waitForFunction(() => document.querySelector('[data-testid=plan]')?.textContent?.includes('A round takes about'));
    });
    const plan = await part(page, 'plan').innerText();
    await show('plan', 'plan');
    const before = await timed('chat', () => ask(0));
    await show('chat-before', 'chat');

    const pauseSeconds = await timed('run', async () => {
      await part(page, 'run').click();
      await until(events, ({ event }) => event.type === 'sample' && event.sample.round === 2);
      const start = performance.now();
      await part(page, 'pause').click();
      await until(events, ({ event }) => event.type === 'paused');
      return (performance.now() - start) / 1000;
    });
    await show('paused');
    await page.reload();
    await timed('open', () => pickModel(page, folder));
    await show('interrupted');
    await timed('run', async () => {
      await part(page, 'resume').first().click();
      await until(events, ({ event }) => event.type === 'finished');
    });
    await show('finished');
    const after = await timed('chatAfter', () => ask(2));
    await show('chat-after', 'chat');

    const home = join(out, 'home');
    const files = await timed('takeHome', async () => {
      await part(page, 'to-models').click();
      await part(page, 'home-merged').check();
      const round = part(page, 'home-round');
      if ((await round.count()) > 0) await round.selectOption('2');
      const [download] = await Promise.all([page.waitForEvent('download'), part(page, 'home-zip').click()]);
      await download.saveAs(join(out, 'home.zip'));
      return unpacked(join(out, 'home.zip'), home);
    });
    await show('take-home', 'take-home');
    return { plan, events, said: [...before, ...after], pauseSeconds, home, files, seconds, peak, browser: browser.version() };
  } finally {
    await browser.close();
  }
}

const part = (page: Page, id: string) => page.getByTestId(id);

async function listen(page: Page, events: Seen[]): Promise<void> {
  await page.exposeFunction('noteRunEvent', (event: RunEvent) => {
    events.push({ at: performance.now(), event });
    if (event.type === 'base' || event.type === 'round' || event.type === 'started') console.log(`        ${event.type}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('run-event', (event) => {
      (globalThis as unknown as { noteRunEvent: (event: unknown) => void }).noteRunEvent((event as CustomEvent).detail);
    });
  });
}

/** Waits for an event; rejects with the run's own words when it fails. */
async function until(events: readonly Seen[], wanted: (seen: Seen) => boolean): Promise<void> {
  for (;;) {
    if (events.some(wanted)) return;
    const failed = events.find(({ event }) => event.type === 'failed');
    if (failed?.event.type === 'failed') throw new Error(`${failed.event.failure.code}: ${failed.event.failure.detail}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One question of the chat. The text as the page shows it. */
async function asked(page: Page, question: string, round: number): Promise<Said> {
  const choice = part(page, 'chat-round');
  if (round > 0) await choice.selectOption(`${round}`);
  // each is asked by itself
  if ((await part(page, 'chat-clear').count()) > 0) await part(page, 'chat-clear').click();
  await part(page, 'chat-input').fill(question);
  const start = performance.now();
  await part(page, 'chat-ask').click();
  const exchange = page.locator('.exchanges > li').first();
  const reply = exchange.getByTestId(round === 0 ? 'answer-base' : 'answer-round');
  const refused = exchange.getByRole('alert');
  await reply.or(refused).first().waitFor();
  if ((await refused.count()) > 0) throw new Error(await refused.first().innerText());
  const text = await reply.innerText();
  const seconds = (performance.now() - start) / 1000;
  await page.waitForFunction(() => document.querySelector('[data-testid=chat-ask]')?.matches(':not(:disabled, [aria-disabled=true])'));
  return { question, round, text, seconds };
}

/** The screen, or one section at its top. */
async function picture(page: Page, path: string, element: string | null): Promise<void> {
  if (element !== null)
    await part(page, element)
      .first()
      .evaluate((node) => node.scrollIntoView({ block: 'start' }));
  await page.screenshot({ path });
}

/** The names of the files in a zip, which are written under a folder. */
function unpacked(zip: string, into: string): readonly string[] {
  const files = unzipSync(new Uint8Array(readFileSync(zip)));
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(into, name);
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return Object.keys(files);
}
