/** Progress and time left: never backwards, silent while it knows too little, right when the pace is even. */
import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/contracts/events.ts';
import type { Sample } from '../../src/contracts/records.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { answeringLeft } from '../../src/ui/session/answering.ts';
import { createRising, forecast } from '../../src/ui/session/forecast.ts';
import { roundsOf, sortsPrompts, writesPrompts } from '../../src/run/recipe.ts';
import { EMPTY_VIEW, reduce } from '../../src/ui/session/view.ts';
import { clock, doing, keptText, times } from '../../src/ui/words.ts';
import { RECORDED } from '../fixtures/recorded-run.ts';
import { simulatedRun, SOFTWARE_ENGINE } from '../fixtures/simulated-run.ts';

const CONFIG: RunConfig = { ...DEFAULTS, rounds: 3, prompts: 60 };
const MS: Readonly<Record<Phase, number>> = { load: 100, write: 35, draft: 30, answer: 40, measure: 3, train: 300, validate: 3, probe: 3 };

/** Plays a run in which each unit of a phase takes its time in `MS`; lists time and view after each event. */
function timed(events: Iterable<RunEvent>, slower = 1) {
  let at = 0;
  let view = EMPTY_VIEW;
  const last = { key: '', done: 0 };
  return [...events].map((event) => {
    if (event.type === 'progress') {
      const key = `${event.phase}${event.round}`;
      if (key !== last.key) Object.assign(last, { key, done: 0 });
      at += (event.done - last.done) * MS[event.phase] * slower;
      last.done = event.done;
    }
    view = reduce(view, event, at);
    return { at, view };
  });
}

describe('the forecast', () => {
  const run = timed(simulatedRun('a', CONFIG));
  const end = run.at(-1)?.at ?? 0;

  test('promises no time left before a tenth is done', () => {
    const early = run.slice(0, 5).map(({ at, view }) => forecast(view, at));
    expect(early.every(({ leftMs }) => leftMs === null)).toBe(true);
  });

  test('is within a quarter of the truth from half of the run on', () => {
    for (const { at, view } of run.filter((moment) => moment.at > end / 2 && moment.at < end)) {
      const { leftMs } = forecast(view, at);
      if (leftMs === null) throw new Error(`nothing promised at ${at} of ${end} ms`);
      expect(Math.abs(at + leftMs - end) / end).toBeLessThan(0.25);
    }
  });

  test('ends at one when the run is finished', () => {
    const finished = run.at(-1);
    expect(finished && forecast(finished.view, finished.at).share).toBe(1);
  });

  test('counts what a stored run has done, though nothing of it was timed here, and promises nothing', () => {
    const last = run.findLast(({ view }) => view.status !== 'finished' && view.rounds.length === 2);
    if (last === undefined) throw new Error('no such moment');
    const loaded = { ...last.view, laps: [], activity: null };
    const { share, leftMs } = forecast(loaded, last.at);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.9);
    expect(leftMs).toBe(null);
    expect(forecast({ ...loaded, base: null, rounds: [] }, last.at).share).toBe(0);
  });

  test('stands still during a pause', () => {
    const middle = run[Math.floor(run.length / 2)];
    if (middle === undefined) throw new Error('no events');
    const paused = reduce(middle.view, { type: 'paused' }, middle.at + 5);
    expect(forecast(paused, middle.at + 60_000)).toEqual(forecast(paused, middle.at + 5));
  });
});

