/** Every command says a wrong call in one sentence, before it builds, measures or writes anything, and ends with a code that is not 0. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main as micro } from '../../micro/main.ts';
import { main as microWorld } from '../../micro/world.ts';
import { main as build, placeOf } from '../../scripts/build.ts';
import { main as checkWgsl } from '../../scripts/check-wgsl.ts';
import { ROOT } from '../../scripts/commit.ts';
import { printable, readCommand, wholeNumber, WrongCall } from '../../scripts/command-line.ts';
import { main as coverage } from '../../scripts/coverage.ts';
import { main as demo } from '../../scripts/demo.ts';
import { main as layers } from '../../scripts/layers.ts';
import { main as pretrain } from '../../scripts/pretrain.ts';
import { main as results } from '../../scripts/results.ts';
import { main as start } from '../../scripts/start.ts';
import { main as tests } from '../../scripts/test.ts';
import { main as bundle } from '../card/bundle.ts';
import { main as testReal } from '../real/main.ts';

// what a wrong call must never come to
vi.mock('../../scripts/site.ts', () => ({
  buildSite: () => Promise.reject(new Error('the page was built')),
  serveSite: () => Promise.reject(new Error('the page was served')),
  pageBytes: () => 0,
}));
vi.mock('../../src/engine/backend.ts', async (original) => ({
  ...(await original<typeof import('../../src/engine/backend.ts')>()),
  openBackend: () => Promise.reject(new Error('a model was trained')),
}));
vi.mock('../../bench/install.ts', () => ({
  installPeers: () => {
    throw new Error('other programs were installed');
  },
  peerVersions: () => [],
}));

type Main = (args: readonly string[]) => Promise<number>;
/** By its path: it leans on the types of programs that are installed when it first runs. */
const bench: Main = async (args) => ((await import(join(ROOT, 'bench/main.ts'))) as { readonly main: Main }).main(args);

const COMMANDS: Readonly<Record<string, Main>> = {
  demo,
  pretrain,
  micro,
  'micro:world': microWorld,
  bench,
  results: (args) => results(args),
  build,
  start,
  coverage,
  layers,
  'test:real': testReal,
  bundle,
  'check:wgsl': checkWgsl,
};
const EACH = Object.keys(COMMANDS);

let folder: string;
let file: string;
const said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'step-on-feet-'));
  file = join(folder, 'file');
  writeFileSync(file, 'mine');
  said.length = 0;
  vi.spyOn(console, 'error').mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** The one sentence that a call is refused with. */
async function refused(command: string, ...args: string[]): Promise<string> {
  const before = readdirSync(folder, { recursive: true }).length;
  expect(await COMMANDS[command]?.(args), args.join(' ')).toBe(2);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^[^\n]+\.$/);
  expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
  return said.pop() ?? '';
}

