/** The memory of a 135 M model on WebGPU, by the engine's own counter. */
import { expect, test } from 'vitest';
import { openBackend, takePeak } from '../../src/engine/backend.ts';
import { LINEARS } from '../../src/files/config.ts';
import { bytesOf, memoryOf } from '../../src/model/cost.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { LARGE, largeModel } from '../support/large-model.ts';
import { TRAINING } from '../support/training.ts';

test('a 135 M model answers and takes a step of an adapter on WebGPU in 2 GB, as the planner says', async () => {
  await openBackend('webgpu');
  const lora = { rank: 8, alpha: 16, targets: LINEARS };
  using model = new TfLanguageModel(largeModel(), { mode: 'lora', ...lora }, { seed: 1, rows: 1 });
  const request = { prompt: 'User: a?\nBot:', seed: 'a' };
  for await (const { logProbs } of model.generate([request], { maxTokens: 2, temperature: 1, topK: 0, topP: 1, stop: [] }))
    expect(logProbs.every(Number.isFinite)).toBe(true);
  const rows = [{ prompt: request.prompt, completion: ' seven red' }];
  for await (const { loss } of model.finetune(rows, { ...TRAINING, batchSize: 1 })) expect(loss).toBeGreaterThan(0);
  const planned = memoryOf(LARGE, { lora, weightBytes: 2, trainRows: 1, trainTokens: 24, answerRows: 1, answerTokens: 24 });
  const peak = takePeak();
  expect(peak).toBeLessThan(2e9);
  expect(peak).toBeLessThanOrEqual(1.1 * Math.max(bytesOf(planned.training), bytesOf(planned.answering)));
});
