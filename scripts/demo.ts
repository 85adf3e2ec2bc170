/**
 * `npm run demo`: builds the page, opens it in Chrome or Chromium, runs one experiment there exactly as a visitor would, prints a
 * table that grows by the round, and writes its files (page-run.ts, `FILES`). Every run option is an argument. With
 * --experiment it runs a whole file of arms and seeds instead.
 *
 *     npm run demo -- --world ladder --seed 7 --method soft+ --rounds 4 --prompts 480 --backend wasm --headless --out runs/mine
 *     npm run demo -- --experiment results/experiments/ladder.json --out runs/ladder
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';
import { type BrowserContext, chromium } from 'playwright';
import { parseOptions } from '../src/run/options.ts';
import { DEFAULTS, OPTION_NAMES, type OptionName, optionOf, OPTIONS } from '../src/run/config.ts';
import type { RunResult } from '../src/run/records.ts';
import type { EngineInfo } from '../src/contracts/engine.ts';
import type { RoundResult, Scores } from '../src/contracts/records.ts';
import { percent1 } from '../src/shares.ts';
import { browserArguments, findBrowser } from './browser.ts';
import { ROOT } from './commit.ts';
import { claimFolder, type Design, readDesign, runExperiment } from './experiment.ts';
import { type PageEvent, runInPage, type Wanted } from './page-run.ts';
import { buildSite, serveSite } from './site.ts';

type Arguments = Wanted & {
  readonly headless: boolean;
  /** A file of arms and seeds to run instead of the one `config`, on `jobs` pages at once. */
  readonly experiment: string | null;
  /** Seeds in place of the file's; null leaves them. */
  readonly seeds: readonly number[] | null;
  readonly jobs: number;
  /** Are runs of another commit that are there already taken as they are? */
  readonly anyCommit: boolean;
};

const JOBS = Math.max(1, Math.min(4, cpus().length));

/** More runs than anybody waits for. */
const MOST_SEEDS = 1000;

/** What an option takes: `icl|single|soft`, `1..8`, `true|false`. */
function rangeOf(name: OptionName): string {
  const option = optionOf(name);
  if (option.type === 'choice') return option.choices.map(({ value }) => value).join('|');
  return option.type === 'switch' ? 'true|false' : `${option.min}..${option.max}`;
}

export const USAGE = `npm run demo -- [options]
  --backend auto|wasm|webgpu   where the tensors live (default auto)
  --headless                   do not show the window
  --out DIR                    where the results go (default runs/METHOD-seedN)
  --model PATH                 a model folder or GGUF file of your own, aligned on the English kit or on the kit inside
  --probes FILE                questions for that model, such as TruthfulQA.csv, asked once at the end of the base and of what is returned
${OPTION_NAMES.map((name) => `  --${name} ${rangeOf(name)} (default ${DEFAULTS[name]})\n      ${OPTIONS[name].help}`).join('\n')}

npm run demo -- --experiment FILE.json [options]
  runs {"arms": [{"name", "options"}], "seeds": [..], "reference": "arm"} without a window; again, it runs only what is missing
  --backend auto|wasm|webgpu   where the tensors live (default auto)
  --seeds A-B                  these seeds in place of the file's
  --jobs N                     pages at once (default ${JOBS})
  --any-commit                 takes runs that are there already also from another commit, and names both
  --model PATH, --probes FILE  as above, for every arm; one page at once unless --jobs says more
  --out DIR                    where the results go (default runs/FILE)`;