describe('a wrong call', () => {
  it.each(EACH)('of %s with an option that there is not is named', async (command) => {
    expect(await refused(command, '--nosuch')).toMatch(/^--nosuch is not an option of npm (?:run )?\S+; see npm (?:run )?\S+ -- --help\.$/);
    expect(await refused(command, '--nosuch=3')).toContain('--nosuch=3 is not an option');
    expect(await refused(command, '-x')).toContain('-x is not an option');
  });

  it.each(EACH)('of %s with a word too many is named', async (command) => {
    const words = { micro: ['1'], build: [join(folder, 'new')] }[command] ?? [];
    expect(await refused(command, ...words, 'extra')).toContain('“extra” is not an option');
  });

  it.each(EACH)('of %s can be looked up', async (command) => {
    const help = vi.spyOn(console, 'log').mockImplementation(() => {});
    expect(await COMMANDS[command]?.(['--help'])).toBe(0);
    expect(help).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^npm /));
  });

  it('of npm test can be looked up, before anything is built, and ends well', async () => {
    const help = vi.spyOn(console, 'log').mockImplementation(() => {});
    for (const args of [['--help'], ['-h'], ['--project', 'node', '--help']]) expect(await tests(args)).toBe(0);
    expect(help).toHaveBeenCalledTimes(3);
    expect(help).toHaveBeenLastCalledWith(expect.stringMatching(/^npm test /));
    await expect(tests(['--project', 'node'])).rejects.toThrow('the page was built');
  });

  it.each([
    ['demo', '--rouns 3', '--rouns is not an option of npm run demo; --rounds is;'],
    ['pretrain', '--bakend wasm', '--backend is;'],
    ['bench', '--figure', '--figures is;'],
    ['coverage', '--chek', '--check is;'],
  ])('of %s with a slip (%s) is told what was meant', async (command, line, sentence) => {
    expect(await refused(command, ...line.split(' '))).toContain(sentence);
  });

  it.each([
    ['demo', '--seed'],
    ['demo', '--out'],
    ['demo', '--experiment'],
    ['pretrain', '--out'],
    ['pretrain', '--width'],
    ['results', '--from'],
    ['bench', '--against'],
    ['test:real', '--model'],
  ])('of %s without the value of %s is named, also where another option follows', async (command, option) => {
    expect(await refused(command, option)).toBe(`${option} needs a value.`);
    expect(await refused(command, option, '')).toBe(`${option} needs a value.`);
    expect(await refused(command, option, '--check')).toBe(`${option} needs a value; --check is the next option.`);
  });

  it('with a flag that is given a value, and with an option that is given twice, is named', async () => {
    expect(await refused('demo', '--headless=no')).toBe('--headless takes no value; “no” is one.');
    expect(await refused('demo', '--seed', '1', '--seed', '2')).toBe('--seed is given twice; give it once.');
    expect(await refused('bench', '--quick', '--quick')).toBe('--quick is given twice; give it once.');
    expect(await refused('results', '--check', '--check')).toBe('--check is given twice; give it once.');
  });

  it.each([
    ['demo', '--rounds 99', 'Rounds must be a whole number from 1 to 8; “99” is not.'],
    ['demo', '--seed -3', 'Seed must be a whole number from 0 to 999999; “-3” is not.'],
    ['demo', '--experiment x.json --jobs 1e9', '--jobs must be a whole number from 1 to 64; “1e9” is not.'],
    ['pretrain', '--steps 7', '--steps must be a whole number from 101 to 1000000; “7” is not.'],
    ['pretrain', '--width 48', '--width must be 32, 64, 96 or 128.'],
    ['micro', '12345678901234567890', 'The seed must be a whole number from 0 to 999999; “12345678901234567890” is not.'],
    ['micro', '1.5', 'The seed must be a whole number from 0 to 999999; “1.5” is not.'],
    ['test:real', '--settings rounds=99', 'Rounds must be a whole number from 1 to 8; “99” is not.'],
    ['test:real', '--settings round=2', 'There is no setting called “round”.'],
    ['bench', '--runtime deno', '--runtime is chrome or node, not “deno”.'],
    ['results', '--check --from a --name b', '--check writes nothing, so it does not go with --from and --name.'],
  ])('of %s out of range (%s) is named', async (command, line, sentence) => {
    expect(await refused(command, ...line.split(' '))).toBe(sentence);
  });

  it('with something that is not there is named', async () => {
    const nowhere = join(folder, 'nowhere');
    expect(await refused('demo', '--model', nowhere)).toContain(`There is no ${nowhere}; --model names a model folder`);
    expect(await refused('demo', '--model', folder, '--probe-file', nowhere)).toContain('--probe-file names a file of questions');
    expect(await refused('demo', '--experiment', nowhere)).toContain(`${nowhere} cannot be used: there is no such file.`);
    expect(await refused('test:real', '--model', nowhere)).toContain('--model names one');
    expect(await refused('bench', '--against', 'nocommit')).toContain('There is no commit nocommit here');
    expect(await refused('results', '--from', nowhere, '--name', 'x')).toContain('There is no experiment.json in');
  });

  it('where CHROME_PATH names no program is told so before the build', async () => {
    vi.stubEnv('CHROME_PATH', file);
    expect(await refused('demo', '--out', join(folder, 'new'))).toContain('but no program is there');
    expect(await refused('bench', '--quick')).toContain('but no program is there');
    vi.unstubAllEnvs();
  });
});

