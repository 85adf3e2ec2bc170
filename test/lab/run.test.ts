/** A run as the model's worker lives it, with a scripted model: what the page is told, and what is there after every kind of end. */
import fc from 'fast-check';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LanguageModel } from '../../src/contracts/language-model.ts';
import type { Ledger } from '../../src/contracts/ledger.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { AppError, toFailure } from '../../src/errors.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunResult } from '../../src/run/records.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import type { Until } from '../../src/protocol/lm.ts';
import { secondsOf } from '../../src/run/sessions.ts';
import type { RunStore } from '../../src/run/run-store.ts';
import { Control, Turns } from '../../src/lab/control.ts';
import { type End, follow, type RunHost } from '../../src/lab/run.ts';
import { toStream } from '../../src/lab/stream.ts';
import { questions, ScriptedModel, task } from '../support/scripted.ts';

const CONFIG: RunConfig = {
  ...DEFAULTS,
  method: 'soft+',
  orderScope: 'both',
  rounds: 3,
  prompts: 24,
  epochs: 1,
  batchSize: 4,
  earlyStop: false,
};
const GAUGES = { 'engine/tensors': 1, 'engine/bytes': 2, 'engine/dispatches': 3 };
const NEVER = new Promise<never>(() => {});

beforeEach(() => void (globalThis.indexedDB = new IDBFactory()));

type Change = Partial<RunHost> & { readonly model?: LanguageModel; readonly wrap?: (ledger: Ledger) => Ledger };

function hostOf(store: RunStore, change: Change = {}): RunHost {
  const { model = new ScriptedModel(), wrap = (ledger) => ledger, ...rest } = change;
  let now = 0;
  return {
    store,
    engine: { backend: 'wasm', device: 'CPU', software: true, threads: 1, workers: 1, commit: 'abc' },
    open: { model: null, world: DEFAULTS.world },
    control: new Control(),
    turns: new Turns(),
    failure: NEVER,
    warnings: [],
    gauges: () => GAUGES,
    now: () => (now += 0.001),
    begin: (run, config, ledger) => {
      const held = { validation: questions(20, 'held'), test: questions(20, 'test'), outOfDistribution: questions(10, 'outside') };
      return bootstrap({ run, config, task, prompts: questions(config.prompts, 'x'), ...held, model, ledger: wrap(ledger) });
    },
    ...rest,
  };
}

type Played = { readonly events: readonly RunEvent[]; readonly end: End };

/** Follows a run; `seen` may press buttons. */
async function play(inputs: RunHost, resume: string | null = null, seen: (event: RunEvent, n: number) => void = () => {}): Promise<Played> {
  const events: RunEvent[] = [];
  const following = follow(CONFIG, resume, inputs);
  for (;;) {
    const step = await following.next();
    if (step.done === true) return { events, end: step.value };
    events.push(step.value);
    seen(step.value, events.length);
  }
}

const runOf = ({ events }: Played): string => {
  const started = events.find((event) => event.type === 'started');
  if (started === undefined) throw new Error('the run did not start');
  return started.run;
};
/** What a result says of the run itself, without its clock. */
const essence = (end: End): Omit<RunResult, 'seconds' | 'firstSampleSeconds' | 'sessions'> => {
  if (end.type !== 'finished') throw new Error(`the run ended as ${JSON.stringify(end)}`);
  const { seconds: _, firstSampleSeconds: __, sessions: ___, ...rest } = end.result;
  return rest;
};
const openStore = async (): Promise<RunStore> => new IndexedStore(await Connection.open());
const unbroken = async () => play(hostOf(new MemoryStore()));

