import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../support/at-once.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import type { Decoder } from '../../src/model/decoder.ts';
import { GrowingRows } from '../../src/model/rows.ts';
import { generate } from '../../src/model/generate.ts';
import type { Generated, GenerationOptions, Prompt } from '../../src/model/generate.ts';
import { toTensors } from '../../src/model/load.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const OPTIONS: GenerationOptions = { maxTokens: 12, temperature: 1, topK: 0, topP: 1, isEnd: (ids) => (ids.at(-1) ?? 0) % 7 === 3 };

let decoder: Decoder;

async function collect(prompts: readonly Prompt[], options: Partial<GenerationOptions> = {}): Promise<Generated[]> {
  const found: Generated[] = [];
  for await (const completion of generate(decoder, prompts, { ...OPTIONS, ...options })) found[completion.index] = completion;
  return found;
}

beforeAll(async () => {
  await startWasm();
  const { config, weights } = tinyModel();
  decoder = { config, weights: toTensors(config, weights), lora: null };
});

const prompt = fc.record({
  ids: fc.array(fc.integer({ min: 3, max: 258 }), { minLength: 1, maxLength: 30 }),
  seed: fc.string({ maxLength: 3 }),
});

describe('generation', () => {
  it('gives a prompt the same completion, to the last bit, alone, in any batch and in any company', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(prompt, { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 9 }), async (prompts, batchSize) => {
        const together = await collect(prompts, { batchSize });
        const turned = await collect(prompts.toReversed(), { batchSize: 3 });
        expect(turned.toReversed().map(({ ids, logProbs }) => ({ ids, logProbs }))).toEqual(
          together.map(({ ids, logProbs }) => ({ ids, logProbs })),
        );
        const [first] = prompts;
        if (first !== undefined) expect(await collect([first])).toEqual([together[0]]);
      }),
      { numRuns: 25 },
    );
  });

  it('draws a token that depends on the seed, the prompt and its place only', async () => {
    const ids = [5, 6, 7];
    const short = await collect([{ ids, seed: 'a' }], { maxTokens: 3, isEnd: () => false });
    const long = await collect([{ ids, seed: 'a' }], { maxTokens: 9, isEnd: () => false });
    const other = await collect([{ ids, seed: 'b' }], { maxTokens: 9, isEnd: () => false });
    expect(long[0]?.ids.slice(0, 3)).toEqual(short[0]?.ids);
    expect(other[0]?.ids).not.toEqual(long[0]?.ids);
  });

  it('reports log-probabilities at temperature 1 whatever the temperature', async () => {
    for (const temperature of [0, 0.3, 2]) {
      const [found] = await collect([{ ids: [9, 8, 7], seed: 'x' }], { temperature, topP: 0.9, isEnd: () => false });
      const row = [9, 8, 7, ...(found?.ids ?? [])];
      const logProbs = await tf.tidy(() => tf.logSoftmax(forward(decoder, tf.tensor2d([row], undefined, 'int32')))).data();
      for (const [i, id] of (found?.ids ?? []).entries())
        expect(logProbs[(2 + i) * TINY.vocab_size + id]).toBeCloseTo(found?.logProbs[i] ?? NaN, 4);
    }
  });

  it('says whether a completion ended or was cut', async () => {
    const prompts = Array.from({ length: 20 }, (_, i) => ({ ids: [3 + i], seed: String(i) }));
    const found = await collect(prompts);
    expect(new Set(found.map(({ finish }) => finish))).toEqual(new Set(['stop', 'length']));
    for (const { ids, finish } of found) {
      expect(OPTIONS.isEnd(ids, [])).toBe(finish === 'stop');
      expect(ids.slice(0, -1).some((_, i) => OPTIONS.isEnd(ids.slice(0, i + 1), []))).toBe(false);
      if (finish === 'length') expect(ids).toHaveLength(OPTIONS.maxTokens);
    }
  });

  it('stops at the end of what the model can read, and refuses a prompt that is longer', async () => {
    const long = { ids: Array.from({ length: TINY.max_position_embeddings - 2 }, () => 9), seed: '' };
    const [found] = await collect([long], { isEnd: () => false });
    expect(found).toMatchObject({ finish: 'length', ids: { length: 2 } });
    await expect(collect([{ ids: [...long.ids, 9, 9], seed: '' }])).rejects.toMatchObject({ code: 'PROMPT_TOO_LONG' });
  });

  it('is the same whether batches grow on the way or not', async () => {
    const prompts = Array.from({ length: 20 }, (_, i) => ({ ids: [3 + i, 4], seed: String(i) }));
    const steps = [2, 4, 8].map((rows) => ({ rows, bytes: rows }));
    expect(await collect(prompts, { batchSize: new GrowingRows(steps, async () => true) })).toEqual(await collect(prompts));
  });

  it('leaves no tensor behind, finished or abandoned', async () => {
    const prompts = Array.from({ length: 10 }, (_, i) => ({ ids: [3 + i, 4], seed: String(i) }));
    const before = tf.memory().numTensors;
    await collect(prompts, { batchSize: 4 });
    expect(tf.memory().numTensors).toBe(before);
    for await (const completion of generate(decoder, prompts, { ...OPTIONS, batchSize: 4 })) if (completion.ids.length > 0) break;
    expect(tf.memory().numTensors).toBe(before);
  });

  it('answers nothing when nothing is asked', async () => {
    expect(await collect([])).toEqual([]);
  });
});