describe('a place that cannot be written to', () => {
  const experiment = (): string => {
    const path = join(folder, 'small.json');
    writeFileSync(path, JSON.stringify({ arms: [{ name: 'SOFT' }], seeds: [1] }));
    return path;
  };

  it.each(['demo', 'pretrain'])('is refused by %s before anything is made', async (command) => {
    expect(await refused(command, '--out', file)).toBe(`--out names ${file}, which is a file; it must be a folder.`);
    expect(await refused(command, '--out', join(file, 'inside'))).toMatch(/where nothing can be written \(\w+\); name another folder\.$/);
    expect(await refused(command, '--out', join(folder, 'x'.repeat(300)))).toMatch(/where nothing can be written \(ENAMETOOLONG\)/);
  });

  it('is refused by an experiment, which writes nothing either', async () => {
    const design = experiment();
    expect(await refused('demo', '--experiment', design, '--out', file)).toContain('which is a file');
    expect(await refused('demo', '--experiment', design, '--out', join(file, 'inside'))).toContain('nothing can be written');
  });

  it('is refused by the build, and so is a folder whose files would be lost', async () => {
    expect(await refused('build', file)).toBe(`The build names ${file}, which is a file; it must be a folder.`);
    expect(await refused('build', join(file, 'inside'))).toContain('where nothing can be written');
    expect(await refused('build', folder)).toContain('holds files that are of no earlier build and would be lost');
    const earlier = join(folder, 'earlier');
    mkdirSync(earlier);
    expect(placeOf([earlier])).toEqual({ folder: earlier });
    for (const name of ['index.html', 'service.worker.js', 'old.js']) writeFileSync(join(earlier, name), '');
    expect(placeOf([earlier])).toEqual({ folder: earlier });
    expect(placeOf([join(folder, 'new')])).toEqual({ folder: join(folder, 'new') });
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('is refused by the benchmark', async () => {
    expect(await refused('bench', '--json', folder)).toBe(`--json names ${folder}, which is a folder; it must be a file.`);
    expect(await refused('bench', '--json', join(folder, 'no', 'here.json'))).toContain('there is no such folder');
    expect(await refused('bench', '--json', join(file, 'here.json'))).toContain('which cannot be written (ENOTDIR)');
  });

  it('and one that can is taken: the build begins', async () => {
    await expect(demo(['--out', join(folder, 'new')])).rejects.toThrow('the page was built');
    await expect(demo(['--experiment', experiment(), '--out', join(folder, 'new')])).rejects.toThrow('the page was built');
    await expect(build([join(folder, 'dist')])).rejects.toThrow('the page was built');
    await expect(pretrain(['--out', join(folder, 'model')])).rejects.toThrow('a model was trained');
  });
});

describe('a name that a stranger chose', () => {
  it('reaches the terminal without what a terminal would obey', async () => {
    const evil = '\u001b[31mred\u001b]0;title\u0007\u202e\r';
    expect(await refused('demo', '--model', join(folder, evil))).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(await refused('demo', `--${evil}`)).toContain('\\u{1b}[31mred\\u{1b}]0;title\\u{7}\\u{202e}\\u{d}');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[^\P{Cc}\n\t]|[\u2028-\u202e\u2066-\u2069]/u);
        if (!/[\p{Cc}\p{Cf}\p{Z}]/u.test(text)) expect(printable(text)).toBe(text);
      }),
    );
  });
});

describe('a command line', () => {
  const COMMAND = { name: 'npm run x', options: { out: 'text', fast: 'flag', json: 'perhaps' }, words: 1 } as const;
  const read = (...args: string[]) => {
    const given = readCommand(args, COMMAND);
    return [given.text('out'), given.has('fast'), given.text('json'), ...given.words];
  };

  it('is read with values behind a space or a sign, in any order', () => {
    expect(read('--out', 'a b', '--fast', 'word')).toEqual(['a b', true, null, 'word']);
    expect(read('--out=a=b', '--json')).toEqual(['a=b', false, '']);
    expect(read('--json', '--fast')).toEqual([null, true, '']);
    expect(read('--json', '-', '--out', '-')).toEqual(['-', false, '-']);
  });

  it('is read or refused with a sentence, whatever it is', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--out', '--fast', '--json', '--json=', '--out=x', '--', '-', '__proto__', '--constructor'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        try {
          readCommand(args, COMMAND);
        } catch (error) {
          expect(error).toBeInstanceOf(WrongCall);
          expect((error as Error).message).toMatch(/\.$/);
        }
      }),
    );
  });

  it('has whole numbers within their bounds alone', () => {
    expect(wholeNumber('--n', '007', [0, 9])).toBe(7);
    for (const text of ['', '-1', '10', '1.0', '1e0', '0x1', ' 1', '٣', 'Infinity'])
      expect(() => wholeNumber('--n', text, [0, 9])).toThrow('--n must be a whole number from 0 to 9');
  });
});