describe('a run from start to end', () => {
  test('tells its events in their order, and stores all that it tells', async () => {
    const store = await openStore();
    const played = await play(hostOf(store));
    const run = runOf(played);
    const { events, end } = played;
    const kinds = events.map((event) => event.type).filter((type) => type !== 'progress');
    const squeezed = kinds.filter((type, i) => type !== kinds[i - 1]);
    const round = ['sample', 'ordered', 'step', 'round'];
    expect(squeezed).toEqual(['started', 'sample', 'base', ...round.slice(1), ...round, ...round]);
    expect(events[0]).toEqual({ type: 'started', run, config: CONFIG, engine: hostOf(store).engine, resumed: false });
    expect(events.flatMap((event) => (event.type === 'round' ? [event.gauges] : []))).toEqual([GAUGES, GAUGES, GAUGES]);

    expect(end.type).toBe('finished');
    const summary = (await store.runs())[0];
    expect(summary).toMatchObject({ run, status: 'finished', result: end.type === 'finished' ? end.result : null });
    expect(summary?.rounds).toEqual(events.flatMap((event) => (event.type === 'round' ? [event.result] : [])));
    expect(summary?.base).toMatchObject({ scores: essence(end).base });
    const steps = events.flatMap((event) => (event.type === 'step' ? [{ round: event.round, step: event.step, loss: event.loss }] : []));
    expect(await store.losses(run)).toEqual(steps);
    for (const event of events) if (event.type === 'ordered') expect(await store.samples(run, event.round)).toEqual(event.samples);
  });

  test('its result names the best round by the hash of the weights that are stored', async () => {
    const store = await openStore();
    const played = await play(hostOf(store));
    const { bestRound, adapterHash, rounds, commit, backend, seed, method } = essence(played.end);
    expect(rounds).toHaveLength(3);
    expect((await store.adapter(runOf(played), bestRound)).hash).toBe(adapterHash);
    expect({ commit, backend, seed, method }).toEqual({ commit: 'abc', backend: 'wasm', seed: CONFIG.seed, method: CONFIG.method });
  });

  test('what the user should know is told once: after the start, and as it comes', async () => {
    const [first, later] = [toFailure(new AppError('STORAGE_BLOCKED', 'off')), toFailure(new AppError('HELPER_DIED', 'gone'))];
    const warnings = [first];
    const { events } = await play(hostOf(new MemoryStore(), { warnings }), null, (event) => {
      if (event.type === 'base') warnings.push(later);
    });
    expect(events.slice(0, 2)).toMatchObject([{ type: 'started' }, { type: 'warning', failure: first }]);
    const after = events.slice(events.findIndex(({ type }) => type === 'base') + 1);
    expect(after[0]).toEqual({ type: 'warning', failure: later });
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(2);
    expect(warnings).toEqual([]);
  });
});

describe('what the page is told of progress', () => {
  test('is at most one event for each percent of a phase, and always its first and its last', async () => {
    const total = 1000;
    const begin = async function* (...[run, config, ledger]: Parameters<RunHost['begin']>) {
      for (let done = 0; done <= total; done++) yield { type: 'progress', phase: 'measure', round: 0, done, total } as const;
      return yield* hostOf(new MemoryStore()).begin(run, config, ledger);
    };
    const { events } = await play(hostOf(new MemoryStore(), { begin }));
    const played = events.flatMap((event) => (event.type === 'progress' && event.total === total ? [event.done] : []));
    expect(played).toEqual([...Array.from({ length: 100 }, (_, percent) => 10 * percent), total]);
    const steps = events.flatMap((event) => (event.type === 'progress' && event.phase === 'train' ? [event.done] : []));
    expect(steps).toEqual([1, 2, 1, 2, 1, 2]);
  });
});

