/**
 * An experiment: every arm with every seed, each run in a headless page of its own, several pages at once. What an earlier session
 * finished with the same options and the same commit is taken as it is. Knows nothing of what an option does.
 */
import { createHash } from 'node:crypto';
import { roundsOf } from '../src/run/recipe.ts';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright';
import { configOf } from '../src/run/arm.ts';
import { type Experiment, readExperiment } from '../src/run/experiment-file.ts';
import { AppError } from '../src/errors.ts';
import { compare, type Comparison } from '../src/comparison/compare.ts';
import type { RunResult } from '../src/run/records.ts';
import { browserArguments, findBrowser } from './browser.ts';
import { printable, WrongCall } from './command-line.ts';
import { FILES, type PageEvent, runInPage, type Wanted } from './page-run.ts';
import { Progress } from './progress.ts';
import { currentCommit } from './commit.ts';
import { keptIn, scratchFolder, whenTold } from './scratch.ts';
import { percent1 } from '../src/shares.ts';
import { plain } from './table.ts';
import { tableOf } from '../src/comparison/columns.ts';

/** An experiment and the arm that the others are compared with. */
export type Design = { readonly experiment: Experiment; readonly reference: string };

export const REPORT = 'experiment.json';

/** What the report of an experiment says. */
export type Report = {
  readonly experiment: Experiment;
  readonly commit: string;
  readonly machine: string;
  /** Of all runs together, as if one had followed the other. */
  readonly seconds: number;
  readonly comparison: Comparison;
};

type Options = Pick<Wanted, 'backend' | 'out' | 'model' | 'probes'> & { readonly jobs: number; readonly anyCommit: boolean };
type Job = Wanted & { readonly arm: string };
type Failed = { readonly job: Job; readonly reason: string };

/** Letters of an arm's name that its folder takes at most: some systems stop at 255 bytes. */
const LONGEST = 48;

/**
 * The folder of an arm's runs, without the seed: letters and digits of any writing. Where the name has more than a folder can say, as many as
 * are needed to tell it from others are added.
 */
function slug(arm: string): string {
  const plain = arm.normalize('NFC').toLowerCase();
  const said = plain.replaceAll(/[^\p{L}\p{M}\p{N}+.=]+/gu, '-').replaceAll(/^-+|-+$/g, '');
  const cut = Array.from(said).slice(0, LONGEST).join('');
  // oxlint-disable-next-line no-control-regex -- ASCII is what is looked for
  const lost = cut !== said || /[^\u0000-\u007f\p{L}\p{M}\p{N}]/u.test(plain) || said === '';
  const mark = lost ? createHash('sha256').update(plain).digest('hex').slice(0, 8) : '';
  return [cut, mark].filter((part) => part !== '').join('-');
}

/** The folder of a run inside that of its experiment. */
export function runFolder(arm: string, seed: number): string {
  return `${slug(arm)}-seed${seed}`;
}

/** An experiment from the text of its file; throws with a sentence that names what is wrong. */
export function parseDesign(text: string): Design {
  let experiment: Experiment;
  try {
    experiment = readExperiment(text);
  } catch (error) {
    // The advice of the code is for the page's form; the detail names the arm and the option.
    throw error instanceof AppError ? new WrongCall(error.detail, { cause: error }) : error;
  }
  const names = experiment.arms.map(({ name }) => name);
  const { reference = names[0] ?? '' } = experiment;
  const alike = names.find((name, index) => names.findIndex((other) => slug(other) === slug(name)) < index);
  if (alike !== undefined) throw new WrongCall(`The arm “${alike}” would write into the folder of another; give it a name of its own.`);
  return { experiment, reference };
}

/** Why a file is not read, by what the system says. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file.',
  ENOTDIR: 'there is no such file.',
  EISDIR: 'it is a folder; name a file in it.',
  EACCES: 'you may not read it.',
};

/** The same from the file. */
export function readDesign(file: string, seeds: readonly number[] | null = null): Design {
  try {
    const design = parseDesign(readFileSync(file, 'utf8'));
    return seeds === null ? design : { ...design, experiment: { ...design.experiment, seeds } };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === undefined ? message : (UNREADABLE[code] ?? `the system does not let it be read (${code}).`);
    throw new WrongCall(`${file} cannot be used: ${why}`, { cause: error });
  }
}

