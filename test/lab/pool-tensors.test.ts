/** Many hands give what one gives to the last bit: a small tensor model and two helpers with copies of it, on the CPU. */
import { beforeAll, describe, expect, test } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { LINEARS } from '../../src/files/config.ts';
import { TfLanguageModel, type Tuning } from '../../src/training/language-model.ts';
import { PooledLanguageModel } from '../../src/lab/pool/pool.ts';
import { all } from '../support/all.ts';
import { inOrder, ScriptedHelper } from '../support/scripted-helper.ts';
import { tinyModel } from '../support/tiny.ts';
import { TRAINING } from '../support/training.ts';

const RECIPE = { ...TRAINING, learningRate: 0.05 };

describe('a pool on tensors', () => {
  const files = tinyModel();
  const lora: Tuning = { mode: 'lora', rank: 4, alpha: 8, targets: LINEARS };
  const prompts = Array.from({ length: 45 }, (_, i) => ({ prompt: 'abcdefghij'.repeat(3).slice(0, 1 + ((7 * i) % 23)), seed: `${i}` }));
  const rows = prompts.map(({ prompt }, i) => ({ prompt, completion: ' klmno'.slice(0, 2 + (i % 5)) }));
  const options = { maxTokens: 8, temperature: 1, topK: 0, topP: 1, stop: ['\n'] };

  beforeAll(startWasm);

  test.each([lora, { ...lora, restarts: true }, { mode: 'full' } as const])(
    'answers and scores are the same to the last bit, before and after training ($mode)',
    async (tuning) => {
      const model = () => new TfLanguageModel(files, tuning, { seed: 5 });
      using alone = model();
      using local = model();
      using first = model();
      using second = model();
      const helpers = [new ScriptedHelper({ model: first }), new ScriptedHelper({ model: second })];
      const pool = new PooledLanguageModel(local, helpers, { width: 2 });
      for (const trained of [false, true]) {
        for (const lm of trained ? [alone, pool] : []) {
          if (tuning.mode === 'lora' && 'restarts' in tuning) {
            await all(lm.finetune(rows.slice(8, 16), RECIPE));
            await lm.restart();
          }
          await all(lm.finetune(rows.slice(0, 8), RECIPE));
        }
        expect(inOrder(await all(pool.generate(prompts, options)))).toEqual(inOrder(await all(alone.generate(prompts, options))));
        expect(await pool.score(rows)).toEqual(await alone.score(rows));
      }
      expect((await pool.snapshot()).hash).toBe((await alone.snapshot()).hash);
      expect(helpers.every(({ answered }) => answered > 4)).toBe(true);
    },
  );
});
