/** Distillation: the loss is that of TRL’s SDFT (test/oracle/sdft_oracle.py made its numbers), a teacher says what it says, and a student comes nearer to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DistillOptions, TopTokens, TrainingRow } from '../../src/contracts/language-model.ts';
import { useReference } from '../../src/engine/ops/op.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { TfLanguageModel, type Tuning } from '../../src/training/language-model.ts';
import { likeliestOf } from '../../src/training/likeliest.ts';
import { all } from '../support/all.ts';
import { divergence } from '../support/at-once.ts';
import { logSoftmax } from '../support/plain-ops.ts';
import { tinyModel } from '../support/tiny.ts';
import { repeated, TRAINING } from '../support/training.ts';

type Fixture = {
  readonly vocabulary: number;
  readonly cases: readonly {
    readonly k: number;
    readonly alpha: number;
    readonly logits: readonly number[][];
    readonly teacher: readonly number[][];
    readonly losses: readonly number[];
    readonly gradients: readonly number[][];
  }[];
};

const { vocabulary, cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/sdft.json'), 'utf8')) as Fixture;
const LORA: Tuning = { mode: 'lora', rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'] };
const OPTIONS: DistillOptions = { ...TRAINING, batchSize: 6, alpha: 0.5 };
const ROWS = Array.from({ length: 6 }, (_, i) => ({ prompt: `User: ${'ab'.repeat(1 + (i % 4))}?\nBot:`, completion: ` yes ${i}.\n` }));
const shown = ({ prompt, completion }: TrainingRow): TrainingRow => ({ prompt: `Be kind.\nUser: hi?\nBot: yes.\n${prompt}`, completion });
const model = (tuning: Tuning) => new TfLanguageModel(tinyModel(), tuning, { seed: 3 });
const taughtBy = (said: readonly TopTokens[]) => ROWS.map((row, i) => ({ ...row, teacher: said[i] as TopTokens }));

beforeAll(startWasm);
afterEach(() => useReference(false));

describe.each(cases)('the loss of SDFT on $k tokens at alpha $alpha', ({ k, alpha, logits, teacher, losses, gradients }) => {
  it.each([
    ['by the kernel', false],
    ['in plain operations', true],
  ])('is TRL’s, and so is its gradient, %s', async (_, plain) => {
    useReference(plain);
    const said = likeliestOf(Float32Array.from(teacher.flat()), vocabulary, k);
    const R = logits.length;
    const student = tf.tensor2d(logits.flat(), [R, vocabulary]);
    const [ids, logProbs] = [tf.tensor2d(said.ids, [R, k], 'int32'), tf.tensor2d(said.logProbs, [R, k])];
    const results = divergence(student, ids, logProbs, { alpha, weight: 1 });
    const [loss, gradient] = (await Promise.all(results.map((result) => result.data()))) as [Float32Array, Float32Array];
    const off = (found: Float32Array, wanted: readonly number[]): number =>
      Math.max(...wanted.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
    expect([loss.length, gradient.length]).toEqual([losses.length, gradients.flat().length]);
    expect(off(loss, losses)).toBeLessThan(1e-5);
    expect(off(gradient, gradients.flat())).toBeLessThan(1e-5);
    tf.dispose([student, ids, logProbs, ...results]);
  });
});

describe('the likeliest tokens', () => {
  const logit = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ min: -20, max: 20, noNaN: true }));

  it('are the k largest of each row, of equal ones the first, with log-probabilities that add up to one', () => {
    const given = fc
      .integer({ min: 1, max: 40 })
      .chain((V) => fc.tuple(fc.constant(V), fc.integer({ min: 1, max: V }), fc.array(fc.array(logit, { minLength: V, maxLength: V }))));
    fc.assert(
      fc.property(given, ([V, k, rows]) => {
        const { ids, logProbs } = likeliestOf(Float32Array.from(rows.flat()), V, k);
        expect(ids.length).toBe(rows.length * k);
        for (const [r, row] of rows.entries()) {
          const order = [...row.keys()].toSorted((a, b) => (row[b] as number) - (row[a] as number) || a - b).slice(0, k);
          expect([...ids.subarray(r * k, (r + 1) * k)]).toEqual(order);
          const wanted = logSoftmax(order.map((id) => row[id] as number));
          for (const [i, value] of wanted.entries()) expect(logProbs[r * k + i]).toBeCloseTo(value, 4);
        }
      }),
    );
  });

  it('are refused where a model says nothing but NaN', () => {
    expect(() => likeliestOf(Float32Array.of(1, Number.NaN, Number.NaN), 3, 2)).toThrow(expect.objectContaining({ code: 'NUM_NONFINITE' }));
  });

  it('of a model are what it scores by: all of them together give each token its log-probability, in any batch', async () => {
    using lm = model(LORA);
    const scores = await lm.score(ROWS);
    const before = tf.memory().numTensors; // with the merged weights
    const together = await lm.likeliest(ROWS, 1e6);
    const { tokenizer } = tinyModel();
    for (const [i, row] of ROWS.entries()) {
      const { k, ids, logProbs } = together[i] as TopTokens;
      const wanted = tokenizer.encode(row.completion);
      expect(logProbs).toHaveLength(wanted.length * k);
      const nll = wanted.reduce((sum, id, t) => sum - (logProbs[t * k + ids.subarray(t * k, (t + 1) * k).indexOf(id)] as number), 0);
      expect(nll).toBeCloseTo(scores[i]?.nll ?? Number.NaN, 4);
      expect(await lm.likeliest([row], 1e6)).toEqual([together[i]]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.each([LORA, { mode: 'full' } as const])('distillation ($mode)', (tuning) => {
  it('has nothing to learn where the teacher says what the student says', async () => {
    using lm = model(tuning);
    const [step] = await all(lm.distill(taughtBy(await lm.likeliest(ROWS, 20)), OPTIONS));
    expect(step?.loss).toBeCloseTo(0, 6);
    expect(step?.gradientNorm).toBeLessThan(1e-4);
  });

  it.each([0, 0.5, 1])('brings the student nearer to what it says with more in view, at alpha %d', async (alpha) => {
    using lm = model(tuning);
    const before = tf.memory().numTensors;
    const taught = taughtBy(await lm.likeliest(ROWS.map(shown), 20));
    const steps = await all(lm.distill(repeated(taught, 40), { ...OPTIONS, alpha }));
    expect(steps).toHaveLength(40);
    expect(steps[0]?.loss).toBeGreaterThan(0);
    expect(steps.at(-1)?.loss).toBeLessThan((steps[0]?.loss ?? 0) / 4);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('repeats itself to the last bit', async () => {
    const hashes = [];
    for (let i = 0; i < 2; i++) {
      using lm = model(tuning);
      await all(lm.distill(taughtBy(await lm.likeliest(ROWS.map(shown), 20)), OPTIONS));
      hashes.push((await lm.snapshot()).hash);
    }
    expect(hashes[1]).toBe(hashes[0]);
  });

  it('learns from as much of an answer as its teacher could read', async () => {
    using lm = model(tuning);
    const { max_position_embeddings: context } = tinyModel().config;
    const row = { prompt: 'ab', completion: 'c'.repeat(20) };
    const [said] = await lm.likeliest([{ ...row, prompt: 'x'.repeat(context - 12) }], 5);
    expect(said?.ids.length).toBe(5 * 12);
    const [step] = await all(lm.distill([{ ...row, teacher: said as TopTokens }], OPTIONS));
    expect(step?.loss).toBeGreaterThan(0);
  });
});
