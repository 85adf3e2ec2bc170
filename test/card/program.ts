/**
 * What the bundle of bundle.ts runs: checks and measures WebGPU on this machine, in Node through Dawn. Progress goes to the standard error;
 * the standard output is one JSON (report.ts). Ends with 0, with 1 where anything is wrong, with 2 where there is no adapter.
 *
 *     sh run.sh [--limit SECONDS] [--only PART] [--every-test]
 */
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import embedded from 'virtual:embedded';
import type { Measured } from '../../bench/row.ts';
import { findAdapter, type FoundAdapter } from '../../src/engine/webgpu-device.ts';
import { takeFound } from '../engine/ops/case.ts';
import { openDawn } from './dawn.ts';
import { doParts, type Part } from './limit.ts';
import { pageRun, SHORT } from './page-run.ts';
import { reportOf, statusOf, type Adapter, type Check, type DefaultRun } from './report.ts';
import { speeds } from './speed.ts';
import { testFiles } from './tests.ts';
import { runTests } from './vitest.ts';

/** Six minutes with unpacking, starting and the longest piece of work that nothing can interrupt. */
const LIMIT = 340;
const COMMIT = (import.meta.env['VITE_COMMIT'] as string | undefined) ?? 'unknown';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The files of the page and of the tests, by their addresses; nothing else can be fetched, but what this process made itself. */
function serveEmbedded(): void {
  const real = globalThis.fetch;
  globalThis.fetch = (address, ...more) => {
    if (typeof address === 'string' && address.startsWith('blob:')) return real(address, ...more);
    const bytes = embedded[typeof address === 'string' ? address : ''];
    return Promise.resolve(bytes === undefined ? new Response(null, { status: 404 }) : new Response(Buffer.from(bytes, 'base64')));
  };
}

function described({ adapter, name, software }: FoundAdapter): Adapter {
  const limits = Object.fromEntries(
    Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(adapter.limits))).flatMap((key) => {
      const value: unknown = Reflect.get(adapter.limits, key);
      return typeof value === 'number' ? [[key, value]] : [];
    }),
  );
  return { name, software, limits, features: [...adapter.features].toSorted() };
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const options = { dawn: text, limit: text, only: text, 'every-test': { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  const limit = Number(values.limit ?? LIMIT);
  if (!(limit > 0)) throw new Error('--limit is a number of seconds');
  if (values.dawn === undefined) throw new Error('--dawn is the file of Dawn’s library; run.sh names it');
  openDawn(values.dawn);
  serveEmbedded();
  console.log = console.error; // the standard output is for the report
  const found = await findAdapter();
  if (found === null) {
    say('There is no WebGPU adapter: the graphics driver brings no Vulkan, or there is no card.');
    process.stdout.write(`${JSON.stringify({ commit: COMMIT, adapter: null })}\n`);
    return 2;
  }
  const { software } = found;
  say(`${found.name}${software ? ', a SOFTWARE ADAPTER, no card' : ''}; at most ${limit} s`);

  let firstAnswerSeconds: number | null = null;
  let run: DefaultRun | null = null;
  const measured: Measured[] = [];
  const errors = new Map<string, ReturnType<typeof takeFound>>();
  let outcomes: ReturnType<typeof runTests>['outcomes'] = () => [];
  const shortened = software ? SHORT : {};
  const parts: readonly Part[] = [
    {
      name: 'first answer',
      until: 0.2,
      run: async () => {
        const begun = await pageRun({ shortened, commit: COMMIT }, ({ type }) => type === 'sample');
        ({ firstAnswerSeconds } = begun);
        say(`first answer after ${firstAnswerSeconds?.toFixed(1)} s`);
      },
    },
    {
      name: 'operations',
      until: 0.55,
      run: async (left) => {
        const tests = runTests(testFiles({ every: values['every-test'] === true }), {
          may: () => left() > 0,
          before: () => void takeFound(),
          after: ({ what, state, seconds, reason }) => {
            errors.set(what, takeFound());
            if (state === 'wrong' || seconds > 5) say(`${state}: ${what}, ${seconds.toFixed(1)} s${reason === null ? '' : `: ${reason}`}`);
          },
          milliseconds: 1000 * limit,
        });
        ({ outcomes } = tests);
        await tests.finished;
      },
    },
    {
      name: 'speeds',
      until: 0.75,
      run: (left, missing) => {
        const emit = (row: Measured): void => {
          measured.push(row);
          say(`${row.name}, ${row.shape}: ${row.value === null ? `failed, ${row.note}` : `${row.value.toPrecision(4)} ${row.unit}`}`);
        };
        return speeds(software ? 'software' : 'card', { left, missing, emit });
      },
    },
    {
      name: 'default run',
      until: 0.98,
      run: async (left, missing) => {
        run = await pageRun({ shortened, commit: COMMIT }, ({ type, seconds }) => {
          if (type === 'round') say(`a round of the default run after ${seconds.toFixed(0)} s`);
          return left() <= 0;
        });
        if (!run.finished) missing(`default run after ${run.zeroShot.length - 1} rounds`);
      },
    },
  ];
  const wanted = parts.filter(({ name }) => values.only === undefined || values.only === name);
  const done = await doParts(values.only === undefined ? wanted : wanted.map((part) => ({ ...part, until: 1 })), limit);

  const checks: readonly Check[] = outcomes().map((outcome) => {
    const { error, allowed } = errors.get(outcome.what) ?? { error: 0, allowed: 0 };
    return { ...outcome, ...(allowed === 0 ? { error: null, allowed: null } : { error, allowed }) };
  });
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${process.platform}, Node ${process.version}`;
  const report = reportOf({ commit: COMMIT, machine, adapter: described(found), firstAnswerSeconds, measured, run, checks }, done, limit);
  const { right, wrong, notRun } = report.operations;
  say(`operations: ${right} right, ${wrong} wrong, ${notRun} not run${report.complete ? '' : `; missing: ${report.missing.join(', ')}`}`);
  await new Promise<void>((resolve) => void process.stdout.write(`${JSON.stringify(report)}\n`, () => resolve()));
  return statusOf(report);
}

process.exit(await main());
