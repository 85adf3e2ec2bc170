import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientsOf, stepGradients } from '../support/at-once.ts';
import type { FinetuneOptions, StepReport } from '../../src/contracts/language-model.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { LINEARS, parseConfig } from '../../src/files/config.ts';
import { Random } from '../../src/random.ts';
import { toTensors, toVariables } from '../../src/model/load.ts';
import { createLora } from '../../src/model/lora.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { makeBatch } from '../../src/training/batch.ts';
import type { Row } from '../../src/training/batch.ts';
import { finetune, partsOf } from '../../src/training/finetune.ts';
import type { Trainee } from '../../src/training/finetune.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import type { Tuning } from '../../src/training/language-model.ts';
import { all } from '../support/all.ts';
import { tinyModel } from '../support/tiny.ts';
import { repeated, TRAINING } from '../support/training.ts';
import { peftOptions } from '../support/peft.ts';

type Expected = {
  readonly rows: Row[];
  readonly recipe: { readonly steps: number; readonly batch: number; readonly lr: number; readonly decay: number; readonly clip: number };
  readonly trace: [loss: number, norm: number][];
  readonly loraTrace: [loss: number, norm: number][];
};

const OPTIONS: FinetuneOptions = { ...TRAINING, batchSize: 16 };
const LORA: Tuning = { mode: 'lora', rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'] };
const ROWS = Array.from({ length: 20 }, (_, i) => ({ prompt: `User: ${'ab'.repeat(1 + (i % 5))}?\nBot:`, completion: ` yes ${i % 3}.\n` }));

/** Two epochs. */
const TWICE = repeated(ROWS, 2);

const model = (tuning: Tuning) => new TfLanguageModel(tinyModel(), tuning, { seed: 3 });

beforeAll(startWasm);

describe('fine-tuning, step by step against PyTorch', () => {
  const path = (...names: string[]) => join(import.meta.dirname, '../fixtures', 'llama', 'tied', ...names);
  const json = (...names: string[]): unknown => JSON.parse(readFileSync(path(...names), 'utf8'));
  const tensors = (...names: string[]) => readSafetensors(new Uint8Array(readFileSync(path(...names)))).tensors;
  const { rows, recipe, trace, loraTrace } = json('expected.json') as Expected;
  const config = parseConfig(json('config.json'));
  const options = { ...OPTIONS, batchSize: recipe.batch, learningRate: recipe.lr, weightDecay: recipe.decay, clip: recipe.clip };
  const seen = repeated(rows, (recipe.steps * recipe.batch) / rows.length);

  function expectTrace(steps: readonly StepReport[], expected: readonly [number, number][]): void {
    expect(steps).toHaveLength(expected.length);
    for (const [i, [loss, norm]] of expected.entries()) {
      expect(steps[i]?.loss).toBeCloseTo(loss, 4);
      expect(Math.abs((steps[i]?.gradientNorm ?? 0) / norm - 1)).toBeLessThan(1e-3);
    }
  }

  it('has its losses and gradient norms when every weight is trained', async () => {
    const weights = toVariables(config, tensors('model.safetensors'));
    const steps = await all(finetune({ decoder: { config, weights, lora: null }, parameters: weights }, seen, options));
    expectTrace(steps, trace);
  });

  it('has its losses and gradient norms when an adapter of PEFT is trained', async () => {
    const lora = createLora(
      config,
      peftOptions(json('adapter', 'adapter_config.json'), config),
      tensors('adapter', 'adapter_model.safetensors'),
    );
    const weights = toTensors(config, tensors('model.safetensors'));
    expectTrace(
      await all(finetune({ decoder: { config, weights, lora }, parameters: new Map([['adapter', lora.arena]]) }, seen, options)),
      loraTrace,
    );
  });
});

describe.each([LORA, { mode: 'full' } as const])('fine-tuning ($mode)', (tuning) => {
  it('learns a batch by heart and then says it', async () => {
    const files = tinyModel();
    files.weights.get('model.norm.weight')?.data.fill(6); // room for sure answers over a frozen random head
    const everywhere: Tuning = tuning.mode === 'lora' ? { ...tuning, rank: 8, targets: LINEARS } : tuning;
    using lm = new TfLanguageModel(files, everywhere, { seed: 3 });
    const rows = ['bell', 'rope', 'lamp', 'boat'].map((thing, i) => ({ prompt: `${thing}:`, completion: ` ${'wxyz'[i]}${i}.\n` }));
    const steps = await all(lm.finetune(repeated(rows, 120), { ...OPTIONS, batchSize: rows.length, learningRate: 0.02 }));
    expect(steps.at(-1)?.loss).toBeLessThan(0.05);
    const requests = rows.map(({ prompt }) => ({ prompt, seed: '' }));
    const answers = await all(lm.generate(requests, { maxTokens: 9, temperature: 0, topK: 0, topP: 1, stop: ['\n'] }));
    expect(answers.toSorted((a, b) => a.index - b.index).map(({ text }) => text)).toEqual(rows.map(({ completion }) => completion));
  });

  it('judges the completion only: its loss is what scoring says of the completions', async () => {
    using lm = model(tuning);
    const scores = await lm.score(ROWS.slice(0, 16));
    const [first] = await all(lm.finetune(ROWS.slice(0, 16), OPTIONS));
    const tokens = scores.reduce((sum, score) => sum + score.tokens, 0);
    expect(tokens).toBe(16 * ' yes 0.\n'.length);
    expect(first?.loss).toBeCloseTo(scores.reduce((sum, score) => sum + score.nll, 0) / tokens, 5);
  });

  it('repeats itself to the last bit', async () => {
    const hashes = [];
    for (let i = 0; i < 2; i++) {
      using lm = model(tuning);
      await all(lm.finetune(TWICE, OPTIONS));
      hashes.push((await lm.snapshot()).hash);
    }
    expect(hashes[1]).toBe(hashes[0]);
  });

  it('goes back to a snapshot and to the base model', async () => {
    using lm = model(tuning);
    const base = await lm.score(ROWS);
    await all(lm.finetune(TWICE, OPTIONS));
    const state = await lm.snapshot();
    const tuned = await lm.score(ROWS);
    expect(tuned).not.toEqual(base);
    await lm.restore(null);
    expect(await lm.score(ROWS)).toEqual(base);
    await lm.restore(state);
    expect(await lm.score(ROWS)).toEqual(tuned);
    expect(await lm.snapshot()).toEqual(state);
  });

  it('refuses a snapshot of another model and stays as it was', async () => {
    using lm = model(tuning);
    const before = await lm.snapshot();
    using other = model(tuning.mode === 'lora' ? { ...tuning, rank: 2 } : LORA);
    await expect((async () => lm.restore(await other.snapshot()))()).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    expect(await lm.snapshot()).toEqual(before);
  });

  it('stops after the step at which the reader stops, and leaves no tensor behind', async () => {
    using lm = model(tuning);
    const before = tf.memory().numTensors;
    let steps = 0;
    for await (const { step } of lm.finetune(ROWS, { ...OPTIONS, batchSize: 4 })) {
      steps = step;
      if (step === 3) break;
    }
    expect(steps).toBe(3);
    expect(tf.memory().numTensors).toBe(before);
    await all(lm.finetune(ROWS, { ...OPTIONS, batchSize: 8 }));
    const answer = () => all(lm.generate([{ prompt: 'User:', seed: 'a' }], { maxTokens: 5, temperature: 1, topK: 0, topP: 1, stop: [] }));
    await answer();
    const after = tf.memory().numTensors;
    await all(lm.finetune(TWICE, OPTIONS));
    await lm.score(ROWS);
    expect(tf.memory().numTensors).toBe(after + 2); // in each of 2 layers what the rows begin with
    await answer();
    expect(tf.memory().numTensors).toBe(after);
    expect(after - before).toBe(tuning.mode === 'lora' ? 2 * 2 : 0); // two merged stacks in each of 2 layers
  });

  it('leaves the parameters as they were when a number is not finite', async () => {
    const files = tinyModel();
    files.weights.get('model.norm.weight')?.data.fill(3e38);
    using lm = new TfLanguageModel(files, tuning, { seed: 3 });
    const before = await lm.snapshot();
    await expect(all(lm.finetune(TWICE, OPTIONS))).rejects.toMatchObject({ code: 'NUM_NONFINITE' });
    expect(await lm.snapshot()).toEqual(before);
  });
});

describe('an adapter', () => {
  it('changes nothing before it is trained, and its numbers come from the seed', async () => {
    using lm = model(LORA);
    using full = model({ mode: 'full' });
    expect(await lm.score(ROWS)).toEqual(await full.score(ROWS));
    const same = await new TfLanguageModel(tinyModel(), LORA, { seed: 3 }).snapshot();
    const other = await new TfLanguageModel(tinyModel(), LORA, { seed: 4 }).snapshot();
    const { hash } = await lm.snapshot();
    expect(same.hash).toBe(hash);
    expect(other.hash).not.toBe(hash);
  });

  it('is all that is trained', async () => {
    using lm = model(LORA);
    expect(lm.trained).toBe(2 * (4 * (16 + 16) + 4 * (16 + 8) + 4 * (24 + 16)));
  });
});

describe('a step that is too large to be done at once', () => {
  const row = fc.record({
    ids: fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 2, maxLength: 12 }),
    promptLength: fc.integer({ min: 1, max: 3 }),
  });
  const rows = fc
    .array(row, { minLength: 1, maxLength: 6 })
    .filter((some) => some.some(({ ids, promptLength }) => ids.length > promptLength));
  const trainees = (): readonly Trainee[] => {
    const { config, weights } = tinyModel();
    const parameters = toVariables(config, weights);
    const frozen = toTensors(config, weights);
    const lora = createLora(config, { rank: 2, alpha: 4, targets: LINEARS }, Random.of(1));
    // an adapter that begins adds nothing, and half of its gradient is zero
    lora.arena.assign(tf.tidy(() => tf.add(lora.arena, 0.05)));
    return [
      { decoder: { config, weights: parameters, lora: null }, parameters },
      { decoder: { config, weights: frozen, lora }, parameters: new Map([['adapter', lora.arena]]) },
    ];
  };

  it('is the same in parts, whatever its rows, and leaves nothing behind', async () => {
    for (const trainee of trainees()) {
      await fc.assert(
        fc.asyncProperty(rows, fc.integer({ min: 1, max: 40 }), async (some, most) => {
          const before = tf.memory().numTensors;
          const [whole, parts] = [stepGradients(trainee, some, Infinity), stepGradients(trainee, some, most)];
          expect((await parts.loss.data())[0]).toBeCloseTo((await whole.loss.data())[0] ?? NaN, 4);
          for (const [i, gradient] of whole.gradients.entries()) {
            const [of, inParts] = [await gradient.data(), await (parts.gradients[i] as tf.Tensor).data()];
            const scale = Math.max(1e-3, ...of.map(Math.abs));
            for (const [j, value] of of.entries()) expect(Math.abs((inParts[j] ?? NaN) - value) / scale).toBeLessThan(1e-4);
          }
          tf.dispose([whole.loss, ...whole.gradients, parts.loss, ...parts.gradients]);
          expect(tf.memory().numTensors).toBe(before);
        }),
        { numRuns: 25 },
      );
    }
  });

  it('has parts of no more tokens than asked, but for a row that has more by itself, and every row once', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 60 }), (some, most) => {
        const parts = partsOf(some, most);
        for (const part of parts) {
          const { B, T } = makeBatch(part, 0);
          expect(B === 1 || B * T <= most).toBe(true);
        }
        expect(new Set(parts.flat())).toEqual(new Set(some));
        expect(parts.flat()).toHaveLength(some.length);
        // what fits stays as it is
        if (makeBatch(some, 0).T * some.length <= most) expect(parts).toEqual([some]);
      }),
    );
  });
});

describe('the loss', () => {
  it('does not see what stands in the prompt as a target: its gradient is that of the completion alone', async () => {
    const { config, weights } = tinyModel();
    const parameters = toVariables(config, weights);
    const trainee: Trainee = { decoder: { config, weights: parameters, lora: null }, parameters };
    const row: Row = { ids: [0, 10, 11, 12, 20, 21], promptLength: 4 };
    const batch = makeBatch([row], config.pad_token_id);
    const { loss } = gradientsOf(trainee, batch);
    // The same two targets by hand, with every other place predicting anything at all.
    for (const place of batch.places) expect(place).toBeGreaterThanOrEqual(3);
    const again = gradientsOf(trainee, makeBatch([{ ...row, promptLength: 5 }], config.pad_token_id));
    const first = gradientsOf(trainee, { ...batch, places: batch.places.slice(0, 1), targets: batch.targets.slice(0, 1) });
    const mean = (((await first.loss.data())[0] ?? 0) + ((await again.loss.data())[0] ?? 0)) / 2;
    expect(mean).toBeCloseTo((await loss.data())[0] ?? NaN, 5);
  });
});
