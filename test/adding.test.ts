/**
 * What docs/adding.md promises: a filter, a measure, a method and an arm are one file each (test/fixtures/added) and a line in a list. The
 * lists are given that line here; nothing else is changed.
 */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { type FunctionComponent, h, render } from 'preact';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { comparisonOf, makeSet } from '../scripts/result-set.ts';
import { readArguments, USAGE } from '../scripts/demo.ts';
import { tableBlock } from '../scripts/results.ts';
import { tableOf } from '../src/comparison/columns.ts';
import { compare } from '../src/comparison/compare.ts';
import type { Measured, Sample } from '../src/contracts/records.ts';
import type { Arm } from '../src/run/arm.ts';
import { ARMS } from '../src/run/arms.ts';
import { DEFAULTS, type RunConfig } from '../src/run/config.ts';
import { parseExperiment } from '../src/run/experiment-file.ts';
import { formatOptions, parseOptions } from '../src/run/options.ts';
import { bootstrap, roundsOf } from '../src/run/recipe.ts';
import type { RunResult } from '../src/run/records.ts';
import { verdictOf } from '../src/run/verdicts.ts';
import { readConfig } from '../src/store/runs/config.ts';
import { MemoryStore } from '../src/store/runs/memory.ts';
import { GaugesFigure } from '../src/ui/run/figures.tsx';
import { Compare } from '../src/ui/compare/compare.tsx';
import { armText } from '../src/ui/compare/experiment-text.ts';
import { Settings } from '../src/ui/run/settings.tsx';
import { draftOf } from '../src/ui/session/link.ts';
import type { Session } from '../src/ui/session/session.ts';
import { EMPTY_VIEW } from '../src/ui/session/view.ts';
import { keptText } from '../src/ui/words.ts';
import { questions, ScriptedModel, task } from './support/scripted.ts';

vi.mock('../src/align/filters/list.ts', async (load: () => Promise<{ FILTERS: readonly unknown[] }>) => {
  const [{ FILTERS }, { shouting }] = [await load(), await import('./fixtures/added/filter.ts')];
  return { FILTERS: [...FILTERS, shouting] };
});
vi.mock('../src/evals/measures/list.ts', async (load: () => Promise<{ MEASURES: readonly unknown[] }>) => {
  const [{ MEASURES }, { saysIs }] = [await load(), await import('./fixtures/added/measure.ts')];
  return { MEASURES: [...MEASURES, saysIs] };
});
vi.mock('../src/align/methods/list.ts', async (load: () => Promise<{ METHODS: readonly unknown[] }>) => {
  const [{ METHODS }, { twice }] = [await load(), await import('./fixtures/added/method.ts')];
  return { METHODS: [...METHODS, twice] };
});
vi.mock('../src/run/arms.ts', async (load: () => Promise<{ ARMS: readonly unknown[] }>) => {
  const [{ ARMS }, { polite }] = [await load(), await import('./fixtures/added/arm.ts')];
  return { ARMS: [...ARMS, polite] };
});

const TWICE = {
  ...DEFAULTS,
  seed: 7,
  method: 'twice',
  rounds: 2,
  prompts: 24,
  demonstrations: 4,
  batchSize: 4,
  earlyStop: false,
  measures: 'all',
} as unknown as RunConfig;
const loud = (config: RunConfig): unknown => (config as unknown as Readonly<Record<string, unknown>>)['dropShouting'];

beforeAll(() => {
  const { document, Event } = parseHTML('<html><body></body></html>');
  vi.stubGlobal('document', document);
  vi.stubGlobal('Event', Event);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {}
      disconnect(): void {}
    },
  );
});
afterAll(() => void vi.unstubAllGlobals());

function textOf(part: FunctionComponent<{ readonly session: Session }>, session: unknown): string {
  const place = document.createElement('div');
  render(h(part, { session: session as Session }), place);
  return (place.textContent ?? '').replace(/\s+/g, ' ');
}

