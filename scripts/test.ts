/**
 * `npm test`: builds the page, runs every test (Node, Chromium, the built app), compares the branches that were taken with
 * test/coverage.json, names again what failed, and ends with one line, `N passed, N failed`.
 * Arguments go to vitest, and then no branch is counted: `npm test -- --project node`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { ROOT } from './commit.ts';
import { COVERING, judged, measuring } from './coverage.ts';
import { answered } from './command-line.ts';
import { buildSite } from './site.ts';

const USAGE = `npm test [-- ARGUMENTS OF VITEST]
  builds the page and runs every test; with arguments only what they name, and no branch is counted
  npm test -- --project node                    the tests of Node alone; the others are browser and e2e
  npm test -- --project node test/errors.test.ts  one file
  npm test -- -t "part of a name"               the tests of that name
npx vitest --help names all arguments`;

/** What vitest writes of a file: of each test its name, how it ended and why. */
type TestedFile = {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] }[];
};
type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly TestedFile[];
};
type Counts = { readonly passed: number; readonly failed: number; readonly names: readonly string[] };

export function main(args: readonly string[]): Promise<number> {
  return answered(
    args.map((arg) => (arg === '-h' ? '--help' : arg)),
    USAGE,
    () => tested(args),
  );
}

async function tested(args: readonly string[]): Promise<number> {
  await buildSite();
  const counts = args.length > 0 ? [run(args)] : [run([], COVERING), measured()];
  const names = counts.flatMap((count) => count.names);
  if (names.length > 0) console.log(`\nWhat failed:\n${names.join('\n')}`);
  const [passed, failed] = (['passed', 'failed'] as const).map((key) => counts.reduce((sum, count) => sum + count[key], 0));
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** `apart` are Node tests to leave out, as a pattern. */
function run(args: readonly string[], apart = ''): Counts {
  const path = join(ROOT, 'node_modules/.cache/test-report.json');
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  rmSync(path, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: ROOT,
    env: { ...process.env, TESTS_APART: apart },
    stdio: 'inherit',
  });
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return { passed: 0, failed: 1, names: ['  vitest ended without a report'] };
  }
  // A file that cannot be loaded has no tests to fail, and vitest may fail on an error outside any test: both count as one.
  const clean = report.success && status === 0;
  const failed = report.testResults.flatMap(failures);
  const names = clean || failed.length > 0 ? failed : ['  an error outside of any test: “Unhandled Errors” above'];
  return { passed: report.numPassedTests, failed: clean ? 0 : Math.max(1, report.numFailedTests), names };
}

/** What failed in a file, each with the first lines of why. */
function failures({ name, message, assertionResults }: TestedFile): readonly string[] {
  const file = relative(ROOT, name);
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  const why = (messages: readonly string[]): string => messages.join('\n').split('\n').slice(0, 6).join('\n    ');
  if (failed.length === 0) return message === '' ? [] : [`  ${file}: ${why([message])}`];
  return failed.map(({ fullName, failureMessages }) => `  ${file}: ${fullName}\n    ${why(failureMessages)}`);
}

/** The tests of the store and of the readers, apart from all others so that only they are slowed by counting; the comparison is one more. */
function measured(): Counts {
  const { passed, failed, names } = run(measuring());
  if (failed > 0) return { passed, failed, names };
  const held = judged({ write: false }) === 0;
  return held ? { passed: passed + 1, failed, names } : { passed, failed: 1, names: ['  branches without a test, listed above'] };
}
