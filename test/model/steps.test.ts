/** What decoding promises on the CPU, where a step is recorded and done again: the tokens and the bits of the layers called one after the other. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { record, rewrite } from '../../src/engine/replay.ts';
import { linear } from '../../src/engine/ops/linear.ts';
import { rmsNorm } from '../../src/engine/ops/rms-norm.ts';
import { sample } from '../../src/engine/ops/sample.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { now, tidy, useBudget, type Work } from '../../src/engine/work.ts';
import { FAMILIES, parseConfig } from '../../src/files/config.ts';
import { createCache, disposeCache } from '../../src/model/cache.ts';
import { type Decoder, extend, head } from '../../src/model/decoder.ts';
import { generate, type GenerationOptions, type Prompt } from '../../src/model/generate.ts';
import { initialWeights } from '../../src/model/init.ts';
import { toTensors } from '../../src/model/load.ts';
import { Steps } from '../../src/model/steps.ts';
import { Random } from '../../src/random.ts';

const VOCABULARY = 37;

/** A small model of any family and shape, with weights and biases large enough that logits differ clearly. */
const models = fc
  .record({
    model_type: fc.constantFrom(...FAMILIES),
    heads: fc.constantFrom([1, 1], [4, 2], [6, 2], [3, 3]),
    head_dim: fc.constantFrom(2, 6, 8, 16),
    intermediate_size: fc.integer({ min: 1, max: 40 }),
    num_hidden_layers: fc.integer({ min: 1, max: 3 }),
    tie_word_embeddings: fc.boolean(),
    seed: fc.integer({ min: 0, max: 99 }),
  })
  .map(({ heads: [H = 1, K = 1], head_dim, seed, ...rest }): Decoder => {
    const sizes = { hidden_size: H * head_dim, num_attention_heads: H, num_key_value_heads: K, head_dim };
    const ids = { bos_token_id: 0, eos_token_id: 1, pad_token_id: 2 };
    const config = parseConfig({ ...rest, ...sizes, ...ids, vocab_size: VOCABULARY, rms_norm_eps: 1e-5, max_position_embeddings: 96 });
    const random = Random.of(seed);
    const weights = new Map(
      [...initialWeights(config, random)].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((x) => x + 0.3 * random.normal()) },
      ]),
    );
    return { config, weights: toTensors(config, weights), lora: null };
  });

const samplings = fc.record({
  temperature: fc.constantFrom(0, 0.3, 1, 2),
  topK: fc.constantFrom(0, 3),
  topP: fc.constantFrom(1, 0.8),
});

const prompts = fc.array(
  fc.record({ ids: fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 9 }), seed: fc.string({ maxLength: 2 }) }),
  { minLength: 1, maxLength: 5 },
);

/** What all prompts of a call begin with: nothing, or enough to be read and held once. */
const beginnings = fc.oneof(fc.constant([]), fc.array(fc.nat(VOCABULARY - 1), { minLength: 8, maxLength: 12 }));

/** One completion, operation by operation. */
async function plainly(
  decoder: Decoder,
  { ids, seed }: Prompt,
  options: GenerationOptions,
): Promise<{ ids: number[]; logProbs: number[] }> {
  const cache = createCache(decoder, 1, 96);
  const random = Random.of('generate', seed);
  const found = { ids: [] as number[], logProbs: [] as number[] };
  let read = ids;
  for (let start = 0; ; read = found.ids.slice(-1)) {
    const sampled = tf.tidy(() => {
      const x = now(extend(decoder, cache, tf.tensor2d([...read], [1, read.length], 'int32'), tf.tensor1d([start], 'int32')));
      const logits = now(head(decoder, tf.slice(x, [read.length - 1, 0], [1, -1])));
      const uniform = options.temperature === 0 ? 0 : random.seek(2 * found.ids.length).next();
      return now(sample(logits, tf.tensor1d([uniform]), options))[1];
    });
    const report = await sampled.data();
    sampled.dispose();
    found.ids.push(report[0] as number);
    found.logProbs.push(report[1] as number);
    start += read.length;
    if (options.isEnd(found.ids, []) || found.ids.length === options.maxTokens) break;
  }
  disposeCache(cache);
  return found;
}

