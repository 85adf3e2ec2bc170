/** The norm of the gradients and the AdamW update. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { adamW, squaredNorm } from '../../support/at-once.ts';
import { useReference } from '../../../src/engine/ops/op.ts';
import * as plain from '../../support/plain-ops.ts';
import type { Numbers } from '../../support/plain-ops.ts';
import { evaluate, expectClose, normal, tensorOf, valuesOf } from './case.ts';

/** Registers the tests of the optimiser. */
export function describeOptimiser(tolerance: number): void {
  test.each([
    ['with kernels', false, 1e3],
    ['in plain ops', true, 1e3],
    ['with kernels and clipping', false, 0.1],
    ['in plain ops and clipping', true, 0.1],
  ])('AdamW %s follows the plain loops', async (_, reference, clip) => {
    useReference(reference);
    const shape = [3, 7];
    const start = normal('adamw p', shape);
    let state: readonly [Numbers, Numbers, Numbers] = [start.values, new Float32Array(21), new Float32Array(21)];
    const [p, m, v] = state.map((values) => tf.variable(tf.tensor(Float32Array.from(values), shape))) as [
      tf.Variable,
      tf.Variable,
      tf.Variable,
    ];
    for (let step = 1; step <= 4; step++) {
      const gradient = normal(`adamw ${step}`, shape, 0.3);
      const correction1 = 1 / (1 - 0.9 ** step);
      const correction2 = 1 / (1 - 0.95 ** step);
      const rates = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
      const settings = { ...rates, clip, correction1, correction2 };
      tf.tidy(() => {
        const g = tensorOf(gradient);
        adamW(p, m, v, g, squaredNorm([g]), settings);
      });
      state = plain.adamW(...state, gradient.values, plain.squaredNorm([gradient.values]), settings);
    }
    for (const [i, variable] of [p, m, v].entries()) expectClose(await variable.data<'float32'>(), state[i] ?? [], tolerance);
    tf.dispose([p, m, v]);
  });

  test('the norm is taken over all gradients together', async () => {
    const inputs = { a: normal('norm a', [3, 5]), b: normal('norm b', [1]), c: normal('norm c', [64]) };
    const [actual] = await evaluate(inputs, (tensors) => [squaredNorm(Object.values(tensors))]);
    expectClose(actual ?? [], [plain.squaredNorm(Object.values(valuesOf(inputs)))], tolerance);
    expect.hasAssertions();
  });
}
