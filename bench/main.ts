/**
 * `npm run bench`: how fast this machine is with our engine and with others, side by side, in Chrome on the CPU and on WebGPU. Each
 * program runs alone in a worker; every ratio compares the same shapes and batch on the same adapter, with as many threads.
 * `npm run bench -- --help` has more.
 *
 * The page of the others is not isolated from other sites, as it is not on a static host: they have one thread there. Where ours has several it
 * is another page, which is.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { findBrowser } from '../scripts/browser.ts';
import { answered, claimFile, WrongCall } from '../scripts/command-line.ts';
import { currentCommit, ROOT } from '../scripts/commit.ts';
import { BITS, BITS_THREADS, figuresOf, figuresTable, PYTORCH, type Row, type Speed } from '../scripts/speed.ts';
import { plain } from '../scripts/table.ts';
import type { BackendName } from '../src/contracts/engine.ts';
import { wallClock } from '../src/lab/measure/clock.ts';
import type { LlamaShape } from '../src/lab/measure/parts.ts';
import { SHAPES, type DeviceKind } from '../src/lab/measure/shapes.ts';
import { measureAgainst } from './against.ts';
import { openChrome } from './chrome.ts';
import { installPeers, peerVersions } from './install.ts';
import { subjectsOf, type Job } from './job.ts';
import { openNode } from './node.ts';
import { HELP, readOptions, STDOUT, type BenchOptions } from './options.ts';
import { measurePyTorch } from './pytorch.ts';
import { deviceOf, processorClock, type RowOfJob, tableOf, withRatios } from './row.ts';
import type { Runner } from './runner.ts';

/** A job that takes longer than this is ended. */
const LIMIT = { quick: 300_000, full: 900_000 };

/** What is measured where no other program is. */
const OWN: readonly string[] = ['the device', 'ours'];

const CORES = cpus().length;

/** The decoder that is worth its time only for ours and for native programs, where there is no card. */
const LARGE = '135 M';

/** The decoders that are worth their time on a kind of device. */
function shapesOf(kind: DeviceKind, { quick, large }: BenchOptions): readonly LlamaShape[] {
  if (kind === 'card' || large) return SHAPES;
  if (kind === 'cpu') return quick ? SHAPES.slice(0, 2) : SHAPES;
  return SHAPES.filter(({ key }) => key !== LARGE && !(quick && key === '10 M'));
}

/** What runs on one backend, the subjects of a part one after the other so that what is compared is measured close together. */
function jobsOf(backend: BackendName, kind: DeviceKind, options: BenchOptions): readonly (readonly Job[])[] {
  const { only, figures, quick, runtime, alone, large } = options;
  const shapes = shapesOf(kind, options);
  const job = (part: string, subject: Job['subject'], threads: number): Job => ({
    subject,
    backend,
    threads,
    part,
    only,
    figures,
    quick,
    kind,
  });
  const subjects = (part: string) => {
    const all = subjectsOf(part, backend, runtime);
    if (figures) return all.filter((name) => name === 'ours' || (name === 'jax-js' && !alone && part !== LARGE));
    return all.filter((name) => !(alone || (kind === 'cpu' && part === LARGE && !large)) || OWN.includes(name));
  };
  const parts = [...(figures ? [] : ['operations']), ...shapes.map(({ key }) => key)].map((part) => [
    ...subjects(part).map((subject) => job(part, subject, 1)),
    // only what is large is shared by threads
    ...(kind === 'cpu' && part === LARGE && CORES > 1 ? [job(part, 'ours', CORES)] : []),
  ]);
  return kind === 'cpu' && !quick ? [...parts, BITS_THREADS.map((threads) => job(BITS, 'ours', threads))] : parts;
}

type Say = (text: string) => void;
type Rows = Omit<Row, 'ratio'>[];

/** A line a row as it comes. */
function lineOf({ name, shape, subject, threads, value, unit, note }: RowOfJob): string {
  const who = threads === 1 ? subject : `${subject}, ${threads} threads`;
  return `  ${name}, ${shape}, ${who}: ${value === null ? `failed, ${note}` : `${value.toPrecision(4)} ${unit}`}`;
}

