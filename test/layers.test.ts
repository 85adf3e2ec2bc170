/** The one direction of imports: the lint configuration refuses every import that goes up or sideways, and lets every other one pass. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BESIDE, configured, OUTSIDE, ROOMS } from '../scripts/layers.ts';

const root = resolve(import.meta.dirname, '..');
const NAMES = ROOMS.map(({ name }) => name);
const PAIRS = NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => [from, to] as const));
const planted = (from: string, to: string) => `src/${from}/imports-${to}.ts`;
/** Folders beside src/ that must not see one, as pairs. */
const APART = Object.entries(BESIDE).flatMap(([from, hidden]) => hidden.map((to) => [from, to] as const));
const sees = (from: string, to: string): boolean => ROOMS.find(({ name }) => name === from)?.sees.includes(to) ?? false;

let folder: string;
let output: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layers-'));
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const room of NAMES) {
    mkdirSync(join(folder, 'src', room, 'deep'), { recursive: true });
    writeFileSync(join(folder, 'src', room, 'thing.ts'), 'export type X = 1;\n');
  }
  for (const [from, to] of PAIRS) {
    writeFileSync(join(folder, planted(from, to)), `import type { X } from '../${to}/thing.ts';\nexport type Y = X;\n`);
    writeFileSync(join(folder, planted(`${from}/deep`, to)), `import type { X } from '../../${to}/thing.ts';\nexport type Y = X;\n`);
  }
  for (const name of OUTSIDE) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'thing.ts'), 'export type X = 1;\n');
    writeFileSync(join(folder, `src/root-${name}.ts`), `import type { X } from '../${name}/thing.ts';\nexport type Y = X;\n`);
    for (const room of NAMES) {
      writeFileSync(join(folder, planted(room, name)), `import type { X } from '../../${name}/thing.ts';\nexport type Y = X;\n`);
    }
  }
  for (const [from, to] of APART) {
    writeFileSync(join(folder, from, `imports-${to}.ts`), `import type { X } from '../${to}/thing.ts';\nexport type Y = X;\n`);
  }
  for (const room of NAMES) {
    writeFileSync(join(folder, `src/root-${room}.ts`), `import type { X } from './${room}/thing.ts';\nexport type Y = X;\n`);
    writeFileSync(join(folder, `src/${room}/circle-a.ts`), "import type { B } from './circle-b.ts';\nexport type A = B | 1;\n");
    writeFileSync(join(folder, `src/${room}/circle-b.ts`), "import type { A } from './circle-a.ts';\nexport type B = A | 2;\n");
  }
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  output = spawnSync(process.execPath, [oxlint, '--deny-warnings', '--format=unix', 'src', ...Object.keys(BESIDE)], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the lint configuration', () => {
  it('is what scripts/layers.ts makes of it', () => {
    const text = readFileSync(join(root, '.oxlintrc.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(JSON.parse(configured(text)));
  });

  it('knows every room that there is', () => {
    const rooms = readdirSync(join(root, 'src')).filter((name) => statSync(join(root, 'src', name)).isDirectory());
    expect(rooms.toSorted()).toEqual(NAMES.toSorted());
  });

  it('lets a room see only rooms that stand before it', () => {
    for (const [from, to] of PAIRS) if (sees(from, to)) expect(NAMES.indexOf(to)).toBeLessThan(NAMES.indexOf(from));
  });

  it.each(PAIRS.filter(([from, to]) => !sees(from, to)))('refuses an import from %s to %s', (from, to) => {
    expect(output).toMatch(new RegExp(`${planted(from, to)}.*no-restricted-imports`));
    expect(output).toMatch(new RegExp(`${planted(`${from}/deep`, to)}.*no-restricted-imports`));
  });

  it.each(PAIRS.filter(([from, to]) => sees(from, to)))('allows an import from %s to %s', (from, to) => {
    expect(output).not.toContain(planted(from, to));
    expect(output).not.toContain(planted(`${from}/deep`, to));
  });

  it.each(NAMES)('refuses an import of %s by a root file', (room) => {
    expect(output).toMatch(new RegExp(`src/root-${room}.ts.*no-restricted-imports`));
  });

  it.each(OUTSIDE)('refuses an import of %s by a file of src/', (name) => {
    for (const room of NAMES) expect(output).toMatch(new RegExp(`${planted(room, name)}.*no-restricted-imports`));
    expect(output).toMatch(new RegExp(`src/root-${name}.ts.*no-restricted-imports`));
  });

  it.each(APART)('refuses an import from %s to %s', (from, to) => {
    expect(output).toMatch(new RegExp(`${from}/imports-${to}.ts.*no-restricted-imports`));
  });

  it.each(NAMES)('refuses a circle in %s, of types too', (room) => {
    expect(output).toMatch(new RegExp(`src/${room}/circle-a.ts.*no-cycle`));
  });
});

describe('the rooms', () => {
  const sourcesOf = (where: string): readonly string[] =>
    readdirSync(join(root, where), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:tsx?|css)$/.test(name) && !name.includes('node_modules'))
      .map((name) => join(where, name));
  const linesOf = (file: string): number => readFileSync(join(root, file), 'utf8').split('\n').length - 1;

  // What the lint's rule does not read: a type out of `import('...')`, a glob, an address, and a comment that switches the rule off.
  it('have no way round the lint', () => {
    const hidden = (file: string): readonly string[] => {
      const text = readFileSync(join(root, file), 'utf8');
      const room = file.split('/')[1] ?? '';
      const elsewhere = [...text.matchAll(/(?:import\.meta\.glob[^(]*|import|new URL)\(\s*['"`](\.[^'"`]*)['"`]/g)]
        .map(([, path = '']) => relative(root, resolve(root, dirname(file), path)).split('/'))
        .filter(([top, to = '']) => top === 'src' && NAMES.includes(to) && to !== room && !sees(room, to));
      const off =
        /(?:oxlint|eslint)-disable.*(?:no-restricted-imports|no-cycle)|(?:oxlint|eslint)-disable(?:-next-line)?\s*(?:\*\/|$)/m.test(text);
      return elsewhere.length > 0 || off ? [file] : [];
    };
    const files = sourcesOf('src');
    expect(files.flatMap(hidden)).toEqual([]);
    expect(
      files.filter((file) => /\bimport\('[^']*'\)\./.test(readFileSync(join(root, file), 'utf8')) && !file.endsWith('figure.tsx')),
    ).toEqual([]);
  });

  it('have no file of more than 400 lines', () => {
    const files = ['src', 'workers', 'scripts', 'bench', 'micro'].flatMap(sourcesOf);
    expect(files.length).toBeGreaterThan(200);
    expect(files.filter((file) => linesOf(file) > 400)).toEqual([]);
  });

  it('leave workers/ to entry points of at most 60 lines', () => {
    const files = readdirSync(join(root, 'workers'));
    expect(files.filter((name) => !name.endsWith('.worker.ts'))).toEqual([]);
    expect(files.filter((name) => linesOf(join('workers', name)) > 60)).toEqual([]);
  });
});
