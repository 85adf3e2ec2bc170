/** An experiment in the tab: what is there is taken, what is begun is resumed, the rest runs in order; stop, failures and time left. */
import { signal } from '@preact/signals';
import { describe, expect, test } from 'vitest';
import { ARMS } from '../../src/run/arms.ts';
import { configOf, type Arm } from '../../src/run/arm.ts';
import { advice } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { ArmRow, Comparison } from '../../src/comparison/compare.ts';
import type { LibraryWorker } from '../../src/protocol/library.ts';
import type { LmWorker } from '../../src/protocol/lm.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunSummary } from '../../src/run/records.ts';
import { createExperiment } from '../../src/ui/session/experiment.ts';
import { entriesOf, outlookOf, seedsOf } from '../../src/ui/session/experiment-plan.ts';
import { EMPTY_VIEW, reduce } from '../../src/ui/session/view.ts';
import type { RunView } from '../../src/ui/session/view.ts';
import { SOFTWARE_ENGINE, simulatedRun } from '../fixtures/simulated-run.ts';

const ICL: Arm = { name: 'cold', options: { method: 'icl' } };
const SINGLE: Arm = { name: 'single', options: { method: 'single', prompts: 8 } };
const SOFT: Arm = { name: 'soft', options: { method: 'soft', rounds: 2, prompts: 16 } };
const FILE = (arms: readonly Arm[], seeds: readonly number[]) => JSON.stringify({ arms, seeds });

function storedRun(run: string, config: RunConfig, status: RunSummary['status'] = 'finished', seconds = 61.4): RunSummary {
  let view: RunView = EMPTY_VIEW;
  for (const event of simulatedRun(run, config)) view = reduce(view, event, 0);
  const result = view.result === null || status === 'running' ? null : { ...view.result, seconds };
  const { backend, device, workers, commit } = SOFTWARE_ENGINE;
  const sessions = [{ backend, device, workers, commit, seconds }];
  return {
    run,
    config,
    status,
    base: view.base,
    rounds: status === 'running' ? [] : view.rounds,
    result,
    sessions,
    problem: null,
    unknown: [],
  };
}

function rowOf(name: string, runs: readonly string[]): ArmRow {
  const flat = { mean: 0.5, low: 0.5, high: 0.5, n: runs.length };
  const values = runs.map(() => 0.5);
  const scores = {
    score: flat,
    last: { ...flat, stopped: 0, difference: null },
    outOfDistribution: flat,
    sampled: null,
    retained: null,
    difference: null,
  };
  return {
    name,
    arm: name,
    measure: 'zero-shot',
    seeds: runs.map((_, seed) => seed),
    values,
    ...scores,
    kinds: [],
    extras: {},
    curve: [],
    expected: null,
    foretold: null,
    surest: null,
    seconds: 1,
  };
}

/** A page on a made-up model and library; `fails` says which run ends in which failure. */
function page(
  stored: readonly RunSummary[] = [],
  fails: (config: RunConfig) => ErrorCode | null = () => null,
  others: readonly RunSummary[] = [],
) {
  const list = [...stored];
  const calls: { readonly seed: number; readonly method: string; readonly resume: string | undefined }[] = [];
  const questions: Parameters<LibraryWorker['compare']>[] = [];
  let stopped = false;
  const hooks = { during: () => {} };

  const lm: Pick<LmWorker, 'run' | 'stop'> = {
    run(config, resume) {
      calls.push({ seed: config.seed, method: config.method, resume });
      stopped = false;
      const run = resume ?? `new ${calls.length}`;
      const events = simulatedRun(run, config);
      return Promise.resolve(
        new ReadableStream({
          pull(controller) {
            const code = fails(config);
            const { value, done } = events.next();
            if (done) return controller.close();
            if (!stopped && (code === null || value.type === 'started')) {
              if (value.type === 'finished') list.unshift(storedRun(run, config));
              controller.enqueue(value);
              return;
            }
            if (code === null) controller.enqueue({ type: 'stopped' });
            else controller.enqueue({ type: 'failed', failure: { code, message: advice(code), detail: '' } });
            controller.close();
          },
        }),
      );
    },
    stop: () => Promise.resolve(void (stopped = true)),
  };
  const library: Pick<LibraryWorker, 'runs' | 'compare'> = {
    runs: () => Promise.resolve({ ok: true, value: [...list] }),
    compare(arms, reference) {
      questions.push([arms, reference]);
      const rows = arms.flatMap(({ name, runs }) => (runs.length === 0 ? [] : [rowOf(name, runs)]));
      const value: Comparison = { reference, against: reference, tests: { last: 0, scores: 0, kinds: 0 }, arms: rows };
      return Promise.resolve({ ok: true, value });
    },
  };

  const view = signal<RunView>(EMPTY_VIEW);
  const runs = signal<readonly RunSummary[] | null>(null);
  const refresh = async () => {
    const answer = await library.runs();
    if (answer.ok) runs.value = answer.value;
  };
  const experiment = createExperiment({
    view,
    runs,
    others: signal(others),
    now: signal(0),
    standard: signal({}),
    refresh,
    async follow(config, entry) {
      for await (const event of await lm.run(config, entry?.run)) {
        view.value = reduce(view.value, event, 0);
        hooks.during();
      }
      await refresh();
    },
    stop: lm.stop,
    async compare(...question) {
      const answer = await library.compare(...question);
      return answer.ok ? answer.value : undefined;
    },
  });
  return { experiment, calls, questions, hooks, refresh, view };
}

