/**
 * `npm run bench`: how fast this machine is with our engine and with others, side by side, in Chrome on the CPU and on WebGPU. Each
 * program runs alone in a worker; every ratio compares the same shapes and batch on the same adapter. `npm run bench -- --help` has more.
 *
 * The page is not isolated from other sites, as it is not on a static host: every program has one thread.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { BackendName } from '../src/contracts/engine.ts';
import { openChrome } from './chrome.ts';
import { installPeers, peerVersions } from './install.ts';
import { subjectsOf, type Job } from './job.ts';
import { openNode } from './node.ts';
import { HELP, readOptions, type BenchOptions } from './options.ts';
import { wallClock } from '../src/lab/measure/clock.ts';
import { deviceOf, processorClock, tableOf, withRatios, type Row } from './row.ts';
import type { Runner } from './runner.ts';
import { SHAPES, type DeviceKind } from '../src/lab/measure/shapes.ts';
import type { LlamaShape } from '../src/lab/measure/parts.ts';

/** A job that takes longer than this is ended. */
const LIMIT = { quick: 300_000, full: 900_000 };

/** What is measured where no other program is. */
const OWN: readonly string[] = ['the device', 'ours'];

/** The decoders that are worth their time on a kind of device. */
function shapesOf(kind: DeviceKind, { quick, large }: BenchOptions): readonly LlamaShape[] {
  if (kind === 'card' || large) return SHAPES;
  return SHAPES.filter(({ key }) => key !== '135 M' && !(quick && key === '10 M'));
}

/** What runs on one backend, the subjects of a part one after the other so that what is compared is measured close together. */
function jobsOf(backend: BackendName, kind: DeviceKind, options: BenchOptions): readonly Job[] {
  const { only, quick, runtime, alone } = options;
  const parts = ['operations', ...shapesOf(kind, options).map(({ key }) => key)];
  const subjects = (part: string) => subjectsOf(part, backend, runtime).filter((name) => !alone || OWN.includes(name));
  return parts.flatMap((part) => subjects(part).map((subject) => ({ subject, backend, part, only, quick, kind })));
}

async function measure(runner: Runner, options: BenchOptions): Promise<readonly Row[]> {
  const { runtime, webgpu } = runner;
  const rows: Omit<Row, 'ratio'>[] = [];
  for (const backend of ['wasm', 'webgpu'] as const) {
    if (options.backend !== null && options.backend !== backend) continue;
    const device = backend === 'wasm' ? { device: 'WebAssembly SIMD', software: true } : webgpu;
    if (device === null) {
      console.log(`${runtime} has no WebGPU adapter here; webgpu is left out.\n`);
      continue;
    }
    const fixed = { runtime, backend, ...device };
    console.log(`${deviceOf(fixed)} ...`);
    const broken = new Set<string>();
    for (const job of jobsOf(backend, backend === 'wasm' ? 'cpu' : device.software ? 'software' : 'card', options)) {
      if (broken.has(job.subject)) continue;
      const reason = await runner.run(job, options.quick ? LIMIT.quick : LIMIT.full, (row) => {
        rows.push({ ...row, ...fixed });
        const { name, shape, subject, value, unit, note } = row;
        if (name === 'start') broken.add(subject); // it cannot even be opened here
        console.log(`  ${name}, ${shape}, ${subject}: ${value === null ? `failed, ${note}` : `${value.toPrecision(4)} ${unit}`}`);
      });
      if (reason === '') continue;
      console.log(`  ${job.subject}, ${job.part}: ${reason}`);
      rows.push({ ...fixed, name: 'job', shape: job.part, subject: job.subject, value: null, unit: '', note: `${job.subject}: ${reason}` });
    }
  }
  return withRatios(sorted(rows));
}

/** Rows of the same measurement below each other, in the order in which the measurements came. */
function sorted(rows: readonly Omit<Row, 'ratio'>[]): readonly Omit<Row, 'ratio'>[] {
  const keyOf = ({ backend, name, shape }: Omit<Row, 'ratio'>): string => `${backend}|${shape}|${name}`;
  const keys = [...new Set(rows.map(keyOf))];
  return rows.toSorted((a, b) => keys.indexOf(keyOf(a)) - keys.indexOf(keyOf(b)));
}

async function printProfile(processor: boolean): Promise<void> {
  const { openBackend } = await import('../src/engine/backend.ts');
  const { profile } = await import('./profile.ts');
  await openBackend('wasm');
  for (const shape of SHAPES.slice(0, 2)) console.log(`${await profile(processor ? processorClock : wallClock, shape)}\n`);
}

export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    console.error(options);
    return options === HELP ? 0 : 2;
  }
  if (options.profile) {
    await printProfile(options.cpu);
    return 0;
  }
  if (!options.alone) installPeers(options);
  const runner =
    options.runtime === 'chrome'
      ? await openChrome(new Set(shapesOf('cpu', options).map(({ key }) => key)))
      : await openNode({ processor: options.cpu });
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, one thread a program, load ${load}`;
  console.log(`${machine}\n${peerVersions().join(', ')}\n`);
  try {
    const rows = await measure(runner, options);
    console.log(`\n${tableOf(rows)}`);
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify({ machine, load, peers: peerVersions(), rows }, null, 2)}\n`);
    return rows.some(({ value }) => value !== null) ? 0 : 1;
  } finally {
    await runner.close();
  }
}
