/**
 * `npm run demo`: builds the page, opens it in Chrome or Chromium, runs one experiment there exactly as a visitor would, prints a
 * table that grows by the round, and writes its files (page-run.ts, `FILES`). Every run option is an argument. With
 * --experiment it runs a whole file of arms and seeds instead.
 *
 *     npm run demo -- --world ladder --seed 7 --method soft+ --rounds 4 --prompts 480 --backend wasm --headless --out runs/mine
 *     npm run demo -- --experiment results/experiments/ladder.json --out runs/ladder
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
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
import { answered, claimPlace, printable, readCommand, wholeNumber, WrongCall } from './command-line.ts';
import { ROOT } from './commit.ts';
import { claimFolder, type Design, readDesign, runExperiment } from './experiment.ts';
import { type PageEvent, runInPage, type Wanted } from './page-run.ts';
import { keptIn, scratchFolder } from './scratch.ts';
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

/** More pages than any machine has room for. */
const MOST_JOBS = 64;

/** More runs than anybody waits for. */
const MOST_SEEDS = 1000;

/** What an option takes: `icl|single|soft`, `1..8`, `true|false`. */
function rangeOf(name: OptionName): string {
  const option = optionOf(name);
  if (option.type === 'choice') return option.choices.map(({ value }) => value).join('|');
  return option.type === 'switch' ? 'true|false' : `${option.min}..${option.max}`;
}

/** The options that are no settings of a run; none has the name of one, which would be out of reach. */
const OWN = {
  backend: 'text',
  headless: 'flag',
  out: 'text',
  model: 'text',
  'probe-file': 'text',
  experiment: 'text',
  seeds: 'text',
  jobs: 'text',
  'any-commit': 'flag',
} as const;
const COMMAND = { name: 'npm run demo', options: { ...Object.fromEntries(OPTION_NAMES.map((name) => [name, 'text'] as const)), ...OWN } };

export const USAGE = `npm run demo -- [options]
  --backend auto|wasm|webgpu   where the tensors live (default auto)
  --headless                   do not show the window
  --out DIR                    where the results go (default runs/METHOD-seedN)
  --model PATH                 a model folder or GGUF file of your own, aligned on the English kit or on the kit inside
  --probe-file FILE            questions for that model, such as TruthfulQA.csv, asked once at the end of the base and of what is returned
${OPTION_NAMES.map((name) => `  --${name} ${rangeOf(name)} (default ${DEFAULTS[name]})\n      ${OPTIONS[name].help}`).join('\n')}

npm run demo -- --experiment FILE.json [options]
  runs {"arms": [{"name", "options"}], "seeds": [..], "reference": "arm"} without a window; again, it runs only what is missing
  --backend auto|wasm|webgpu   where the tensors live (default auto)
  --seeds A-B                  these seeds in place of the file's
  --jobs N                     pages at once (default ${JOBS})
  --any-commit                 takes runs that are there already also from another commit, and names both
  --model PATH, --probe-file FILE   as above, for every arm; one page at once unless --jobs says more
  --out DIR                    where the results go (default runs/FILE)`;

