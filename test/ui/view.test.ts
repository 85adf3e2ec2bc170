/** The page's picture of a run: what each event changes, and what a reload brings back. */
import { describe, expect, test } from 'vitest';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunSummary } from '../../src/run/records.ts';
import { ADVICE, type ErrorCode, FINAL } from '../../src/errors.ts';
import { EMPTY_VIEW, isUnfinished, reduce, viewOfStored } from '../../src/ui/session/view.ts';
import { doing } from '../../src/ui/words.ts';
import type { RunView } from '../../src/ui/session/view.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';

const CONFIG: RunConfig = { ...DEFAULTS, rounds: 2, prompts: 40 };

/** The view after each event, one event every 10 ms. */
function replay(events: Iterable<RunEvent>, start: RunView = EMPTY_VIEW): RunView[] {
  const views: RunView[] = [];
  let view = start;
  let at = 1000;
  for (const event of events) views.push((view = reduce(view, event, (at += 10))));
  return views;
}

function final(events: Iterable<RunEvent>, start: RunView = EMPTY_VIEW): RunView {
  return replay(events, start).at(-1) ?? start;
}

/** The events up to and with the first of a type that `when` accepts. */
function until(events: Iterable<RunEvent>, when: (event: RunEvent) => boolean): RunEvent[] {
  const list = [...events];
  return list.slice(0, list.findIndex(when) + 1);
}

describe('a run on the page', () => {
  test('a finished run shows its base scores, every round, every sample and every step', () => {
    const events = [...simulatedRun('a', CONFIG)];
    const view = final(events);
    expect(view.status).toBe('finished');
    expect(view.base?.scores.zeroShot).toBe(0.58);
    expect(view.rounds.map((result) => result.round)).toEqual([1, 2]);
    expect([...view.samples].map(([round, samples]) => [round, samples.length])).toEqual([
      [1, 20],
      [2, 20],
    ]);
    expect(view.losses.length).toBe(events.filter((event) => event.type === 'step').length);
    expect(view.savedAt).toBe(view.endedAt);
  });

  test('what is measured comes with all that was asked for', () => {
    const view = final(simulatedRun('a', { ...CONFIG, measures: 'all' }));
    expect(view.base).toEqual(view.result?.baseMeasured);
    expect(view.base?.outOfDistribution).toBeCloseTo(0.52);
    expect([view.base?.extras?.['twoChoice'], view.rounds[1]?.extras?.['length']]).toEqual([0.58, expect.any(Number)]);
    expect(final(simulatedRun('a', CONFIG)).base?.extras).toBeNull();
  });

  test('a run without training has its base scores and no round', () => {
    const view = final(simulatedRun('a', { ...CONFIG, method: 'icl' }));
    expect([view.status, view.rounds, view.samples.size]).toEqual(['finished', [], 0]);
    expect(view.base?.scores.fewShot).toBe(0.8);
  });

  test('writing its own prompts is the activity at hand', () => {
    const own = { ...CONFIG, promptSource: 'own' } as const;
    const view = final(until(simulatedRun('a', own), (event) => event.type === 'progress' && event.phase === 'write' && event.done === 20));
    expect(view.activity).toMatchObject({ phase: 'write', round: 0, done: 20, total: 40 });
  });

  test('samples that arrive out of order are shown in the order of their index', () => {
    const samples = [...simulatedRun('a', CONFIG)].filter((event) => event.type === 'sample').slice(0, 20);
    const view = final(samples.toReversed());
    expect(view.samples.get(1)?.map((sample) => sample.index)).toEqual(samples.map((event) => event.sample.index));
  });

  test('the training order reaches the samples that were shown before it was known', () => {
    const view = final(until(simulatedRun('a', CONFIG), (event) => event.type === 'ordered'));
    const kept = view.samples.get(1)?.filter((sample) => sample.verdict === 'kept') ?? [];
    expect(kept.map((sample) => sample.order).toSorted((a, b) => (a ?? -1) - (b ?? -1))).toEqual(kept.map((_, place) => place));
    expect(view.samples.get(1)?.length).toBe(20);
  });

  test('a pause does not count as working time', () => {
    const before = until(simulatedRun('a', CONFIG), (event) => event.type === 'sample');
    const view = final(before);
    const paused = reduce(view, { type: 'paused' }, 5000);
    expect(paused.status).toBe('paused');
    const resumed = reduce(paused, { type: 'resumed' }, 9000);
    expect(resumed.status).toBe('running');
    expect(resumed.startedAt).toBe((view.startedAt ?? 0) + 4000);
    expect(resumed.activity?.since).toBe((view.activity?.since ?? 0) + 4000);
  });

  test('progress that arrives after the pause does not claim that the run goes on', () => {
    const view = final(until(simulatedRun('a', CONFIG), (event) => event.type === 'sample'));
    const paused = reduce(view, { type: 'paused' }, 5000);
    const late = reduce(paused, { type: 'progress', phase: 'answer', round: 1, done: 2, total: 20 }, 5001);
    expect(late.status).toBe('paused');
  });

  test('a failed run keeps its curves and shows the failure', () => {
    const failure = { code: 'GPU_LOST', message: 'lost', detail: 'test' } as const;
    const half = until(simulatedRun('a', CONFIG), (event) => event.type === 'round');
    const view = final([...half, { type: 'failed', failure }]);
    expect(view.status).toBe('failed');
    expect(view.failure).toEqual(failure);
    expect(view.rounds.length).toBe(1);
  });

  test('the same warning is listed once', () => {
    const failure = { code: 'STORAGE_QUOTA', message: 'full', detail: '' } as const;
    const warned = final([
      { type: 'warning', failure },
      { type: 'warning', failure: { ...failure, detail: 'again' } },
    ]);
    expect(warned.warnings).toEqual([{ ...failure, detail: 'again' }]);
  });

  test('a new run forgets the one before', () => {
    const view = final([...simulatedRun('b', CONFIG)].slice(0, 1), final(simulatedRun('a', CONFIG)));
    expect(view.run).toBe('b');
    expect(view.rounds).toEqual([]);
    expect(view.samples.size).toBe(0);
    expect(view.losses).toEqual([]);
  });
});