/** A chart as numbers, behind its button. */
async function numbersOf(part: FunctionComponent<{ readonly session: Session }>, session: unknown): Promise<string> {
  const place = document.createElement('div');
  render(h(part, { session: session as Session }), place);
  place.querySelector('figcaption button')?.dispatchEvent(new Event('click'));
  await vi.waitFor(() => expect(place.querySelector('table')).not.toBeNull());
  return (place.textContent ?? '').replace(/\s+/g, ' ');
}

/** The made-up method on a scripted model, whose wrong answers shout. */
async function run(config: RunConfig) {
  const model = new ScriptedModel({ wrong: () => ({ text: ' Who cares!\n', finish: 'stop' }) });
  const store = new MemoryStore();
  const name = await store.createRun(config);
  const inputs = {
    prompts: questions(config.prompts, 'x'),
    validation: questions(10, 'v'),
    test: questions(10, 't'),
    outOfDistribution: null,
  };
  const running = bootstrap({ run: name, config, task, ...inputs, model, ledger: await store.openLedger(name) });
  const samples: Sample[] = [];
  for (;;) {
    const { done, value } = await running.next();
    if (done === true) return { model, samples, outcome: value };
    if (value.type === 'sample') samples.push(value.sample);
  }
}

function resultOf(config: RunConfig, { base, rounds, bestRound }: Awaited<ReturnType<typeof run>>['outcome']): RunResult {
  const { seed, method } = config;
  const engine = { backend: 'wasm', device: 'cpu', commit: 'abc' } as const;
  const sessions = [{ ...engine, workers: 1, seconds: 1 }];
  const times = { sessions, seconds: 1, firstSampleSeconds: 1 };
  return { seed, method, ...engine, ...times, base: base.scores, rounds, bestRound, adapterHash: '', baseMeasured: base, config };
}

const settings = {
  busy: signal(false),
  parsed: signal({ config: DEFAULTS, refusals: [] }),
  linkText: signal(''),
  usual: signal(DEFAULTS),
  changed: signal(false),
  preset: signal(undefined),
  world: signal(DEFAULTS.world),
  waits: signal(false),
  backend: 'auto',
};

describe('a filter in a file of its own', () => {
  test('has its switch among the settings, in links, on the command line and in experiment files', () => {
    expect(textOf(Settings, { ...settings, draft: signal(draftOf(DEFAULTS)) })).toContain('Drop shouting');
    const off = { ...DEFAULTS, dropShouting: false } as RunConfig;
    expect(formatOptions(off)).toBe('world=ladder&dropShouting=false');
    expect(loud(parseOptions([['dropShouting', 'off']]).config)).toBe(false);
    expect(USAGE).toContain('--dropShouting true|false (default true)');
    expect(loud(readArguments(['--dropShouting', 'false']).config)).toBe(false);
    const arm = { name: 'loud', options: { dropShouting: false } };
    expect(parseExperiment({ arms: [arm], seeds: [1] }).arms).toEqual([arm]);
    expect(armText(arm as Arm)).toBe('drop shouting off');
  });

  test('drops answers, says why in the page’s words, and does nothing in runs that were stored before it', async () => {
    const { samples } = await run(TWICE);
    const dropped = samples.filter(({ verdict }) => verdict === 'shouting');
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.every(({ completion }) => completion.includes('!'))).toBe(true);
    expect(keptText(samples)).toContain(`${dropped.length} shouts`);
    expect(verdictOf('shouting').reason).toBe('Dropped: it shouts.');
    const all = await run({ ...TWICE, dropShouting: false } as RunConfig);
    expect(all.samples.every(({ verdict }) => verdict === 'kept')).toBe(true);
    const { dropShouting: _, ...before } = DEFAULTS as RunConfig & { readonly dropShouting: boolean };
    expect(loud(readConfig(before).config)).toBe(false);
    expect(readConfig(before).problem).toBeNull();
  });
});

