/** On WebGPU a small model writes a token by one dispatch: the same tokens as by a dispatch for each operation. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gauges, openBackend } from '../../src/engine/backend.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';
import type { Variant } from '../../src/engine/webgpu-kernel.ts';
import type { Decoder } from '../../src/model/decoder.ts';
import { generate } from '../../src/model/generate.ts';
import { loadModel, type ModelFiles, toVariables } from '../../src/model/load.ts';
import { prompts } from '../../src/world/ladder/splits.ts';
import { all } from '../support/all.ts';

const COLD = { temperature: 0, topK: 0, topP: 1 };
const WARM = { temperature: 1, topK: 0, topP: 1 };
const CUT = { temperature: 0.8, topK: 40, topP: 0.9 };

let files: ModelFiles;
let decoder: Decoder;

/** What `work` gives without the kernel for whole steps. */
async function apart<T>(work: () => Promise<T>): Promise<T> {
  const kernel = tf.getKernel('Decode', 'webgpu');
  tf.unregisterKernel('Decode', 'webgpu');
  try {
    return await work();
  } finally {
    tf.registerKernel(kernel);
  }
}

/** Answers of three prompts, of at most 64 tokens; some end earlier and leave the batch. */
async function answers(seed: string, sampling: typeof COLD) {
  const asked = prompts(1, 3).map(({ prompt }, i) => ({ ids: files.tokenizer.encode(prompt), seed: `${seed} ${i}` }));
  const isEnd = (ids: readonly number[]) => ids.length > 50 && (ids.at(-1) ?? 0) % 5 === 0;
  const options = { ...sampling, maxTokens: 64, isEnd };
  const made = await all(generate(decoder, asked, options));
  return made.toSorted((a, b) => a.index - b.index);
}

beforeAll(async () => {
  await openBackend('webgpu');
  files = await loadModel('/models/ladder');
  decoder = { config: files.config, weights: toVariables(files.config, files.weights), lora: null };
});
afterAll(() => tf.dispose([...decoder.weights.values()]));

describe.each(['registers', 'shared'] as const)('the bundled model in %s', (variant: Variant) => {
  beforeEach(() => void (ownBackend(tf.backend()).variant = variant));

  test.each([
    ['greedily', COLD, ['a']],
    ['at random', WARM, ['a', 'b', 'c']],
    ['at random, of the likeliest', CUT, ['a', 'b']],
  ] as const)('writes the same tokens %s', async (_, sampling, seeds) => {
    for (const seed of seeds) {
      const expected = await apart(() => answers(seed, sampling));
      const got = await answers(seed, sampling);
      expect(got.every(({ ids }) => ids.length > 50)).toBe(true);
      expect(got.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids));
      for (const [i, { logProbs }] of got.entries())
        for (const [t, logProb] of logProbs.entries()) expect(logProb).toBeCloseTo(expected[i]?.logProbs[t] ?? NaN, 4);
    }
  });
});

test('a token of a small model is one dispatch, whatever its layers, and no tensor is left', async () => {
  const spent = async (maxTokens: number): Promise<number> => {
    const before = gauges();
    await all(generate(decoder, [{ ids: [5, 6, 7], seed: '' }], { ...WARM, maxTokens, isEnd: () => false }));
    const after = gauges();
    expect(after['engine/tensors']).toBe(before['engine/tensors']);
    return after['engine/dispatches'] - before['engine/dispatches'];
  };
  expect((await spent(42)) - (await spent(2))).toBe(40);
  expect(await apart(async () => (await spent(42)) - (await spent(2)))).toBe(40 * (9 * files.config.num_hidden_layers + 4));
});
