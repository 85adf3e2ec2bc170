/**
 * What every backend promises of every operation: the numbers of plain loops, gradients that agree with finite differences,
 * rows that do not depend on their neighbours, no lost tensors. Run on wasm in Node and on webgpu in a browser.
 */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { adamW, squaredNorm } from '../src/engine/ops/adamw.ts';
import { attention } from '../src/engine/ops/attention.ts';
import { appendCache, cachedAttention } from '../src/engine/ops/cache.ts';
import { crossEntropy, tokenLogProbs } from '../src/engine/ops/cross-entropy.ts';
import { embed } from '../src/engine/ops/embed.ts';
import { useReference } from '../src/engine/ops/op.ts';
import { linear, product } from '../src/engine/ops/product.ts';
import { rmsNorm } from '../src/engine/ops/rms-norm.ts';
import { rope } from '../src/engine/ops/rope.ts';
import { swiglu } from '../src/engine/ops/swiglu.ts';
import { Random } from '../src/random.ts';
import * as plain from './plain-ops.ts';
import type { Numbers } from './plain-ops.ts';

export type Suite = {
  readonly open: () => Promise<void>;
  /** Largest error allowed, relative to the largest expected value (at least 1). */
  readonly tolerance?: number;
  /** How many random products to try. */
  readonly runs?: number;
};

type Input = { readonly shape: number[]; readonly values: Float32Array | Int32Array };
type Case = {
  readonly name: string;
  readonly inputs: { readonly [name: string]: Input };
  readonly trained: readonly string[];
  readonly run: (tensors: { readonly [name: string]: tf.Tensor }) => tf.Tensor;
  readonly plain: (values: { readonly [name: string]: Numbers }) => number[];
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Standard normal numbers times `scale`, the same for the same label. */
function normal(label: string, shape: number[], scale = 1): Input {
  const random = Random.of('ops', label);
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()) };
}

function integers(values: readonly number[]): Input {
  return { shape: [values.length], values: Int32Array.from(values) };
}

function drawn(label: string, count: number, below: number): Input {
  const random = Random.of('ops', label);
  return integers(Array.from({ length: count }, () => random.int(below)));
}

function tensorOf({ shape, values }: Input): tf.Tensor {
  return tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32');
}

function pick<T>(record: { readonly [name: string]: T }, name: string): T {
  const value = record[name];
  if (value === undefined) throw new RangeError(`no ${name}`);
  return value;
}

/** Fails unless every number is within `tolerance` of what is expected, relative to the largest expected one. */
function expectClose(actual: Numbers, expected: Numbers, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  const errors = Array.from(expected, (value, i) => Math.abs((actual[i] ?? Number.NaN) - value) / scale);
  const worst = errors.reduce((a, b) => (b <= a ? a : b), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

const valuesOf = (inputs: Case['inputs']): { [name: string]: Numbers } =>
  Object.fromEntries(Object.entries(inputs).map(([name, { values }]) => [name, values]));

/** Runs `compute` on fresh tensors of the inputs and returns the values of its results. */
async function evaluate(inputs: Case['inputs'], compute: (tensors: { [name: string]: tf.Tensor }) => tf.Tensor[]): Promise<Numbers[]> {
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensorOf(input)]));
  const results = tf.tidy(() => compute(tensors));
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose([results, tensors]);
  return values;
}

const forward = async ({ inputs, run }: Case): Promise<Numbers> => (await evaluate(inputs, (tensors) => [run(tensors)]))[0] ?? [];

/** Gradients of sum(dy * output) for the trained inputs, from the tape. */
function backward({ inputs, trained, run }: Case, dy: Input): Promise<Numbers[]> {
  return evaluate({ ...inputs, dy }, ({ dy: outer, ...tensors }) => {
    const f = (...xs: tf.Tensor[]): tf.Tensor =>
      run({ ...tensors, ...Object.fromEntries(trained.map((name, i) => [name, xs[i] as tf.Tensor])) });
    return tf.grads(f)(
      trained.map((name) => pick(tensors, name)),
      outer,
    );
  });
}

/** The same from central differences of the plain loops, in double precision. */
function differences({ inputs, trained, plain: loops }: Case, dy: Input): Numbers[] {
  const step = 1e-4;
  const values = valuesOf(inputs);
  const loss = (changed: { [name: string]: Numbers }): number =>
    loops({ ...values, ...changed }).reduce((total, y, i) => total + y * (dy.values[i] ?? Number.NaN), 0);
  return trained.map((name) => {
    const x = Float64Array.from(pick(values, name));
    return Array.from(x, (value, i) => {
      const [up, down] = [x.slice(), x.slice()];
      [up[i], down[i]] = [value + step, value - step];
      return (loss({ [name]: up }) - loss({ [name]: down })) / (2 * step);
    });
  });
}

