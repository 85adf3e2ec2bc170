import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimFolder, finished, leaveOutMixed, parseDesign, type Report, runFolder } from '../../scripts/experiment.ts';
import { nearestSeed } from '../../scripts/claims.ts';
import { armsOf, comparisonOf, formatSet, gatherSet, makeSet, readSets } from '../../scripts/result-set.ts';
import { main, stale } from '../../scripts/results.ts';
import { ROOT } from '../../scripts/commit.ts';
import { plain } from '../../scripts/table.ts';
import { tableOf } from '../../src/comparison/columns.ts';
import { ARMS } from '../../src/run/arms.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { completed } from '../../src/run/options.ts';
import { roundsOf } from '../../src/run/recipe.ts';
import { configOf, type Arm } from '../../src/run/arm.ts';
import type { Experiment } from '../../src/run/experiment-file.ts';
import { compare } from '../../src/comparison/compare.ts';
import type { Measured } from '../../src/contracts/records.ts';
import type { RunResult } from '../../src/run/records.ts';
import { Random } from '../../src/random.ts';
import { percent1 } from '../../src/shares.ts';

const KINDS = ['fact', 'sum', 'help', 'harm', 'premise', 'unknown', 'two-step'];

/** A made-up run whose scores rise by the round, on average by `gain`. */
function makeRun(arm: Arm, seed: number, gain: number): RunResult {
  const config = configOf(arm, seed);
  const random = Random.of(seed, 'made-up', arm.name);
  const share = (mean: number) => Math.round(200 * Math.min(1, mean + 0.1 * (random.next() - 0.5))) / 200;
  const measured = (zero: number): Measured => ({
    scores: { zeroShot: share(zero), oneShot: share(0.75), fewShot: share(0.85) },
    validation: share(zero),
    byKind: Object.fromEntries(KINDS.map((kind) => [kind, share(zero)])),
    outOfDistribution: share(zero - 0.1),
    extras: null,
    marks: { validation: '1'.repeat(100), zeroShot: '1'.repeat(200), oneShot: '', fewShot: '', outOfDistribution: null },
  });
  const base = measured(0.5);
  const count = roundsOf(config);
  const rounds = Array.from({ length: count }, (_, index) => {
    const { scores, ...rest } = measured(0.5 + gain * (index + 1));
    const train = { prompts: 120, kept: 110, labelQuality: share(0.9), trainLoss: [0.1, 0.01] };
    return { ...scores, ...rest, ...train, round: index + 1 };
  });
  return {
    seed,
    method: config.method,
    backend: 'wasm',
    device: 'WebAssembly SIMD',
    commit: '0123456789ab',
    sessions: [{ backend: 'wasm', device: 'WebAssembly SIMD', commit: '0123456789ab', workers: null, seconds: 10 + seed }],
    seconds: 10 + seed,
    firstSampleSeconds: 1.5,
    base: base.scores,
    rounds,
    bestRound: count,
    adapterHash: count === 0 ? '' : 'a'.repeat(64),
    baseMeasured: base,
    config,
  };
}

/** An experiment's report with its runs, as a session leaves them. */
function makeReport(arms: readonly Arm[], seeds: readonly number[]) {
  const experiment: Experiment = { arms, seeds };
  const runs = arms.flatMap((arm, index) => seeds.map((seed) => ({ arm: arm.name, result: makeRun(arm, seed, 0.02 + 0.01 * index) })));
  const results = (name: string) => runs.flatMap(({ arm, result }) => (arm === name ? [result] : []));
  const reference = arms[1]?.name ?? '';
  const comparison = compare(
    arms.map(({ name }) => ({ name, results: results(name) })),
    reference,
  );
  const report: Report = { experiment, commit: '0123456789ab', machine: 'a small machine', seconds: 100, comparison };
  return { report, runs };
}

const THREE = ARMS.filter(({ name }) => ['No training', 'Single round', 'SOFT+'].includes(name));
const { report, runs } = makeReport(THREE, [11, 12, 13]);

