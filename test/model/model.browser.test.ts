/** The decoder, its training and its memory in Chromium, on the CPU and on WebGPU, and the two held against each other. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { extend, forward, head } from '../support/at-once.ts';
import { gauges, openBackend } from '../../src/engine/backend.ts';
import { LINEARS } from '../../src/files/config.ts';
import { createCache, disposeCache } from '../../src/model/cache.ts';
import type { Decoder } from '../../src/model/decoder.ts';
import { type Generated, generate } from '../../src/model/generate.ts';
import { toTensors } from '../../src/model/load.ts';
import type { BackendName } from '../../src/contracts/engine.ts';
import { Random } from '../../src/random.ts';
import { TfLanguageModel, type Tuning } from '../../src/training/language-model.ts';
import { all } from '../support/all.ts';
import { TINY, tinyModel } from '../support/tiny.ts';
import { repeated, TRAINING } from '../support/training.ts';

const V = TINY.vocab_size;
const IDS = Array.from({ length: 3 }, (_, b) => Array.from({ length: 11 }, (__, t) => 3 + ((b * 53 + t * 29) % 250)));
const LORA: Tuning = { mode: 'lora', rank: 8, alpha: 16, targets: LINEARS };
const OPTIONS = { ...TRAINING, learningRate: 0.02 };
const ROWS = ['bell', 'rope', 'lamp', 'boat'].map((thing, i) => ({ prompt: `${thing}:`, completion: ` ${'wxyz'[i]}${i}.\n` }));
const ANSWER = { maxTokens: 9, temperature: 0, topK: 0, topP: 1, stop: ['\n'] };

function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  return Array.from(expected).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (found[i] ?? NaN))), 0);
}

function decoder(): Decoder {
  const { config, weights } = tinyModel();
  return { config, weights: toTensors(config, weights), lora: null };
}

/** Greedy answers of a model with room for sure ones, before and after it learnt four lines by heart. */
async function byHeart(tuning: Tuning) {
  const files = tinyModel();
  files.weights.get('model.norm.weight')?.data.fill(6);
  using lm = new TfLanguageModel(files, tuning, { seed: 3 });
  const steps = await all(lm.finetune(repeated(ROWS, 80), OPTIONS));
  const answers = await all(
    lm.generate(
      ROWS.map(({ prompt }) => ({ prompt, seed: '' })),
      ANSWER,
    ),
  );
  return { losses: steps.map(({ loss }) => loss), texts: answers.toSorted((a, b) => a.index - b.index).map(({ text }) => text) };
}

/** The losses of a model that is drawn towards what it says with a line before the prompt, and the adapter that it ends with. */
async function distilled(backend: BackendName) {
  await openBackend(backend);
  using lm = new TfLanguageModel(tinyModel(), LORA, { seed: 3 });
  const said = await lm.likeliest(
    ROWS.map(({ prompt, completion }) => ({ prompt: `Be kind.\n${prompt}`, completion })),
    50,
  );
  const rows = ROWS.flatMap((row, i) => said.slice(i, i + 1).map((teacher) => ({ ...row, teacher })));
  const steps = await all(lm.distill(repeated(rows, 20), { ...OPTIONS, alpha: 0.5 }));
  return { losses: steps.map(({ loss }) => loss), said: said.flatMap(({ ids }) => [...ids]) };
}

const logitsOf = async (backend: BackendName): Promise<Float32Array> => {
  await openBackend(backend);
  return (await forward(decoder(), tf.tensor2d(IDS, undefined, 'int32')).data()) as Float32Array;
};

test('WebGPU and the CPU distil alike: a teacher says the same, and a student comes as near to him', async () => {
  const [cpu, gpu] = [await distilled('wasm'), await distilled('webgpu')];
  expect(gpu.said.filter((id, i) => id !== cpu.said[i]).length).toBeLessThan(gpu.said.length / 50); // but for near ties
  expect(distance(gpu.losses, cpu.losses)).toBeLessThan((cpu.losses[0] ?? 0) / 100);
  expect(gpu.losses.at(-1)).toBeLessThan((gpu.losses[0] ?? 0) / 4);
});

test('WebGPU and the CPU give the same logits, the same losses and the same answers', async () => {
  expect(distance(await logitsOf('webgpu'), await logitsOf('wasm'))).toBeLessThan(1e-4);
  const cpu = await byHeart(LORA);
  await openBackend('webgpu');
  const gpu = await byHeart(LORA);
  expect(distance(gpu.losses.slice(0, 20), cpu.losses.slice(0, 20))).toBeLessThan(1e-3);
  expect(gpu.texts).toEqual(cpu.texts);
});

