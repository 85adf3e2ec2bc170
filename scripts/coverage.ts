/**
 * `npm run coverage`: which branches of the store and of every reader of strangers' files the tests of those rooms take, in Node. Writes
 * test/coverage.json: the counts of each file, and for each line with a branch that no test takes a reason, which a person writes there.
 *
 *     npm run coverage               measures, writes the counts and the lines that need a reason
 *     npm run coverage -- --check    writes nothing; fails when the file is not what the tests give, as `npm test` does
 *
 * Both fail while a branch has neither a test nor a reason. Knows no file by name.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { answered, readCommand } from './command-line.ts';
import { ROOT } from './commit.ts';

/** What is measured. */
const SOURCES = [
  'src/store/**/*.ts',
  'src/files/**/*.ts',
  'src/text/**/*.ts',
  'src/run/**/*.ts',
  'src/settings/option.ts',
  'src/fields.ts',
];

/** By whose tests: those of the same rooms, so that nothing counts that some other test happens to run through. */
const TESTS = ['test/files', 'test/run', 'test/store', 'test/text'];

/** The same tests as a pattern: what `npm test` leaves out of its other run. */
export const COVERING = `{${TESTS.join(',')}}/**`;

const COMMITTED = join(ROOT, 'test/coverage.json');
const CACHE = join(ROOT, 'node_modules/.cache/coverage');

/** A line with branches that no test takes: its text, how many they are, and why that is right. */
type Untested = { readonly line: string; readonly branches: number; readonly reason: string };
/** The branches of a file that tests take, of how many. */
type FileCoverage = { readonly covered: number; readonly total: number; readonly untested?: readonly Untested[] };
export type Coverage = Readonly<Record<string, FileCoverage>>;

type Place = { readonly start: { readonly line?: number | undefined } };
/** What of a file in istanbul's form is read here. A branch without a place is an `else` that is not written. */
export type Measured = {
  readonly path: string;
  readonly branchMap: Readonly<Record<string, { readonly loc: Place; readonly locations: readonly Place[] }>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
};

/** The counts of one file, with the reasons that are known for its lines; a line without one has an empty reason. */
export function counted({ branchMap, b }: Measured, source: string, before: FileCoverage | undefined): FileCoverage {
  const lines = source.split('\n');
  const missed = new Map<string, number>();
  let total = 0;
  for (const [key, { loc, locations }] of Object.entries(branchMap)) {
    for (const [i, hits] of (b[key] ?? []).entries()) {
      total += 1;
      if (hits > 0) continue;
      const line = (lines[(locations[i]?.start.line ?? loc.start.line ?? 0) - 1] ?? '').trim();
      missed.set(line, (missed.get(line) ?? 0) + 1);
    }
  }
  const reasons = new Map(before?.untested?.map(({ line, reason }) => [line, reason]));
  const untested = [...missed].map(([line, branches]) => ({ line, branches, reason: reasons.get(line) ?? '' }));
  const covered = total - untested.reduce((sum, { branches }) => sum + branches, 0);
  return { covered, total, ...(untested.length === 0 ? {} : { untested }) };
}

/** What is wrong: branches without a test and a reason, and files whose committed counts are others. */
export function problems(found: Coverage, committed: Coverage): readonly string[] {
  const unexplained = Object.entries(found).flatMap(([file, { untested = [] }]) =>
    untested
      .filter(({ reason }) => reason.trim() === '')
      .map(({ line, branches }) => `${file}: no test takes ${branches === 1 ? 'a branch' : `${branches} branches`} of: ${line}`),
  );
  const names = [...new Set([...Object.keys(found), ...Object.keys(committed)])];
  const stale = names.filter((name) => JSON.stringify(found[name]) !== JSON.stringify(committed[name]));
  return [...unexplained, ...stale.map((name) => `${name}: test/coverage.json is not what the tests give`)];
}

/** The arguments of vitest that run the tests of the rooms with their branches counted. */
export function measuring(): readonly string[] {
  rmSync(CACHE, { recursive: true, force: true });
  const flags = ['enabled', 'provider=v8', 'reporter=json', `reportsDirectory=${CACHE}`, ...SOURCES.map((glob) => `include=${glob}`)];
  return ['--project', 'node', ...TESTS, ...flags.map((flag) => `--coverage.${flag}`)];
}

function committed(): Coverage {
  try {
    return JSON.parse(readFileSync(COMMITTED, 'utf8')) as Coverage;
  } catch {
    return {};
  }
}

/** Compares what was measured last with what is committed, or commits it; says what is wrong and returns how much. */
export function judged({ write }: { readonly write: boolean }): number {
  const before = committed();
  const measured = Object.values(JSON.parse(readFileSync(join(CACHE, 'coverage-final.json'), 'utf8')) as Record<string, Measured>);
  const files = measured.map((file) => {
    const name = relative(ROOT, file.path);
    return [name, counted(file, readFileSync(file.path, 'utf8'), before[name])] as const;
  });
  const found: Coverage = Object.fromEntries(files.filter(([, { total }]) => total > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (write) writeFileSync(COMMITTED, `${JSON.stringify(found, null, 2)}\n`);
  const wrong = problems(found, write ? found : before);
  const [covered, total] = (['covered', 'total'] as const).map((key) => Object.values(found).reduce((sum, file) => sum + file[key], 0));
  console.log(`\n${covered} of ${total} branches of the store and of the readers are taken by a test of theirs`);
  for (const problem of wrong) console.log(problem);
  if (wrong.length > 0) console.log('Write the test, or the reason into test/coverage.json; then npm run coverage.');
  return wrong.length;
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm run coverage [-- --check]   with --check nothing is written', () =>
    cover(!readCommand(args, { name: 'npm run coverage', options: { check: 'flag' } }).has('check')),
  );
}

function cover(write: boolean): number {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...measuring()], { cwd: ROOT, stdio: 'inherit' });
  return status === 0 && judged({ write }) === 0 ? 0 : 1;
}