describe('the forecast of a recorded run of a model of the user’s', () => {
  let view = EMPTY_VIEW;
  const end = RECORDED.at(-1)?.at ?? 0;
  const course = RECORDED.map(({ at, event }) => {
    view = reduce(view, event, at);
    return { at, view, ...forecast(view, at) };
  });
  const answering = course.filter(({ view: { activity } }) => activity?.phase === 'answer' && activity.round === 1);

  test('promises nothing before its first answer, however long that takes', () => {
    const before = answering.filter(({ view: { samples } }) => samples.size === 0);
    expect(before.length).toBeGreaterThan(0);
    for (const { at, view: waiting } of before)
      for (const later of [0, 60_000, 3_600_000]) expect(forecast(waiting, at + later)).toMatchObject({ share: 0, leftMs: null });
  });

  test('knows what its answers take from the tokens of the first ones, though most of them come at once', () => {
    const took = (answering.at(-1)?.at ?? 0) - (answering[0]?.at ?? 0);
    for (const {
      at,
      view: { activity },
    } of answering.filter(({ view: { samples } }) => samples.size > 0)) {
      if (activity === null || activity.done === activity.total) continue;
      const gone = at - activity.since;
      const left = answeringLeft(activity.made, { count: activity.total - activity.done, gone, longest: 64, together: 64 });
      expect((gone + (left ?? Infinity)) / took).toBeGreaterThan(0.8);
      expect((gone + (left ?? Infinity)) / took).toBeLessThan(1.6);
    }
  });

  test('is never further off than by half while it answers', () => {
    for (const { at, leftMs } of answering.filter(({ leftMs: left }) => left !== null)) {
      expect((leftMs ?? 0) / (end - at)).toBeLessThan(2);
      expect((leftMs ?? 0) / (end - at)).toBeGreaterThan(0.5);
    }
  });
});

describe('the per cent and the time left', () => {
  const slow = timed(simulatedRun('a', { ...CONFIG, rounds: 1, prompts: 8 }), 100);
  let view = EMPTY_VIEW;
  const recorded = RECORDED.map(({ at, event }) => ({ at, view: (view = reduce(view, event, at)) }));

  test.each([
    ['of a slow model', slow],
    ['of a recorded run', recorded],
  ])('say the same, whatever is foretold: %s', (_, course) => {
    const told = course.map((moment) => forecast(moment.view, moment.at)).filter(({ leftMs, share }) => leftMs !== null && share < 1);
    expect(told.length).toBeGreaterThan(3);
    for (const { share, elapsedMs, leftMs } of told) expect(share).toBeCloseTo(elapsedMs / (elapsedMs + (leftMs ?? 0)), 6);
  });

  test('never fall back on the screen, though what is foretold grows', () => {
    const shares = recorded.map((moment) => forecast(moment.view, moment.at).share);
    expect(shares.some((share, i) => share < (shares[i - 1] ?? 0))).toBe(true);
    const rise = createRising();
    const shown = recorded.map((moment) => rise(forecast(moment.view, moment.at), moment.view.run).share);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(rise({ share: 0.1, elapsedMs: 1, leftMs: 9 }, 'b').share).toBe(0.1);
  });

  test('know how long a measurement took whose last questions were not counted', () => {
    const base = recorded.at(-1)?.view.laps.find(({ phase }) => phase === 'measure');
    expect(base).toMatchObject({ units: 52, total: 52 });
    expect(base?.ms).toBeGreaterThan(7000);
  });
});

describe('the forecast of a run whose plan has measured speeds', () => {
  const config = { ...CONFIG, rounds: 2, prompts: 40, questions: 0, method: 'soft' } as const;
  /** The plan's seconds, where a run takes `MS` a unit. */
  const planned = (times: number) => {
    const steps = Math.ceil((20 * config.epochs) / config.batchSize);
    const seconds = { answering: 20 * MS.answer, training: steps * MS.train, measuring: 700 * MS.measure, probing: 0 };
    const each = Object.fromEntries(Object.entries(seconds).map(([name, ms]) => [name, (ms / 1000) * times])) as typeof seconds;
    return timed(simulatedRun('a', config, { ...SOFTWARE_ENGINE, seconds: each }));
  };
  const off = (run: ReturnType<typeof planned>, from: number): readonly number[] => {
    const end = run.at(-1)?.at ?? 0;
    return run
      .filter(({ at, view: { status } }) => status === 'running' && at >= from * end)
      .map(({ at, view }) => Math.abs(at + (forecast(view, at).leftMs ?? Infinity) - end) / end);
  };

  test('promises from the first moment on, and is right where the plan is', () => {
    // a few answers are dropped, which no plan knows
    expect(Math.max(...off(planned(1), 0))).toBeLessThan(0.15);
  });

  test('learns from the phases that have ended where the plan is not', () => {
    for (const times of [0.4, 2.5]) {
      expect(off(planned(times), 0)[0]).toBeGreaterThan(0.5);
      expect(Math.max(...off(planned(times), 0.5))).toBeLessThan(0.1);
    }
  });
});

