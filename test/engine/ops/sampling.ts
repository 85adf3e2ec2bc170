/** Sampling: every draw is the one that its uniform number asks for, from exactly the tokens that are kept. */
import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { sample } from '../../support/at-once.ts';
import { useReference } from '../../../src/engine/ops/op.ts';
import type { Sampling } from '../../../src/engine/ops/sample.ts';
import { Random } from '../../../src/random.ts';
import * as plain from '../../support/plain-ops.ts';
import type { Numbers } from '../../support/plain-ops.ts';
import { evaluate, expectClose, normal } from './case.ts';

const ALL: Sampling = { temperature: 1, topK: 0, topP: 1 };
/** The largest float32 below 1. */
const ALMOST_ONE = 1 - 2 ** -24;

type Draws = { readonly ids: Numbers; readonly report: Numbers };

/** Draws from the rows `logits` of V numbers. */
async function draw(logits: Numbers, V: number, uniforms: Numbers, sampling: Sampling): Promise<Draws> {
  const inputs = {
    logits: { shape: [uniforms.length, V], values: Float32Array.from(logits) },
    uniforms: { shape: [uniforms.length], values: Float32Array.from(uniforms) },
  };
  const [ids = [], report = []] = await evaluate(inputs, ({ logits: x, uniforms: u }) => sample(x as tf.Tensor, u as tf.Tensor, sampling));
  return { ids, report };
}

/** Draws from one row with each of the uniforms. */
const drawFrom = (row: Numbers, uniforms: readonly number[], sampling: Sampling): Promise<Draws> =>
  draw(
    uniforms.flatMap(() => Array.from(row)),
    row.length,
    uniforms,
    sampling,
  );

/** Fails unless the token is kept and the uniform falls into its part of the distribution, but for rounding. */
function expectDraw(row: Numbers, uniform: number, id: number | undefined, sampling: Sampling): void {
  const weights = plain.sampleWeights(row, sampling);
  const weight = weights[id ?? -1] ?? 0;
  expect(weight).toBeGreaterThan(0);
  const before = weights.slice(0, id).reduce((a, b) => a + b, 0);
  expect(uniform).toBeGreaterThanOrEqual(sampling.temperature > 0 ? before - 1e-5 : 0);
  expect(uniform).toBeLessThanOrEqual(sampling.temperature > 0 ? before + weight + 1e-5 : 1);
}

const grid = (n: number): number[] => Array.from({ length: n }, (_, i) => (i + 0.5) / n);
const kept = (row: Numbers, sampling: Sampling): number[] =>
  plain.sampleWeights(row, sampling).flatMap((weight, id) => (weight > 0 ? [id] : []));
const drawn = ({ ids }: Draws): number[] => [...new Set(ids)].toSorted((a, b) => a - b);

