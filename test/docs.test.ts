/**
 * The documents say what is there: their TypeScript is type-checked and runs to the results it shows, their commands have the scripts and
 * options that they name, and every path and link leads somewhere.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOptions } from '../bench/options.ts';
import { readArguments as readDemo } from '../scripts/demo.ts';
import { ROOMS } from '../scripts/layers.ts';
import { readArguments as readPretrain } from '../scripts/pretrain.ts';
import { readArguments as readResults } from '../scripts/results.ts';
import {
  allFiles,
  anchorsOf,
  type Block,
  blocksOf,
  commandsOf,
  documents,
  isPath,
  isThere,
  linksOf,
  type Named,
  pathsOf,
  ROOT,
  spansOf,
} from './support/documents.ts';

const DOCUMENTS = documents();
const BLOCKS = DOCUMENTS.flatMap(blocksOf);
const FILES = allFiles();
const at = ({ file, line }: Pick<Named, 'file' | 'line'>): string => `${file}:${line}`;
const of = (language: string): readonly Block[] => BLOCKS.filter((block) => block.language === language);
const show = (named: readonly Named[]): readonly string[] => named.map((one) => `${at(one)} ${one.name}`);

it('has blocks of known languages only', () => {
  expect(BLOCKS.filter(({ language }) => !['ts', 'sh', 'tree', 'text', 'json'].includes(language)).map(at)).toEqual([]);
});

describe('TypeScript in the documents', () => {
  const blocks = of('ts');
  let folder: string;
  const fileOf = (block: Block): string => join(folder, `${block.file.replace(/\W/g, '-')}-${block.line}.ts`);

  /** A line `expression; // => value` becomes a comparison; lines stay where they are. */
  function runnable({ file, text }: Block): string {
    const here = dirname(join(ROOT, file));
    const bound = text.replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${relative(folder, resolve(here, path))}'`);
    const checked = bound.replace(/^(.+?);? +\/\/ => (.+)$/gm, (_, expression: string, value: string) => `same(${expression}, ${value});`);
    return `import { deepStrictEqual as same } from 'node:assert/strict'; ${checked}\nexport {};\n`;
  }

  beforeAll(() => {
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.cache/docs-'));
    for (const block of blocks) writeFileSync(fileOf(block), runnable(block));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has blocks, and each shows a result', () => {
    expect(blocks.length).toBeGreaterThan(8);
    expect(blocks.filter(({ text }) => !text.includes(' // => ')).map(at)).toEqual([]);
  });

  it('has the types that it shows', () => {
    const config = { extends: '../../tsconfig.json', include: [], files: ['../../src/virtual.d.ts', ...blocks.map(fileOf)] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: ROOT, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it.each(['filter', 'measure', 'method'])('shows the %s that test/adding.test.ts adds', (name) => {
    const bare = (text: string): string => text.replace(/ *\/\/ .*$/gm, '').replace(/\s+/g, ' ');
    const made = /export const [^]*\}\);/.exec(readFileSync(join(ROOT, `test/fixtures/added/${name}.ts`), 'utf8'));
    expect(blocks.some(({ file, text }) => file === 'docs/adding.md' && bare(text).includes(bare(made?.[0] ?? 'nothing')))).toBe(true);
  });

  it.each(blocks.map((block) => [at(block), block] as const))('runs to its results: %s', async (_, block) => {
    await import(/* @vite-ignore */ pathToFileURL(fileOf(block)).href);
  });
});

