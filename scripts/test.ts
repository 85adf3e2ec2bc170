/**
 * `npm test`: builds the page, runs every test (Node, Chromium, the built app), compares the branches that were taken with
 * test/coverage.json, and ends with one line, `N passed, N failed`.
 * Arguments go to vitest, and then no branch is counted: `npm test -- --project node`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from './commit.ts';
import { COVERING, judged, measuring } from './coverage.ts';
import { buildSite } from './site.ts';

type Report = { readonly numPassedTests: number; readonly numFailedTests: number; readonly success: boolean };
type Counts = { readonly passed: number; readonly failed: number };

export async function main(args: readonly string[]): Promise<number> {
  await buildSite();
  const counts = args.length > 0 ? [run(args)] : [run([], COVERING), measured()];
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
    return { passed: 0, failed: 1 };
  }
  // A file that cannot be loaded has no tests to fail, and vitest may fail on an error outside any test: both count as one.
  const clean = report.success && status === 0;
  return { passed: report.numPassedTests, failed: clean ? 0 : Math.max(1, report.numFailedTests) };
}

/** The tests of the store and of the readers, apart from all others so that only they are slowed by counting; the comparison is one more. */
function measured(): Counts {
  const { passed, failed } = run(measuring());
  if (failed > 0) return { passed, failed };
  return judged({ write: false }) === 0 ? { passed: passed + 1, failed } : { passed, failed: 1 };
}