/** The seeds from A to B; throws with a sentence. */
function readSeeds(range: string): readonly number[] {
  const [, first, last] = (/^(\d{1,6})-(\d{1,6})$/.exec(range) ?? []).map(Number);
  if (first === undefined || last === undefined || last < first || last - first >= MOST_SEEDS)
    throw new Error(`--seeds must be a range such as 101-110, of at most ${MOST_SEEDS} seeds; “${range}” is not.`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Reads the command line; throws with a sentence that names what is wrong. */
export function readArguments(args: readonly string[]): Arguments {
  const pairs: [string, string][] = [];
  const own = {
    backend: 'auto',
    out: '',
    experiment: '',
    seeds: null as string | null,
    jobs: '',
    model: '',
    headless: false,
    probes: '',
    anyCommit: false,
  };
  for (let i = 0; i < args.length; i++) {
    const name = (args[i] ?? '').replace(/^--/, '');
    if (!args[i]?.startsWith('--')) throw new Error(`“${args[i]}” is not an option; see npm run demo -- --help.`);
    if (name === 'headless') {
      own.headless = true;
      continue;
    }
    if (name === 'any-commit') {
      own.anyCommit = true;
      continue;
    }
    const value = args[++i];
    if (value === undefined) throw new Error(`--${name} needs a value.`);
    if (
      name === 'backend' ||
      name === 'out' ||
      name === 'experiment' ||
      name === 'seeds' ||
      name === 'jobs' ||
      name === 'model' ||
      name === 'probes'
    )
      own[name] = value;
    else pairs.push([name, value]);
  }
  const { config, refusals } = parseOptions(pairs);
  if (refusals[0] !== undefined) throw new Error(refusals[0].message);
  const { backend } = own;
  if (backend !== 'auto' && backend !== 'wasm' && backend !== 'webgpu') throw new Error('Backend must be auto, wasm or webgpu.');
  const experiment = own.experiment === '' ? null : resolve(ROOT, own.experiment);
  const model = own.model === '' ? null : resolve(ROOT, own.model);
  const probes = own.probes === '' ? null : resolve(ROOT, own.probes);
  if (probes !== null && model === null) throw new Error('--probes goes with --model only: a world has no kit.');
  if (own.anyCommit && experiment === null) throw new Error('--any-commit goes with --experiment only: a single run is always made.');
  // a large model takes all cores by itself
  const jobs = own.jobs === '' ? (model === null ? JOBS : 1) : Number(own.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs must be a whole number from 1; “${own.jobs}” is not.`);
  if (experiment === null && own.jobs !== '') throw new Error('--jobs goes with --experiment only: a single run has one page.');
  if (experiment === null && own.seeds !== null) throw new Error('--seeds goes with --experiment only: a single run has one --seed.');
  const seeds = own.seeds === null ? null : readSeeds(own.seeds);
  const [stranger] = pairs[0] ?? [];
  if (experiment !== null && stranger !== undefined) {
    const place = stranger === 'seed' ? '“seeds”' : 'the options of an arm';
    throw new Error(`--${stranger} does not go with --experiment; write it into ${place} in ${basename(experiment)}.`);
  }
  const world = config.world === DEFAULTS.world ? '' : `${config.world}-`;
  const plain = experiment === null ? `${world}${config.method}-seed${config.seed}` : basename(experiment, '.json');
  const name = model === null ? plain : `${plain}-${basename(model, '.gguf')}`;
  const out = resolve(ROOT, own.out === '' ? `runs/${name}` : own.out);
  return { config, backend, headless: own.headless, out, experiment, seeds, jobs, model, probes, anyCommit: own.anyCommit };
}

const percent = (share: number | null) => (share === null ? '–' : percent1(share)).padStart(9);

function row(name: string, scores: Scores, round?: RoundResult): string {
  const made = round === undefined ? ['', ''] : [`${round.kept} of ${round.prompts}`, percent(round.labelQuality)];
  return [
    name.padEnd(8),
    (made[0] ?? '').padStart(12),
    (made[1] ?? '').padStart(14),
    percent(scores.zeroShot),
    percent(scores.sampled ?? null),
    percent(scores.oneShot),
    percent(scores.fewShot),
  ].join(' ');
}

const isSlow = ({ backend, software }: EngineInfo) => backend === 'webgpu' && software;

/** Prints what is worth a line. */
function print(event: PageEvent): void {
  switch (event.type) {
    case 'started':
      console.log(
        `backend ${event.engine.backend} (${event.engine.device})${isSlow(event.engine) ? ', a software adapter: slow' : ''}` +
          (event.engine.workers > 1 ? `, ${event.engine.workers} workers answer` : '') +
          (event.engine.threads > 1 ? `, ${event.engine.threads} threads share the work` : ''),
      );
      console.log('round            kept  label quality zero-shot   sampled  one-shot  few-shot');
      return;
    case 'base':
      console.log(row('base', event.scores));
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
    case 'ordered':
    case 'finished':
    case 'failed':
    case 'stopped':
      return;
    default:
      event satisfies never;
  }
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

/** The single run, in a window where there is a screen. */
async function runOnce(wanted: Arguments, url: string): Promise<number> {
  const headless = wanted.headless || !hasDisplay();
  const run = (software: boolean): Promise<RunResult> =>
    withBrowser(headless, software, async (context) => runInPage(context.pages()[0] ?? (await context.newPage()), url, wanted, print));
  let result: RunResult;
  try {
    result = await run(false).catch((error: unknown) => {
      if (wanted.backend !== 'webgpu' || !(error as Error).message.includes('GPU_NONE')) throw error;
      console.log('There is no graphics card here; using the software adapter of the browser, which is right but slow.');
      return run(true);
    });
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
  const { seconds, firstSampleSeconds, bestRound } = result;
  console.log(`best round ${bestRound}; ${seconds.toFixed(1)} s in all, first sample after ${firstSampleSeconds.toFixed(1)} s`);
  console.log(`results in ${wanted.out}`);
  return 0;
}

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  let wanted: Arguments;
  let design: Design | null;
  try {
    wanted = readArguments(args);
    const { model } = wanted;
    if (model !== null && !existsSync(model)) throw new Error(`There is no ${model}; --model names a model folder or a GGUF file.`);
    design = wanted.experiment === null ? null : readDesign(wanted.experiment, wanted.seeds);
    if (design !== null) claimFolder(wanted);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  // An experiment keeps the page that it runs: dist/ may be built anew meanwhile.
  const place = design === null ? {} : { folder: join(wanted.out, 'page') };
  await buildSite(place);
  const site = await serveSite(place);
  try {
    return design === null ? await runOnce(wanted, site.url) : await runExperiment(design, wanted, site.url);
  } finally {
    await site.close();
  }
}