/** All seeds of an experiment in the order in which they run: one seed through all arms, then the next. */
function jobsOf({ arms, seeds }: Experiment, { backend, out, model, probes }: Options): readonly Job[] {
  return seeds.flatMap((seed) =>
    arms.map((arm) => ({ arm: arm.name, config: configOf(arm, seed), backend, model, probes, out: join(out, runFolder(arm.name, seed)) })),
  );
}

/** What the runs in an experiment's folder are of: a bundled model, or one of the user's. */
const [MODEL, BUNDLED] = ['model.txt', 'the bundled model'] as const;

/** A file or a folder by its name and how much there is of it: the same wherever it lies. */
function described(path: string): string {
  const bytes = (at: string): number =>
    statSync(at).isDirectory() ? readdirSync(at).reduce((sum, name) => sum + bytes(join(at, name)), 0) : statSync(at).size;
  return `${basename(path)} (${bytes(path)} bytes)`;
}

/** Makes the folder one model's, since its finished runs are taken as they are. Throws with a sentence when it is another's. */
export function claimFolder({ out, model, probes }: Pick<Wanted, 'out' | 'model' | 'probes'>): void {
  mkdirSync(out, { recursive: true });
  const [path, name] = [join(out, MODEL), [model, probes].flatMap((own) => (own === null ? [] : [described(own)])).join(', ') || BUNDLED];
  const before = existsSync(path) ? readFileSync(path, 'utf8') : readdirSync(out).length > 0 ? BUNDLED : name;
  if (before !== name) throw new WrongCall(`${out} holds runs of ${before}; name another folder with --out.`);
  writeFileSync(path, name);
}

/** The result that an earlier session left, if it came from these options and this code; null as `commit` takes any code. */
export function finished({ config, backend, out }: Wanted, commit: string | null): RunResult | null {
  try {
    const result = JSON.parse(readFileSync(join(out, FILES.result), 'utf8')) as RunResult;
    const same = isDeepStrictEqual(result.config, config) && result.commit !== 'unknown' && (commit === null || result.commit === commit);
    return same && (backend === 'auto' || result.backend === backend) ? result : null;
  } catch {
    return null;
  }
}

/** One browser for all pages, opened when it is first needed and again after it died. */
class Pages {
  #browser: Promise<Browser> | null = null;
  readonly #scratch = scratchFolder('step-on-feet');