describe('commands in the documents', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Readonly<Record<string, string>> };
  const lines = of('sh').flatMap(commandsOf);
  const inProse = DOCUMENTS.flatMap(spansOf).filter(({ name }) => /^(?:npm|npx|node|git) /.test(name));
  const split = (named: readonly Named[]): readonly Named[] =>
    named.flatMap((one) => one.name.split(' && ').map((name) => ({ ...one, name: name.trim() })));

  /** Throws for arguments that a script does not take. */
  const takes: Readonly<Record<string, (args: readonly string[]) => void>> = {
    demo: (args) => void (args.includes('--help') || readDemo(args)),
    pretrain: readPretrain,
    results: readResults,
    bench: (args) => {
      if (!args.includes('--help')) readOptions(args);
    },
    coverage: (args) => {
      if (args.join() !== '--check') throw new Error(`there is no ${args.join(' ')}`);
    },
    layers: (args) => {
      if (args.join() !== '--check') throw new Error(`there is no ${args.join(' ')}`);
    },
    test: vitest,
    build: ([folder = '.', ...more]) => {
      if (more.length > 0 || folder.startsWith('-')) throw new Error('takes a folder');
    },
  };

  function vitest(args: readonly string[]): void {
    const projects = readFileSync(join(ROOT, 'vitest.config.ts'), 'utf8');
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] ?? '';
      if (arg === '-t') i++;
      else if (arg === '-u') continue;
      else if (arg === '--project') {
        if (!projects.includes(`name: '${args[++i]}'`)) throw new Error(`there is no project ${args[i]}`);
      } else if (arg.startsWith('-')) throw new Error(`${arg} is not known here`);
      else if (!isThere(arg, 'README.md', FILES)) throw new Error(`there is no ${arg}`);
    }
  }

  function check(command: string): void {
    const [program, first = '', ...rest] = command.match(/'[^']*'|\S+/g) ?? [];
    const run = (name: string, args: readonly string[]): void => {
      if (scripts[name] === undefined) throw new Error(`package.json has no script ${name}`);
      if (args.length === 0) return;
      if (args[0] !== '--' || takes[name] === undefined) throw new Error(`${name} takes no ${args.join(' ')}`);
      takes[name](args.slice(1));
    };
    if (program === 'npm' && first === 'run') return run(rest[0] ?? '', rest.slice(1));
    if (program === 'npm' && (first === 'test' || first === 'start')) return run(first, rest);
    if (program === 'npm' && (first === 'install' || first === 'ci') && rest.length === 0) return;
    if (program === 'npx' && first === 'vitest' && rest[0] === 'run') return vitest(rest.slice(1));
    if (program === 'node' && first === 'scripts/run.mjs') {
      const text = readFileSync(join(ROOT, rest[0] ?? ''), 'utf8');
      if (!/export (?:async )?function main\(/.test(text)) throw new Error(`${rest[0]} has no main`);
      return;
    }
    if (command === 'cargo install naga-cli' || /^git (?:clone|log|mv|commit)\b/.test(command)) return;
    throw new Error('nobody knows this command');
  }

  it('has commands', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(inProse.length).toBeGreaterThan(5);
  });

  it.each(split([...lines, ...inProse]).map((one) => [at(one), one.name] as const))('has the script and options of %s: %s', (_, name) => {
    check(name.replace(/ N$/, ' 1')); // any number
  });

  /** Under ten seconds each, and they write nothing; the last two fail where a figure, a table or the picture of the rooms is stale. */
  const SHORT: readonly string[] = [
    'npm run demo -- --help',
    'npm run bench -- --help',
    'npm run results -- --check',
    'npm run layers -- --check',
  ];
  /** Scripts that take longer, write, or do not end. */
  const LONG =
    'dev build start demo pretrain test:real check check:wgsl coverage format bench bundle results layers micro micro:world'.split(' ');
  const isLong = (name: string): boolean =>
    /^(?:npm (?:install|ci|start|test)|npx|cargo|git)\b/.test(name) || LONG.includes(/^npm run (\S+)/.exec(name)?.[1] ?? '');

  it('knows of every command whether it is run here', () => {
    const unknown = split(lines).filter(({ name }) => !SHORT.includes(name) && !isLong(name));
    expect(show(unknown)).toEqual([]);
    expect(SHORT.filter((name) => !split(lines).some((line) => line.name === name))).toEqual([]);
  });

  it.each(SHORT)('runs: %s', (name) => {
    const { status, stderr, stdout } = spawnSync(name, { cwd: ROOT, shell: true, encoding: 'utf8' });
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });
});

