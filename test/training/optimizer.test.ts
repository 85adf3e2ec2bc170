import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { squaredNorm, updateAdamW } from '../support/at-once.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { disposeAdamW, initAdamW, learningRateAt } from '../../src/training/optimizer.ts';

type Numbers = { readonly matrix: number[]; readonly gain: number[] };
type Trace = {
  readonly start: Numbers;
  readonly weightDecay: number;
  readonly clip: number;
  readonly steps: readonly { readonly learningRate: number; readonly gradients: Numbers; readonly after: Numbers }[];
};

const trace = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', 'adamw.json'), 'utf8')) as Trace;

beforeAll(startWasm);

describe('AdamW', () => {
  it('makes the steps of PyTorch: clipped by the common norm, matrices decayed and gains not', async () => {
    const parameters = new Map<string, tf.Variable>([
      ['matrix', tf.tidy(() => tf.variable(tf.tensor2d(trace.start.matrix, [3, 4])))],
      ['norm.weight', tf.tidy(() => tf.variable(tf.tensor1d(trace.start.gain)))],
    ]);
    const before = tf.memory().numTensors;
    const state = initAdamW(parameters);
    const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: trace.weightDecay, clip: trace.clip };
    for (const { learningRate, gradients, after } of trace.steps) {
      tf.tidy(() => {
        const given = [tf.tensor2d(gradients.matrix, [3, 4]), tf.tensor1d(gradients.gain)];
        updateAdamW(parameters, given, squaredNorm(given), state, { ...options, learningRate });
      });
      for (const [name, key] of [
        ['matrix', 'matrix'],
        ['norm.weight', 'gain'],
      ] as const) {
        const found = (await parameters.get(name)?.data()) ?? [];
        for (const [i, value] of after[key].entries()) expect(found[i]).toBeCloseTo(value, 5);
      }
    }
    disposeAdamW(state);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([...parameters.values()]);
  });
});

describe('the learning rate', () => {
  const schedule = { steps: 100, peak: 2, warmup: 10, shape: 'cosine', floor: 0.1 } as const;

  it('rises in equal steps to its peak', () => {
    for (let step = 1; step <= 10; step++) expect(learningRateAt(step, schedule)).toBeCloseTo(0.2 * step, 12);
  });

  it('falls as a cosine towards the floor and never rises', () => {
    expect(learningRateAt(11, schedule)).toBe(2);
    expect(learningRateAt(56, schedule)).toBeCloseTo(1.1, 12);
    expect(learningRateAt(100, schedule)).toBeLessThan(0.2 + 1e-3);
    for (let step = 11; step < 100; step++) expect(learningRateAt(step + 1, schedule)).toBeLessThan(learningRateAt(step, schedule));
  });

  it('stays when it is to be constant, and needs no warm-up', () => {
    expect([1, 50, 100].map((step) => learningRateAt(step, { ...schedule, warmup: 0, shape: 'constant' }))).toEqual([2, 2, 2]);
  });
});