  #opened(): Promise<Browser> {
    const open = async (): Promise<Browser> => {
      const browser = await chromium.launch({
        executablePath: findBrowser(),
        args: browserArguments({ software: false }),
        env: keptIn(this.#scratch),
      });
      browser.on('disconnected', () => (this.#browser = null));
      return browser;
    };
    return (this.#browser ??= open());
  }

  async version(): Promise<string> {
    return (await this.#opened()).version();
  }

  /** Hands an empty page to `use`, in a context that shares nothing with the others. */
  async with<T>(use: (page: Page) => Promise<T>): Promise<T> {
    const context = await (await this.#opened()).newContext({ viewport: { width: 1280, height: 900 } });
    try {
      return await use(await context.newPage());
    } finally {
      await context.close().catch(() => {}); // the browser may be gone
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const browser = await this.#browser?.catch(() => null);
    await browser?.close();
    this.#scratch.remove();
  }
}

/** Calls `work` on every item, at most `limit` at once. */
async function each<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

/** The score of a finished run that its line of progress shows. */
function words(job: Job, { config, base, rounds, bestRound, seconds }: RunResult): string {
  const best = rounds.find(({ round }) => round === bestRound) ?? base;
  return `${job.arm} seed ${job.config.seed}: ${percent1((roundsOf(config) === 0 ? base.fewShot : best.zeroShot) ?? 0)} in ${seconds.toFixed(1)} s`;
}

/** Runs the jobs and puts their results into `results`; a run that fails is listed and loses nobody else's. */
async function runAll(
  jobs: readonly Job[],
  {
    results,
    pages,
    limit,
    url,
  }: { readonly results: Map<Job, RunResult>; readonly pages: Pages; readonly limit: number; readonly url: string },
): Promise<readonly Failed[]> {
  const failures: Failed[] = [];
  const total = jobs.length;
  const open = jobs.filter((job) => !results.has(job));
  const progress = new Progress(total, total - open.length);
  /** Share of each run in progress that is done. */
  const shares = new Map<Job, number>();
  let ended = total - open.length;
  const show = (text: string) => progress.show(ended + [...shares.values()].reduce((sum, share) => sum + share, 0), text);
  await each(open, limit, async (job) => {
    const { config } = job;
    const note = (event: PageEvent): void => {
      const round = event.type === 'base' ? 0 : event.type === 'round' ? event.result.round : null;
      if (round === null) return;
      shares.set(job, Math.min(0.99, (round + 1) / (roundsOf(config) + 1)));
      show(`${job.arm} seed ${config.seed}: ${round === 0 ? 'base' : `round ${round}`}`);
    };
    let text: string;
    try {
      const result = await pages.with((page) => runInPage(page, url, job, note));
      results.set(job, result);
      text = words(job, result);
    } catch (error) {
      const reason = (error as Error).message;
      failures.push({ job, reason });
      text = `${job.arm} seed ${config.seed} failed`;
    }
    shares.delete(job);
    ended++;
    show(text);
  });
  return failures;
}

/**
 * Takes out of `results` the runs of every backend but the one that made most: with --backend auto an earlier session may have had another.
 * How many they were.
 */
export function leaveOutMixed<T>(results: Map<T, Pick<RunResult, 'backend'>>): number {
  const backends = [...results.values()].map(({ backend }) => backend);
  const count = (backend: string): number => backends.filter((other) => other === backend).length;
  const most = backends.toSorted((a, b) => count(b) - count(a))[0];
  const mixed = [...results].filter(([, { backend }]) => backend !== most);
  for (const [job] of mixed) results.delete(job);
  return mixed.length;
}

/** Processor, browser and engines, for the record. */
function machine(results: readonly RunResult[], browser: string): string {
  const engines = new Set(results.map(({ backend, device }) => `${backend} (${device})`));
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} threads, Chromium ${browser}, ${[...engines].join(', ')}`;
}

/** Runs what is missing, compares the arms and writes the report. The exit code: 0 only when every run has finished. */
export async function runExperiment({ experiment, reference }: Design, options: Options, url: string): Promise<number> {
  const commit = process.env['VITE_COMMIT'] ?? currentCommit();
  const jobs = jobsOf(experiment, options);
  const results = new Map<Job, RunResult>();
  for (const job of jobs) {
    const result = finished(job, options.anyCommit ? null : commit);
    if (result !== null) results.set(job, result);
  }
  const missing = jobs.length - results.size;
  const { length: seeds } = experiment.seeds;
  console.log(`${experiment.arms.length} arms, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, commit ${commit}`);
  console.log(
    `${results.size} of ${jobs.length} runs are there already; ${missing} to go, ${Math.min(options.jobs, Math.max(1, missing))} at once`,
  );

  // runs that are whole are files by now; those on their way are begun anew
  const ended = whenTold(() => console.error('\nStopped. The same command goes on where it was.'));
  await using pages = new Pages();
  const failures = await runAll(jobs, { results, pages, limit: options.jobs, url });
  ended();
  for (const { job, reason } of failures) console.error(printable(`${job.arm} seed ${job.config.seed}: ${reason}`));
  if (results.size === 0) return 1;

  const mixed = leaveOutMixed(results);
  const all = [...results.values()];
  const ofArm = (name: string) => jobs.flatMap((job) => (job.arm === name ? (results.get(job) ?? []) : []));
  const comparison = compare(
    experiment.arms.map(({ name }) => ({ name, results: ofArm(name) })),
    reference,
  );
  const seconds = all.reduce((sum, result) => sum + result.seconds, 0);
  const commits = [...new Set(all.map((result) => result.commit))].join(', ');
  const { arms } = experiment;
  const report: Report = {
    experiment: { arms, seeds: experiment.seeds },
    commit: commits,
    machine: machine(all, await pages.version()),
    seconds,
    comparison,
  };
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, REPORT), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\n${plain(tableOf(comparison))}\n`);
  console.log(
    printable(`results in ${options.out}`) +
      (failures.length === 0 ? '' : `; ${failures.length} of ${jobs.length} runs failed, the same command tries them again`),
  );
  if (mixed > 0) {
    console.log(
      `${mixed} runs were made on another backend and are left out; run the command again with --backend ${all[0]?.backend ?? ''}.`,
    );
  }
  return failures.length === 0 && mixed === 0 ? 0 : 1;
}
