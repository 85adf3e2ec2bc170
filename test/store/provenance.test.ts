/** Where a run comes from: the prompts that it wrote, and the engine and version of each of its sessions, over stops, kills and resumes. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LanguageModel } from '../../src/contracts/language-model.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import type { OpenedEngine } from '../../src/run/records.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { isMadeBy, madeBy, secondsOf } from '../../src/run/sessions.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { sessionsText } from '../../src/ui/words.ts';
import { createCompare } from '../../src/lab/comparing.ts';
import { Control, Turns } from '../../src/lab/control.ts';
import { type End, follow, type RunHost } from '../../src/lab/run.ts';
import { questions, ScriptedModel, task } from '../support/scripted.ts';

const SMALL = { ...DEFAULTS, rounds: 3, prompts: 24, epochs: 1, batchSize: 4, earlyStop: false } as const;
const OWN: RunConfig = { ...SMALL, method: 'soft', promptSource: 'own' };
const CPU: OpenedEngine = { backend: 'wasm', device: 'SIMD', software: true, threads: 1, workers: 2, commit: 'aaa' };
const GPU: OpenedEngine = { backend: 'webgpu', device: 'a card', software: false, threads: 1, workers: 1, commit: 'bbb' };

/** Writes questions about numbers from `first` on, as another device or version may write others. */
class Writer extends ScriptedModel {
  #next: number;
  constructor(first: number) {
    super();
    this.#next = first;
  }
  override async *generate(...args: Parameters<ScriptedModel['generate']>): ReturnType<ScriptedModel['generate']> {
    const [requests, options] = args;
    if (!requests[0]?.seed.includes('/write/')) return yield* super.generate(requests, options);
    for (const index of requests.keys()) {
      const text = ` ${this.#next++}?\n`;
      yield { index, text, pieces: [text], logProbs: [-1], finish: 'stop' };
    }
  }
}

let store: IndexedStore;
beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  store = new IndexedStore(await Connection.open());
});

type Play = {
  readonly config?: RunConfig;
  readonly resume?: string | null;
  readonly engine?: OpenedEngine;
  readonly model?: LanguageModel;
  readonly now?: () => number;
  readonly begin?: RunHost['begin'];
  /** Stops the run at the first event that it accepts. */
  readonly stopAt?: (event: RunEvent) => boolean;
};

async function play({ config = SMALL, resume = null, engine = CPU, model = new ScriptedModel(), now, begin, stopAt }: Play) {
  const control = new Control();
  let time = 0;
  const held = { validation: questions(20, 'held'), test: questions(20, 'test'), outOfDistribution: questions(10, 'outside') };
  const following = follow(config, resume, {
    store,
    engine,
    open: { model: null, world: DEFAULTS.world },
    control,
    turns: new Turns(),
    failure: new Promise<never>(() => {}),
    warnings: [],
    gauges: () => ({ 'engine/tensors': 1, 'engine/bytes': 2, 'engine/dispatches': 3 }),
    now: now ?? (() => (time += 0.01)),
    begin:
      begin ?? ((run, own, ledger) => bootstrap({ run, config: own, task, prompts: questions(own.prompts, 'x'), ...held, model, ledger })),
  });
  let run = resume ?? '';
  for (;;) {
    const step = await following.next();
    if (step.done === true) return { run, end: step.value };
    if (step.value.type === 'started') run = step.value.run;
    if (stopAt?.(step.value) === true) control.stop();
  }
}

/** A method that fails before it has made anything. */
const failing = (code: ErrorCode): RunHost['begin'] =>
  async function* () {
    yield { type: 'progress', phase: 'load', round: 0, done: 0, total: 1 };
    throw new AppError(code, 'at once');
  };

const resultOf = (end: End) => {
  if (end.type !== 'finished') throw new Error(`the run ended as ${JSON.stringify(end)}`);
  return end.result;
};

