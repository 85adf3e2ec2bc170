/**
 * `npm test`: builds the page, runs every test (Node, Chromium, the built app) and ends with one line, `N passed, N failed`.
 * Arguments go to vitest: `npm test -- --project node`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from './commit.ts';
import { buildSite } from './site.ts';

type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
};

export async function main(args: readonly string[]): Promise<number> {
  const path = join(ROOT, 'node_modules/.cache/test-report.json');
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  rmSync(path, { force: true });
  await buildSite();
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], { cwd: ROOT, stdio: 'inherit' });
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    console.log('\n0 passed, 1 failed');
    return 1;
  }
  // A file that cannot be loaded has no tests to fail, and vitest may fail on an error outside any test: both count as one.
  const clean = report.success && status === 0;
  const failed = clean ? 0 : Math.max(1, report.numFailedTests);
  console.log(`\n${report.numPassedTests} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
