/** Helpers in workers of their own, in Chromium on the CPU: any number of them ends in the same weights, also when they die on the way. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootstrap } from '../../src/run/recipe.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { openBackend } from '../../src/engine/backend.ts';
import type { Failure } from '../../src/errors.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { outOfDistribution, prompts, test as testQuestions, validation } from '../../src/world/ladder/splits.ts';
import { LADDER } from '../../src/world/ladder/task.ts';
import { tuningOf } from '../../src/lab/tensor-run.ts';
import { HELPER, Helpers } from '../../src/lab/pool/helpers.ts';
import { PooledLanguageModel } from '../../src/lab/pool/pool.ts';

const MODEL = '/models/ladder';
const CONFIG: RunConfig = { ...DEFAULTS, rounds: 2, prompts: 80, epochs: 1, batchSize: 8, maxTokens: 24, earlyStop: false };

const startHelper = (): Worker => new Worker(new URL('../../workers/lm.worker.ts', import.meta.url), { type: 'module', name: HELPER });

let files: ModelFiles;
let workers: Worker[];
let lost: Failure[];
let helpers: Helpers | null;

beforeAll(async () => {
  await openBackend('wasm');
  files = await loadModel(MODEL);
});
beforeEach(() => void ([workers, lost, helpers] = [[], [], null]));
afterEach(() => helpers?.end());

/** A run with so many helpers, in its essence; `seen` may do them harm. */
async function play(count: number, seen: (event: MethodEvent) => void = () => {}): Promise<unknown> {
  const start = (): Worker => {
    const worker = startHelper();
    workers.push(worker);
    return worker;
  };
  helpers = new Helpers(count, start, new URL(MODEL, location.href).href, (failure) => lost.push(failure));
  const shape = { tuning: tuningOf(CONFIG), seed: CONFIG.seed };
  using local = new TfLanguageModel(files, shape.tuning, shape);
  const hands = helpers.of(shape);
  while (hands.some(({ ready }) => !ready)) await new Promise((resolve) => setTimeout(resolve, 10));
  const model = count === 0 ? local : new PooledLanguageModel(local, hands, { width: count, patience: 500 });
  const store = new MemoryStore();
  const run = await store.createRun(CONFIG);
  const sets = { validation: validation(20), test: testQuestions(20), outOfDistribution: outOfDistribution(10) };
  const questions = { prompts: prompts(CONFIG.seed, CONFIG.prompts), ...sets };
  const running = bootstrap({ run, config: CONFIG, task: LADDER, ...questions, model, ledger: await store.openLedger(run) });
  for (;;) {
    const step = await running.next();
    if (step.done === true) {
      const { adapter, ...outcome } = step.value;
      return { hash: adapter?.hash, ...outcome, samples: [await store.samples(run, 1), await store.samples(run, 2)] };
    }
    seen(step.value);
  }
}

describe('a run on the CPU', () => {
  let alone: unknown;

  beforeAll(async () => void (alone = await play(0)));

  test.each([1, 3])('ends in the same weights and samples with %i helpers', async (count) => {
    expect(await play(count)).toEqual(alone);
    expect(lost).toEqual([]);
  });

  test('goes on to the same end when one helper falls silent and another breaks down', async () => {
    let samples = 0;
    const outcome = await play(3, ({ type }) => {
      if (type !== 'sample' || ++samples !== 3) return;
      workers[0]?.terminate();
      workers[1]?.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    });
    expect(outcome).toEqual(alone);
    expect(lost).toMatchObject([{ code: 'HELPER_DIED' }]);
    expect(lost[0]?.detail).toContain('out of memory');
    expect(helpers?.count).toBe(2);
  });
});

test('a helper whose model is missing is lost, and says why', async () => {
  helpers = new Helpers(1, startHelper, new URL('/models/nowhere', location.href).href, (failure) => lost.push(failure));
  await expect.poll(() => lost.length, { timeout: 20_000 }).toBe(1);
  expect(lost[0]).toMatchObject({ code: 'HELPER_DIED' });
  expect(lost[0]?.detail).toContain('MODEL_MISSING');
  expect(helpers.count).toBe(0);
});