function productCase(batch: number | null, M: number, K: number, N: number, transposeA: boolean, transposeB: boolean): Case {
  const lead = batch === null ? [] : [batch];
  const name = `product ${batch ?? ''}[${M},${K}]x[${K},${N}]${transposeA ? ' tA' : ''}${transposeB ? ' tB' : ''}`;
  return {
    name,
    inputs: {
      a: normal(`${name} a`, [...lead, ...(transposeA ? [K, M] : [M, K])]),
      b: normal(`${name} b`, [...lead, ...(transposeB ? [N, K] : [K, N])]),
    },
    trained: ['a', 'b'],
    run: ({ a, b }) => product(a as tf.Tensor, b as tf.Tensor, { transposeA, transposeB }),
    plain: ({ a, b }) => plain.product(a as Numbers, b as Numbers, { batch: batch ?? 1, M, K, N, transposeA, transposeB }),
  };
}

function attentionCase(B: number, T: number, H: number, KVH: number, Dh: number): Case {
  const name = `attention B${B} T${T} H${H}/${KVH} Dh${Dh}`;
  return {
    name,
    inputs: {
      q: normal(`${name} q`, [B, T, H, Dh], 1.5),
      k: normal(`${name} k`, [B, T, KVH, Dh]),
      v: normal(`${name} v`, [B, T, KVH, Dh]),
    },
    trained: ['q', 'k', 'v'],
    run: ({ q, k, v }) => attention(q as tf.Tensor, k as tf.Tensor, v as tf.Tensor),
    plain: ({ q, k, v }) => plain.attention(q as Numbers, k as Numbers, v as Numbers, { B, T, H, KVH, Dh }),
  };
}

function rmsNormCase(M: number, D: number): Case {
  return {
    name: `rmsNorm [${M},${D}]`,
    inputs: { x: normal(`rms x ${M} ${D}`, [M, D], 3), gain: normal(`rms gain ${D}`, [D]) },
    trained: ['x', 'gain'],
    run: ({ x, gain }) => rmsNorm(x as tf.Tensor, gain as tf.Tensor, 1e-5),
    plain: ({ x, gain }) => plain.rmsNorm(x as Numbers, gain as Numbers, 1e-5),
  };
}

function swigluCase(M: number, F: number): Case {
  return {
    name: `swiglu [${M},${F}]`,
    inputs: { gate: normal(`gate ${M} ${F}`, [M, F], 4), up: normal(`up ${M} ${F}`, [M, F]) },
    trained: ['gate', 'up'],
    run: ({ gate, up }) => swiglu(gate as tf.Tensor, up as tf.Tensor),
    plain: ({ gate, up }) => plain.swiglu(gate as Numbers, up as Numbers),
  };
}

function ropeCase(H: number, Dh: number, at: readonly number[], theta: number): Case {
  return {
    name: `rope [${at.length},${H},${Dh}] theta ${theta}`,
    inputs: { x: normal(`rope ${H} ${Dh}`, [at.length, H, Dh]), positions: integers(at) },
    trained: ['x'],
    run: ({ x, positions }) => rope(x as tf.Tensor, positions as tf.Tensor, theta),
    plain: ({ x, positions }) => plain.rope(x as Numbers, positions as Numbers, H, Dh, theta),
  };
}

function embedCase(V: number, D: number, ids: readonly number[]): Case {
  return {
    name: `embed ${ids.length} of [${V},${D}]`,
    inputs: { ids: integers(ids), table: normal(`table ${V} ${D}`, [V, D]) },
    trained: ['table'],
    run: ({ ids: which, table }) => embed(which as tf.Tensor, table as tf.Tensor),
    plain: ({ ids: which, table }) => plain.embed(which as Numbers, table as Numbers, V, D),
  };
}

function crossEntropyCase(M: number, V: number): Case {
  const weights = Float32Array.from({ length: M }, (_, m) => (m % 3 === 1 ? 0 : 0.25 + m));
  return {
    name: `crossEntropy [${M},${V}]`,
    inputs: {
      logits: normal(`logits ${M} ${V}`, [M, V], 3),
      targets: drawn(`targets ${M} ${V}`, M, V),
      weights: { shape: [M], values: weights },
    },
    trained: ['logits'],
    run: ({ logits, targets, weights: w }) => crossEntropy(logits as tf.Tensor, targets as tf.Tensor, w as tf.Tensor),
    plain: ({ logits, targets, weights: w }) => plain.crossEntropy(logits as Numbers, targets as Numbers, w as Numbers),
  };
}