describe('paths in the documents', () => {
  const folders = (where: string): readonly string[] =>
    readdirSync(join(ROOT, where)).filter((name) => statSync(join(ROOT, where, name)).isDirectory());
  const tops = new Set([...folders('.'), ...folders('src')]);
  const trees = of('tree');

  it('are there', () => {
    const named = DOCUMENTS.flatMap(spansOf).filter(({ name }) => isPath(name, tops));
    expect(named.length).toBeGreaterThan(100);
    expect(show(named.filter(({ name, file }) => !isThere(name, file, FILES)))).toEqual([]);
  });

  it('are there in trees', () => {
    const named = trees.flatMap(pathsOf);
    expect(named.length).toBeGreaterThan(40);
    expect(show(named.filter(({ name, file }) => !isThere(name, file, FILES)))).toEqual([]);
  });

  it('are there in blocks of commands', () => {
    const named = of('sh')
      .flatMap(commandsOf)
      .flatMap((one) => one.name.split(/\s+/).map((name) => ({ ...one, name })))
      .filter(({ name }) => isPath(name, tops) && name.includes('/'));
    expect(named.length).toBeGreaterThan(3);
    expect(show(named.filter(({ name, file }) => !isThere(name, file, FILES)))).toEqual([]);
  });

  it('are there in pictures', () => {
    const pictures = FILES.filter((file) => /^docs\/.*\.svg$/.test(file));
    const named = pictures.flatMap((file) =>
      Array.from(readFileSync(join(ROOT, file), 'utf8').matchAll(/[\w-]+\.ts\b/g), ([name]) => ({ file, line: 1, name })),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(show(named.filter(({ name, file }) => !isThere(name, file, FILES)))).toEqual([]);
  });

  it.each(['README.md', 'docs/architecture.md'])('has every room in the tree of %s', (file) => {
    const named = trees.filter((tree) => tree.file === file).flatMap((tree) => pathsOf(tree).map(({ name }) => name));
    expect(ROOMS.filter(({ name }) => !named.includes(`src/${name}/`))).toEqual([]);
    const top = new Set(FILES.flatMap((name) => (name.includes('/') ? [`${name.split('/')[0]}/`] : [])));
    expect([...top].filter((name) => !name.startsWith('.') && !named.includes(name))).toEqual([]);
  });

  it('has every room in the table of docs/architecture.md, from the bottom up or from the top down', () => {
    const { text } = DOCUMENTS.find(({ file }) => file === 'docs/architecture.md') ?? { text: '' };
    const rows = Array.from(text.matchAll(/^\| `(\w+)\/` \|/gm), ([, name = '']) => name);
    const rooms = ROOMS.map(({ name }) => name);
    expect([rooms, rooms.toReversed()]).toContainEqual(rows);
  });
});

describe('names in the documents', () => {
  it('are those of the code', () => {
    const sources = FILES.filter(
      (file) =>
        /^(?:src|workers|scripts|bench|micro|test|public|package\.json|\.oxlintrc\.json)/.test(file) && !file.endsWith('docs.test.ts'),
    );
    const texts = sources
      .filter((file) => /\.(?:ts|tsx|mjs|json|md|css)$/.test(file))
      .map((file) => readFileSync(join(ROOT, file), 'utf8'));
    const words = new Set(texts.flatMap((text) => text.match(/\b[A-Za-z_$][\w$]+/g) ?? []));
    const spans = DOCUMENTS.flatMap(spansOf).filter(
      ({ name }) => !name.includes('/') && !/^(?:npm|npx|node|git|cargo) |^[0-9a-f]{7,12}$/.test(name),
    ); // commands and commits
    const named = spans.flatMap((span) => (span.name.match(/\b[A-Za-z_$][\w$]+/g) ?? []).map((name) => ({ ...span, name })));
    expect(named.length).toBeGreaterThan(150);
    expect(show(named.filter(({ name, file }) => !words.has(name) && !isThere(name, file, FILES))).join('\n')).toBe('');
  });
});

describe('links in the documents', () => {
  it('lead somewhere', () => {
    const links = DOCUMENTS.flatMap(linksOf);
    expect(links.length).toBeGreaterThan(15);
    const broken = links.filter(({ name, file }) => {
      if (/^https:\/\/(?:arxiv\.org|github\.com)\//.test(name)) return false;
      const [path = '', place] = name.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      const document = DOCUMENTS.find((one) => one.file === target);
      if (place !== undefined) return document === undefined || !anchorsOf(document).includes(place);
      return !FILES.includes(target);
    });
    expect(show(broken)).toEqual([]);
  });

  it('are to every document', () => {
    const linked = new Set(DOCUMENTS.flatMap(linksOf).map(({ name, file }) => join(dirname(file), name.split('#')[0] ?? '')));
    expect(DOCUMENTS.filter(({ file }) => file !== 'README.md' && !linked.has(file)).map(({ file }) => file)).toEqual([]);
  });
});

describe('comments in the code', () => {
  /** Files of other projects and of models, which comments may name. */
  const FOREIGN = new Set(['dexie-open.ts']);

  it('name files that are there', () => {
    const sources = FILES.filter((file) => /^(?:src|workers|scripts|bench|micro|test)\/.*\.tsx?$/.test(file));
    const named = sources.flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const comments = text.matchAll(/\/\*\*?[^]*?\*\/|(?<=^|\s)\/\/.*$/gm);
      return Array.from(comments).flatMap((comment) => {
        const line = text.slice(0, comment.index).split('\n').length;
        const names = comment[0].matchAll(
          /(?<![\w@/.*-])\w[\w.-]*(?:\/[\w.-]+)*\.(?:ts|tsx|mjs|md|py)\b|(?<![\w/])src(?:\/[\w-]+)+(?![\w./*-])/g,
        );
        return Array.from(names, ([name]) => ({ file, line, name }));
      });
    });
    expect(named.length).toBeGreaterThan(60);
    const lost = named.filter(({ name, file }) => !FOREIGN.has(name) && !isThere(name, file, FILES));
    expect(show(lost).join('\n')).toBe('');
  });
});