describe('prompts that the model wrote', () => {
  test('are stored: a run resumed where the model writes others goes on with the same, and ends as the unbroken one', async () => {
    const whole = resultOf((await play({ config: OWN, model: new Writer(0) })).end);
    for (const stopAt of [
      (event: RunEvent) => event.type === 'sample' && event.sample.index === 3,
      (event: RunEvent) => event.type === 'step' && event.round === 2,
    ]) {
      const { run } = await play({ config: OWN, model: new Writer(0), stopAt });
      const model = new Writer(500);
      const { end } = await play({ config: OWN, resume: run, model });
      expect(resultOf(end).adapterHash).toBe(whole.adapterHash);
      expect(resultOf(end).rounds).toEqual(whole.rounds);
      const rows = model.trained.flatMap((trained) => trained.rows);
      expect(rows.length).toBeGreaterThan(0);
      for (const { prompt } of rows) expect(prompt).toMatch(/^User: Which number is (own|new) \d+\?\nBot:$/);
      const asked = (await Promise.all([1, 2, 3].map((round) => store.samples(run, round)))).flat();
      expect(asked).toHaveLength(24);
      expect(asked.filter(({ promptId }) => promptId.includes('50'))).toEqual([]);
    }
  });

  test('but were not stored by an early version: with the same prompts it goes on, with others it says why it cannot', async () => {
    const stopAt = (event: RunEvent) => event.type === 'sample' && event.sample.index === 3;
    const { run } = await play({ config: OWN, model: new Writer(0), stopAt });
    const forget = async () => {
      const connection = await Connection.open();
      await connection.write(['prompts'], 'strict', (tx) => tx.objectStore('prompts').delete(run));
      await connection.close();
    };
    await forget();
    const other = new Writer(500);
    const { end } = await play({ config: OWN, resume: run, model: other });
    expect(end).toMatchObject({ type: 'failed', failure: { code: 'RUN_UNFIT', detail: expect.stringContaining('no longer those') } });
    expect(other.trained).toEqual([]);
    await forget();
    expect((await play({ config: OWN, resume: run, model: new Writer(0) })).end.type).toBe('finished');
  });

  test('and whose rounds an early version committed without them: the list says why it cannot go on, and so does Resume', async () => {
    const { run } = await play({ config: OWN, model: new Writer(0), stopAt: ({ type }) => type === 'round' });
    await (await Connection.open()).write(['prompts'], 'strict', (tx) => tx.objectStore('prompts').delete(run));
    expect((await store.runs())[0]?.problem).toContain('did not keep the prompts');
    expect((await play({ config: OWN, resume: run })).end).toMatchObject({ type: 'failed', failure: { code: 'RUN_UNFIT' } });
    await store.deleteRun(run);
    expect(await store.runs()).toEqual([]);
  });
});

describe('prompts that are given', () => {
  test('are stored too: with another kit or world a run says that it cannot go on, also between two rounds', async () => {
    const { run } = await play({ config: { ...SMALL, method: 'soft' }, stopAt: ({ type }) => type === 'round' });
    const model = new ScriptedModel();
    const others: RunHost['begin'] = (name, config, ledger) =>
      bootstrap({
        run: name,
        config,
        task,
        prompts: questions(24, 'y'),
        validation: questions(20, 'held'),
        test: [],
        outOfDistribution: [],
        model,
        ledger,
      });
    expect((await play({ resume: run, begin: others })).end).toMatchObject({ type: 'failed', failure: { code: 'RUN_UNFIT' } });
    expect(model.trained).toEqual([]);
    expect((await play({ resume: run })).end.type).toBe('finished');
  });
});

