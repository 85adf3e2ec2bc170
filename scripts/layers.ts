/**
 * The one direction of imports: which rooms of src/ each room may see, from the bottom up. `npm run layers` writes it into .oxlintrc.json,
 * which refuses everything else, and draws docs/rooms.svg; test/layers.test.ts plants a violation of every pair. Knows no file by name.
 *
 *     npm run layers -- --check   writes nothing; fails when one of the two is not what the table gives
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { answered, readCommand } from './command-line.ts';
import { drawRooms } from './rooms-picture.ts';

/** A room of src/, the rooms that it may import beside itself and the root files, and what else it must not see. */
export type Room = {
  readonly name: string;
  readonly sees: readonly string[];
  readonly never?: readonly string[];
  readonly because: string;
};

const PLAIN = ['@tensorflow/**', 'idb', 'idb/**', 'comlink', 'comlink/**', 'preact', 'preact/**', '@preact/**'];
const TENSORS = ['idb', 'idb/**', 'comlink', 'comlink/**', 'preact', 'preact/**', '@preact/**'];

/** From the bottom up: a room sees only rooms above its own line. */
export const ROOMS: readonly Room[] = [
  { name: 'settings', sees: [], never: PLAIN, because: 'settings/ is tables of plain facts.' },
  { name: 'contracts', sees: ['settings'], never: PLAIN, because: 'contracts/ is interfaces and records alone.' },
  { name: 'engine', sees: ['contracts'], never: TENSORS, because: 'engine/ computes, and knows no model.' },
  { name: 'files', sees: ['settings', 'contracts'], never: PLAIN, because: 'files/ turns bytes into plain data and back.' },
  { name: 'text', sees: [], never: PLAIN, because: 'text/ turns texts into tokens and back.' },
  { name: 'model', sees: ['engine', 'files', 'text'], never: TENSORS, because: 'model/ is the decoder on the engine.' },
  {
    name: 'training',
    sees: ['contracts', 'engine', 'files', 'text', 'model'],
    never: TENSORS,
    because: 'training/ implements the language model of contracts/.',
  },
  { name: 'world', sees: ['contracts'], never: PLAIN, because: 'world/ is worlds of texts, each a `Task` with its questions.' },
  { name: 'kit', sees: ['files'], never: PLAIN, because: 'kit/ turns a kit that files/ has read into questions.' },
  {
    name: 'evals',
    sees: ['settings', 'contracts'],
    never: PLAIN,
    because: "evals/ sees questions, answers and the language model's interface.",
  },
  {
    name: 'align',
    sees: ['settings', 'contracts', 'evals'],
    never: PLAIN,
    because: 'align/ sees strings, numbers and interfaces: never a tensor, a worker, a store or a world.',
  },
  {
    name: 'run',
    sees: ['settings', 'contracts', 'world', 'evals', 'align'],
    never: PLAIN,
    because: 'run/ says what a run is, out of the lists of methods, filters, measures and worlds.',
  },
  { name: 'comparison', sees: ['contracts', 'run'], never: PLAIN, because: 'comparison/ is arithmetic over finished runs.' },
  { name: 'protocol', sees: ['settings', 'contracts', 'run', 'comparison'], never: PLAIN, because: 'protocol/ is what crosses a worker.' },
  {
    name: 'store',
    sees: ['contracts', 'run', 'protocol'],
    never: ['@tensorflow/**', 'comlink', 'comlink/**', 'preact', 'preact/**', '@preact/**'],
    because: 'store/ keeps records, and knows nothing of tensors or pages.',
  },
  {
    name: 'lab',
    sees: [
      'settings',
      'contracts',
      'engine',
      'files',
      'text',
      'model',
      'training',
      'world',
      'kit',
      'evals',
      'align',
      'run',
      'comparison',
      'protocol',
      'store',
    ],
    never: ['preact', 'preact/**', '@preact/**', 'idb', 'idb/**'],
    because: 'lab/ joins everything in a worker, and knows no page.',
  },
  {
    name: 'ui',
    sees: ['settings', 'contracts', 'run', 'comparison', 'protocol'],
    never: ['@tensorflow/**', 'idb', 'idb/**'],
    because: 'ui/ sees what a run is, what is said of several, and what crosses a worker, nothing below.',
  },
];

/** The folders beside src/: no file of src/ imports any of them. */
export const OUTSIDE = ['workers', 'scripts', 'bench', 'micro', 'test'];

/** What the folders beside src/ must not see; test/ sees everything. */
export const BESIDE: Readonly<Record<string, readonly string[]>> = {
  workers: ['ui', 'scripts', 'bench', 'micro', 'test'],
  scripts: ['bench', 'micro', 'test'],
  bench: ['micro', 'test'],
  micro: ['bench', 'test'],
};

const ROOT = resolve(import.meta.dirname, '..');
const CONFIG = join(ROOT, '.oxlintrc.json');
/** The picture of the rooms. */
const PICTURE = join(ROOT, 'docs/rooms.svg');

type Override = { readonly files: readonly string[]; readonly rules: Readonly<Record<string, unknown>> };

/** The overrides of the lint configuration that hold the direction. */
export function overrides(rooms: readonly Room[] = ROOMS): readonly Override[] {
  const names = [...rooms.map(({ name }) => name), ...OUTSIDE];
  const refuse = (files: readonly string[], group: readonly string[], message: string): Override => ({
    files,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
  });
  const root = refuse(
    ['src/*.{ts,tsx,mts}'],
    [...names.map((name) => `**/${name}/**`), ...PLAIN, '**/main.tsx'],
    'The root files import no room.',
  );
  const page = refuse(
    ['src/main.tsx'],
    names.filter((name) => name !== 'ui').map((name) => `**/${name}/**`),
    'main.tsx starts the page, and sees ui/ alone.',
  );
  const beside = Object.entries(BESIDE).map(([name, hidden]) =>
    refuse(
      [`${name}/**`],
      hidden.map((other) => `**/${other}/**`),
      `${name}/ sees neither ${hidden.join('/ nor ')}/.`,
    ),
  );
  const each = rooms.map(({ name, sees, never = [], because }) => {
    const hidden = names.filter((other) => other !== name && !sees.includes(other));
    return refuse([`src/${name}/**`], [...hidden.map((other) => `**/${other}/**`), ...never, '**/main.tsx'], because);
  });
  return [root, page, ...beside, ...each];
}

/** The lint configuration with the direction in it, as text. */
export function configured(text: string): string {
  const config = JSON.parse(text) as { readonly overrides: readonly Override[] };
  const others = config.overrides.filter(({ rules }) => !('no-restricted-imports' in rules));
  return `${JSON.stringify({ ...config, overrides: [...others, ...overrides()] }, null, 2)}\n`;
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm run layers [-- --check]   with --check nothing is written', () => {
    const checks = readCommand(args, { name: 'npm run layers', options: { check: 'flag' } }).has('check');
    const made = new Map([
      [CONFIG, configured(readFileSync(CONFIG, 'utf8'))],
      [PICTURE, drawRooms(ROOMS)],
    ]);
    const stale = [...made].filter(([file, text]) => readFileSync(file, 'utf8') !== text);
    if (!checks) for (const [file, text] of stale) writeFileSync(file, text);
    else for (const [file] of stale) console.log(`${file} is not what scripts/layers.ts gives; npm run layers makes it anew`);
    return checks && stale.length > 0 ? 1 : 0;
  });
}
