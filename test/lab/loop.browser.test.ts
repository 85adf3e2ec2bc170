/** The whole loop on the bundled model in Chromium, on the CPU and on WebGPU: what a run tells, what stopping keeps, what resuming ends in. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootstrap } from '../../src/run/recipe.ts';
import { gauges, onEngineFailure, openBackend } from '../../src/engine/backend.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import type { EngineInfo } from '../../src/contracts/engine.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { outOfDistribution, prompts, test as testQuestions, validation } from '../../src/world/ladder/splits.ts';
import { LADDER } from '../../src/world/ladder/task.ts';
import { Control, Turns } from '../../src/lab/control.ts';
import { tuningOf } from '../../src/lab/tensor-run.ts';
import { type End, follow } from '../../src/lab/run.ts';

const CONFIG: RunConfig = {
  ...DEFAULTS,
  method: 'soft+',
  orderScope: 'both',
  rounds: 3,
  prompts: 24,
  epochs: 1,
  batchSize: 4,
  maxTokens: 24,
  earlyStop: false,
};

let files: ModelFiles;
let engine: EngineInfo;
let name = '';
let count = 0;

type Told = { readonly run: string; readonly events: readonly RunEvent[]; readonly end: End };

/** A run on a store of its own connection, as after a reload; `seen` may press buttons. */
async function play(resume: string | null, seen: (event: RunEvent, control: Control) => void = () => {}): Promise<Told> {
  const connection = await Connection.open(name);
  const control = new Control();
  const failure = new Promise<never>((_, reject) => void onEngineFailure(reject));
  failure.catch(() => {});
  const following = follow(CONFIG, resume, {
    store: new IndexedStore(connection),
    engine: { ...engine, workers: 1, commit: 'test' },
    open: { model: null, world: DEFAULTS.world },
    control,
    turns: new Turns(),
    failure,
    warnings: [],
    gauges,
    now: () => performance.now() / 1000,
    begin: async function* (run, config, ledger) {
      using model = new TfLanguageModel(files, tuningOf(config), { seed: config.seed });
      const sets = { validation: validation(10), test: testQuestions(10), outOfDistribution: outOfDistribution(7) };
      const questions = { prompts: prompts(config.seed, config.prompts), ...sets };
      return yield* bootstrap({ run, config, task: LADDER, ...questions, model, ledger });
    },
  });
  const events: RunEvent[] = [];
  let run = '';
  for (;;) {
    const step = await following.next();
    if (step.done === true) {
      await connection.close();
      return { run, events, end: step.value };
    }
    if (step.value.type === 'started') run = step.value.run;
    events.push(step.value);
    seen(step.value, control);
  }
}

function essence({ end }: Told): unknown {
  if (end.type !== 'finished') throw new Error(`the run ended as ${JSON.stringify(end)}`);
  const { bestRound, rounds, base, adapterHash } = end.result;
  return { bestRound, rounds, base, adapterHash };
}

beforeEach(() => void (name = `loop test ${++count}`));

describe.each(['wasm', 'webgpu'] as const)('a run on %s', (backend) => {
  let whole: Told;

  beforeAll(async () => {
    name = `loop test ${backend}`;
    files = await loadModel('/models/ladder');
    engine = await openBackend(backend);
    whole = await play(null);
  }, 180_000);

  test('tells its events in the order of the method', () => {
    expect(whole.end.type).toBe('finished');
    const kinds = whole.events.map((event) => (event.type === 'progress' ? event.phase : event.type));
    const told = kinds.filter((kind, i) => kind !== kinds[i - 1]).filter((kind) => kind !== 'train' && kind !== 'answer');
    // Steps and samples alternate with their progress.
    const short = told.filter((kind, i) => kind !== told[i - 1]);
    const round = ['sample', 'ordered', 'step', 'validate', 'round'];
    expect(short).toEqual(['started', 'draft', 'sample', 'measure', 'base', ...round.slice(1), ...round, ...round]);
  });

  test('learns: the loss falls within the run and every round is measured', () => {
    const losses = whole.events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(losses).toHaveLength(3 * 2);
    expect(losses.every(Number.isFinite)).toBe(true);
    const rounds = whole.events.flatMap((event) => (event.type === 'round' ? [event.result] : []));
    for (const { prompts: asked, kept, labelQuality, zeroShot, validation: held } of rounds) {
      expect([asked, kept > 4]).toEqual([8, true]);
      for (const share of [labelQuality, zeroShot, held]) expect(share).toBeGreaterThan(0.2);
    }
  });

  test('holds as many tensors after each round', () => {
    const tensors = whole.events.flatMap((event) => (event.type === 'round' ? [event.gauges['engine/tensors']] : []));
    expect(tensors).toHaveLength(3);
    expect(new Set(tensors).size).toBe(1);
  });

  test.each(['sample', 'step'] as const)(
    'stopped at a %s of its second round and resumed by another page, ends in the same weights',
    async (at) => {
      const stopped = await play(null, (event, control) => {
        if (event.type === at && (event.type === 'sample' ? event.sample.round : event.round) === 2) control.stop();
      });
      expect(stopped.end).toEqual({ type: 'stopped' });
      // Stop is heard before the next event: within one step.
      expect(stopped.events.at(-1)?.type).toBe(at);
      const resumed = await play(stopped.run);
      expect(resumed.events[0]).toMatchObject({ type: 'started', resumed: true });
      expect(essence(resumed)).toEqual(essence(whole));
    },
    180_000,
  );
});
