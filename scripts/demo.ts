/**
 * `npm run demo`: builds the page, opens it in Chrome or Chromium, runs one experiment there exactly as a visitor would, prints a
 * table that grows by the round, and writes result.json, samples.jsonl and the adapter. Every run option is an argument.
 *
 *     npm run demo -- --seed 7 --method soft+ --rounds 4 --prompts 480 --backend wasm --headless --out runs/mine
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { chromium, type BrowserContext } from 'playwright';
import { DEFAULTS, formatOptions, OPTION_NAMES, OPTIONS, parseOptions } from '../src/options.ts';
import type { BackendName, EngineInfo, RoundResult, RunConfig, RunEvent, RunResult, Sample } from '../src/protocol.ts';
import { browserArguments, findBrowser } from './browser.ts';
import { buildSite, ROOT, serveSite } from './site.ts';

type Arguments = {
  readonly config: RunConfig;
  readonly backend: BackendName | 'auto';
  readonly headless: boolean;
  readonly out: string;
};

/** What one run in the page left. */
type Gathered = { result: RunResult | null; readonly samples: Map<number, readonly Sample[]>; failure: string | null };

const USAGE = `npm run demo -- [options]
  --backend auto|wasm|webgpu   where the tensors live (default auto)
  --headless                   do not show the window
  --out DIR                    where the results go (default runs/METHOD-seedN)
${OPTION_NAMES.map((name) => `  --${name} (default ${DEFAULTS[name]})`.padEnd(44) + OPTIONS[name].help).join('\n')}`;