describe('a stored run', () => {
  const whole = final(simulatedRun('a', CONFIG));
  const summary = (status: RunSummary['status'], rounds: number): RunSummary => ({
    run: 'a',
    config: CONFIG,
    status,
    base: whole.base,
    rounds: whole.rounds.slice(0, rounds),
    result: status === 'finished' ? whole.result : null,
    sessions: [],
    problem: null,
    unknown: [],
  });

  test('an unfinished run comes back after a reload as one that can be resumed, with its curves and samples', () => {
    const samples = [whole.samples.get(1) ?? [], (whole.samples.get(2) ?? []).slice(0, 7)];
    const losses = whole.losses.filter((point) => point.round === 1);
    const view = viewOfStored(summary('running', 1), losses, samples);
    expect(view.status).toBe('stopped');
    expect(view.rounds.length).toBe(1);
    expect(view.losses).toEqual(losses);
    expect(view.samples.get(2)?.length).toBe(7);
  });

  test('resuming it ends with the same curves and samples as the run that was never interrupted', () => {
    const events = [...simulatedRun('a', CONFIG)];
    const losses = whole.losses.slice(0, -2); // cut in the middle of the training of round 2
    const stored = viewOfStored(summary('running', 1), losses, [whole.samples.get(1) ?? [], whole.samples.get(2) ?? []]);
    const start = events[0];
    if (start?.type !== 'started') throw new Error('the first event is `started`');
    const training = events.findIndex((event) => event.type === 'step' && event.round === 2);
    const view = final([{ ...start, resumed: true }, ...events.slice(training)], stored);
    expect(view.losses).toEqual(whole.losses);
    expect(view.rounds).toEqual(whole.rounds);
    expect(view.samples).toEqual(whole.samples);
    expect(view.status).toBe('finished');
  });

  test('one that ended with a failure of its own comes back so, and is not offered to be resumed', () => {
    const failure = { code: 'KEPT_TOO_FEW', message: ADVICE.KEPT_TOO_FEW.text, detail: 'round 2 kept 0 of 8 answers' } as const;
    const ended = { ...summary('running', 1), failure, problem: failure.message };
    const view = viewOfStored(ended, [], []);
    expect(view).toMatchObject({ status: 'failed', failure });
    expect(doing(view)).toBe('Ended: too few answers were kept to train on.');
    expect(isUnfinished(view, [ended])).toBe(false);
  });

  test('a run is offered to be resumed unless it is known to be unable', () => {
    const open = summary('running', 1);
    const view = viewOfStored(open, [], []);
    expect(isUnfinished(view, [open])).toBe(true);
    expect(isUnfinished(view, null)).toBe(true);
    expect(isUnfinished(view, [{ ...open, problem: 'What is stored of it is damaged.' }])).toBe(false);
    const failed = (code: ErrorCode): RunView => ({ ...view, status: 'failed', failure: { code, message: '', detail: '' } });
    for (const code of Object.keys(ADVICE) as ErrorCode[])
      expect(isUnfinished(failed(code), [open])).toBe(!FINAL.includes(code) && code !== 'RUN_UNFIT');
    expect(['KEPT_TOO_FEW', 'OPTION_RANGE', 'NUM_NONFINITE'].every((code) => FINAL.includes(code as ErrorCode))).toBe(true);
  });

  test('a finished run comes back as finished', () => {
    const view = viewOfStored(summary('finished', 2), whole.losses, [...whole.samples.values()]);
    expect(view.status).toBe('finished');
    expect(view.result).toEqual(whole.result);
  });
});
