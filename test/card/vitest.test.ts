/** The runner of the bundle says of every test what vitest would, and of those that did not run that they did not. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/commit.ts';
import type { Outcome } from './vitest.ts';

type Said = { readonly told: readonly string[]; readonly outcomes: readonly Outcome[] };

describe('tests in a bundle', () => {
  let said: Said;
  beforeAll(() => {
    const args = [join(ROOT, 'scripts/run.mjs'), join(ROOT, 'test/fixtures/card/run.ts')];
    const { NODE_ENV: _, ...env } = process.env;
    said = JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', env })) as Said;
  });

  const those = (state: Outcome['state']): readonly string[] =>
    said.outcomes.flatMap(({ what, state: its, reason }) => (its === state ? [reason === null ? what : `${what}: ${reason}`] : []));

  test('are right or wrong, with the reason', () => {
    expect(those('right')).toEqual([
      'arithmetic > is right',
      'arithmetic > is as before after a spy',
      'arithmetic > has a case 1',
      'arithmetic > has a case 2',
      "what applies 'here' > is tested",
    ]);
    expect(those('wrong')).toEqual([
      'arithmetic > is wrong: expected 2 to be 3 // Object.is equality',
      'arithmetic > asserts nothing: expected assertions, but there were none',
      'what cannot be opened: no device',
    ]);
  });

  test('are left out where they do not apply, and not run where the time was over or nothing could be opened', () => {
    expect(those('left out')).toEqual(["what applies 'elsewhere' > is tested: not here"]);
    expect(those('not run')).toEqual(['what cannot be opened > is not run', 'what comes too late > waits for nobody']);
    expect(said.told).toHaveLength(said.outcomes.length - 4);
  });
});