describe('stop and resume', () => {
  test('stopped after any event, again and again, it ends like the run that was never stopped', async () => {
    const memory = new MemoryStore();
    const unstopped = await play(hostOf(memory));
    const whole = essence(unstopped.end);
    const measured = [0, ...whole.rounds.map(({ round }) => round)];
    const answers = await Promise.all(measured.map((round) => memory.heldOut(runOf(unstopped), round)));
    const marks = whole.rounds.map((round) => [round.marks?.validation, round.marks?.zeroShot]);
    expect(answers.slice(1).map((kept) => [kept?.validation, kept?.test].map((set) => set?.map(({ mark }) => mark).join('')))).toEqual(
      marks,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 }), async (stops) => {
        globalThis.indexedDB = new IDBFactory();
        let run: string | null = null;
        for (const stop of stops) {
          const control = new Control();
          const played = await play(hostOf(await openStore(), { control }), run, (_, n) => {
            if (n === stop) control.stop();
          });
          run = runOf(played);
          if (played.end.type === 'finished') break;
          expect(played.end).toEqual({ type: 'stopped' });
          expect(played.events).toHaveLength(stop);
        }
        const store = await openStore();
        const played = await play(hostOf(store), run);
        expect(played.events[0]).toMatchObject({ type: 'started', run, resumed: true });
        expect(essence(played.end)).toEqual(whole);
        expect(await store.runs()).toHaveLength(1);
        expect(await Promise.all(measured.map((round) => store.heldOut(run ?? '', round)))).toEqual(answers);
        expect((await store.losses(run ?? '')).map(({ step }) => step)).toEqual(
          whole.rounds.flatMap(({ trainLoss }) => trainLoss.map((_, i) => i + 1)),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('a run goes on with the options it was started with', async () => {
    const store = await openStore();
    const control = new Control();
    control.stop();
    const run = runOf(await play(hostOf(store, { control })));
    const following = follow({ ...CONFIG, seed: 99 }, run, hostOf(store));
    expect((await following.next()).value).toMatchObject({ type: 'started', config: CONFIG });
    await following.return({ type: 'stopped' });
  });

  test('a finished run that is resumed finishes again with the same result', async () => {
    const store = await openStore();
    const first = await play(hostOf(store));
    const again = await play(hostOf(store), runOf(first));
    expect(essence(again.end)).toEqual(essence(first.end));
    expect(again.events.map((event) => event.type)).toEqual(['started']);
  });

  test('working time adds up over sessions and leaves pauses out', async () => {
    const store = await openStore();
    let now = 0;
    const clock = () => now;
    const control = new Control();
    const first = await play(hostOf(store, { control, now: clock }), null, (event) => {
      now += 1;
      if (event.type === 'round') control.stop();
    });
    const run = runOf(first);
    const spent = (await store.run(run)).spent;
    expect(secondsOf(spent.sessions)).toBeGreaterThan(first.events.length - 3);

    const second = new Control();
    now = 10_000;
    const resumed = play(hostOf(store, { control: second, now: clock }), run, (event, n) => {
      if (event.type !== 'paused') now += 1;
      if (n === 5) second.allow('now');
      if (event.type !== 'paused') return;
      now += 5000;
      setTimeout(() => second.allow('end'), 5);
    });
    const { end, events } = await resumed;
    const { seconds, firstSampleSeconds } = end.type === 'finished' ? end.result : { seconds: 0, firstSampleSeconds: 0 };
    expect(seconds).toBeGreaterThan(secondsOf(spent.sessions));
    expect(seconds).toBeLessThan(first.events.length + events.length + 1);
    expect(firstSampleSeconds).toBe(spent.firstSampleSeconds);
  });

  test('a run goes on with the model of its own world alone', async () => {
    const store = await openStore();
    const control = new Control();
    const { events } = await play(hostOf(store, { control }), null, (_, n) => void (n === 10 && control.stop()));
    const run = events[0]?.type === 'started' ? events[0].run : '';
    const other = { model: null, world: 'elsewhere' as RunConfig['world'] };
    const detail = 'the run belongs to the bundled model of the world “Ladder”, open is the bundled model of the world “an earlier world”';
    expect(await play(hostOf(store, { open: other }), run)).toMatchObject({
      events: [],
      end: { type: 'failed', failure: { code: 'MODEL_OTHER', detail } },
    });
    expect((await play(hostOf(store), run)).end.type).toBe('finished');
  });

  test.each<[begun: string | undefined, now: string | undefined, end: string]>([
    ['a', 'a', 'finished'],
    ['a', 'b', 'failed'],
    // an early version did not write it down
    [undefined, 'b', 'finished'],
    ['a', undefined, 'finished'],
  ])('a run that began with prompts written as %s goes on with them written as %s: %s', async (begun, now, wanted) => {
    const store = await openStore();
    const openOf = (rendering: string | undefined) => ({
      model: { name: 'mine', fingerprint: 'f', ...(rendering === undefined ? {} : { rendering }) },
      world: DEFAULTS.world,
    });
    const control = new Control();
    const { events } = await play(hostOf(store, { control, open: openOf(begun) }), null, (_, n) => void (n === 10 && control.stop()));
    const run = events[0]?.type === 'started' ? events[0].run : '';
    expect((await store.run(run)).model).toEqual(openOf(begun).model);
    const { end } = await play(hostOf(store, { open: openOf(now) }), run);
    expect(end.type).toBe(wanted);
    if (end.type !== 'failed') return;
    expect(end.failure).toMatchObject({ code: 'MODEL_OTHER', detail: expect.stringContaining('mine write a prompt otherwise') as string });
    // with the files of before it goes on
    expect((await play(hostOf(store, { open: openOf(begun) }), run)).end.type).toBe('finished');
  });

  test('a run on a model opened on a later day goes on with the date with which it began', async () => {
    const store = await openStore();
    const model = { name: 'mine', fingerprint: 'f', rendering: 'r' };
    const dates: (string | undefined)[] = [];
    const onDay = (date: string, control = new Control()): RunHost => {
      const host = hostOf(store, { control, open: { model: { ...model, date }, world: DEFAULTS.world } });
      return {
        ...host,
        begin: (run, config, ledger, written) => {
          dates.push(written);
          return host.begin(run, config, ledger);
        },
      };
    };
    const control = new Control();
    const { events } = await play(onDay('2026-11-29T23:59:58', control), null, (_, n) => void (n === 10 && control.stop()));
    const run = events[0]?.type === 'started' ? events[0].run : '';
    expect((await play(onDay('2026-11-30T00:00:02'), run)).end.type).toBe('finished');
    expect(dates).toEqual(['2026-11-29T23:59:58', '2026-11-29T23:59:58']);
  });

  test('a run of a model does not go on with other weights of its fingerprint, and says which they are', async () => {
    const store = await openStore();
    const kit = { name: 'K', hash: 'k' };
    const openOf = (weights: string, hash = 'k') => ({
      model: { name: 'mine', fingerprint: 'f', kit: { ...kit, hash }, weights },
      world: DEFAULTS.world,
    });
    const control = new Control();
    const { events } = await play(hostOf(store, { control, open: openOf('a') }), null, (_, n) => void (n === 10 && control.stop()));
    const run = events[0]?.type === 'started' ? events[0].run : '';
    expect((await store.run(run)).model).toEqual(openOf('a').model);
    const endOf = async (open: ReturnType<typeof openOf>) => (await play(hostOf(store, { open }), run)).end;
    const detail = 'the run belongs to mine (f a), open is mine (f b)';
    expect(await endOf(openOf('b'))).toMatchObject({ type: 'failed', failure: { code: 'MODEL_OTHER', detail } });
    expect(await endOf(openOf('b', 'other'))).toMatchObject({ type: 'failed', failure: { code: 'MODEL_OTHER' } });
    expect(await endOf(openOf('a', 'other'))).toMatchObject({ type: 'failed', failure: { code: 'KIT_OTHER' } });
    expect((await endOf(openOf('a'))).type).toBe('finished');
  });

  test('an unknown run is RUN_UNKNOWN', async () => {
    expect(await play(hostOf(await openStore()), 'run-77')).toMatchObject({
      events: [],
      end: { type: 'failed', failure: { code: 'RUN_UNKNOWN' } },
    });
  });
});

describe('pause', () => {
  test('holds the run between two events until it is resumed', async () => {
    const control = new Control();
    const inputs = hostOf(new MemoryStore(), { control });
    const following = follow(CONFIG, null, inputs);
    for (let i = 0; i < 10; i++) await following.next();
    control.allow('now');
    expect((await following.next()).value).toEqual({ type: 'paused' });
    const next = following.next();
    const soon = new Promise((resolve) => setTimeout(() => resolve('still paused'), 50));
    expect(await Promise.race([next, soon])).toBe('still paused');
    control.allow('end');
    expect((await next).value).toEqual({ type: 'resumed' });
    expect((await following.next()).value).toMatchObject({ type: 'progress' });
    await following.return({ type: 'stopped' });
  });

  test('a paused run can be stopped', async () => {
    const control = new Control();
    const played = await play(hostOf(new MemoryStore(), { control }), null, (event, n) => {
      if (n === 10) control.allow('now');
      if (event.type === 'paused') setTimeout(() => control.stop(), 5);
    });
    expect(played.end).toEqual({ type: 'stopped' });
    expect(played.events.at(-1)).toEqual({ type: 'paused' });
  });

  test('a question is answered between two events, also while the run is paused', async () => {
    const control = new Control();
    const turns = new Turns();
    const following = follow(CONFIG, null, hostOf(new MemoryStore(), { control, turns }));
    for (let i = 0; i < 10; i++) await following.next();
    control.allow('now');
    await following.next();
    expect(await turns.take(async () => 'an answer')).toBe('an answer');
    await following.return({ type: 'stopped' });
  });
});

describe('a step', () => {
  /** A run that is paused at its start, and goes on by `units`, one after the other, until it ends. */
  async function stepped(units: readonly Until[]): Promise<Played> {
    const control = new Control();
    let n = 0;
    control.allow('now');
    return play(hostOf(new MemoryStore(), { control }), null, ({ type }) => {
      if (type === 'paused') setTimeout(() => control.allow(units[n++ % units.length] ?? 'end'));
    });
  }
  /** What was made between two pauses. */
  const pieces = ({ events }: Played): readonly (readonly string[])[] =>
    events
      .map(({ type }) => type)
      .filter((type) => type !== 'progress' && type !== 'started' && type !== 'resumed')
      .join(' ')
      .split('paused')
      .map((piece) => piece.trim().split(' '));

  test.each<[Until, string]>([
    ['sample', 'sample'],
    ['step', 'step'],
    ['round', 'round'],
  ])('of one %s goes on to the next one and holds there; no step goes over the end of a round', async (unit, type) => {
    const played = await stepped([unit]);
    const [, ...between] = pieces(played).slice(0, -1);
    expect(between.length).toBeGreaterThan(2);
    for (const piece of between) {
      expect([type, 'round']).toContain(piece.at(-1));
      expect(piece.slice(0, -1)).not.toContain(type);
      expect(piece.slice(0, -1)).not.toContain('round');
    }
    expect(essence(played.end)).toEqual(essence((await unbroken()).end));
  });

  test('after step, in whatever order, a run ends in the weights of an unbroken one', async () => {
    const whole = essence((await unbroken()).end);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom<Until>('sample', 'step', 'round'), { minLength: 1, maxLength: 6 }), async (units) => {
        expect(essence((await stepped(units)).end)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  test('that is asked for while the run goes on pauses it at its end', async () => {
    const control = new Control();
    const following = follow(CONFIG, null, hostOf(new MemoryStore(), { control }));
    for (let i = 0; i < 10; i++) await following.next();
    control.allow('round');
    const types: string[] = [];
    while (types.at(-1) !== 'paused') types.push((await following.next()).value.type);
    expect(types.filter((type) => type === 'round')).toHaveLength(1);
    expect(types.at(-2)).toBe('round');
    await following.return({ type: 'stopped' });
  });
});

describe('failure', () => {
  test('an engine that fails in a step that never ends: the run ends at once, and goes on later from what was saved', async () => {
    const store = await openStore();
    let fail: (error: AppError) => void = () => {};
    const failure = new Promise<never>((_, reject) => (fail = reject));
    const model = new ScriptedModel();
    const train = model.finetune.bind(model);
    model.finetune = async function* (rows, options) {
      if (model.trained.length === 0) return yield* train(rows, options);
      setTimeout(() => fail(new AppError('GPU_LOST', 'the device is gone')), 5);
      return await NEVER;
    };
    const played = await play(hostOf(store, { model, failure }));
    expect(played.end).toMatchObject({ type: 'failed', failure: { code: 'GPU_LOST' } });
    expect((await store.runs())[0]).toMatchObject({ status: 'running', rounds: [{ round: 1 }] });
    expect(essence((await play(hostOf(store), runOf(played))).end)).toEqual(essence((await unbroken()).end));
  });

  test.each(['putSamples', 'commitRound', 'putBase', 'putDifficulty'] as const)(
    'a full disk at %s: STORAGE_QUOTA, and Resume reaches the same end',
    async (site) => {
      const store = await openStore();
      let calls = 0;
      const wrap = (ledger: Ledger): Ledger => ({
        load: () => ledger.load(),
        putBase: (base, heldOut) => (site === 'putBase' ? full() : ledger.putBase(base, heldOut)),
        putPrompts: (prompts) => ledger.putPrompts(prompts),
        putDifficulty: (difficulty) => (site === 'putDifficulty' ? full() : ledger.putDifficulty(difficulty)),
        putSamples: (samples) => (site === 'putSamples' && ++calls === 3 ? full() : ledger.putSamples(samples)),
        commitRound: (result, state, heldOut) =>
          site === 'commitRound' && result.round === 2 ? full() : ledger.commitRound(result, state, heldOut),
        adapter: (round) => ledger.adapter(round),
        answers: (round) => ledger.answers(round),
      });
      const full = (): Promise<never> => Promise.reject(new AppError('STORAGE_QUOTA', 'full'));
      const played = await play(hostOf(store, { wrap }));
      expect(played.end).toMatchObject({ type: 'failed', failure: { code: 'STORAGE_QUOTA' } });
      const committed = { putDifficulty: 0, putBase: 0, putSamples: 1, commitRound: 1 };
      expect((await store.runs())[0]?.rounds).toHaveLength(committed[site]);
      expect(essence((await play(hostOf(store), runOf(played))).end)).toEqual(essence((await unbroken()).end));
    },
  );

  test('a failure of its own settings is stored with the run, which is then no more resumed', async () => {
    const store = await openStore();
    const model = new ScriptedModel();
    model.snapshot = () => Promise.reject(new AppError('NUM_NONFINITE', 'the loss of step 3'));
    const { end, events } = await play(hostOf(store, { model }));
    expect(end).toMatchObject({ type: 'failed', failure: { code: 'NUM_NONFINITE' } });
    const [kept] = await store.runs();
    expect(kept).toMatchObject({ status: 'running', failure: { code: 'NUM_NONFINITE', detail: 'the loss of step 3' } });
    const again = await play(hostOf(store), runOf({ events, end }));
    expect(again.end).toMatchObject({ type: 'failed', failure: { code: 'RUN_UNFIT', detail: kept?.problem } });
    expect(await store.runs()).toEqual([kept]);
  });

  test('what has no code is INTERNAL, with the place in the detail', async () => {
    const model = new ScriptedModel();
    model.snapshot = () => Promise.reject(new TypeError('a mistake'));
    const { end } = await play(hostOf(new MemoryStore(), { model }));
    expect(end).toMatchObject({ type: 'failed', failure: { code: 'INTERNAL', detail: expect.stringContaining('a mistake') } });
  });
});

describe('the stream', () => {
  const events = async function* (ended: () => void): AsyncGenerator<number, void> {
    try {
      for (let i = 0; i < 1000; i++) yield i;
    } finally {
      ended();
    }
  };

  test('gives every event in order, then ends', async () => {
    const seen: number[] = [];
    for await (const event of toStream(
      events(() => {}),
      () => {},
    ))
      seen.push(event);
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('cancelling it stops the run and runs its last words', async () => {
    const said: string[] = [];
    const stream = toStream(
      events(() => said.push('ended')),
      () => said.push('stopped'),
    );
    for await (const event of stream) if (event === 10) break;
    expect(said).toEqual(['stopped', 'ended']);
  });
});
