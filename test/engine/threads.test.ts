/** What the threads of the CPU backend promise: however many work, every result has the same bits, and one that fails says so. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attention, attentionGrad } from '../../src/engine/ops/attention.ts';
import { cachedAttention, ropeAppend } from '../../src/engine/ops/cache.ts';
import { crossEntropy, tokenLogProbs } from '../../src/engine/ops/cross-entropy.ts';
import { embed } from '../../src/engine/ops/embed.ts';
import { linear, linearGradWeight, linearGradX } from '../../src/engine/ops/linear.ts';
import { rmsNorm, rmsNormGradX } from '../../src/engine/ops/rms-norm.ts';
import { swiglu, swigluGrad } from '../../src/engine/ops/swiglu.ts';
import { simd, startWasm, together, useThreads } from '../../src/engine/wasm.ts';
import { now, tidy, useBudget, type Work } from '../../src/engine/work.ts';
import { AppError } from '../../src/errors.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { everything, LORA } from '../support/everything.ts';
import { largeModel } from '../support/large-model.ts';
import { tinyModel } from '../support/tiny.ts';

const COUNTS = [1, 2, 3, 8];

beforeAll(startWasm);
afterEach(() => useBudget());
afterAll(() => useThreads(1));

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

describe('threads of the CPU backend', () => {
  it('are as many as were asked for, and none beside this one at the end', async () => {
    for (const count of [...COUNTS, 2, 1]) expect(await useThreads(count)).toBe(count);
  });

  it("give answers, log-likelihoods, losses and adapters of a model of SmolLM2's shape the same bits, be they 1, 2, 3 or 8", async () => {
    const found: unknown[] = [];
    const files = largeModel(1);
    for (const count of COUNTS) {
      expect(await useThreads(count)).toBe(count);
      using model = new TfLanguageModel(files, LORA, { seed: 1 });
      found.push(await everything(model, 12));
    }
    for (const other of found.slice(1)) expect(other).toEqual(found[0]);
  });

  it('give the bits of one thread to a small model, with every operation shared and divided', async () => {
    const found: unknown[] = [];
    for (const [count, operations] of [[1, 2e9] as const, [2, 2e9] as const, [3, 1e5] as const]) {
      await useThreads(count);
      useBudget({ operations, shared: 0 });
      using model = new TfLanguageModel(tinyModel(), LORA, { seed: 1 });
      found.push(await everything(model, 4));
    }
    for (const other of found.slice(1)) expect(other).toEqual(found[0]);
  });

  it('give every operation the same bits at any shape', async () => {
    const shapes = fc.record({
      B: fc.integer({ min: 1, max: 5 }),
      T: fc.integer({ min: 1, max: 150 }),
      K: fc.integer({ min: 1, max: 3 }),
      G: fc.integer({ min: 1, max: 3 }),
      E: fc.constantFrom(4, 6, 16),
      N: fc.integer({ min: 1, max: 600 }),
      count: fc.constantFrom(2, 3, 8),
    });
    type Shape = { B: number; T: number; K: number; G: number; E: number; N: number; count: number };
    const check = async ({ B, T, K, G, E, N, count }: Shape): Promise<void> => {
      const heads = { B, H: K * G, K, E };
      const C = (heads.H + 2 * K) * E;
      const inputs = [random([B * T, C], 1), random([B * T, heads.H * E], 2), random([N, C], 3), random([B * T, N], 4), random([C], 7)];
      const [qkv, dy, weight, residual, gain] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const start = tf.zeros([B], 'int32');
      const all = function* (): Work<tf.Tensor[]> {
        const cache = [0, 1].map(() => tf.variable(tf.zeros([B, T, K, E]), false)) as [tf.Variable, tf.Variable];
        const [out, lse] = yield* attention(qkv, heads);
        const gradient = yield* attentionGrad(qkv, out, lse, dy, heads);
        const turned = yield* ropeAppend(tf.add(qkv, 0), ...cache, start, {
          ...heads,
          frequencies: Array.from({ length: E / 2 }, (_, i) => 1 / (i + 1)),
        });
        const cached = yield* cachedAttention(turned, ...cache, start, heads);
        const logits = yield* linear(qkv, weight, { residual });
        const [down, up] = [yield* linearGradX(logits, weight), yield* linearGradWeight(logits, qkv)];
        const targets = tf.tensor1d(new Int32Array(B * T).fill(N - 1), 'int32');
        const product = tf.clone(tf.add(logits, 0));
        const chosen = yield* tokenLogProbs(logits, targets);
        const [losses, dLogits] = yield* crossEntropy(logits, targets, 0.5);
        const normed = yield* rmsNorm(qkv, gain, 1e-5);
        const dNormed = yield* rmsNormGradX(qkv, gain, normed, 1e-5, qkv);
        const even = tf.concat([qkv, qkv], 1);
        const inner = yield* swiglu(even);
        const dInner = yield* swigluGrad(even, inner);
        const rows = yield* embed(tf.tensor1d([0, N - 1, 0], 'int32'), weight);
        tf.dispose(cache);
        return [out, lse, gradient, turned, cached, down, up, product, chosen, losses, dLogits, normed, dNormed, inner, dInner, rows];
      };
      const values = async (): Promise<unknown[]> => {
        const made = now(tidy(all));
        const read = await Promise.all(made.map((tensor) => tensor.data()));
        tf.dispose(made);
        return read;
      };
      useBudget({ shared: 0 });
      await useThreads(1);
      const alone = await values();
      await useThreads(count);
      expect(await values()).toEqual(alone);
      tf.dispose([inputs, start]);
    };
    await fc.assert(fc.asyncProperty(shapes, check), { numRuns: 12, seed: 11 });
  });

  it('say that a kernel failed, whichever thread it was in, and go on', async () => {
    await useThreads(3);
    const [x, y] = [tf.ones([64]), tf.zeros([64])];
    const beyond = 2 ** 32 - 16;
    // every unit but the first reads outside of the memory
    const half = (from: number, count: number): void => {
      for (let unit = from; unit < from + count; unit++) simd('scale', unit === 0 ? x : beyond, 4, 2);
    };
    // by WebAssembly in this thread, by a code for another one: which of them comes to such a unit is chance
    let said = '';
    try {
      together(0, 24, half);
    } catch (error) {
      said = error instanceof AppError ? `${error.code}: ${error.detail}` : String(error);
    }
    expect(said).toMatch(/^INTERNAL: a CPU kernel failed in a thread$|^RuntimeError: memory access out of bounds$/);
    const fine = (from: number, count: number): void => {
      for (let unit = from; unit < from + count; unit++) simd('scale', y, 0, unit);
    };
    expect(() => together(0, 24, fine)).not.toThrow();
    expect(Array.from(await y.data())).toEqual(Array.from({ length: 64 }, () => 0));
    tf.dispose([x, y]);
  });
});