describe('the sessions of a run', () => {
  test('say on what it ran in each, and for how long; a stop, and an end in the middle of a round, keep their seconds', async () => {
    let now = 0;
    const clock = () => (now += 1);
    const { run } = await play({ now: clock, stopAt: (event) => event.type === 'step' && event.round === 1 });
    const [first] = (await store.runs())[0]?.sessions ?? [];
    expect(first).toMatchObject({ backend: 'wasm', device: 'SIMD', commit: 'aaa', workers: 2 });
    expect(first?.seconds).toBeGreaterThan(10);
    const { end } = await play({ resume: run, engine: GPU, now: clock });
    const { sessions, seconds, backend, commit } = resultOf(end);
    expect(sessions).toEqual([first, { backend: 'webgpu', device: 'a card', commit: 'bbb', workers: 1, seconds: sessions[1]?.seconds }]);
    expect({ seconds, backend, commit }).toEqual({ seconds: secondsOf(sessions), backend: 'webgpu', commit: 'bbb' });
    expect((await store.runs())[0]).toMatchObject({ sessions, result: { sessions } });
    expect(madeBy(sessions)).toBeNull();
  });

  test('of a worker that was killed keep what was noted, and one that made nothing leaves none', async () => {
    let now = 0;
    const model = new ScriptedModel();
    const train = model.finetune.bind(model);
    model.finetune = async function* (rows, options) {
      if (model.trained.length === 1) throw new AppError('GPU_LOST', 'gone');
      return yield* train(rows, options);
    };
    const { run } = await play({ model, now: () => (now += 1) });
    const [before] = (await store.runs())[0]?.sessions ?? [];
    expect(before?.seconds).toBeGreaterThan(20);
    await play({
      resume: run,
      engine: GPU,
      begin: failing('GPU_OOM'),
    });
    expect((await store.runs())[0]?.sessions).toEqual([before]);
  });

  test('are told in words: where it was made, or how long it was where', () => {
    const cpu = { backend: 'wasm', device: 'SIMD', commit: '8a721d37d26c', workers: 2, seconds: 41 } as const;
    const gpu = { backend: 'webgpu', device: 'a card', commit: '0123456789ab+cdef0123', workers: 1, seconds: 72 } as const;
    const old = { backend: null, device: null, commit: null, workers: null, seconds: 3 };
    expect(sessionsText([])).toBe('');
    expect(sessionsText([cpu])).toBe('CPU (wasm), version 8a721d3');
    expect(sessionsText([old])).toBe('an earlier version, which did not write down where');
    expect(sessionsText([old, cpu, gpu])).toBe(
      '3 sessions: 0:03 by an earlier version, which did not write down where; 0:41 on CPU (wasm), version 8a721d3; ' +
        '1:12 on GPU (WebGPU), version 0123456+cdef0123',
    );
  });

  test('a writer that was overtaken changes no session but its own', async () => {
    const slow = await play({ stopAt: ({ type }) => type === 'sample' });
    await play({ resume: slow.run, engine: GPU, stopAt: ({ type }) => type === 'round' });
    await store.putSession(slow.run, 0, { backend: 'wasm', device: 'SIMD', commit: 'aaa', workers: 2, seconds: 9 }, 1);
    expect((await store.runs())[0]?.sessions.map(({ commit, seconds }) => [commit, seconds === 9])).toEqual([
      ['aaa', true],
      ['bbb', false],
    ]);
  });
});

describe('a comparison', () => {
  test('of runs of two backends, two versions, or of one that changed on its way is refused', async () => {
    const one = (await play({})).run;
    const two = (await play({ config: { ...SMALL, seed: 8 } })).run;
    const other = (await play({ engine: { ...CPU, commit: 'bbb' } })).run;
    const begun = (await play({ stopAt: ({ type }) => type === 'round' })).run;
    await play({ resume: begun, engine: GPU });
    const compare = createCompare(async () => store);
    const ask = (runs: readonly string[]) => compare([{ name: 'arm', runs }], 'arm');
    expect(await ask([one, two])).toMatchObject({ ok: true });
    for (const runs of [[one, other], [begun]]) expect(await ask(runs)).toMatchObject({ ok: false, failure: { code: 'COMPARE_MIXED' } });
    const stored = new Map((await store.runs()).map(({ run, sessions }) => [run, sessions]));
    const fits = [one, two, other, begun].map((run) => isMadeBy(stored.get(run) ?? [], CPU));
    expect(fits).toEqual([true, true, false, false]);
  });
});

describe('a run that cannot begin', () => {
  const impossible: RunConfig = { ...SMALL, oracle: true };
  const ungraded: RunHost['begin'] = (run, config, ledger) =>
    bootstrap({
      run,
      config,
      task: { ...task, graded: false },
      prompts: questions(24, 'x'),
      validation: [],
      test: [],
      outOfDistribution: [],
      model: new ScriptedModel(),
      ledger,
    });

  test('is said and is not left in the list, whether it is new or an early version left it there', async () => {
    const { end } = await play({ config: impossible, begin: ungraded });
    expect(end).toMatchObject({ type: 'failed', failure: { code: 'OPTION_RANGE' }, removed: true });
    expect(await store.runs()).toEqual([]);
    const left = await store.createRun(impossible);
    expect((await play({ resume: left, begin: ungraded })).end).toMatchObject({ type: 'failed', removed: true });
    expect(await store.runs()).toEqual([]);
  });

  test('a failure of the moment leaves it there, to be resumed', async () => {
    const { end, run } = await play({ begin: failing('GPU_LOST') });
    expect(end).not.toHaveProperty('removed');
    expect((await play({ resume: run })).end.type).toBe('finished');
  });
});