async function measure(runner: Runner, options: BenchOptions, say: Say): Promise<readonly Row[]> {
  const { runtime, webgpu } = runner;
  const { only, figures, quick, pytorch } = options;
  const limit = quick ? LIMIT.quick : LIMIT.full;
  const rows: Rows = [];
  for (const backend of ['wasm', 'webgpu'] as const) {
    if (options.backend !== null && options.backend !== backend) continue;
    if (options.figures && backend !== 'wasm') continue;
    const device = backend === 'wasm' ? { device: 'WebAssembly SIMD', software: true } : webgpu;
    if (device === null) {
      say(`${runtime} has no WebGPU adapter here; webgpu is left out.\n`);
      continue;
    }
    const fixed = { runtime, backend, ...device };
    say(`${deviceOf(fixed)} ...`);
    const broken = new Set<string>();
    const take = (row: RowOfJob): void => {
      rows.push({ ...row, ...fixed });
      if (row.name === 'start' && row.threads === 1) broken.add(row.subject); // it cannot even be opened here
      say(lineOf(row));
    };
    for (const jobs of jobsOf(backend, backend === 'wasm' ? 'cpu' : device.software ? 'software' : 'card', options)) {
      for (const job of jobs) {
        if (broken.has(job.subject)) continue;
        const reason = await runner.run(job, limit, take);
        const { part: shape, subject, threads } = job;
        if (reason !== '') take({ name: 'job', shape, subject, backend, threads, value: null, unit: '', note: `${subject}: ${reason}` });
      }
      const shape = SHAPES.find(({ key }) => key === jobs[0]?.part);
      if (!pytorch || backend !== 'wasm' || shape === undefined) continue;
      const wanted = { shape, seconds: quick ? 0.3 : 2, only, figures };
      for (const threads of new Set([1, CORES])) await measurePyTorch({ ...wanted, threads }, limit, take);
    }
  }
  if (options.against !== null) rows.push(...(await measureAgainst(options.against, options, say)));
  return withRatios(sorted(rows));
}

/** Rows of the same measurement below each other, in the order in which the measurements came. */
function sorted(rows: Rows): Rows {
  const keyOf = ({ runtime, backend, name, shape }: Rows[number]): string => `${runtime}|${backend}|${shape}|${name}`;
  const keys = [...new Set(rows.map(keyOf))];
  return rows.toSorted((a, b) => keys.indexOf(keyOf(a)) - keys.indexOf(keyOf(b)));
}

async function printProfile(processor: boolean): Promise<void> {
  const { openBackend } = await import('../src/engine/backend.ts');
  const { profile } = await import('./profile.ts');
  await openBackend('wasm');
  for (const shape of SHAPES.slice(0, 2)) console.log(`${await profile(processor ? processorClock : wallClock, shape)}\n`);
}

function checkCommit(commit: string): void {
  try {
    execFileSync('git', ['rev-parse', '--verify', '--end-of-options', `${commit}^{commit}`], { cwd: ROOT, stdio: 'ignore' });
  } catch (error) {
    throw new WrongCall(`There is no commit ${commit} here; --against names one of this project.`, { cause: error });
  }
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, HELP, async () => {
    const options = readOptions(args);
    const { json, against, runtime, profile, cpu } = options;
    if (json !== null && json !== STDOUT) claimFile('--json', json);
    if (against !== null) checkCommit(against);
    if (runtime === 'chrome') findBrowser();
    if (!profile) return bench(args, options);
    await printProfile(cpu);
    return 0;
  });
}

async function bench(args: readonly string[], options: BenchOptions): Promise<number> {
  // where the rows go to the standard output, nothing else does
  const say: Say = (text) => (options.json === STDOUT ? console.error : console.log)(text);
  if (!options.alone) installPeers(options, say);
  const runner =
    options.runtime === 'chrome'
      ? await openChrome(new Set(shapesOf('cpu', options).map(({ key }) => key)))
      : await openNode({ processor: options.cpu });
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const machine = cpus()[0]?.model ?? 'unknown processor';
  const peers = [...(options.alone ? [] : peerVersions()), ...(options.pytorch ? [PYTORCH] : [])];
  say(`${machine}, ${CORES} cores, load ${load}\n${peers.join(', ')}\n`);
  try {
    const rows = await measure(runner, options, say);
    const figures = figuresOf(rows);
    say(`\n${tableOf(rows)}\n\n${plain(figuresTable(figures))}`);
    const { runtime } = runner;
    const command = ['npm run bench --', ...args].join(' ');
    const date = new Date().toISOString().slice(0, 10);
    const speed: Speed = { machine, cores: CORES, load, date, commit: currentCommit(), runtime, command, peers, rows, figures };
    const text = `${JSON.stringify(speed, null, 2)}\n`;
    if (options.json === STDOUT) process.stdout.write(text);
    else if (options.json !== null) writeFileSync(options.json, text);
    return rows.some(({ value }) => value !== null) ? 0 : 1;
  } finally {
    await runner.close();
  }
}
