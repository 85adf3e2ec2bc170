/**
 * Runs jobs in Chrome: builds the benchmark's page into a temporary folder, serves it, opens it in a headless browser and hands the jobs
 * to it, one after the other. Knows no subject and no command line.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type Browser, chromium } from 'playwright';
import { build } from 'vite';
import { browserArguments, findBrowser } from '../scripts/browser.ts';
import { ISOLATING } from '../src/isolation.ts';
import { keptIn, scratchFolder } from '../scripts/scratch.ts';
import { simd } from '../scripts/simd-plugin.ts';
import { ROOT } from '../scripts/commit.ts';
import { serveSite } from '../scripts/site.ts';
import { isShared, type Job } from './job.ts';
import type { RowOfJob } from './row.ts';
import { writeModels } from './models.ts';
import type { BenchPage } from './page.ts';
import type { Device, Runner } from './runner.ts';

const PEERS = join(import.meta.dirname, 'peers/node_modules');

/** Peers that are not installed: left as they are written, so that the browser says in their rows that it cannot resolve them. */
function absentPeers(): string[] {
  return ['@jax-js/jax', '@genai-fi/nanogpt', '@huggingface/transformers'].filter((name) => !existsSync(join(PEERS, name)));
}

async function buildPage(folder: string): Promise<void> {
  const external = absentPeers();
  await build({
    root: ROOT,
    configFile: false,
    base: './',
    publicDir: false,
    logLevel: 'error',
    oxc: { target: 'es2023' },
    plugins: [simd()],
    worker: { format: 'es', plugins: () => [simd()], rolldownOptions: { external } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2023',
      minify: false,
      rolldownOptions: { input: join(import.meta.dirname, 'page.html') },
    },
  });
}

type Listener = (row: RowOfJob) => void;
type Tab = { readonly run: (job: Job, milliseconds: number, emit: Listener) => Promise<string>; readonly adapter: Device | null };

async function openTab(browser: Browser, url: string): Promise<Tab> {
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (process.env['BENCH_LOG'] !== undefined) console.error(message.text());
  });
  await page.goto(`${url}bench/page.html`);
  await page.waitForFunction(() => 'bench' in globalThis);
  let listener: Listener = () => {};
  await page.exposeFunction('noteRow', (row: RowOfJob) => listener(row));
  return {
    adapter: await page.evaluate(() => (globalThis as unknown as { bench: BenchPage }).bench.adapter()),
    run: (job, milliseconds, emit) => {
      listener = emit;
      return page.evaluate(([job, milliseconds]) => (globalThis as unknown as { bench: BenchPage }).bench.run(job, milliseconds), [
        job,
        milliseconds,
      ] as const);
    },
  };
}

/**
 * Opens a browser on the graphics card, or on its software adapter where there is no card, with the ONNX files of the named decoders. Where
 * threads share memory the page is isolated, and only there: other programs would take more threads by themselves.
 */
export async function openChrome(keys: ReadonlySet<string>): Promise<Runner> {
  const scratch = scratchFolder('step-on-feet-bench');
  process.once('exit', () => scratch.remove()); // also where something fails on the way
  const folder = join(scratch.path, 'page');
  await buildPage(folder);
  writeModels(folder, keys);
  const plain = await serveSite({ folder, port: 4273, headers: {} });
  const isolated = await serveSite({ folder, port: 4274, headers: ISOLATING });
  const launch = (software: boolean): Promise<Browser> =>
    chromium.launch({ executablePath: findBrowser(), args: browserArguments({ software }), env: keptIn(scratch) });
  let browser = await launch(false);
  let tab = await openTab(browser, plain.url);
  if (tab.adapter === null) {
    await browser.close();
    browser = await launch(true);
    tab = await openTab(browser, plain.url);
  }
  let shared: Tab | null = null;
  return {
    runtime: `Chromium ${browser.version()}`,
    webgpu: tab.adapter,
    run: async (job, milliseconds, emit) => {
      if (!isShared(job)) return tab.run(job, milliseconds, emit);
      shared ??= await openTab(browser, isolated.url);
      return shared.run(job, milliseconds, emit);
    },
    close: async () => {
      await browser.close();
      await plain.close();
      await isolated.close();
    },
  };
}
