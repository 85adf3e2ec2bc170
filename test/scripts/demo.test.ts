import { cpus } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { candidates } from '../../scripts/browser.ts';
import { readArguments, main, USAGE } from '../../scripts/demo.ts';
import { readDesign } from '../../scripts/experiment.ts';
import { METHODS } from '../../src/align/methods/list.ts';
import { DEFAULTS, OPTION_NAMES, optionOf } from '../../src/run/config.ts';

describe('npm run demo', () => {
  it('takes every run option by its name', () => {
    const { config, backend, headless, out } = readArguments(
      '--seed 3 --method soft --rounds 2 --prompts 40 --backend wasm --headless --out /tmp/here'.split(' '),
    );
    expect(config).toEqual({ ...DEFAULTS, seed: 3, method: 'soft', rounds: 2, prompts: 40 });
    expect([backend, headless, out]).toEqual(['wasm', true, '/tmp/here']);
  });

  it('has an option for each of them, and none of its own in the place of one', () => {
    for (const name of OPTION_NAMES) {
      const option = optionOf(name);
      const value =
        option.type === 'number'
          ? option.value === option.min
            ? option.max
            : option.min
          : option.type === 'switch'
            ? !option.value
            : null;
      const other =
        option.type === 'choice' ? (option.choices.find((choice) => choice.value !== option.value)?.value ?? option.value) : value;
      expect(readArguments([`--${name}=${other}`]).config[name], name).toBe(other);
      expect(USAGE).toContain(`--${name} `);
    }
    const { config, probes } = readArguments('--model m --probes 20 --probe-file questions.csv'.split(' '));
    expect([config.probes, probes]).toEqual([20, expect.stringMatching(/questions\.csv$/)]);
    expect(() => readArguments('--model m --probes questions.csv'.split(' '))).toThrow('A file of questions goes with --probe-file.');
  });

  it('without arguments runs the default experiment on the best backend, in a window', () => {
    const { config, backend, headless, out } = readArguments([]);
    expect([config, backend, headless]).toEqual([DEFAULTS, 'auto', false]);
    expect(out).toMatch(/runs.soft\+-seed219$/);
  });

  it('takes a file of arms and seeds instead of a run', () => {
    const wanted = readArguments('--experiment some/where/x.json --jobs 3 --backend wasm'.split(' '));
    expect(wanted).toMatchObject({ jobs: 3, backend: 'wasm' });
    expect(wanted.experiment).toMatch(/some.where.x\.json$/);
    expect(wanted.out).toMatch(/runs.x$/);
    const { jobs, out, experiment } = readArguments('--experiment x.json --out /tmp/here'.split(' '));
    expect(jobs).toBe(Math.max(1, Math.min(4, cpus().length)));
    expect(out).toBe('/tmp/here');
    expect(experiment).not.toBeNull();
    expect(readArguments([]).experiment).toBeNull();
  });

  it('takes a model of your own, one page at once, with results beside those of others', async () => {
    const folder = join(import.meta.dirname, '../fixtures/llama');
    const wanted = readArguments(['--experiment', 'x.json', '--model', folder]);
    expect(wanted).toMatchObject({ model: folder, jobs: 1 });
    expect(wanted.out).toMatch(/runs.x-llama$/);
    expect(readArguments(['--model', folder, '--method', 'soft', '--seed', '4']).out).toMatch(/runs.soft-seed4-llama$/);
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await main(['--model', 'no/where'])).toBe(2);
    expect(said).toHaveBeenCalledWith(expect.stringContaining('--model names a model folder or a GGUF file'));
    said.mockRestore();
  });

  it('takes a file of questions to ask the model at the end, and finished runs of another commit', () => {
    const wanted = readArguments('--experiment x.json --model m --probe-file questions.csv --any-commit'.split(' '));
    expect(wanted).toMatchObject({ anyCommit: true, probes: expect.stringMatching(/questions\.csv$/) });
    expect(readArguments([])).toMatchObject({ anyCommit: false, probes: null });
    expect(() => readArguments('--probe-file questions.csv'.split(' '))).toThrow('--probe-file goes with --model only');
    expect(() => readArguments(['--any-commit'])).toThrow('--any-commit goes with --experiment only');
  });

  it('takes other seeds than the file’s', () => {
    const file = join(import.meta.dirname, '../../results/experiments/short.json');
    const { seeds } = readArguments(['--experiment', file, '--seeds', '201-203']);
    expect(readDesign(file, seeds).experiment.seeds).toEqual([201, 202, 203]);
    expect(readDesign(file, seeds).experiment.arms).toEqual(readDesign(file).experiment.arms);
    expect(readDesign(file, readArguments(['--experiment', file]).seeds).experiment.seeds).toEqual([11, 12, 13]);
  });

  it.each(['7', '9-8', '1-2000', 'a-b', '-1-5', '1-1e3'])('refuses “%s” as seeds', (range) => {
    const file = join(import.meta.dirname, '../../results/experiments/short.json');
    expect(() => readArguments(['--experiment', file, '--seeds', range])).toThrow('--seeds must be a range such as 101-110');
  });

  it('has the methods of the paper and of its neighbours', () => {
    expect(METHODS.map(({ name }) => name)).toEqual(expect.arrayContaining(['icl', 'single', 'soft', 'soft+']));
  });

  it('finds the file of an experiment or says that it cannot be used', () => {
    expect(() => readDesign('/nowhere/x.json')).toThrow('/nowhere/x.json cannot be used: there is no such file.');
    expect(() => readDesign(import.meta.dirname)).toThrow(`${import.meta.dirname} cannot be used: it is a folder; name a file in it.`);
  });

  it.each([
    ['--rounds 99', 'Rounds must be a whole number from 1 to 8; “99” is not.'],
    ['--method magic', `Method must be one of ${METHODS.map(({ name }) => name).join(', ')}; “magic” is not.`],
    ['--backend cuda', 'Backend must be auto, wasm or webgpu.'],
    ['--colour red', '--colour is not an option of npm run demo; see npm run demo -- --help.'],
    ['--rouns 3', '--rouns is not an option of npm run demo; --rounds is; see npm run demo -- --help.'],
    ['--seed', '--seed needs a value.'],
    ['seed 3', '“seed” is not an option; see npm run demo -- --help.'],
    ['--experiment a/x.json --rounds 3', '--rounds does not go with --experiment; write it into the options of an arm in x.json.'],
    ['--experiment x.json --seed 3', '--seed does not go with --experiment; write it into “seeds” in x.json.'],
    ['--experiment', '--experiment needs a value.'],
    ['--experiment x.json --jobs 0', '--jobs must be a whole number from 1 to 64; “0” is not.'],
    ['--experiment x.json --jobs 5000', '--jobs must be a whole number from 1 to 64; “5000” is not.'],
    ['--experiment x.json --seeds 9-7', '--seeds must be a range such as 101-110, of at most 1000 seeds; “9-7” is not.'],
    ['--experiment x.json --seeds 1,2', '--seeds must be a range such as 101-110, of at most 1000 seeds; “1,2” is not.'],
    ['--experiment x.json --seeds 1-9999', '--seeds must be a range such as 101-110, of at most 1000 seeds; “1-9999” is not.'],
    ['--seeds 1-3', '--seeds goes with --experiment only: a single run has one --seed.'],
    ['--jobs 2', '--jobs goes with --experiment only: a single run has one page.'],
  ])('refuses %s with a sentence', (line, sentence) => {
    expect(() => readArguments(line.split(' '))).toThrow(sentence);
  });
});