/** The seeds from A to B; throws with a sentence. */
function readSeeds(range: string): readonly number[] {
  const [, first, last] = (/^(\d{1,6})-(\d{1,6})$/.exec(range) ?? []).map(Number);
  if (first === undefined || last === undefined || last < first || last - first >= MOST_SEEDS)
    throw new WrongCall(`--seeds must be a range such as 101-110, of at most ${MOST_SEEDS} seeds; “${range}” is not.`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Reads the command line; throws with a sentence that names what is wrong. */
export function readArguments(args: readonly string[]): Arguments {
  const given = readCommand(args, COMMAND);
  const pairs = OPTION_NAMES.flatMap((name): [string, string][] => {
    const text = given.text(name);
    return text === null ? [] : [[name, text]];
  });
  const { config, refusals } = parseOptions(pairs);
  // so it was called once
  if (refusals[0]?.name === 'probes') throw new WrongCall(`${refusals[0].message} A file of questions goes with --probe-file.`);
  if (refusals[0] !== undefined) throw new WrongCall(refusals[0].message);
  const backend = given.text('backend') ?? 'auto';
  if (backend !== 'auto' && backend !== 'wasm' && backend !== 'webgpu') throw new WrongCall('Backend must be auto, wasm or webgpu.');
  const place = (name: 'experiment' | 'model' | 'probe-file'): string | null => {
    const text = given.text(name);
    return text === null ? null : resolve(ROOT, text);
  };
  const [experiment, model, probes] = [place('experiment'), place('model'), place('probe-file')];
  const [anyCommit, ownJobs, ownSeeds] = [given.has('any-commit'), given.text('jobs'), given.text('seeds')];
  if (probes !== null && model === null) throw new WrongCall('--probe-file goes with --model only: a world has no kit.');
  if (anyCommit && experiment === null) throw new WrongCall('--any-commit goes with --experiment only: a single run is always made.');
  if (experiment === null && ownJobs !== null) throw new WrongCall('--jobs goes with --experiment only: a single run has one page.');
  if (experiment === null && ownSeeds !== null) throw new WrongCall('--seeds goes with --experiment only: a single run has one --seed.');
  // a large model takes all cores by itself
  const jobs = ownJobs === null ? (model === null ? JOBS : 1) : wholeNumber('--jobs', ownJobs, [1, MOST_JOBS]);
  const seeds = ownSeeds === null ? null : readSeeds(ownSeeds);
  const [stranger] = pairs[0] ?? [];
  if (experiment !== null && stranger !== undefined) {
    const where = stranger === 'seed' ? '“seeds”' : 'the options of an arm';
    throw new WrongCall(`--${stranger} does not go with --experiment; write it into ${where} in ${basename(experiment)}.`);
  }
  const world = config.world === DEFAULTS.world ? '' : `${config.world}-`;
  const plain = experiment === null ? `${world}${config.method}-seed${config.seed}` : basename(experiment, '.json');
  const name = model === null ? plain : `${plain}-${basename(model, '.gguf')}`;
  const out = resolve(ROOT, given.text('out') ?? `runs/${name}`);
  return { config, backend, headless: given.has('headless'), out, experiment, seeds, jobs, model, probes, anyCommit };
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
      console.log(printable(`${event.failure.message} (${event.failure.code})`));
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
  const profile = scratchFolder('step-on-feet');
  try {
    const context = await chromium.launchPersistentContext(profile.path, {
      executablePath: findBrowser(),
      headless,
      args: browserArguments({ software }),
      env: keptIn(profile),
      viewport: headless ? { width: 1280, height: 900 } : null,
    });
    try {
      return await use(context);
    } finally {
      await context.close();
    }
  } finally {
    profile.remove();
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
    console.error(printable((error as Error).message));
    return 1;
  }
  const { seconds, firstSampleSeconds, bestRound } = result;
  console.log(`best round ${bestRound}; ${seconds.toFixed(1)} s in all, first sample after ${firstSampleSeconds.toFixed(1)} s`);
  console.log(printable(`results in ${wanted.out}`));
  return 0;
}

/** What the command line asks for, found out to be possible: files, the place of the results, a browser. */
function prepared(args: readonly string[]): { readonly wanted: Arguments; readonly design: Design | null } {
  const wanted = readArguments(args);
  for (const [option, path, what] of [
    ['--model', wanted.model, 'a model folder or a GGUF file'],
    ['--probe-file', wanted.probes, 'a file of questions'],
  ] as const)
    if (path !== null && !existsSync(path)) throw new WrongCall(`There is no ${path}; ${option} names ${what}.`);
  const design = wanted.experiment === null ? null : readDesign(wanted.experiment, wanted.seeds);
  claimPlace('--out', wanted.out);
  findBrowser();
  if (design !== null) claimFolder(wanted);
  return { wanted, design };
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, USAGE, async () => {
    const { wanted, design } = prepared(args);
    // An experiment keeps the page that it runs: dist/ may be built anew meanwhile.
    const place = design === null ? {} : { folder: join(wanted.out, 'page') };
    await buildSite(place);
    const site = await serveSite(place);
    try {
      return design === null ? await runOnce(wanted, site.url) : await runExperiment(design, wanted, site.url);
    } finally {
      await site.close();
    }
  });
}