describe('the forecast of answers of which memory holds few at a time', () => {
  const [LENGTHS, STEP, COUNT] = [[6, 12, 18, 24], 10, 64];
  const longest = Math.max(...LENGTHS);
  const truth = (COUNT / LENGTHS.length) * longest * STEP;
  const sample = (index: number, pieces: number): Sample =>
    ({
      index,
      round: 1,
      completion: 'x'.repeat(pieces),
      pieces: Array.from({ length: pieces }, () => 'x'),
      context: '',
      question: '',
    }) as never;

  /** The time that the whole round takes by what is told after each answer of the first batch. */
  const told = (rows: number | undefined): readonly { readonly whole: number; readonly share: number }[] => {
    const config = { ...CONFIG, maxTokens: longest, prompts: 3 * COUNT };
    const engine = {
      backend: 'wasm',
      device: 'CPU',
      software: false,
      threads: 1,
      workers: 1,
      commit: '',
      ...(rows === undefined ? {} : { rows }),
    };
    let view = reduce(EMPTY_VIEW, { type: 'started', run: 'a', config, engine, resumed: false } as RunEvent, 0);
    view = reduce(view, { type: 'progress', phase: 'answer', round: 1, done: 0, total: COUNT }, 0);
    return LENGTHS.map((tokens, i) => {
      const at = tokens * STEP;
      view = reduce(view, { type: 'sample', sample: sample(i, tokens) }, at);
      view = reduce(view, { type: 'progress', phase: 'answer', round: 1, done: i + 1, total: COUNT }, at);
      const made = view.activity?.made ?? [];
      const left = answeringLeft(made, { count: COUNT - i - 1, gone: at, longest, together: view.engine?.rows ?? 64 });
      return { whole: at + (left ?? 0), share: forecast(view, at).share };
    });
  };

  test('is right from the first answer on, since the run says how many are made together', () => {
    const few = told(LENGTHS.length);
    const unsaid = told(undefined);
    for (const { whole } of few) {
      expect(whole / truth).toBeGreaterThan(0.8);
      expect(whole / truth).toBeLessThan(1.25);
    }
    for (const [i, { whole, share }] of unsaid.entries()) {
      expect(whole / truth).toBeLessThan(0.2); // what was promised before
      expect(few[i]?.share).toBeLessThan(share);
    }
  });
});