const BOTH = [false, true] as const;
const CASES: readonly Case[] = [
  ...BOTH.flatMap((tA) => BOTH.map((tB) => productCase(null, 5, 7, 9, tA, tB))),
  ...BOTH.flatMap((tA) => BOTH.map((tB) => productCase(3, 6, 3, 10, tA, tB))),
  productCase(null, 1, 1, 1, false, false),
  productCase(null, 8, 16, 8, false, true),
  productCase(1, 4, 1, 3, true, false),
  attentionCase(1, 1, 1, 1, 4),
  attentionCase(2, 5, 4, 2, 4),
  attentionCase(1, 9, 3, 1, 6),
  attentionCase(2, 8, 2, 2, 8),
  rmsNormCase(1, 1),
  rmsNormCase(3, 7),
  rmsNormCase(2, 16),
  swigluCase(1, 1),
  swigluCase(3, 7),
  swigluCase(2, 16),
  ropeCase(1, 2, [0], 10000),
  ropeCase(2, 6, [3, 0, 7], 10000),
  ropeCase(3, 16, [0, 1, 130, 2], 500),
  embedCase(2, 1, [1]),
  embedCase(6, 7, [5, 0, 5, 2, 5, 9, -1]),
  crossEntropyCase(1, 2),
  crossEntropyCase(4, 7),
  crossEntropyCase(5, 32),
];

/** Too large for finite differences: blocks, tails and tiles. Compared in value and, with the reference's tape, in gradient. */
const LARGE: readonly Case[] = [
  productCase(null, 33, 300, 17, false, true),
  productCase(null, 17, 520, 40, true, false),
  productCase(null, 7, 20, 300, false, false),
  productCase(4, 21, 16, 22, false, true),
  attentionCase(2, 37, 4, 2, 16),
  attentionCase(1, 66, 3, 3, 24),
  rmsNormCase(70, 65),
  swigluCase(9, 131),
  ropeCase(
    4,
    24,
    Array.from({ length: 70 }, (_, i) => (i * 37) % 300),
    10000,
  ),
  embedCase(
    50,
    33,
    Array.from({ length: 90 }, (_, i) => (i * i) % 50),
  ),
  crossEntropyCase(40, 517),
];

