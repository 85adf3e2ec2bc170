/**
 * Runs jobs in Chrome: builds the benchmark's page into a temporary folder, serves it, opens it in a headless browser and hands the jobs
 * to it, one after the other. Knows no subject and no command line.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { chromium, type Page } from 'playwright';
import { build } from 'vite';
import { browserArguments, findBrowser } from '../scripts/browser.ts';
import { simd } from '../scripts/simd-plugin.ts';
import { ROOT } from '../scripts/commit.ts';
import { serveSite } from '../scripts/site.ts';
import type { RowOfJob } from './job.ts';
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

async function openPage(
  url: string,
  software: boolean,
): Promise<{ page: Page; version: string; device: Device | null; close: () => Promise<void> }> {
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments({ software }) });
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (process.env['BENCH_LOG'] !== undefined) console.error(message.text());
  });
  await page.goto(`${url}bench/page.html`);
  await page.waitForFunction(() => 'bench' in globalThis);
  const device = await page.evaluate(() => (globalThis as unknown as { bench: BenchPage }).bench.adapter());
  return { page, version: browser.version(), device, close: () => browser.close() };
}

/** Opens a browser on the graphics card, or on its software adapter where there is no card, with the ONNX files of the named decoders. */
export async function openChrome(keys: ReadonlySet<string>): Promise<Runner> {
  const folder = mkdtempSync(join(tmpdir(), 'step-on-feet-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true })); // also where something fails on the way
  await buildPage(folder);
  writeModels(folder, keys);
  const site = await serveSite({ folder, port: 4273 });
  let opened = await openPage(site.url, false);
  if (opened.device === null) {
    await opened.close();
    opened = await openPage(site.url, true);
  }
  const { page, version, device, close } = opened;
  let listener: (row: RowOfJob) => void = () => {};
  await page.exposeFunction('noteRow', (row: RowOfJob) => listener(row));
  return {
    runtime: `Chromium ${version}`,
    webgpu: device,
    run: (job, milliseconds, emit) => {
      listener = emit;
      return page.evaluate(([job, milliseconds]) => (globalThis as unknown as { bench: BenchPage }).bench.run(job, milliseconds), [
        job,
        milliseconds,
      ] as const);
    },
    close: async () => {
      await close();
      await site.close();
    },
  };
}
