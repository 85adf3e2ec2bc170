import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { extend, forward, head, mergedWeights } from '../support/at-once.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { parseConfig } from '../../src/files/config.ts';
import { createCache, disposeCache } from '../../src/model/cache.ts';
import type { Decoder } from '../../src/model/decoder.ts';
import { generate } from '../../src/model/generate.ts';
import { toTensors } from '../../src/model/load.ts';
import { createLora } from '../../src/model/lora.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { peftOptions } from '../support/peft.ts';

type Expected = {
  readonly ids: number[][];
  readonly logits: number[];
  readonly loraLogits?: number[];
  readonly prompts: number[][];
  readonly greedy: number[][];
};

const path = (...names: string[]) => join(import.meta.dirname, '../fixtures', 'llama', ...names);
const json = (...names: string[]): unknown => JSON.parse(readFileSync(path(...names), 'utf8'));
const tensors = (...names: string[]) => readSafetensors(new Uint8Array(readFileSync(path(...names)))).tensors;

/** The largest distance between two lists of numbers, as a share of the largest expected one. */
function distance(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN)))) / Math.max(...expected.map(Math.abs));
}

beforeAll(startWasm);

describe.each(['tied', 'untied'])('a Llama model of transformers with %s embeddings', (name) => {
  const expected = json(name, 'expected.json') as Expected;
  const config = parseConfig(json(name, 'config.json'));
  const decoder = (): Decoder => ({ config, weights: toTensors(config, tensors(name, 'model.safetensors')), lora: null });

  it('has the same logits here', async () => {
    const logits = forward(decoder(), tf.tensor2d(expected.ids, undefined, 'int32'));
    expect(distance(await logits.data(), expected.logits)).toBeLessThan(1e-5);
  });

  it('writes the same greedy continuations in one batch of different lengths', async () => {
    const prompts = expected.prompts.map((ids, i) => ({ ids, seed: String(i) }));
    const options = { maxTokens: 8, temperature: 0, topK: 0, topP: 1, isEnd: () => false };
    const found: (readonly number[])[] = [];
    for await (const { index, ids, finish } of generate(decoder(), prompts, options)) {
      found[index] = ids;
      expect(finish).toBe('length');
    }
    expect(found).toEqual(expected.greedy);
  });

  it('gives the same logits from the cache, token by token, as from the whole text', async () => {
    const model = decoder();
    const all = await forward(model, tf.tensor2d(expected.ids, undefined, 'int32')).data();
    const [B, T, V] = [expected.ids.length, expected.ids[0]?.length ?? 0, config.vocab_size];
    const cache = createCache(model, B, T);
    // Prompts of 2, 3 and 4 tokens, padded to 4 by what must not be seen.
    const starts = [2, 3, 4];
    const padded = expected.ids.map((row, b) => row.map((id, t) => (t < (starts[b] ?? 0) ? id : 40 - t)).slice(0, 4));
    const read = (rows: readonly (readonly number[])[], start: readonly number[]) =>
      head(model, extend(model, cache, tf.tensor2d(rows as number[][], undefined, 'int32'), tf.tensor1d([...start], 'int32'))).data();
    const expectRow = (logits: ArrayLike<number>, b: number, t: number): void =>
      expect(distance(Array.from(logits), Array.from(all.subarray((b * T + t) * V, (b * T + t + 1) * V)))).toBeLessThan(1e-5);
    const prompts = await read(padded, [0, 0, 0]); // [B*4,V]
    for (const [b, start] of starts.entries()) {
      for (let t = 0; t < start; t++) expectRow(prompts.subarray((b * 4 + t) * V, (b * 4 + t + 1) * V), b, t);
    }
    for (let step = 0; step < T - 4; step++) {
      const positions = starts.map((start) => start + step);
      const ids = expected.ids.map((row, b) => [row[positions[b] ?? 0] ?? 0]);
      const logits = await read(ids, positions);
      for (const [b, position] of positions.entries()) expectRow(logits.subarray(b * V, (b + 1) * V), b, position);
    }
    disposeCache(cache);
  });
});

describe('an adapter of PEFT', () => {
  const expected = json('tied', 'expected.json') as Expected;
  const config = parseConfig(json('tied', 'config.json'));
  const options = peftOptions(json('tied', 'adapter', 'adapter_config.json'), config);

  it('gives the same logits here, beside the weights and merged into them', async () => {
    const weights = toTensors(config, tensors('tied', 'model.safetensors'));
    const lora = createLora(config, options, tensors('tied', 'adapter', 'adapter_model.safetensors'));
    const ids = tf.tensor2d(expected.ids, undefined, 'int32');
    const beside = await forward({ config, weights, lora }, ids).data();
    expect(distance(beside, expected.loraLogits ?? [])).toBeLessThan(1e-5);
    const merged = new Map([...weights, ...mergedWeights(weights, lora)]);
    expect(distance(await forward({ config, weights: merged, lora: null }, ids).data(), expected.loraLogits ?? [])).toBeLessThan(1e-5);
    expect(distance(beside, expected.logits)).toBeGreaterThan(0.01);
  });
});
