/** A whole decoding step in one dispatch gives the numbers of the operations that it stands for, on models of many shapes. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { decode, decodesAtOnce, partsOf, sizeOfPart, type StepShape } from '../../src/engine/ops/decode.ts';
import { useReference } from '../../src/engine/ops/op.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';
import { now } from '../../src/engine/work.ts';
import { frequencies } from '../support/plain-ops.ts';
import { expectClose, normal, tensorOf } from './ops/case.ts';

const SMALL: StepShape = { L: 1, D: 4, H: 1, K: 1, E: 8, F: 4, V: 8, tied: true, epsilon: 1e-5 };
const SHAPES: readonly StepShape[] = [
  SMALL,
  { ...SMALL, L: 2, D: 16, H: 6, K: 2, E: 16, F: 24, V: 40, tied: false },
  { ...SMALL, L: 3, D: 64, H: 3, K: 3, E: 40, F: 36, V: 100 },
];
const [START, N] = [[0, 5, 63, 64, 129], 130] as const;
const SAMPLING = { temperature: 0.9, topK: 5, topP: 0.9 };

/** What a step on numbers of this shape gives: ids, their log-probabilities, and the cache. */
async function step(shape: StepShape): Promise<{ ids: number[]; logProbs: number[]; cache: number[] }> {
  const { L, K, E, V } = shape;
  const label = JSON.stringify(shape);
  const B = START.length;
  const cache = tf.tidy(() => tf.variable(tensorOf(normal(`${label} cache`, [B, L, 2, N, K * E])), false));
  const parts = partsOf(shape).map((part) => {
    const [out, into] = part.shape;
    const { values } = normal(`${label} ${part.name} ${part.layer}`, [sizeOfPart(part)], into === undefined ? 1 : 2 / Math.sqrt(into));
    return [...values].map((value) => (into === undefined ? 1 + value / 10 : value)).slice(0, out * (into ?? 1));
  });
  const inputs = {
    ids: tf.tensor1d(
      START.map((_, b) => (3 * b) % V),
      'int32',
    ),
    start: tf.tensor1d([...START], 'int32'),
    uniforms: tf.tensor1d(START.map((_, b) => (b + 0.5) / B)),
    arena: tf.tensor1d(parts.flat()),
    cache,
  };
  const [ids, report] = now(decode(inputs, { ...shape, ...SAMPLING, frequencies: frequencies(E, 1000) }));
  const read = { ids: [...(await ids.data())], logProbs: [...(await report.data())].slice(B), cache: [...(await cache.data())] };
  tf.dispose([inputs, ids, report]);
  return read;
}

describe.each(['registers', 'shared'] as const)('a step in one dispatch, in %s', (variant) => {
  beforeAll(() => openBackend('webgpu'));
  afterEach(() => useReference(false));

  test.each(SHAPES)('of L$L D$D H$H/$K E$E F$F V$V is that of its operations', async (shape) => {
    ownBackend(tf.backend()).variant = variant;
    expect(decodesAtOnce(shape)).toBe(true);
    const before = tf.memory().numTensors;
    const got = await step(shape);
    useReference(true);
    const expected = await step(shape);
    expect(got.ids).toEqual(expected.ids);
    expectClose(got.logProbs, expected.logProbs, 2e-4);
    expectClose(got.cache, expected.cache, 2e-5);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('what does not fit into the memory of a workgroup, or is no multiple of four, is not done in one dispatch', async () => {
  await openBackend('webgpu');
  for (const change of [{ V: 4096 }, { D: 18 }, { E: 12 }, { F: 6 }, { V: 9 }]) expect(decodesAtOnce({ ...SMALL, ...change })).toBe(false);
  await openBackend('wasm');
  expect(decodesAtOnce(SMALL)).toBe(false);
});
