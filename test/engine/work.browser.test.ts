/** Long work on WebGPU lets the event loop in after so many dispatches, and no result depends on how many. */
import { afterEach, expect, test } from 'vitest';
import { gauges, openBackend } from '../../src/engine/backend.ts';
import { takeRecord, useBudget } from '../../src/engine/work.ts';
import { LINEARS } from '../../src/files/config.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { tinyModel } from '../support/tiny.ts';
import { repeated, TRAINING } from '../support/training.ts';

afterEach(() => useBudget());

async function trained(): Promise<string> {
  using model = new TfLanguageModel(tinyModel(), { mode: 'lora', rank: 4, alpha: 8, targets: LINEARS }, { seed: 1 });
  const rows = [0, 1, 2].map((i) => ({ prompt: `User: ${i}?\nBot:`, completion: ' seven red' }));
  for await (const { loss } of model.finetune(repeated(rows, 2), { ...TRAINING, batchSize: 2 })) expect(loss).toBeGreaterThan(0);
  await model.score(rows);
  return (await model.snapshot()).hash;
}

test('on WebGPU the event loop is let in after every few dispatches, and the weights are the same to the last bit', async () => {
  await openBackend('webgpu');
  useBudget({ dispatches: Infinity });
  const whole = await trained();
  expect(takeRecord().turns).toBe(0);
  useBudget({ dispatches: 8 });
  const before = gauges()['engine/dispatches'];
  expect(await trained()).toBe(whole);
  const dispatched = gauges()['engine/dispatches'] - before;
  // reading a result lets the loop in as well
  expect(takeRecord().turns).toBeGreaterThan(dispatched / 8 / 2);
});
