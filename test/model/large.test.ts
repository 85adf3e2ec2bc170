import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { LINEARS, parameterCount } from '../../src/files/config.ts';
import { checkWeights } from '../../src/model/load.ts';
import { bytesOf, costOf, type Sizes } from '../../src/model/cost.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { LARGE, largeModel } from '../support/large-model.ts';
import { TRAINING } from '../support/training.ts';

/** Bytes of the memory that holds every tensor of the CPU backend. */
const held = (): number => (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm.memory.buffer.byteLength;
/** tfjs grows that memory by up to this much more than is asked for. */
const GROWTH = 96 * 2 ** 20;

describe('a model of 135 M weights on the CPU', () => {
  beforeAll(startWasm);

  it('loads, plans, answers and takes a step of an adapter within the memory that the planner says', async () => {
    expect(Math.round(parameterCount(LARGE) / 1e6)).toBe(135);
    const before = held();
    const files = largeModel();
    checkWeights(LARGE, files.weights);
    const lora = { rank: 8, alpha: 16, targets: LINEARS };
    const settings: Sizes = { lora, weightBytes: 4, trainRows: 2, trainTokens: 24, answerRows: 4, answerTokens: 32 };
    const read = { prompts: 4, sharedTokens: 8, promptTokens: 12, scored: { read: 0, written: 0 } };
    const work = { ...read, answerTokens: 4, rowTokens: 24, epochs: 1, heldOut: 10 };
    const plan = costOf(LARGE, settings, work, 1, { memory: 4 * 2 ** 30, tensor: null, storage: null }, null);
    expect(plan.tooMuch).toEqual([]);
    using model = new TfLanguageModel(files, { mode: 'lora', ...lora }, { seed: 1, rows: 4 });
    const requests = ['one', 'two', 'three', 'four'].map((prompt) => ({ prompt: `User: ${prompt}?\nBot:`, seed: prompt }));
    let answers = 0;
    for await (const { logProbs, finish } of model.generate(requests, { maxTokens: 4, temperature: 1, topK: 0, topP: 1, stop: [] })) {
      expect(finish).toBe('length');
      expect(logProbs.every(Number.isFinite)).toBe(true);
      answers++;
    }
    expect(answers).toBe(4);
    const rows = [0, 1].map((i) => ({ prompt: `User: ${i}?\nBot:`, completion: ' seven red boats' }));
    for await (const { loss, step } of model.finetune(rows, { ...TRAINING, batchSize: 2 })) {
      expect(step).toBe(1);
      expect(loss).toBeGreaterThan(0);
    }
    expect(held() - before).toBeLessThanOrEqual(plan.peak + GROWTH);
    expect(held() - before).toBeGreaterThan(bytesOf(plan.memory.training.filter(({ name }) => name === 'weights')));
  });
});
