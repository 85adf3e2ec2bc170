/**
 * What every backend promises of every family of models: the numbers of transformers, PEFT and PyTorch (test/oracle/families.py), from
 * the files as they come. Run on wasm in Node and on webgpu in a browser.
 */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { forward, gradientsOf } from './at-once.ts';
import { LINEARS } from '../../src/files/config.ts';
import { type Decoder } from '../../src/model/decoder.ts';
import { generate } from '../../src/model/generate.ts';
import { toTensors, toVariables } from '../../src/model/load.ts';
import { createLora, type Lora, readArena } from '../../src/model/lora.ts';
import type { DecoderConfig } from '../../src/files/config.ts';
import type { StoredTensor } from '../../src/files/safetensors.ts';
import { chunks, makeBatch, type Row } from '../../src/training/batch.ts';
import { type Trainee, trainSteps, type Update } from '../../src/training/finetune.ts';
import { disposeAdamW, initAdamW, updateAdamW } from '../../src/training/optimizer.ts';

export const FAMILIES = ['llama3', 'qwen2', 'qwen3', 'smollm3'] as const;

type Trace = readonly (readonly [loss: number, norm: number])[];
/** The files of a family, read. */
export type Family = {
  readonly config: DecoderConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
  readonly adapter: { readonly rank: number; readonly alpha: number; readonly tensors: ReadonlyMap<string, StoredTensor> };
  readonly expected: {
    readonly ids: number[][];
    readonly lengths: number[];
    readonly logits: number[];
    readonly loraLogits: number[];
    readonly prompts: number[][];
    readonly greedy: number[][];
    readonly rows: Row[];
    readonly batchLoss: number;
    readonly gradients: Readonly<Record<string, number[]>>;
    readonly recipe: { readonly steps: number; readonly batch: number; readonly lr: number; readonly decay: number; readonly clip: number };
    readonly loraTrace: Trace;
    readonly trace: Trace;
  };
};

const norm = (values: readonly number[]): number => Math.hypot(...values);

/** Cosine of two gradients, and the length of their difference as a share of the expected one. */
function compared(found: readonly number[], expected: readonly number[]): { readonly cosine: number; readonly relative: number } {
  const dot = found.reduce((sum, value, i) => sum + value * (expected[i] ?? Number.NaN), 0);
  const difference = found.map((value, i) => value - (expected[i] ?? Number.NaN));
  return { cosine: dot / (norm(found) * norm(expected)), relative: norm(difference) / norm(expected) };
}