describe.each(['wasm', 'webgpu'] as const)('a decoder on %s', (backend) => {
  beforeAll(() => openBackend(backend));

  test('gives the same logits from the cache, token by token, as from the whole text', async () => {
    const model = decoder();
    const [B, T] = [IDS.length, 11];
    const whole = await forward(model, tf.tensor2d(IDS, undefined, 'int32')).data();
    const cache = createCache(model, B, T);
    const starts = [2, 3, 4]; // padded to 4 by what must not be seen
    const padded = IDS.map((row, b) => row.slice(0, 4).map((id, t) => (t < (starts[b] ?? 0) ? id : 200 - t)));
    const read = (rows: number[][], start: number[]) =>
      head(model, extend(model, cache, tf.tensor2d(rows, undefined, 'int32'), tf.tensor1d(start, 'int32'))).data();
    const expectRow = (logits: ArrayLike<number>, at: number, b: number, t: number): void =>
      expect(distance(Array.from(logits).slice(at * V, (at + 1) * V), whole.slice((b * T + t) * V, (b * T + t + 1) * V))).toBeLessThan(
        1e-4,
      );
    const prompts = await read(padded, [0, 0, 0]);
    for (const [b, start] of starts.entries()) for (let t = 0; t < start; t++) expectRow(prompts, b * 4 + t, b, t);
    for (let step = 0; step < T - 4; step++) {
      const positions = starts.map((start) => start + step);
      const logits = await read(
        IDS.map((row, b) => [row[positions[b] ?? 0] ?? 0]),
        positions,
      );
      for (const [b, position] of positions.entries()) expectRow(logits, b, b, position);
    }
    disposeCache(cache);
  });

  test('gives a prompt the same completion alone, in any batch and in any company', async () => {
    const model = decoder();
    const random = Random.of('prompts');
    const prompts = Array.from({ length: 9 }, (_, i) => ({
      ids: Array.from({ length: 1 + random.int(20) }, () => 3 + random.int(250)),
      seed: `${i}`,
    }));
    const collect = async (some: typeof prompts, batchSize: number): Promise<Generated[]> => {
      const options = { maxTokens: 8, temperature: 1, topK: 40, topP: 0.9, isEnd: () => false, batchSize };
      return (await all(generate(model, some, options))).toSorted((a, b) => a.index - b.index);
    };
    const together = await collect(prompts, 9);
    const turned = (await collect(prompts.toReversed(), 4)).toReversed();
    const alone = (await Promise.all(prompts.map((prompt) => collect([prompt], 1)))).flat();
    for (const others of [turned, alone]) {
      expect(others.map(({ ids }) => ids)).toEqual(together.map(({ ids }) => ids));
      expect(others.map(({ logProbs }) => logProbs)).toEqual(together.map(({ logProbs }) => logProbs));
    }
  });

  test.each([LORA, { mode: 'full' } as const])('learns four lines by heart and then says them ($mode)', async (tuning) => {
    const { losses, texts } = await byHeart(tuning);
    expect(losses.at(-1)).toBeLessThan(0.1);
    expect(texts).toEqual(ROWS.map(({ completion }) => completion));
  });

  test('holds as many tensors after a round as before it', async () => {
    using lm = new TfLanguageModel(tinyModel(), LORA, { seed: 3 });
    const round = async (): Promise<number> => {
      await all(
        lm.generate(
          ROWS.map(({ prompt }) => ({ prompt, seed: 'x' })),
          { ...ANSWER, temperature: 1 },
        ),
      );
      await all(lm.finetune(repeated(ROWS, 3), OPTIONS));
      await lm.score(ROWS);
      await lm.restore(await lm.snapshot());
      return gauges()['engine/tensors'];
    };
    const first = await round();
    expect([await round(), await round()]).toEqual([first, first]);
  });

  test('goes on after a restart of its adapter as anybody who is given its snapshot', async () => {
    const restarting: Tuning = { ...LORA, restarts: true };
    using lm = new TfLanguageModel(tinyModel(), restarting, { seed: 3 });
    await all(lm.finetune(repeated(ROWS, 3), OPTIONS));
    const before = await lm.score(ROWS);
    await lm.restart();
    expect(
      distance(
        (await lm.score(ROWS)).map(({ nll }) => nll),
        before.map(({ nll }) => nll),
      ),
    ).toBeLessThan(1e-3);
    await all(lm.finetune(repeated(ROWS, 3), OPTIONS));
    using other = new TfLanguageModel(tinyModel(), restarting, { seed: 3 });
    await other.restore(await lm.snapshot());
    expect(await other.score(ROWS)).toEqual(await lm.score(ROWS));
    expect((await other.snapshot()).hash).toBe((await lm.snapshot()).hash);
  });
});