/** Reads the command line; throws with a sentence that names what is wrong. */
export function readArguments(args: readonly string[]): Arguments {
  const pairs: [string, string][] = [];
  const own = { backend: 'auto', out: '', headless: false };
  for (let i = 0; i < args.length; i++) {
    const name = (args[i] ?? '').replace(/^--/, '');
    if (!args[i]?.startsWith('--')) throw new Error(`“${args[i]}” is not an option; see npm run demo -- --help.`);
    if (name === 'headless') {
      own.headless = true;
      continue;
    }
    const value = args[++i];
    if (value === undefined) throw new Error(`--${name} needs a value.`);
    if (name === 'backend' || name === 'out') own[name] = value;
    else pairs.push([name, value]);
  }
  const { config, refusals } = parseOptions(pairs);
  if (refusals[0] !== undefined) throw new Error(refusals[0].message);
  const { backend } = own;
  if (backend !== 'auto' && backend !== 'wasm' && backend !== 'webgpu') throw new Error('Backend must be auto, wasm or webgpu.');
  const out = resolve(ROOT, own.out === '' ? `runs/${config.method}-seed${config.seed}` : own.out);
  return { config, backend, headless: own.headless, out };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(9);

function row(name: string, scores: { zeroShot: number; oneShot: number; fewShot: number }, round?: RoundResult): string {
  const made = round === undefined ? ['', ''] : [`${round.kept} of ${round.prompts}`, percent(round.labelQuality)];
  return [
    name.padEnd(8),
    (made[0] ?? '').padStart(12),
    (made[1] ?? '').padStart(14),
    percent(scores.zeroShot),
    percent(scores.oneShot),
    percent(scores.fewShot),
  ].join(' ');
}

const isSlow = ({ backend, software }: EngineInfo) => backend === 'webgpu' && software;

/** Prints what is worth a line, and remembers what is written at the end. */
function note(record: Gathered, event: RunEvent): void {
  switch (event.type) {
    case 'started':
      console.log(`backend ${event.engine.backend} (${event.engine.adapter})${isSlow(event.engine) ? ', a software adapter: slow' : ''}`);
      console.log('round            kept  label quality zero-shot  one-shot  few-shot');
      return;
    case 'base':
      console.log(row('base', event.scores));
      return;
    case 'ordered':
      record.samples.set(event.round, event.samples);
      return;
    case 'round':
      console.log(row(String(event.result.round), event.result, event.result));
      return;
    case 'progress':
      if (process.stdout.isTTY) {
        const place = event.round === 0 ? 'base' : `round ${event.round}`;
        process.stdout.write(`\r${place}: ${event.phase} ${event.done} of ${event.total}\u001b[K\r`);
      }
      return;
    case 'warning':
      console.log(`${event.failure.message} (${event.failure.code})`);
      return;
    case 'finished':
      record.result = event.result;
      return;
    case 'failed':
      record.failure = `${event.failure.message} (${event.failure.code}: ${event.failure.detail})`;
      return;
    case 'stopped':
      record.failure = 'The run was stopped in the page.';
      return;
    case 'sample':
    case 'step':
    case 'paused':
    case 'resumed':
      return;
    default:
      event satisfies never;
  }
}

/** Drives the page to the end of one run and saves what it made. */
async function runInPage(context: BrowserContext, url: string, { config, backend, out }: Arguments): Promise<Gathered> {
  const record: Gathered = { result: null, samples: new Map(), failure: null };
  const page = context.pages()[0] ?? (await context.newPage());
  const ended = new Promise<void>((done) => {
    page.on('close', () => done());
    page.on('crash', () => {
      record.failure = 'The page crashed.';
      done();
    });
    void page.exposeFunction('noteRunEvent', (event: RunEvent) => {
      note(record, event);
      if (record.result !== null || record.failure !== null) done();
    });
  });
  await page.addInitScript(() => {
    document.addEventListener('run-event', (event) => {
      const listener = (globalThis as unknown as { noteRunEvent: (detail: unknown) => void }).noteRunEvent;
      listener((event as CustomEvent).detail);
    });
  });
  const options = formatOptions(config);
  await page.goto(`${url}?backend=${backend}#autorun=1${options === '' ? '' : `&${options}`}`);
  await ended;
  if (record.result === null) return record;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'result.json'), `${JSON.stringify(record.result, null, 2)}\n`);
  const lines = [...record.samples.values()].flat().map((sample) => JSON.stringify(sample));
  writeFileSync(join(out, 'samples.jsonl'), lines.map((line) => `${line}\n`).join(''));
  if (record.result.bestRound > 0) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-adapter').click()]);
    await download.saveAs(join(out, 'adapter_model.safetensors'));
  }
  return record;
}

/** Opens a browser with an empty profile and hands it to `use`. */
async function withBrowser<T>(headless: boolean, software: boolean, use: (context: BrowserContext) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'step-on-feet-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    headless,
    args: browserArguments({ software }),
    viewport: headless ? { width: 1280, height: 900 } : null,
  });
  try {
    return await use(context);
  } finally {
    await context.close();
    if (existsSync(profile)) rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  }
}

const hasDisplay = () =>
  process.platform !== 'linux' || process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  let wanted: Arguments;
  try {
    wanted = readArguments(args);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  await buildSite();
  const site = await serveSite();
  const headless = wanted.headless || !hasDisplay();
  try {
    let record = await withBrowser(headless, false, (context) => runInPage(context, site.url, wanted));
    if (wanted.backend === 'webgpu' && record.failure?.includes('GPU_NONE')) {
      console.log('There is no graphics card here; using the software adapter of the browser, which is right but slow.');
      record = await withBrowser(headless, true, (context) => runInPage(context, site.url, wanted));
    }
    if (record.result === null) {
      console.error(record.failure ?? 'The page was closed before the run had finished.');
      return 1;
    }
    const { seconds, firstSampleSeconds, bestRound } = record.result;
    console.log(`best round ${bestRound}; ${seconds.toFixed(1)} s in all, first sample after ${firstSampleSeconds.toFixed(1)} s`);
    console.log(`results in ${wanted.out}`);
    return 0;
  } finally {
    await site.close();
  }
}