describe('an experiment', () => {
  test('takes a stored run whose number of questions the plan has chosen', () => {
    const config = { ...configOf(SINGLE, 3), questions: 40 };
    expect(entriesOf([SINGLE], [3], [storedRun('planned', config)])[0]?.stored?.run).toBe('planned');
    const named = { ...SINGLE, options: { ...SINGLE.options, questions: 80 } };
    expect(entriesOf([named], [3], [storedRun('planned', config)])[0]?.stored).toBeNull();
  });

  test('says which of its runs are stored as another engine made them, and makes them anew', async () => {
    const config = configOf(SINGLE, 3);
    const { experiment, calls } = page([], () => null, [storedRun('elsewhere', config), storedRun('of no arm', DEFAULTS)]);
    experiment.load(FILE([SINGLE, SOFT], [3]));
    expect(experiment.passedOver.value).toBe(1);
    await experiment.start();
    expect(calls.map(({ resume }) => resume)).toEqual([undefined, undefined]);
    expect(experiment.passedOver.value).toBe(0);
  });

  test('runs every arm with every seed, seed by seed, and compares after each run', async () => {
    const { experiment, calls, questions } = page();
    experiment.load(FILE([SINGLE, SOFT], [3, 4]));
    await experiment.start();
    expect(calls.map(({ seed, method }) => `${method} ${seed}`)).toEqual(['single 3', 'soft 3', 'single 4', 'soft 4']);
    expect(questions.map(([arms]) => arms.map(({ runs }) => runs.length))).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
    expect(experiment.comparison.value?.arms.map(({ name }) => name)).toEqual(['single', 'soft']);
    expect(experiment.outlook.value).toEqual({ done: 4, total: 4, share: 1, leftMs: 0 });
    expect(experiment.running.value).toBe(false);
  });

  test('takes finished runs with equal options, resumes unfinished ones, and runs the rest', async () => {
    const { experiment, calls } = page([
      storedRun('whole', configOf(SINGLE, 3)),
      storedRun('half', configOf(SOFT, 3), 'running'),
      storedRun('other options', { ...configOf(SOFT, 4), temperature: 0.9 }),
    ]);
    experiment.load(FILE([SINGLE, SOFT], [3, 4]));
    await experiment.start();
    expect(calls).toEqual([
      { seed: 3, method: 'soft', resume: 'half' },
      { seed: 4, method: 'single', resume: undefined },
      { seed: 4, method: 'soft', resume: undefined },
    ]);
  });

  test('runs two arms with the same options once', async () => {
    const { experiment, calls, questions } = page();
    experiment.load(FILE([SINGLE, { ...SINGLE, name: 'again' }], [3]));
    await experiment.start();
    expect(calls.length).toBe(1);
    expect(questions.at(-1)?.[0].map(({ runs }) => runs)).toEqual([['new 1'], ['new 1']]);
  });

  test('ends when it is stopped, and goes on from there when it is started again', async () => {
    const { experiment, calls, hooks, view } = page();
    experiment.load(FILE([SINGLE, SOFT], [3]));
    hooks.during = () => {
      if (view.value.activity?.phase === 'train' && view.value.config?.method === 'soft') void experiment.stop();
    };
    await experiment.start();
    expect(view.value.status).toBe('stopped');
    expect([experiment.running.value, experiment.at.value]).toEqual([false, null]);
    expect([experiment.outlook.value.done, experiment.outlook.value.total]).toEqual([1, 2]);
    hooks.during = () => {};
    await experiment.start();
    expect(calls.map(({ method }) => method)).toEqual(['single', 'soft', 'soft']);
    expect(experiment.outlook.value.done).toBe(2);
  });

  test('goes on without a run that cannot succeed, and names it', async () => {
    const { experiment, calls } = page([], ({ method, seed }) => (method === 'single' && seed === 3 ? 'KEPT_TOO_FEW' : null));
    experiment.load(FILE([SINGLE, SOFT], [3, 4]));
    await experiment.start();
    expect(calls.length).toBe(4);
    expect(experiment.leftOut.value.map(({ arm, seed, failure }) => [arm, seed, failure.code])).toEqual([['single', 3, 'KEPT_TOO_FEW']]);
    expect(experiment.outlook.value).toEqual({ done: 4, total: 4, share: 1, leftMs: 0 });
  });

  test('does not make a run again that is stored with such an end', async () => {
    const failure = { code: 'KEPT_TOO_FEW', message: '', detail: '' } as const;
    const made = entriesOf([SINGLE], [3], [])[0]?.config ?? DEFAULTS;
    const rest = { base: null, rounds: [], result: null, sessions: [], unknown: [] } as const;
    const { experiment, calls } = page([{ run: 'old', config: made, status: 'running', failure, problem: '', ...rest }]);
    experiment.load(FILE([SINGLE, SOFT], [3]));
    await experiment.start();
    expect(calls.map(({ method }) => method)).toEqual(['soft']);
    expect(experiment.leftOut.value).toEqual([{ arm: 'single', seed: 3, failure }]);
  });

  test('ends with a failure that is not of the run itself', async () => {
    const { experiment, calls } = page([], () => 'STORAGE_QUOTA');
    experiment.load(FILE([SINGLE, SOFT], [3]));
    await experiment.start();
    expect(calls.length).toBe(1);
    expect(experiment.leftOut.value).toEqual([]);
  });

  test('compares what is already stored before anything runs, and asks again for another reference', async () => {
    const { experiment, questions, refresh } = page([storedRun('a', configOf(SINGLE, 3)), storedRun('b', configOf(SOFT, 3))]);
    experiment.load(FILE([SINGLE, SOFT], [3]));
    await refresh();
    await refresh();
    experiment.setReference('soft');
    expect(questions.map(([, reference]) => reference)).toEqual(['single', 'soft']);
  });
});