/** Registers the tests of one family on one backend; `tolerance` is that of logits, absolute. */
export function describeFamily(
  name: string,
  { read, open, tolerance }: { readonly read: () => Promise<Family>; readonly open: () => Promise<unknown>; readonly tolerance: number },
): void {
  describe(name, () => {
    let family: Family;
    beforeAll(async () => {
      await open();
      family = await read();
    });

    const plain = (): Decoder => ({ config: family.config, weights: toTensors(family.config, family.weights), lora: null });
    const adapted = (): Trainee & { readonly lora: Lora } => {
      const { rank, alpha, tensors } = family.adapter;
      const targets = LINEARS.filter((layer) => [...tensors.keys()].some((key) => key.includes(`.${layer}.`)));
      const lora = createLora(family.config, { rank, alpha, targets }, tensors);
      return { lora, decoder: { ...plain(), lora }, parameters: new Map([['adapter', lora.arena]]) };
    };
    const free = ({ decoder, parameters }: Trainee): void => tf.dispose([...decoder.weights.values(), ...parameters.values()]);

    /** The largest distance of the logits before the padding. */
    async function distance(decoder: Decoder, expected: readonly number[]): Promise<number> {
      const { ids, lengths } = family.expected;
      const V = family.config.vocab_size;
      const T = ids[0]?.length ?? 0;
      const logits = forward(decoder, tf.tensor2d(ids, undefined, 'int32'));
      const found = await logits.data();
      logits.dispose();
      let worst = 0;
      for (const [b, length] of lengths.entries())
        for (let i = b * T * V; i < (b * T + length) * V; i++)
          worst = Math.max(worst, Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? 0)));
      return worst;
    }

    async function train(trainee: Trainee, steps: number): Promise<Trace> {
      const { rows, recipe } = family.expected;
      const batches = chunks(rows, recipe.batch);
      const state = initAdamW(trainee.parameters);
      const options = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: recipe.decay, clip: recipe.clip, learningRate: recipe.lr };
      const source = Array.from({ length: steps }, (_, step) => () => batches[step % batches.length] ?? []);
      const found: [number, number][] = [];
      const update: Update = (gradients, norm2) => updateAdamW(trainee.parameters, gradients, norm2, state, options);
      for await (const { loss, gradientNorm } of trainSteps(trainee, source, update)) found.push([loss, gradientNorm]);
      disposeAdamW(state);
      return found;
    }

    function expectDrift(found: Trace, expected: Trace): void {
      expect(found).toHaveLength(expected.length);
      for (const [i, [loss]] of expected.entries()) expect(Math.abs((found[i]?.[0] ?? Number.NaN) - loss)).toBeLessThan(1e-3);
    }

    test('has the logits of transformers, plain and with an adapter of PEFT', async () => {
      const decoder = plain();
      expect(await distance(decoder, family.expected.logits)).toBeLessThan(tolerance);
      tf.dispose([...decoder.weights.values()]);
      const trainee = adapted();
      expect(await distance(trainee.decoder, family.expected.loraLogits)).toBeLessThan(tolerance);
      free(trainee);
    });

    test('writes the same 64 tokens greedily, prompts of different lengths in one batch or alone', async () => {
      const decoder = plain();
      const prompts = family.expected.prompts.map((ids, i) => ({ ids, seed: String(i) }));
      const options = { maxTokens: 64, temperature: 0, topK: 0, topP: 1, isEnd: () => false };
      for (const batchSize of [prompts.length, 1]) {
        const found: (readonly number[])[] = [];
        for await (const { index, ids } of generate(decoder, prompts, { ...options, batchSize })) found[index] = ids;
        expect(found).toEqual(family.expected.greedy);
      }
      tf.dispose([...decoder.weights.values()]);
    });

    test('has the gradients of PEFT', async () => {
      const { rows, recipe, batchLoss, gradients: expected } = family.expected;
      const trainee = adapted();
      const batch = makeBatch(rows.slice(0, recipe.batch), family.config.pad_token_id);
      const { loss, gradients } = gradientsOf(trainee, batch);
      expect((await loss.data())[0]).toBeCloseTo(batchLoss, 4);
      const found = await readArena(family.config, trainee.lora, gradients[0] as tf.Tensor);
      expect([...found.keys()].toSorted()).toEqual(Object.keys(expected).toSorted());
      const names = Object.keys(expected).filter((key) => norm(expected[key] ?? []) > 0);
      expect(names.length).toBeGreaterThan(0);
      for (const key of names) {
        const { cosine, relative } = compared(Array.from(found.get(key)?.data ?? []), expected[key] ?? []);
        expect(cosine).toBeGreaterThanOrEqual(0.9999);
        expect(relative).toBeLessThanOrEqual(0.002);
      }
      tf.dispose([loss, ...gradients]);
      free(trainee);
    });

    test('learns as PyTorch does: 20 steps of an adapter, 6 of all weights', async () => {
      const trainee = adapted();
      expectDrift(await train(trainee, family.expected.recipe.steps), family.expected.loraTrace);
      free(trainee);
      const weights = toVariables(family.config, family.weights);
      const full = { decoder: { config: family.config, weights, lora: null }, parameters: weights };
      expectDrift(await train(full, family.expected.trace.length), family.expected.trace);
      tf.dispose([...weights.values()]);
    });
  });
}