describe('a result set', () => {
  it('gives the comparison of the experiment that it came from', () => {
    const set = JSON.parse(formatSet(makeSet('small', report, runs))) as ReturnType<typeof makeSet>;
    const close = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_, x: unknown) => (typeof x === 'number' ? x.toFixed(4) : x)));
    expect(close(comparisonOf(set))).toEqual(close(report.comparison));
    expect(set.runs.map(({ arm, seed, config }) => [arm, seed, config]).slice(0, 4)).toEqual([
      ['No training', 11, {}],
      ['No training', 12, { seed: 12 }],
      ['No training', 13, { seed: 13 }],
      ['Single round', 11, { method: 'single', learningRate: 0.001 }],
    ]);
  });

  it('of 130 runs stays below 400 kB', () => {
    const whole = makeReport(ARMS.slice(0, 12), [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    const doubled = makeReport(ARMS.slice(0, 1), [21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    const set = makeSet('large', whole.report, [...whole.runs, ...doubled.runs]);
    expect(set.runs.length).toBeGreaterThanOrEqual(130);
    expect(formatSet(set).length).toBeLessThan(400_000);
  });
});

describe('the table of an experiment', () => {
  it('has a row for each measure of an arm, n with every mean, and a difference only to the same measure of another arm', () => {
    const lines = plain(tableOf(report.comparison)).split('\n');
    expect(lines.map((line) => line.slice(0, 12).trim())).toEqual(['arm', 'No training', 'No training', 'Single round', 'SOFT+']);
    const named = ['measure', 'seeds', 'last round made', 'points to Single round, last', 'verdict, last', 'returned round'];
    const others = ['points to Single round, returned', 'verdict, returned', 'out of distribution', 'end foretold after round 2'];
    expect(lines[0]).toMatch(new RegExp(`${[...named, ...others, 'seconds a run'].join(' +')}$`));
    const share = '\\d+\\.\\d% \\([^)]*\\)';
    expect(lines[1]).toMatch(new RegExp(`^No training +few-shot +3( +–){3} +${share}( +–){4} +\\d+\\.\\d$`));
    expect(lines[2]).toMatch(new RegExp(`^No training +zero-shot +3( +–){3} .* too few seeds +\\d+\\.\\d%( \\([^)]*\\))? +– +\\d+\\.\\d$`));
    expect(lines[3]).toMatch(new RegExp(`^Single round +zero-shot +3 +${share} +– +– +${share} +– +– +${share} `));
    expect(lines[4]).toMatch(/ \+\d+\.\d \([+−]\d+\.\d to \+\d+\.\d\) +too few seeds .* \+\d+\.\d \(.* too few seeds /);
    expect(new Set(lines.slice(1).map((line) => line.length)).size).toBe(1);
  });
});

describe('npm run results', () => {
  let root: string;
  const path = (name: string) => join(root, name);
  const readme = () => readFileSync(path('README.md'), 'utf8');

  beforeEach(() => {
    vi.spyOn(console, 'log').mockReturnValue();
    vi.spyOn(console, 'error').mockReturnValue();
    root = mkdtempSync(join(tmpdir(), 'step-on-feet-'));
    writeFileSync(path('README.md'), '# Title\n\n<!-- results:small -->\n<!-- /results -->\n\nThe end.\n');
    for (const { arm, result } of runs) {
      const folder = path(join('run', runFolder(arm, result.seed)));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
    }
    writeFileSync(path('run/experiment.json'), JSON.stringify(report));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(root, { recursive: true, force: true });
  });

  it('makes a set from a folder, draws its figures and fills its place in the README', async () => {
    expect(await main(['--from', 'run', '--name', 'small'], root)).toBe(0);
    expect(readdirSync(path('results')).sort()).toEqual(['small-differences.svg', 'small-rounds.svg', 'small-scores.svg', 'small.json']);
    expect(readme()).toMatch(
      /^# Title\n\n<!-- results:small -->\n\n\| arm \|[^]*\| SOFT\+ \| zero-shot \| 3 \|[^]*\n\n<!-- \/results -->\n\nThe end\.\n$/,
    );
    expect(readme()).toContain('9 runs, seeds 11 to 13, commit `0123456789ab`, a small machine.');
    expect(gatherSet('small', path('run'))).toEqual(makeSet('small', report, runs));
    const scores = readFileSync(path('results/small-scores.svg'), 'utf8');
    expect(scores).toContain('prefers-color-scheme: dark');
    for (const { name, score } of report.comparison.arms) {
      expect(scores).toContain(`>${name}</text>`);
      expect(scores).toContain(`>${percent1(score.mean)} (`);
    }
    expect(scores.match(/, seed \d+: /g)).toHaveLength(12);
    expect(readFileSync(path('results/small-differences.svg'), 'utf8').match(/, seed \d+: /g)).toHaveLength(6);
  });

  it('with --check fails on a figure or a table that is not what the set gives, and writes nothing', async () => {
    await main(['--from', 'run', '--name', 'small'], root);
    expect(await main(['--check'], root)).toBe(0);
    const before = readme();
    writeFileSync(path('README.md'), before.replace('| SOFT+ | zero-shot | 3 |', '| SOFT+ | zero-shot | 4 |'));
    writeFileSync(path('results/small-scores.svg'), '<svg/>');
    writeFileSync(path('results/gone-scores.svg'), '<svg/>');
    rmSync(path('results/small-rounds.svg'));
    const differing = ['results/small-scores.svg', 'results/small-rounds.svg', 'README.md', 'results/gone-scores.svg'];
    expect(new Set(stale(root))).toEqual(new Set(differing));
    expect(await main(['--check'], root)).toBe(1);
    rmSync(path('results/gone-scores.svg'));
    expect(await main([], root)).toBe(0);
    expect([readme(), stale(root)]).toEqual([before, []]);
  });

  it('shows the speeds of a second machine from a file of their own, and says which is missing', async () => {
    const speed = { machine: 'a second machine', cores: 2, load: '0', date: 'today', commit: 'c', runtime: 'r', command: 'b', peers: [] };
    writeFileSync(path('README.md'), '<!-- speed:figures:second -->\n<!-- /speed -->\n');
    expect(() => stale(root)).toThrow('there is no results/speed-second.json');
    mkdirSync(path('results'));
    writeFileSync(path('results/speed-second.json'), JSON.stringify({ ...speed, rows: [], figures: [] }));
    expect(await main([], root)).toBe(0);
    expect(readme()).toMatch(/\| 218 k, training step, to jax-js on wasm \| 2\.50x \|[^]*\na second machine, 2 cores/);
    expect(stale(root)).toEqual([]);
  });

  it('refuses a place in the README without a set, and a set without a run', async () => {
    expect(() => stale(root)).toThrow('there is no results/small.json');
    expect(await main(['--from', 'nowhere', '--name', 'small'], root)).toBe(2);
    expect(await main(['--name', 'small'], root)).toBe(2);
  });
});

describe('this repository', () => {
  it('has the figures and tables that its result sets give', () => {
    expect(stale(ROOT)).toEqual([]);
  });

  const sets = readSets(join(ROOT, 'results'));
  const plan = (name: string) => parseDesign(readFileSync(join(ROOT, 'results/experiments', `${name}.json`), 'utf8'));

  it('compares no few-shot score with a zero-shot one', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(readme).toMatch(/\| No training \| few-shot \| 10 \| – \| – \| – \| \d+\.\d% [^|]*\| – \| – \|/);
    expect(readme).toMatch(/\| No training \| zero-shot \| 10 \| – \| – \| – \| \d+\.\d% \| −\d+\.\d [^|]*\| worse \|/);
  });

  it('has the experiment of each set of results, to the last setting', () => {
    expect(sets.length).toBeGreaterThan(0);
    for (const set of sets) {
      const { experiment, reference } = plan(set.name);
      expect({ reference, seeds: experiment.seeds }).toEqual({ reference: set.reference, seeds: set.experiment.seeds });
      for (const arm of experiment.arms) {
        const made = set.runs.filter((run) => run.arm === arm.name);
        expect(made.map(({ seed }) => seed)).toEqual(experiment.seeds);
        for (const { seed, config } of made) expect(completed({ ...set.config, ...config }), arm.name).toEqual(configOf(arm, seed));
      }
    }
  });

  it('begins with the seed whose default run is nearest to the mean of the default runs, round by round', () => {
    const set = sets.find(({ name }) => name === 'ladder');
    const runs = set === undefined ? [] : (armsOf(set).find(({ name }) => name === 'SOFT+')?.results ?? []);
    expect(runs).toHaveLength(10);
    for (const { seed, config } of runs) expect(config).toEqual({ ...DEFAULTS, seed });
    expect(DEFAULTS.seed).toBe(nearestSeed(runs));
  });

  it('has a short experiment to begin with: three arms of the ladder on three seeds that no table has', () => {
    const { experiment, reference } = plan('short');
    const { arms } = plan('ladder').experiment;
    expect(experiment.arms).toEqual(arms.filter(({ name }) => ['Single round', 'SOFT', 'SOFT+'].includes(name)));
    expect([reference, experiment.seeds]).toEqual(['Single round', [11, 12, 13]]);
  });
});

describe('an experiment', () => {
  const parse = (json: unknown) => parseDesign(JSON.stringify(json));
  const arms = [{ name: 'SOFT', options: { method: 'soft' } }, { name: 'SOFT+' }];

  it('compares with its first arm unless it names another', () => {
    expect(parse({ arms, seeds: [1] }).reference).toBe('SOFT');
    expect(parse({ arms, seeds: [1], reference: 'SOFT+' }).reference).toBe('SOFT+');
    expect(arms.map(({ name }) => runFolder(name, 1))).toEqual(['soft-seed1', 'soft+-seed1']);
  });

  it('gives each arm a folder of its own, in whatever writing its name is', () => {
    const names = [
      '对齐',
      '基线',
      'アライン',
      'アラインド',
      'für',
      'fur',
      'ой',
      'ไทย',
      '👍',
      '👎',
      'a 👍',
      'a',
      '!',
      '?',
      'x'.repeat(300),
      `${'x'.repeat(300)}y`,
    ];
    const folders = names.map((name) => runFolder(name, 1));
    expect(new Set(folders).size).toBe(names.length);
    expect(folders.slice(0, 6)).toEqual(['对齐', '基线', 'アライン', 'アラインド', 'für', 'fur'].map((name) => `${name}-seed1`));
    for (const folder of folders) expect(new TextEncoder().encode(folder).length).toBeLessThan(255);
    expect(parse({ arms: names.map((name) => ({ name })), seeds: [1] }).experiment.arms).toHaveLength(names.length);
    expect(() => parse({ arms: [{ name: 'f\u00fcr' }, { name: 'fu\u0308r' }], seeds: [1] })).toThrow(
      'would write into the folder of another',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const folder = runFolder(name, 7);
        expect(folder).toMatch(/^[^/\\:*?"<>|\p{Cc}]+-seed7$/u);
        expect(new TextEncoder().encode(folder).length).toBeLessThan(255);
      }),
    );
  });

  it.each([
    [{ arms, seeds: [1], reference: 'STaR' }, 'The reference must be the name of an arm: SOFT, SOFT+; "STaR" is not.'],
    [
      { arms: [...arms, { name: 'soft' }], seeds: [1] },
      'The arm “soft” would write into the folder of another; give it a name of its own.',
    ],
    [{ arms: [{ name: 'x', options: { rounds: 99 } }], seeds: [1] }, 'Rounds must be a whole number from 1 to 8; “99” is not.'],
    [[], 'An experiment is an object'],
  ])('refuses %j with a sentence', (json, sentence) => {
    expect(() => parse(json)).toThrow(sentence);
  });

  it('compares runs of one backend only: those of another are taken out and counted', () => {
    const made = (backends: string) =>
      new Map(backends.split('').map((letter, job) => [job, { backend: letter === 'g' ? 'webgpu' : 'wasm' } as const]));
    const [mixed, pure] = [made('gccgc'), made('gg')];
    expect(leaveOutMixed(mixed)).toBe(2);
    expect([...mixed.keys()]).toEqual([1, 2, 4]);
    expect(leaveOutMixed(pure)).toBe(0);
    expect(pure.size).toBe(2);
    expect(leaveOutMixed(new Map())).toBe(0);
  });

  it('keeps the runs of one model in a folder, and refuses another’s', () => {
    const folder = mkdtempSync(join(tmpdir(), 'step-on-feet-'));
    const [fresh, older] = [join(folder, 'fresh'), join(folder, 'older')];
    const [a, b, file] = [join(folder, 'a'), join(folder, 'b'), join(folder, 'questions.csv')];
    for (const model of [a, b]) mkdirSync(join(model, 'deep'), { recursive: true });
    writeFileSync(join(a, 'deep', 'weights'), '1234567');
    writeFileSync(file, 'abc');
    claimFolder({ out: fresh, model: a, probes: null });
    claimFolder({ out: fresh, model: a, probes: null });
    expect(() => claimFolder({ out: fresh, model: b, probes: null })).toThrow('holds runs of a (7 bytes); name another folder with --out');
    expect(() => claimFolder({ out: fresh, model: a, probes: file })).toThrow('holds runs of a (7 bytes)');
    expect(() => claimFolder({ out: fresh, model: null, probes: null })).toThrow('holds runs of a (7 bytes)');
    claimFolder({ out: join(folder, 'probed'), model: a, probes: file });
    expect(() => claimFolder({ out: join(folder, 'probed'), model: a, probes: null })).toThrow(
      'holds runs of a (7 bytes), questions.csv (3 bytes)',
    );
    // the same model lies elsewhere on another machine
    cpSync(a, join(folder, 'elsewhere', 'a'), { recursive: true });
    claimFolder({ out: fresh, model: join(folder, 'elsewhere', 'a'), probes: null });
    mkdirSync(join(older, 'soft-seed1'), { recursive: true }); // from before there were others
    expect(() => claimFolder({ out: older, model: a, probes: null })).toThrow('holds runs of the bundled model');
    claimFolder({ out: older, model: null, probes: null });
    rmSync(folder, { recursive: true });
  });

  it('takes a finished run as it is only with the same options, commit and backend', () => {
    const folder = mkdtempSync(join(tmpdir(), 'step-on-feet-'));
    const [first] = runs;
    if (first === undefined) throw new Error('no run');
    const { config, commit } = first.result;
    const wanted = { config, backend: 'auto', out: folder, model: null, probes: null } as const;
    expect(finished(wanted, commit)).toBeNull();
    writeFileSync(join(folder, 'result.json'), JSON.stringify(first.result));
    expect(finished(wanted, commit)).toEqual(first.result);
    expect(finished({ ...wanted, config: { ...config, rounds: 3 } }, commit)).toBeNull();
    expect(finished({ ...wanted, backend: 'webgpu' }, commit)).toBeNull();
    expect(finished(wanted, 'ba9876543210')).toBeNull();
    expect(finished(wanted, null), 'of any commit').toEqual(first.result);
    writeFileSync(join(folder, 'result.json'), JSON.stringify({ ...first.result, commit: 'unknown' }));
    expect(finished(wanted, null)).toBeNull();
    rmSync(folder, { recursive: true });
  });
});
