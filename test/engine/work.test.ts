/** What long tensor work promises on the CPU: the event loop is let in often enough at any size, and nothing of a result depends on it. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attention, attentionGrad } from '../../src/engine/ops/attention.ts';
import { cachedAttention } from '../../src/engine/ops/cache.ts';
import { crossEntropy } from '../../src/engine/ops/cross-entropy.ts';
import { linear } from '../../src/engine/ops/linear.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { now, takeRecord, tidy, turn, useBudget, type Work } from '../../src/engine/work.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { AppError } from '../../src/errors.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '../../src/model/load.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { prompts } from '../../src/world/ladder/splits.ts';
import { LADDER } from '../../src/world/ladder/task.ts';
import { largeModel } from '../support/large-model.ts';
import { tinyModel } from '../support/tiny.ts';
import { everything, LORA, RECIPE } from '../support/everything.ts';

/** A file of the bundled model; null where there is none. */
async function bundled(name: string): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(readFileSync(join(import.meta.dirname, '../../public/models/ladder', name)));
  } catch {
    return null;
  }
}

beforeAll(startWasm);
afterEach(() => useBudget());

describe('long work on the CPU', () => {
  it("never computes more than 2 GFLOP between two turns of the event loop, for a model of SmolLM2's shape", async () => {
    using model = new TfLanguageModel(largeModel(2), LORA, { seed: 1 });
    takeRecord();
    await everything(model, 48);
    const { turns, longest } = takeRecord();
    expect(longest).toBeLessThanOrEqual(2e9);
    expect(longest).toBeGreaterThan(1e9);
    expect(turns).toBeGreaterThan(10);
  });

  it('does not divide a training step of the bundled model, so that its run takes no turn more', async () => {
    let stops = 0;
    const gate = async (): Promise<void> => {
      stops++;
      await turn();
    };
    const files = await loadModel(bundled);
    using model = new TfLanguageModel(files, { ...LORA, rank: DEFAULTS.loraRank }, { seed: 1, gate });
    await turn(); // what was done before counts no more
    const rows = prompts(1, DEFAULTS.batchSize).map(({ prompt, answer }) => ({ prompt, completion: `${answer}${LADDER.stop}` }));
    for await (const { loss } of model.finetune([...rows, ...rows], { ...RECIPE, batchSize: DEFAULTS.batchSize })) {
      expect(loss).toBeGreaterThan(0);
      await turn(); // as the run does between its events
    }
    expect(stops).toBe(0);
  });

  it('gives the same bits with any budget', async () => {
    const found: unknown[] = [];
    for (const operations of [2e9, 1e5, Infinity]) {
      useBudget({ operations });
      using model = new TfLanguageModel(tinyModel(), { ...LORA }, { seed: 1 });
      found.push(await everything(model, 4));
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
  });

  it('divides long sequences, wide products and losses without changing a bit', async () => {
    const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
    const shapes = fc.record({
      B: fc.integer({ min: 1, max: 2 }),
      T: fc.integer({ min: 1, max: 300 }),
      K: fc.integer({ min: 1, max: 2 }),
      G: fc.integer({ min: 1, max: 3 }),
      E: fc.constantFrom(4, 6, 16),
      N: fc.integer({ min: 1, max: 600 }),
    });
    const check = async ({ B, T, K, G, E, N }: { B: number; T: number; K: number; G: number; E: number; N: number }): Promise<void> => {
      const heads = { B, H: K * G, K, E };
      const C = (heads.H + 2 * K) * E;
      const inputs = [random([B * T, C], 1), random([B * T, heads.H * E], 2), random([N, C], 3), random([B * T, N], 4)];
      const [qkv, dy, weight, residual] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const caches = [random([B, T, K, E], 5), random([B, T, K, E], 6)].map((x) => tf.variable(x, false));
      const all = function* (): Work<tf.Tensor[]> {
        const [out, lse] = yield* attention(qkv, heads);
        const gradient = yield* attentionGrad(qkv, out, lse, dy, heads);
        const cached = yield* cachedAttention(qkv, caches[0] as tf.Variable, caches[1] as tf.Variable, tf.zeros([B], 'int32'), heads);
        const logits = yield* linear(qkv, weight, { residual });
        const targets = tf.tensor1d(new Int32Array(B * T).fill(N - 1), 'int32');
        const product = tf.clone(tf.add(logits, 0));
        const [losses, dLogits] = yield* crossEntropy(logits, targets, 0.5);
        return [out, lse, gradient, cached, product, losses, dLogits];
      };
      const values = async (): Promise<unknown[]> => {
        const made = now(tidy(all));
        const read = await Promise.all(made.map((tensor) => tensor.data()));
        tf.dispose(made);
        return read;
      };
      useBudget();
      const whole = await values();
      useBudget({ operations: 1e5 });
      expect(await values()).toEqual(whole);
      tf.dispose([inputs, caches]);
    };
    await fc.assert(fc.asyncProperty(shapes, check), { numRuns: 15, seed: 7 });
  });

  it('ends where it is told to, in the middle of anything, and leaves no tensor behind', async () => {
    useBudget({ operations: 1e5 });
    const files = tinyModel();
    const stopAfter = (turns: number) => async (): Promise<void> => {
      await turn();
      if (turns-- <= 0) throw new AppError('STOPPED', 'by the test');
    };
    {
      // what is made once for all models stays
      using model = new TfLanguageModel(files, LORA, { seed: 1 });
      await everything(model, 4);
    }
    const before = tf.memory().numTensors;
    let stopped = 0;
    for (let turns = 0; turns < 400; turns += 7) {
      using model = new TfLanguageModel(files, LORA, { seed: 1, gate: stopAfter(turns) });
      const end = await everything(model, 4).catch((error: unknown) => error);
      if (end instanceof AppError && end.code === 'STOPPED') stopped++;
    }
    expect(stopped).toBeGreaterThan(20);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lets other work in between its parts without losing or freeing the tensors of either', async () => {
    useBudget({ operations: 1e5 });
    const files = tinyModel();
    const alone: unknown[] = [];
    for (const seed of [1, 2]) {
      using model = new TfLanguageModel(files, LORA, { seed });
      alone.push(await everything(model, 4));
    }
    const before = tf.memory().numTensors;
    {
      using first = new TfLanguageModel(files, LORA, { seed: 1 });
      using second = new TfLanguageModel(files, LORA, { seed: 2 });
      expect(await Promise.all([everything(first, 4), everything(second, 4)])).toEqual(alone);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('hears a message between two parts', async () => {
    useBudget({ operations: 1e5 });
    using model = new TfLanguageModel(tinyModel(), LORA, { seed: 1 });
    let heard = 0;
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      heard++;
      port2.postMessage(null);
    });
    port1.start();
    port2.postMessage(null);
    await everything(model, 4);
    port1.close();
    expect(heard).toBeGreaterThan(10);
  });
});
