/**
 * The committed form of an experiment: what its figures and its table are made from, and no more. Options that all runs share stand
 * there once, and shares are rounded. Losses of steps and marks of questions are left out; each run's result.json has them. Knows no
 * picture and no README.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compare, type Comparison } from '../src/comparison/compare.ts';
import type { Experiment } from '../src/run/experiment-file.ts';
import type { Measured, Probed, Probes, RoundResult } from '../src/contracts/records.ts';
import { completed } from '../src/run/options.ts';
import type { RunConfig } from '../src/run/config.ts';
import type { RunResult } from '../src/run/records.ts';
import { type Report, REPORT, runFolder } from './experiment.ts';
import { FILES } from './page-run.ts';
import { isSpeedFile } from './speed.ts';

/** A run without what the set says for all. */
type SlimRun = Pick<RunResult, 'seed' | 'backend' | 'device' | 'seconds' | 'firstSampleSeconds' | 'bestRound' | 'adapterHash'> & {
  readonly arm: string;
  /** What differs from the set's `config`. */
  readonly config: Partial<RunConfig>;
  readonly base: Omit<Measured, 'marks'>;
  readonly rounds: readonly Omit<RoundResult, 'trainLoss' | 'marks'>[];
  /** Without what was said: each run's result.json has it. */
  readonly probes?: Probes;
};

export type ResultSet = {
  readonly name: string;
  readonly experiment: Experiment;
  readonly reference: string;
  readonly commit: string;
  readonly machine: string;
  /** Of all runs together, as if one had followed the other. */
  readonly seconds: number;
  readonly config: RunConfig;
  readonly runs: readonly SlimRun[];
};

function slim(arm: string, result: RunResult, shared: RunConfig): SlimRun {
  const { seed, backend, device, seconds, firstSampleSeconds, bestRound, adapterHash } = result;
  const { marks: _, ...base } = result.baseMeasured;
  const config = Object.fromEntries(Object.entries(result.config).filter(([name, value]) => shared[name as keyof RunConfig] !== value));
  const rounds = result.rounds.map((round) => {
    const { trainLoss: _, marks: __, ...measured } = round;
    return measured;
  });
  const { probes } = result;
  const slimmed = { arm, seed, config, base, rounds, bestRound, adapterHash, seconds, firstSampleSeconds, backend, device };
  return probes === undefined ? slimmed : { ...slimmed, probes: { base: unsaid(probes.base), returned: unsaid(probes.returned) } };
}

/** Probes without the words of questions and answers. */
function unsaid({ sets, said }: Probed): Probed {
  return { sets, said: said.map((one) => ({ ...one, question: '', text: '' })) };
}

/** The result that a slim run stands for, without its losses. */
function whole(slim: SlimRun, { commit, config: shared }: ResultSet): RunResult {
  const { arm: _, ...run } = slim;
  const config = completed({ ...shared, ...run.config });
  const rounds = run.rounds.map((round) => ({ ...round, trainLoss: [] }));
  const { backend, device, seconds } = run;
  const sessions = [{ backend, device, commit, workers: null, seconds }];
  return { ...run, method: config.method, commit, sessions, config, rounds, base: run.base.scores, baseMeasured: run.base };
}

/** A set from the report of an experiment and its results, arm by arm. */
export function makeSet(name: string, report: Report, results: readonly { readonly arm: string; readonly result: RunResult }[]): ResultSet {
  const config = results[0]?.result.config;
  if (config === undefined) throw new Error('There is no finished run in this experiment.');
  const { experiment, commit, machine, seconds, comparison } = report;
  const runs = results.map(({ arm, result }) => slim(arm, result, config));
  return { name, experiment, reference: comparison.reference, commit, machine, seconds, config, runs };
}

/** A set from the folder of an experiment: every run that its report counts. */
export function gatherSet(name: string, folder: string): ResultSet {
  const path = join(folder, REPORT);
  if (!existsSync(path)) throw new Error(`There is no ${REPORT} in ${folder}; run the experiment to its end first.`);
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  // An arm may have a row for each of two measures.
  const seedsOf = new Map(report.comparison.arms.map(({ arm, seeds }) => [arm, seeds]));
  const results = [...seedsOf].flatMap(([arm, seeds]) =>
    seeds.map((seed) => {
      const file = join(folder, runFolder(arm, seed), FILES.result);
      const result = JSON.parse(readFileSync(file, 'utf8')) as RunResult;
      if (!report.commit.split(', ').includes(result.commit))
        throw new Error(`${file} is from commit ${result.commit}, the report from ${report.commit}.`);
      return { arm, result };
    }),
  );
  return makeSet(name, report, results);
}

/** The runs of each arm of a set, in its order. */
export function armsOf(set: ResultSet): readonly { readonly name: string; readonly results: readonly RunResult[] }[] {
  return set.experiment.arms.map(({ name }) => ({
    name,
    results: set.runs.filter(({ arm }) => arm === name).map((run) => whole(run, set)),
  }));
}

/** The arms of a set side by side. */
export function comparisonOf(set: ResultSet): Comparison {
  return compare(armsOf(set), set.reference);
}

/** Seven digits are more than 200 questions can tell. */
const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(7)) : value);

/** The text of a set's file: a line for each run, so that a difference between two versions can be read. */
export function formatSet({ runs, ...rest }: ResultSet): string {
  const head = JSON.stringify(rest, rounded, 2).replace(/\n\}$/, ',');
  return `${head}\n  "runs": [\n${runs.map((run) => `    ${JSON.stringify(run, rounded)}`).join(',\n')}\n  ]\n}\n`;
}

/** The sets in a folder, by name; none where there is no folder. */
export function readSets(folder: string): readonly ResultSet[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json') && !isSpeedFile(name)) : [];
  return names.sort().map((file) => {
    const set = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Partial<ResultSet>;
    const complete = set.name === basename(file, '.json') && Array.isArray(set.runs) && set.config !== undefined;
    if (!complete)
      throw new Error(`${file} is no result set; make it with npm run results -- --from DIR --name ${basename(file, '.json')}.`);
    return set as ResultSet;
  });
}