describe('what is chosen', () => {
  test('begins with three arms of those on offer, five seeds, and the single round as reference', () => {
    const { experiment } = page();
    expect(experiment.arms.value).toEqual(ARMS);
    expect(experiment.plan.value.map(({ arm, seed }) => `${arm.name} ${seed}`).slice(0, 4)).toEqual([
      'Single round 219',
      'SOFT 219',
      'SOFT+ 219',
      'Single round 220',
    ]);
    expect(experiment.count.value).toBe('5');
    expect(experiment.plan.value).toHaveLength(15);
    expect(experiment.reference.value).toBe('Single round');
    experiment.choose('Single round', false);
    expect(experiment.reference.value).toBe('SOFT');
    for (const name of ['SOFT', 'SOFT+']) experiment.choose(name, false);
    expect(experiment.refusal.value).toBe('Choose at least one arm.');
  });

  test('an arm is its options over the defaults', () => {
    const { experiment } = page();
    expect(experiment.plan.value[1]?.config).toEqual({ ...DEFAULTS, method: 'soft', seed: 219 });
  });

  test.each([
    ['0', '7', 'count', 'The number of seeds must be a whole number from 1 to 20; “0” is not.'],
    ['21', '7', 'count', 'The number of seeds must be a whole number from 1 to 20; “21” is not.'],
    ['', '7', 'count', 'The number of seeds must be a whole number from 1 to 20; “” is not.'],
    ['3', 'x', 'first', 'First seed: Seed must be a whole number from 0 to 999,999; “x” is not.'],
    ['3', '999998', 'first', 'The last seed would be above 999999; begin with a lower one.'],
  ])('%s seeds from %s are refused', (count, first, field, refusal) => {
    expect(seedsOf(count, first)).toEqual({ field, refusal });
  });

  test('seeds of a file that are not in a row stay as they are listed', () => {
    const { experiment } = page();
    experiment.load(FILE([SOFT], [9, 3]));
    expect(experiment.plan.value.map(({ seed }) => seed)).toEqual([9, 3]);
    experiment.load(FILE([SOFT], [4, 5]));
    expect([experiment.listed.value, experiment.count.value, experiment.first.value]).toEqual([null, '2', '4']);
  });

  test('a wrong file is refused with a sentence and changes nothing', () => {
    const { experiment } = page();
    experiment.load('{');
    expect(experiment.file.value).toBe('The file is not JSON.');
    experiment.load(FILE([{ name: 'x', options: { rounds: 99 } }], [1]));
    expect(experiment.file.value).toBe('Arm “x”, “rounds”: Rounds must be a whole number from 1 to 8; “99” is not.');
    expect(experiment.arms.value).toEqual(ARMS);
    experiment.load(FILE([SOFT], [1]));
    expect(experiment.file.value).toBeNull();
  });
});