describe('the browser', () => {
  const at = (platform: string, env: Record<string, string> = {}) => candidates({ platform, env, home: '/home/me' });

  it('is looked for first where CHROME_PATH says', () => {
    for (const platform of ['linux', 'darwin', 'win32']) expect(at(platform, { CHROME_PATH: '/my/chrome' })[0]).toBe('/my/chrome');
  });

  it('is looked for in the usual places of each system, Chrome before Chromium before Edge', () => {
    expect(at('linux')).toContain('/usr/bin/google-chrome');
    expect(at('linux')).toContain('/usr/bin/chromium');
    expect(at('linux', { PATH: '/nix/bin' })).toContain('/nix/bin/chromium');
    expect(at('darwin')).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(at('win32', { PROGRAMFILES: 'C:/Program Files' })[0]).toContain('Google/Chrome/Application/chrome.exe');
    const programs = {
      linux: at('linux').map((path) => path.split('/').at(-1) ?? ''),
      darwin: at('darwin'),
      win32: at('win32', { PROGRAMFILES: 'C:/Program Files' }),
    };
    for (const list of Object.values(programs)) {
      const order = [/google.?chrome/i, /chromium/i, /edge/i].map((name) => list.findIndex((path) => name.test(path)));
      expect(order).toEqual(order.toSorted((x, y) => x - y));
      expect(order[0]).toBe(0);
    }
  });
});
