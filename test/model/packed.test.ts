/** A large model whose file has halves keeps them on the CPU: half of the memory, and not a bit of its answers, scores and adapters changes. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { formOf } from '../../src/engine/packing.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { LINEARS } from '../../src/files/config.ts';
import type { FloatType } from '../../src/files/floats.ts';
import { memoryOf, type Sizes } from '../../src/model/cost.ts';
import type { ModelFiles } from '../../src/model/load.ts';
import { borrowWeights, bytesOfWeight, packingOf } from '../../src/model/shared-weights.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { largeModel } from '../support/large-model.ts';
import { tinyModel } from '../support/tiny.ts';
import { TRAINING } from '../support/training.ts';

const LORA = { rank: 4, alpha: 8, targets: LINEARS };
const SIZES: Omit<Sizes, 'weightBytes'> = { lora: LORA, trainRows: 1, trainTokens: 1, answerRows: 1, answerTokens: 1 };

/** The same numbers as a file of floats has them. */
function asFloats({ weights, ...files }: ModelFiles): ModelFiles {
  return { ...files, weights: new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data }])) };
}

/** What a model says, thinks likely and learns, with a restart in between. */
async function livesOf(files: ModelFiles): Promise<unknown> {
  using model = new TfLanguageModel(files, { mode: 'lora', ...LORA, restarts: true }, { seed: 1 });
  const said: unknown[] = [];
  const rows = ['seven red boats', 'a hat'].map((completion, i) => ({ prompt: `User: ${i}?\nBot:`, completion }));
  const answer = async (): Promise<void> => {
    for (const prompts of [1, 5]) {
      const requests = Array.from({ length: prompts }, (_, i) => ({ prompt: `User: ${i}?\nBot:`, seed: `${i}` }));
      const options = { maxTokens: 2, temperature: 1, topK: 0, topP: 1, stop: [] };
      for await (const { index, pieces, logProbs } of model.generate(requests, options)) said.push([index, pieces, logProbs]);
    }
    said.push(await model.score(rows));
  };
  await answer();
  for await (const { loss } of model.finetune(rows, { ...TRAINING, batchSize: 2 })) said.push(loss);
  await answer();
  await model.restart();
  await answer();
  return said;
}

const MIXED = (name: string): FloatType => {
  if (name.includes('v_proj') || name.includes('up_proj')) return 'F16';
  if (name.includes('down_proj')) return 'F32';
  return name.includes('o_proj') ? 'F16' : 'BF16';
};

describe('a large model of halves on the CPU', () => {
  beforeAll(startWasm);

  it.each([
    ['bfloat16', (): FloatType => 'BF16'],
    ['float16', (): FloatType => 'F16'],
    ['a mixture', MIXED],
  ] as const)('of %s answers, scores and learns to the bit as with floats, also after a restart', async (_, typeOf) => {
    const files = largeModel(1, typeOf);
    expect(await livesOf(files)).toEqual(await livesOf(asFloats(files)));
  });

  it('takes half of the memory, as the plan says', () => {
    for (const type of ['BF16', 'F16', 'F32'] as const) {
      const files = largeModel(1, () => type);
      const before = tf.memory().numBytes;
      const { release } = borrowWeights(files);
      const weightBytes = bytesOfWeight(files, 'wasm');
      expect(weightBytes).toBe(type === 'F32' ? 4 : 2);
      const planned = memoryOf(files.config, { ...SIZES, weightBytes }).training.find(({ name }) => name === 'weights')?.bytes;
      expect(tf.memory().numBytes - before).toBe(planned);
      release();
      expect(tf.memory().numBytes).toBe(before);
    }
  });

  it('keeps each matrix as its file has it; a stack of several types, and what is no matrix, as floats', () => {
    const files = largeModel(1, MIXED);
    const before = tf.memory().numBytes;
    const { weights, release } = borrowWeights(files);
    const forms = Object.fromEntries([...weights].map(([name, tensor]) => [name.replace(/^model\.(layers\.0\.)?/, ''), formOf(tensor)]));
    expect(forms).toEqual({
      'embed_tokens.weight': 'bfloat16',
      'input_layernorm.weight': 'float32',
      'self_attn.qkv_proj.weight': 'float32',
      'self_attn.o_proj.weight': 'float16',
      'mlp.gate_up_proj.weight': 'float32',
      'mlp.down_proj.weight': 'float32',
      'post_attention_layernorm.weight': 'float32',
      'norm.weight': 'float32',
    });
    const weightBytes = bytesOfWeight(files, 'wasm');
    const planned = memoryOf(files.config, { ...SIZES, weightBytes }).training.find(({ name }) => name === 'weights')?.bytes;
    expect(planned).toBeCloseTo(tf.memory().numBytes - before, 0);
    release();
  });
});

describe('a small model', () => {
  it('is never packed: its results are published with their bits', () => {
    for (const backend of ['wasm', 'webgpu']) {
      expect(packingOf(tinyModel(), backend)).toBe('none');
      expect(bytesOfWeight(tinyModel(), backend)).toBe(4);
    }
  });
});