describe('the time left', () => {
  const plan = (runs: readonly RunSummary[]) => entriesOf([ICL, SOFT], [1, 2], runs);
  const timed = (arm: Arm, seed: number, seconds: number) => storedRun(`${arm.name} ${seed}`, configOf(arm, seed), 'finished', seconds);
  const cast = { share: 0.25, elapsedMs: 1000, leftMs: 3000 };

  test('is unknown before anything is known', () => {
    expect(outlookOf(plan([]), [], null, null)).toEqual({ done: 0, total: 4, share: 0, leftMs: null });
    const unsure = { ...cast, leftMs: null };
    expect(outlookOf(plan([]), [], plan([])[0] ?? null, unsure)).toEqual({ done: 0, total: 4, share: 0.0625, leftMs: null });
  });

  test('comes from the run at hand where none is done', () => {
    expect(outlookOf(plan([]), [], plan([])[0] ?? null, cast).leftMs).toBe(3000 + 3 * 4000);
    // also while the page shows more than is foretold now, so that its bar does not fall
    expect(outlookOf(plan([]), [], plan([])[0] ?? null, cast, 0.8)).toMatchObject({ share: 0.2, leftMs: 3000 + 3 * 4000 });
  });

  test('comes from the runs of the same arm, else of all', () => {
    const known = plan([timed(ICL, 1, 2), timed(SOFT, 1, 20)]);
    expect(outlookOf(known, [], null, null)).toEqual({ done: 2, total: 4, share: 0.5, leftMs: 22_000 });
    expect(outlookOf(plan([timed(ICL, 1, 2)]), [], null, null).leftMs).toBe(6000);
  });

  test('counts the rest of the run at hand, by its share while it promises nothing', () => {
    const known = plan([timed(ICL, 1, 2), timed(SOFT, 1, 20)]);
    const at = known.at(-1) ?? null;
    expect(outlookOf(known, [], at, cast)).toEqual({ done: 2, total: 4, share: 0.5625, leftMs: 2000 + 3000 });
    expect(outlookOf(known, [], at, { ...cast, leftMs: null }).leftMs).toBe(2000 + 15_000);
  });

  test('leaves out what cannot succeed', () => {
    const known = plan([timed(ICL, 1, 2), timed(SOFT, 1, 20)]);
    const failure = { code: 'KEPT_TOO_FEW', message: '', detail: '' } as const;
    expect(outlookOf(known, [{ arm: 'soft', seed: 2, failure }], null, null)).toMatchObject({ done: 3, leftMs: 2000 });
  });
});
