/** What a backend promises of every example of an operation: right numbers, right gradients, nothing else changed, nothing lost. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { useReference } from '../../../src/engine/ops/op.ts';
import { backward, differences, expectClose, expectKept, forward, outerOf, pick, taped, valuesOf } from './case.ts';
import type { Case } from './case.ts';

/** Compares every result of an example with the plain loops. */
export async function expectPlain(example: Case, tolerance: number): Promise<void> {
  const { inputs, changed = [], plain } = example;
  const expected = plain(valuesOf(inputs));
  const actual = await forward(example);
  expect(actual.length).toBe(expected.length);
  for (const [i, values] of expected.entries()) expectClose(actual[i] ?? [], values, tolerance);
  for (const [i, name] of changed.entries()) {
    const at = expected.length - changed.length + i;
    expectKept(actual[at] ?? [], pick(inputs, name).values, expected[at] ?? []);
  }
}

/** Compares the operations for gradients with tfjs' tape, and for small examples with differences of the plain loops. */
async function expectGradients(example: Case, small: boolean, tolerance: number): Promise<void> {
  const { gradient } = example;
  if (gradient === undefined) return;
  const dy = outerOf(example, gradient);
  const actual = await backward(example, gradient, dy);
  useReference(true);
  const truths = [await backward(example, gradient, dy), await taped(example, gradient, dy)];
  if (small) truths.push(differences(example, gradient, dy));
  for (const truth of truths) {
    expect(actual.length).toBe(truth.length);
    for (const [i, values] of truth.entries()) expectClose(actual[i] ?? [], values, tolerance);
  }
}

/** Registers the tests of examples; `small` ones are cheap enough for finite differences. */
export function describeCases(cases: readonly Case[], small: boolean, tolerance: number): void {
  describe.each(cases)('$name', (example) => {
    test('gives the numbers of plain loops', () => expectPlain(example, tolerance));
    test('gives them in its plain-op version', async () => {
      useReference(true);
      await expectPlain(example, tolerance);
    });
    test.runIf(example.gradient !== undefined)('has the gradients of the tape and of finite differences', () =>
      expectGradients(example, small, 5 * tolerance),
    );
  });
}

/** Registers the tests that the same inputs give the same bits and that no tensor is left behind. */
export function describeHygiene(cases: readonly Case[]): void {
  test('the same inputs give the same bits every time, gradients included', async () => {
    for (const example of cases) {
      expect(await forward(example)).toEqual(await forward(example));
      if (example.gradient === undefined) continue;
      const dy = outerOf(example, example.gradient);
      expect(await backward(example, example.gradient, dy)).toEqual(await backward(example, example.gradient, dy));
    }
  });

  test('no tensor is left behind', async () => {
    for (const example of cases) {
      const once = async (): Promise<void> => {
        await forward(example);
        if (example.gradient !== undefined) await backward(example, example.gradient, outerOf(example, example.gradient));
      };
      await once();
      const before = tf.memory();
      await once();
      const after = tf.memory();
      expect([example.name, after.numTensors, after.numDataBuffers]).toEqual([example.name, before.numTensors, before.numDataBuffers]);
    }
  });
}