beforeAll(startWasm);

describe('decoding steps on the CPU', () => {
  it('give the tokens and log-probabilities of the layers one after the other, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        models,
        beginnings,
        prompts,
        samplings,
        fc.integer({ min: 1, max: 5 }),
        async (decoder, beginning, some, sampling, batchSize) => {
          const asked = some.map(({ ids, seed }) => ({ ids: [...beginning, ...ids], seed }));
          const options = { ...sampling, maxTokens: 8, batchSize, isEnd: (ids: readonly number[]) => (ids.at(-1) ?? 0) % 9 === 4 };
          const before = tf.memory().numTensors;
          for await (const { index, ids, logProbs } of generate(decoder, asked, options)) {
            expect({ ids, logProbs }).toEqual(await plainly(decoder, asked[index] as Prompt, options));
          }
          expect(tf.memory().numTensors).toBe(before);
          tf.dispose([...decoder.weights.values()]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are one call each after the first, but where the heads have norms of their own', () => {
    for (const [type, lent] of [
      ['llama', true],
      ['qwen2', true],
      ['qwen3', false],
    ] as const) {
      const decoder = fc.sample(
        models.filter(({ config }) => config.model_type === type),
        { numRuns: 1, seed: 7 },
      )[0] as Decoder;
      const sampling = { temperature: 1, topK: 0, topP: 1 };
      const steps = new Steps(decoder, createCache(decoder, 2, 9), sampling);
      const rows = ['a', 'b'].map((seed) => ({ length: 1, random: Random.of(seed), ids: [5] }));
      for (const at of [1, 2]) expect(now(steps.next(rows, at)).lent).toBe(lent);
      steps.dispose();
    }
  });
});

describe('a recording', () => {
  const inputs = (): [x: tf.Tensor, gain: tf.Tensor, weight: tf.Tensor] => [
    tf.randomNormal([3, 12], 0, 1, 'float32', 1),
    tf.randomNormal([12], 0, 1, 'float32', 2),
    tf.randomNormal([7, 12], 0, 1, 'float32', 3),
  ];
  function* normedLinear(x: tf.Tensor, gain: tf.Tensor, weight: tf.Tensor): Work<[tf.Tensor]> {
    return [yield* linear(yield* rmsNorm(x, gain, 1e-5), weight)];
  }

  it('computes with the numbers that its inputs have then, and outlives what was computed on the way', async () => {
    const [x, gain, weight] = inputs();
    const { results, recording } = now(record(tidy(() => normedLinear(x, gain, weight))));
    const others = Array.from({ length: 36 }, (_, i) => i / 7 - 2);
    const clutter = tf.randomNormal([3, 12]); // takes memory that was freed
    rewrite(x, others);
    now(recording?.again() as Work<void>);
    const fresh = tf.tensor2d(others, [3, 12]);
    const [wanted] = now(tidy(() => normedLinear(fresh, gain, weight)));
    expect(await results[0].data()).toEqual(await wanted.data());
    recording?.dispose();
    tf.dispose([x, gain, weight, clutter, fresh, wanted, ...results]);
  });

  it('is not made of work that computes by other means or must stop on the way; what it gives is right all the same', async () => {
    const [x, gain, weight] = inputs();
    const [wanted] = now(tidy(() => normedLinear(tf.neg(x), gain, weight)));
    const foreign = now(record(tidy(() => normedLinear(tf.neg(x), gain, weight))));
    useBudget({ operations: 50 });
    const minus = tf.neg(x);
    const stopped = now(record(tidy(() => normedLinear(minus, gain, weight))));
    useBudget();
    for (const { results, recording } of [foreign, stopped]) {
      expect(recording).toBeNull();
      expect(await results[0].data()).toEqual(await wanted.data());
      tf.dispose([...results]);
    }
    tf.dispose([x, gain, weight, minus, wanted]);
  });
});