describe('a forecast of a run with other pieces', () => {
  const leftAtHalf = (config: RunConfig) => {
    const run = timed(simulatedRun('a', config));
    const end = run.at(-1)?.at ?? 0;
    const middle = run.find(({ at }) => at > end / 2);
    if (middle === undefined) throw new Error('no events');
    const shares = run.map(({ at, view }) => forecast(view, at).share);
    return { error: Math.abs(middle.at + (forecast(middle.view, middle.at).leftMs ?? Infinity) - end) / end, shares };
  };

  test.each([
    ['whose prompts the model writes itself', { promptSource: 'own' }],
    ['without training, which is only measured', { method: 'icl' }],
    ['with hard prompts first, which are drafted for it', { method: 'soft', order: 'hard-to-easy' }],
    ['ordered within rounds alone, which drafts nothing', { orderScope: 'within' }],
  ] as const)('%s, knows them', (_, options) => {
    const { error, shares } = leftAtHalf({ ...CONFIG, ...options });
    expect(error).toBeLessThan(0.25);
    expect(shares.at(-1)).toBe(1);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  test('has no round and no draft without training', () => {
    expect([roundsOf({ ...CONFIG, method: 'icl' }), sortsPrompts({ ...CONFIG, method: 'icl', order: 'easy-to-hard' })]).toEqual([0, false]);
    expect([writesPrompts({ ...CONFIG, promptSource: 'own' }), writesPrompts({ ...CONFIG, method: 'icl', promptSource: 'own' })]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the probes at the end of a run with a kit', () => {
  const config: RunConfig = { ...CONFIG, questions: 40, probes: 20, probeAnswers: 10 };
  const played = [...simulatedRun('a', config)];
  const probing = [0, 30, 60].map((done): RunEvent => ({ type: 'progress', phase: 'probe', round: 2, done, total: 60 }));
  const last = played.findLastIndex(({ type }) => type === 'round');
  const run = timed([...played.slice(0, last + 1), ...probing]);

  test('are part of what is left, and the last of it, also after an early stop', () => {
    const before = run[last];
    expect(before && forecast(before.view, before.at).leftMs).toBeGreaterThan(0);
    const [begun, half, done] = run.slice(last + 1).map(({ at, view }) => forecast(view, at));
    expect(begun?.leftMs).toBeGreaterThan(half?.leftMs ?? Infinity);
    expect(half?.leftMs).toBeCloseTo(30 * MS.probe, 6);
    expect(done).toMatchObject({ share: 1, leftMs: 0 });
  });

  test('are told as such', () => {
    const half = run.at(-2)?.view ?? EMPTY_VIEW;
    expect(doing(half)).toBe('at the end · probing the base and what is returned, question 30 of 60');
    expect(doing(reduce(half, { type: 'paused' }, 0))).toMatch(/^Paused: at the end/);
  });
});

describe('the status line', () => {
  test('says the round, the work and its counts', () => {
    const answering = timed(simulatedRun('a', CONFIG)).find(({ view }) => view.activity?.round === 2 && view.activity.done === 7);
    expect(answering && doing(answering.view)).toBe('round 2 of 3 · answering 7 of 20');
  });

  test('says that the model writes its own prompts', () => {
    const run = timed(simulatedRun('a', { ...CONFIG, promptSource: 'own' }));
    const writing = run.find(({ view }) => view.activity?.phase === 'write' && view.activity.done === 40);
    expect(writing && doing(writing.view)).toBe('before round 1 · writing its own prompts, 40 of 60');
  });

  test('knows a run without training from one with rounds', () => {
    const lines = timed(simulatedRun('a', { ...CONFIG, method: 'icl' })).map(({ view }) => doing(view));
    expect(lines.some((line) => line.includes('round'))).toBe(false);
    expect(lines).toContain('base model · measuring, held-out question 350 of 700');
    expect(lines.at(-1)).toBe('Finished: measured as it is, without training.');
  });

  test('gives elapsed and remaining time', () => {
    const view = { ...EMPTY_VIEW, status: 'running', config: CONFIG, startedAt: 0 } as const;
    expect(times(view, { share: 0.4, elapsedMs: 21_000, leftMs: 38_400 })).toBe('0:21, about 0:38 left');
    expect(times(view, { share: 0.04, elapsedMs: 2000, leftMs: null })).toBe('0:02, estimating the rest');
  });

  test('counts dropped answers by reason', () => {
    const samples = [...simulatedRun('a', CONFIG)].flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
    const first = samples[0];
    if (first === undefined) throw new Error('no samples');
    const verdicts = ['kept', 'kept', 'unfinished', 'copied', 'unfinished'] as const;
    expect(keptText(verdicts.map((verdict) => ({ ...first, verdict })))).toBe('2 kept, 3 dropped: 2 cut off, 1 copied');
    expect(keptText([{ ...first, verdict: 'kept' }])).toBe('1 kept, 0 dropped');
    expect(keptText([{ ...first, verdict: 'not-aligned' }])).toBe('0 kept, 1 dropped: 1 not aligned');
  });

  test('writes long times with hours', () => {
    expect(clock(3_725_000)).toBe('1:02:05');
    expect(clock(59_600)).toBe('1:00');
  });
});