describe('a method in a file of its own', () => {
  test('is offered on the page, in links, on the command line and in experiment files', () => {
    expect(textOf(Settings, { ...settings, draft: signal(draftOf(DEFAULTS)) })).toContain('Twice');
    expect(formatOptions({ ...DEFAULTS, method: 'twice' } as unknown as RunConfig)).toBe('world=ladder&method=twice');
    expect(readArguments('--method twice --rounds 3'.split(' ')).config).toMatchObject({ method: 'twice', rounds: 3 });
    expect(USAGE).toMatch(/--method \S*\|twice \(default/);
    expect(roundsOf(TWICE)).toBe(2);
    const arm = { name: 'mine', options: { method: 'twice' } };
    expect(parseExperiment({ arms: [arm], seeds: [1] }).arms).toEqual([arm]);
    expect(armText(arm as unknown as Arm)).toBe('Twice');
  });

  test('runs in the loop, which measures, saves and returns its rounds', async () => {
    const { model, outcome } = await run(TWICE);
    expect(outcome.rounds.map(({ round }) => round)).toEqual([1, 2]);
    expect(model.trained).toHaveLength(4);
    expect(
      outcome.rounds.every(({ trainLoss }, at) => trainLoss.length === 2 * Math.ceil((model.trained[2 * at]?.rows.length ?? 0) / 4)),
    ).toBe(true);
  });
});

describe('a measure in a file of its own', () => {
  test('is taken, and stands in the gauges, in Compare and in the table of README', async () => {
    const { outcome } = await run(TWICE);
    const taken = ({ extras }: Pick<Measured, 'extras'>): number => extras?.['saysIs'] ?? Number.NaN;
    expect(taken(outcome.base)).toBeGreaterThan(0);
    expect(taken(outcome.rounds[1] ?? outcome.base)).toBeGreaterThan(taken(outcome.base));

    const result = resultOf(TWICE, outcome);
    const view = { ...EMPTY_VIEW, status: 'finished' as const, config: TWICE, base: outcome.base, rounds: outcome.rounds, result };
    expect(await numbersOf(GaugesFigure, { view: signal(view), plotted: signal(view) })).toContain('says is: a sampled answer says “is”');

    const comparison = compare([{ name: 'mine', results: [result] }], 'mine');
    const table = tableOf(comparison);
    expect(table.rows[0]?.[table.head.indexOf('says is')]).toMatch(/^\d+\.\d%$/);
    const report = {
      experiment: { arms: [{ name: 'mine', options: {} }], seeds: [7] },
      commit: 'abc',
      machine: 'here',
      seconds: 1,
      comparison,
    };
    const set = makeSet('mine', report, [{ arm: 'mine', result }]);
    expect(comparisonOf(set).arms[0]?.extras['saysIs']).not.toBeNull();
    expect(tableBlock(set).split('\n')[0]).toContain('| says is |');
  });
});

describe('an arm', () => {
  test('is offered in Compare with what it changes', () => {
    expect(ARMS.at(-1)?.name).toBe('Polite');
    const experiment = {
      arms: signal(ARMS),
      picked: signal([]),
      plan: signal([]),
      offered: signal(true),
      running: signal(false),
      started: signal(false),
      comparison: signal(null),
      count: signal('5'),
      first: signal('7'),
      listed: signal(null),
      reference: signal(''),
      at: signal(null),
      outlook: signal({ done: 0, total: 0, share: 0, leftMs: null }),
      refusal: signal(null),
      setUp: signal(null),
      refusedField: signal(null),
      file: signal(null),
      leftOut: signal([]),
      passedOver: signal(0),
      hindrance: signal(null),
      pending: signal(null),
    };
    const session = {
      ...settings,
      experiment,
      experiments: { current: signal(null), missing: signal(null), list: signal([]) },
      view: signal(EMPTY_VIEW),
      blocked: signal(null),
      pending: signal(null),
      engine: signal(null),
    };
    expect(textOf(Compare, session)).toContain('PoliteSOFT, temperature 0.2');
  });
});