/** Registers the tests for one backend. */
export function describeOps(name: string, { open, tolerance = 2e-5, runs = 60 }: Suite): void {
  describe(`operations on ${name}`, () => {
    beforeAll(open);
    afterEach(() => useReference(false));

    describe.each([...CASES, ...LARGE])('$name', (example) => {
      test('gives the numbers of plain loops', async () => {
        expectClose(await forward(example), example.plain(valuesOf(example.inputs)), tolerance);
      });
      test('gives the numbers of plain loops in its plain-op version', async () => {
        useReference(true);
        expectClose(await forward(example), example.plain(valuesOf(example.inputs)), tolerance);
      });
      test('has the gradients of its plain-op version', async () => {
        const dy = normal(`${example.name} dy`, await shapeOf(example));
        const actual = await backward(example, dy);
        useReference(true);
        const expected = await backward(example, dy);
        for (const [i, values] of expected.entries()) expectClose(actual[i] ?? [], values, 5 * tolerance);
      });
    });

    describe.each(CASES)('$name', (example) => {
      test('has the gradients of finite differences', async () => {
        const dy = normal(`${example.name} dy`, await shapeOf(example));
        const actual = await backward(example, dy);
        for (const [i, values] of differences(example, dy).entries()) expectClose(actual[i] ?? [], values, 5 * tolerance);
      });
    });

    test('a product of any shape is right', async () => {
      const side = fc.integer({ min: 1, max: 41 });
      const shape = fc.record({
        batch: fc.option(fc.integer({ min: 1, max: 3 })),
        M: side,
        K: side,
        N: side,
        tA: fc.boolean(),
        tB: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(shape, async ({ batch, M, K, N, tA, tB }) => {
          const example = productCase(batch, M, K, N, tA, tB);
          expectClose(await forward(example), example.plain(valuesOf(example.inputs)), tolerance);
        }),
        { numRuns: runs, seed: 1 },
      );
    });

    test('a sequence of any length attends to its past only', async () => {
      const shape = fc.record({
        B: fc.integer({ min: 1, max: 3 }),
        T: fc.integer({ min: 1, max: 40 }),
        KVH: fc.integer({ min: 1, max: 3 }),
        group: fc.integer({ min: 1, max: 3 }),
        half: fc.integer({ min: 1, max: 10 }),
      });
      await fc.assert(
        fc.asyncProperty(shape, async ({ B, T, KVH, group, half }) => {
          const example = attentionCase(B, T, KVH * group, KVH, 2 * half);
          expectClose(await forward(example), example.plain(valuesOf(example.inputs)), tolerance);
        }),
        { numRuns: Math.ceil(runs / 3), seed: 2 },
      );
    });

    test('token log-probabilities are those of plain loops', async () => {
      const inputs = { logits: normal('log-probabilities', [9, 77], 4), targets: drawn('log-probabilities', 9, 77) };
      const [actual] = await evaluate(inputs, ({ logits, targets }) => [tokenLogProbs(logits as tf.Tensor, targets as tf.Tensor)]);
      expectClose(actual ?? [], plain.tokenLogProbs(inputs.logits.values, inputs.targets.values), tolerance);
    });

    test('a token of weight 0 gets no gradient, whatever its logits', async () => {
      const inputs = {
        logits: { shape: [2, 3], values: Float32Array.of(1, 2, 3, 50, -80, 9) },
        targets: integers([1, 1]),
        weights: { shape: [2], values: Float32Array.of(1, 0) },
      };
      const [gradient] = await evaluate(inputs, ({ logits, targets, weights }) => [
        tf.grad((x: tf.Tensor) => crossEntropy(x, targets as tf.Tensor, weights as tf.Tensor))(logits as tf.Tensor),
      ]);
      const second = Array.from(gradient ?? []).slice(3);
      expect(second).toHaveLength(3);
      expect(second.every((value) => value === 0)).toBe(true); // 0 or -0
    });

    test('large activations stay finite', async () => {
      const inputs = {
        gate: { shape: [5], values: Float32Array.of(-1e4, -100, 0, 100, 1e4) },
        up: { shape: [5], values: Float32Array.of(1, 1, 1, 1, 1) },
      };
      const [actual] = await evaluate(inputs, ({ gate, up }) => [swiglu(gate as tf.Tensor, up as tf.Tensor)]);
      expectClose(actual ?? [], [0, 0, 0, 100, 1e4], 1e-6);
      const logits = {
        logits: { shape: [2, 5], values: Float32Array.of(0, 1e4, 3, 4, 5, -1e4, -1e4, -1e4, -1e4, -1e4) },
        targets: integers([1, 2]),
      };
      const [probabilities] = await evaluate(logits, ({ logits: x, targets }) => [tokenLogProbs(x as tf.Tensor, targets as tf.Tensor)]);
      expectClose(probabilities ?? [], [0, -Math.log(5)], 1e-3);
    });

    describe.each([
      ['with kernels', false],
      ['in plain ops', true],
    ])('the cache %s', (_, reference) => {
      test('takes new rows at a place of their own for each batch row and drops what does not fit', async () => {
        useReference(reference);
        const [cache, rows, start] = [normal('cache', [3, 6, 2, 3]), normal('rows', [3, 2, 2, 3]), [0, 3, 5]];
        const held = tf.variable(tensorOf(cache), false);
        const tensors = [tensorOf(rows), tf.tensor1d(start, 'int32')] as const;
        appendCache(held, ...tensors);
        expectClose(await held.data<'float32'>(), plain.appendCache(cache.values, rows.values, start, 6, 6), 0);
        tf.dispose([held, ...tensors]);
      });

      test('is read up to the length of each batch row', async () => {
        useReference(reference);
        const shape = { B: 4, T: 37, H: 6, KVH: 2, Dh: 12 };
        const inputs = {
          q: normal('cached q', [4, 6, 12]),
          keys: normal('cached k', [4, 37, 2, 12]),
          values: normal('cached v', [4, 37, 2, 12]),
          lengths: integers([1, 37, 6, 16]),
        };
        const [actual] = await evaluate(inputs, ({ q, keys, values, lengths }) => [
          cachedAttention(q as tf.Tensor, keys as tf.Tensor, values as tf.Tensor, lengths as tf.Tensor),
        ]);
        const { q, keys, values, lengths } = valuesOf(inputs);
        expectClose(actual ?? [], plain.cachedAttention(q ?? [], keys ?? [], values ?? [], lengths ?? [], shape), tolerance);
      });
    });

    test.each([
      ['with kernels', false, 1e3],
      ['in plain ops', true, 1e3],
      ['with kernels and clipping', false, 0.1],
      ['in plain ops and clipping', true, 0.1],
    ])('AdamW %s follows the plain loops', async (_, reference, clip) => {
      useReference(reference);
      const shape = [3, 7];
      const start = normal('adamw p', shape);
      let state: readonly [Numbers, Numbers, Numbers] = [start.values, new Float32Array(21), new Float32Array(21)];
      const [p, m, v] = state.map((values) => tf.variable(tf.tensor(Float32Array.from(values), shape))) as [
        tf.Variable,
        tf.Variable,
        tf.Variable,
      ];
      for (let step = 1; step <= 4; step++) {
        const gradient = normal(`adamw ${step}`, shape, 0.3);
        const correction1 = 1 / (1 - 0.9 ** step);
        const correction2 = 1 / (1 - 0.95 ** step);
        const rates = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
        const settings = { ...rates, clip, correction1, correction2 };
        tf.tidy(() => {
          const g = tensorOf(gradient);
          adamW(p, m, v, g, squaredNorm([g]), settings);
        });
        state = plain.adamW(...state, gradient.values, plain.squaredNorm([gradient.values]), settings);
      }
      for (const [i, variable] of [p, m, v].entries()) expectClose(await variable.data<'float32'>(), state[i] ?? [], tolerance);
      tf.dispose([p, m, v]);
    });

    test('the norm is taken over all gradients together', async () => {
      const inputs = { a: normal('norm a', [3, 5]), b: normal('norm b', [1]), c: normal('norm c', [64]) };
      const [actual] = await evaluate(inputs, (tensors) => [squaredNorm(Object.values(tensors))]);
      expectClose(actual ?? [], [plain.squaredNorm(Object.values(valuesOf(inputs)))], tolerance);
    });

    test('a row computed alone has the bits of the same row in a batch of 64', async () => {
      const inputs = {
        x: normal('batch x', [64, 40]),
        w: normal('batch w', [23, 40]),
        gain: normal('batch gain', [40]),
        positions: integers(Array.from({ length: 64 }, (_, i) => i)),
        targets: drawn('batch targets', 64, 40),
        keys: normal('batch keys', [64, 19, 2, 10]),
        lengths: drawn('batch lengths', 64, 19),
      };
      const rows = (tensors: { [name: string]: tf.Tensor }): tf.Tensor[] => {
        const { x, w, gain, positions, targets, keys, lengths } = tensors as Record<keyof typeof inputs, tf.Tensor>;
        const M = x.shape[0];
        const q = tf.reshape(x, [M, 4, 10]);
        return [
          linear(x, w),
          rmsNorm(x, gain, 1e-5),
          swiglu(x, x),
          rope(q, positions, 10000),
          tokenLogProbs(x, targets),
          cachedAttention(q, keys, keys, tf.add(lengths, tf.scalar(1, 'int32'))),
          attention(tf.reshape(keys, [M, 19, 2, 10]), keys, keys),
        ];
      };
      const together = await evaluate(inputs, rows);
      for (const i of [0, 1, 37, 63]) {
        const one = Object.fromEntries(
          Object.entries(inputs).map(([key, { shape, values }]) => {
            if (key === 'w' || key === 'gain') return [key, { shape, values }];
            const width = values.length / 64;
            return [key, { shape: [1, ...shape.slice(1)], values: values.slice(i * width, (i + 1) * width) }];
          }),
        );
        const alone = await evaluate(one, rows);
        for (const [j, values] of alone.entries()) {
          const all = together[j] ?? [];
          expect(Array.from(values)).toEqual(Array.from(all).slice((i * all.length) / 64, ((i + 1) * all.length) / 64));
        }
      }
    });

    test('the same inputs give the same bits every time, gradients included', async () => {
      for (const example of LARGE) {
        const dy = normal(`${example.name} dy`, await shapeOf(example));
        expect(await forward(example)).toEqual(await forward(example));
        expect(await backward(example, dy)).toEqual(await backward(example, dy));
      }
    });

    test('no tensor is left behind, on the tape or off it', async () => {
      const example = attentionCase(2, 5, 4, 2, 4);
      const dy = normal('left behind', [2, 5, 4, 4]);
      for (const candidate of [example, crossEntropyCase(4, 7), productCase(null, 5, 7, 9, false, true)]) {
        const grad = candidate === example ? dy : normal('left behind', await shapeOf(candidate));
        await forward(candidate);
        await backward(candidate, grad);
        const before = tf.memory().numTensors;
        for (let i = 0; i < 3; i++) {
          await forward(candidate);
          await backward(candidate, grad);
        }
        expect(tf.memory().numTensors).toBe(before);
      }
    });
  });
}

async function shapeOf({ inputs, run }: Case): Promise<number[]> {
  let shape: number[] = [];
  await evaluate(inputs, (tensors) => {
    const y = run(tensors);
    shape = y.shape;
    return [y];
  });
  return shape;
}