function describeBoth(runs: number): void {
  test('any row, any options: the token that the uniform number asks for, and its log-probability', async () => {
    const options = fc.record({
      temperature: fc.constantFrom(0, 0.3, 1, 2.5),
      topK: fc.constantFrom(0, 1, 2, 5, 40, 1000),
      topP: fc.constantFrom(0, 0.1, 0.5, 0.9, 0.999, 1),
    });
    const shape = fc.record({ B: fc.integer({ min: 1, max: 9 }), V: fc.integer({ min: 1, max: 300 }), label: fc.integer() });
    await fc.assert(
      fc.asyncProperty(options, shape, async (sampling, { B, V, label }) => {
        const logits = normal(`sample ${label}`, [B, V], 2).values;
        const random = Random.of('uniforms', label);
        const uniforms = Float32Array.from({ length: B }, () => Math.min(random.next(), ALMOST_ONE));
        const { ids, report } = await draw(logits, V, uniforms, sampling);
        for (const [b, uniform] of uniforms.entries()) expectDraw(logits.slice(b * V, (b + 1) * V), uniform, ids[b], sampling);
        expect(Array.from(report).slice(0, B)).toEqual(Array.from(ids));
        expectClose(Array.from(report).slice(B), plain.tokenLogProbs(logits, ids, V), 2e-5);
      }),
      { numRuns: runs, seed: 4 },
    );
  });

  test('frequencies are the probabilities', async () => {
    const row = normal('frequencies', [11], 1.5).values;
    const random = Random.of('frequencies');
    const n = 4000;
    const { ids } = await drawFrom(
      row,
      Array.from({ length: n }, () => Math.min(random.next(), ALMOST_ONE)),
      { ...ALL, temperature: 0.8 },
    );
    for (const [id, p] of plain.sampleWeights(row, { ...ALL, temperature: 0.8 }).entries()) {
      const count = Array.from(ids).filter((drawn_) => drawn_ === id).length;
      expect(Math.abs(count - n * p)).toBeLessThan(4.5 * Math.sqrt(n * p * (1 - p)) + 1);
    }
  });

  test.each<Partial<Sampling>>([
    { topK: 1 },
    { topK: 4 },
    { topP: 0.6 },
    { topP: 0.95 },
    { topK: 5, topP: 0.7 },
    { topK: 9 },
    { topK: 12 },
  ])('exactly the right tokens are kept by %o', async (options) => {
    const row = normal('kept', [9]).values;
    const sampling = { ...ALL, ...options };
    expect(drawn(await drawFrom(row, grid(1500), sampling))).toEqual(kept(row, sampling));
  });

  test('tokens as likely as the last kept one are kept', async () => {
    const row = [1, 3, 2, 2, 2, 0];
    expect(drawn(await drawFrom(row, grid(200), { ...ALL, topK: 2 }))).toEqual([1, 2, 3, 4]);
    expect(drawn(await drawFrom(row, grid(200), { ...ALL, topP: 0.5 }))).toEqual([1, 2, 3, 4]);
    expect(drawn(await drawFrom([5, 5, 5], grid(30), { ...ALL, topP: 0 }))).toEqual([0, 1, 2]);
    expect(drawn(await drawFrom([-9, 5.3, 5.3, 1], grid(30), { temperature: 0.7, topK: 1, topP: 0.2 }))).toEqual([1, 2]);
  });

  test('uniform numbers at both ends draw the first and the last kept token', async () => {
    const row = normal('ends', [53]).values;
    for (const sampling of [ALL, { ...ALL, topK: 7 }, { ...ALL, topP: 0.8 }]) {
      const ids = kept(row, sampling);
      const { ids: got } = await drawFrom(row, [0, ALMOST_ONE], sampling);
      expect(Array.from(got)).toEqual([ids[0], ids.at(-1)]);
    }
    const unlikely = [-200, 0, 0, -300, -400]; // what has no weight to speak of is not drawn
    expect(Array.from((await drawFrom(unlikely, [0.25, 0.75, ALMOST_ONE], ALL)).ids)).toEqual([1, 2, 2]);
  });

  test('greedy decoding takes the largest logit, of equal ones the first', async () => {
    const greedy = { ...ALL, temperature: 0 };
    const rows = [0, 2, 2, 1, -1, -3, -2, -1, -1, -9, 9, 9, 9, 9, 9];
    expect(Array.from((await draw(rows, 5, [0.9, 0.9, 0], greedy)).ids)).toEqual([1, 2, 0]);
    const long = Float32Array.from({ length: 517 }, (_, i) => (i === 309 || i === 400 ? 1 : 0));
    expect(Array.from((await drawFrom(long, [0.5], greedy)).ids)).toEqual([309]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('a logit of %s shows in the log-probability', async (bad) => {
    for (const [at, temperature] of [
      [0, 1],
      [6, 0],
      [3, 0.5],
    ] as const) {
      const row = Array.from(normal('bad', [9]).values);
      const { ids, report } = await draw([...row, ...row.with(at, bad), ...row], 9, [0.4, 0.4, 0.4], { ...ALL, temperature });
      const clean = await drawFrom(row, [0.4], { ...ALL, temperature });
      for (const b of [0, 2]) {
        expect(ids[b]).toBe(clean.ids[0]);
        expectClose([report[3 + b] ?? Number.NaN], [clean.report[1] ?? Number.NaN], 1e-6);
      }
      expect(Number.isFinite(report[4])).toBe(false);
    }
  });
}

/** Registers the tests of sampling. */
export function describeSampling(runs: number): void {
  describe('sampling with kernels', () => describeBoth(runs));
  describe('sampling in plain ops', () => {
    beforeEach(() => useReference(true));
    describeBoth(Math.ceil(runs / 4));
  });
}
