/** How far a merged model is from the adapter beside its base, rounded as float32, float16 and bfloat16: measured, not guessed. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { readSafetensors, writeSafetensors, type FloatType } from '../../src/files/safetensors.ts';
import { mergeAdapter } from '../../src/files/out/merged.ts';
import { largestDifference, rounded } from '../../src/model/difference.ts';
import { initialLora } from '../../src/model/lora.ts';
import { Random } from '../../src/random.ts';
import { ended } from '../support/all.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const { weights } = tinyModel();
const options = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'] as const };
const tensors = initialLora(TINY, options, Random.of('difference'));
for (const [name, { data }] of tensors) if (name.includes('lora_B')) for (let i = 0; i < data.length; i++) data[i] = Math.sin(i) / 3;
const adapter = { ...options, tensors };
const merged = mergeAdapter(TINY, weights, adapter);
const texts = [[5, 6, 7, 8], Array.from({ length: 30 }, (_, i) => 3 + i)];

beforeAll(startWasm);

describe('a merged model', () => {
  it('is in float32 the adapter but for the order of its sums, and in coarser types further and further away', async () => {
    const before = tf.memory().numTensors;
    const apart = async (dtype: FloatType) =>
      ended(largestDifference(TINY, { weights, adapter }, { weights: rounded(merged, dtype), adapter: null }, texts));
    const [f32, f16, bf16] = [await apart('F32'), await apart('F16'), await apart('BF16')];
    expect(f32).toBeLessThan(1e-4);
    expect(f16).toBeGreaterThan(f32);
    expect(bf16).toBeGreaterThan(2 * f16);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is measured against the adapter: without it the difference is what the adapter does', async () => {
    const none = await ended(largestDifference(TINY, { weights, adapter }, { weights, adapter: null }, texts));
    expect(none).toBeGreaterThan(0.01);
    expect(await ended(largestDifference(TINY, { weights, adapter: null }, { weights, adapter: null }, texts))).toBe(0);
    expect(await ended(largestDifference(TINY, { weights, adapter }, { weights, adapter: null }, []))).toBe(0);
  });

  it.each(['F32', 'F16', 'BF16'] as const)('is measured with the numbers that its file has: %s', (dtype) => {
    const file = readSafetensors(writeSafetensors(merged, { dtype })).tensors;
    for (const [name, { data }] of rounded(merged, dtype)) expect(data).toEqual(file.get(name)?.data);
  });
});
