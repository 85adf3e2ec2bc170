import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What each room may import, besides itself and the root files. The lint configuration must forbid every other pair.
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  model: ['engine'],
  training: ['engine', 'model', 'align'],
  align: ['evals'],
  evals: ['align'],
  world: [],
  kit: ['export'],
  store: ['align'],
  ui: [],
  export: ['model'],
};
const ROOMS = Object.keys(ALLOWED);
const root = resolve(import.meta.dirname, '..');
const planted = (from: string, to: string) => `src/${from}/imports-${to}.ts`;

let folder: string;
let output: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layers-'));
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const room of ROOMS) {
    mkdirSync(join(folder, 'src', room), { recursive: true });
    // `soft.ts` stands for what a room does, as opposed to an interface that it declares for others.
    writeFileSync(join(folder, 'src', room, 'soft.ts'), 'export const x = 1;\n');
  }
  for (const from of ROOMS) {
    for (const to of ROOMS) {
      if (to !== from) writeFileSync(join(folder, planted(from, to)), `import { x } from '../${to}/soft.ts';\nexport const y = x;\n`);
    }
  }
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  output = spawnSync(process.execPath, [oxlint, '--deny-warnings', '--format=unix', 'src'], { cwd: folder, encoding: 'utf8' }).stdout;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the lint configuration', () => {
  const pairs = ROOMS.flatMap((from) => ROOMS.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(pairs.filter(([from, to]) => !ALLOWED[from]?.includes(to)))('refuses an import from %s to %s', (from, to) => {
    expect(output).toMatch(new RegExp(`${planted(from, to)}.*no-restricted-imports`));
  });

  it.each(pairs.filter(([from, to]) => ALLOWED[from]?.includes(to) && to !== 'align'))('allows an import from %s to %s', (from, to) => {
    expect(output).not.toContain(planted(from, to));
  });

  it.each(['training', 'evals'])('lets %s import from align only what align declares for others', (from) => {
    expect(output).toMatch(new RegExp(`${planted(from, 'align')}.*no-restricted-imports`));
  });
});
