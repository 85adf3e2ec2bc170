/** Matrix products, linear layers and low-rank adapters. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linear, linearGradWeight, linearGradX, loraDown, loraLinear, loraLinearGrad, product } from '../../../support/at-once.ts';
import type { Placement } from '../../../../src/engine/ops/linear.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { Numbers } from '../../../support/plain-ops.ts';
import { normal, pick } from '../case.ts';
import type { Case, Gradient, Input, Tensors } from '../case.ts';
import { expectPlain } from '../promises.ts';

const BOTH = [false, true] as const;

/** The gradients of a product from products, as the decoder's backward pass takes them. */
function productGradient(transposeA: boolean, transposeB: boolean): Gradient {
  return {
    of: ['a', 'b'],
    run: ({ a, b }, dy) => {
      const [A, B] = [a as tf.Tensor, b as tf.Tensor];
      const dA = transposeA ? product(B, dy, { transposeA: transposeB, transposeB: true }) : product(dy, B, { transposeB: !transposeB });
      const dB = transposeB ? product(dy, A, { transposeA: true, transposeB: transposeA }) : product(A, dy, { transposeA: !transposeA });
      return [dA, dB];
    },
  };
}

export function productCase(batch: number | null, M: number, K: number, N: number, transposeA: boolean, transposeB: boolean): Case {
  const lead = batch === null ? [] : [batch];
  const name = `product ${batch ?? ''}[${M},${K}]x[${K},${N}]${transposeA ? ' tA' : ''}${transposeB ? ' tB' : ''}`;
  return {
    name,
    inputs: {
      a: normal(`${name} a`, [...lead, ...(transposeA ? [K, M] : [M, K])]),
      b: normal(`${name} b`, [...lead, ...(transposeB ? [N, K] : [K, N])]),
    },
    run: ({ a, b }) => [product(a as tf.Tensor, b as tf.Tensor, { transposeA, transposeB })],
    plain: ({ a, b }) => [plain.product(a as Numbers, b as Numbers, { batch: batch ?? 1, M, K, N, transposeA, transposeB })],
    gradient: productGradient(transposeA, transposeB),
  };
}

type Around = { readonly bias: boolean; readonly residual: boolean };

function around({ bias, residual }: Tensors): { bias?: tf.Tensor; residual?: tf.Tensor } {
  return { ...(bias === undefined ? {} : { bias }), ...(residual === undefined ? {} : { residual }) };
}

const extras = (label: string, M: number, N: number, { bias, residual }: Around): { [name: string]: Input } => ({
  ...(bias ? { bias: normal(`${label} bias`, [N]) } : {}),
  ...(residual ? { residual: normal(`${label} residual`, [M, N]) } : {}),
});

export function linearCase(M: number, K: number, N: number, with_: Around): Case {
  const name = `linear [${M},${K}]->${N}${with_.bias ? ' bias' : ''}${with_.residual ? ' residual' : ''}`;
  return {
    name,
    inputs: { x: normal(`${name} x`, [M, K]), weight: normal(`${name} w`, [N, K]), ...extras(name, M, N, with_) },
    run: (tensors) => [linear(pick(tensors, 'x'), pick(tensors, 'weight'), around(tensors))],
    plain: ({ x, weight, bias, residual }) => [plain.linear(x as Numbers, weight as Numbers, K, bias, residual)],
    gradient: {
      of: ['x', 'weight'],
      run: ({ x, weight }, dy) => [linearGradX(dy, weight as tf.Tensor), linearGradWeight(dy, x as tf.Tensor)],
    },
  };
}

/** The pair lies in the middle of the arena, B before A, with numbers around and between that are nobody's. */
function placementOf(K: number, rank: number, widths: readonly number[]): { placement: Placement; size: number } {
  const ends = widths.map((_, g) => widths.slice(0, g + 1).reduce((x, y) => x + y, 0));
  const [b, N] = [3, ends.at(-1) ?? 0];
  const a = b + N * rank + 5;
  return { placement: { a, b, rank, scale: 1.75, ends }, size: a + ends.length * rank * K + 2 };
}

type LoraShape = { readonly M: number; readonly K: number; readonly rank: number; readonly widths: readonly number[] } & Around;

export function loraCase({ M, K, rank, widths, ...with_ }: LoraShape): Case {
  const { placement, size } = placementOf(K, rank, widths);
  const N = placement.ends.at(-1) ?? 0;
  const name = `lora [${M},${K}]->${widths.join('+')} rank ${rank}${with_.bias ? ' bias' : ''}${with_.residual ? ' residual' : ''}`;
  return {
    name,
    inputs: {
      x: normal(`${name} x`, [M, K]),
      weight: normal(`${name} w`, [N, K]),
      arena: normal(`${name} arena`, [size], 0.5),
      ...extras(name, M, N, with_),
    },
    run: (tensors) => {
      const [x, weight, arena] = ['x', 'weight', 'arena'].map((key) => pick(tensors, key)) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const low = loraDown(x, arena, placement);
      return [loraLinear(x, weight, low, arena, placement, around(tensors)), low];
    },
    plain: ({ x, weight, arena, bias, residual }) => {
      const low = plain.loraDown(x as Numbers, arena as Numbers, K, placement);
      const change = plain.loraUp(low, arena as Numbers, placement);
      return [plain.linear(x as Numbers, weight as Numbers, K, bias, residual).map((y, i) => y + (change[i] ?? Number.NaN)), low];
    },
    gradient: {
      of: ['x', 'arena'],
      run: ({ x, weight, arena }, dy) => {
        const gradients = tf.variable(tf.zeros([size]), false);
        const low = loraDown(x as tf.Tensor, arena as tf.Tensor, placement);
        const dx = loraLinearGrad(dy, x as tf.Tensor, weight as tf.Tensor, low, arena as tf.Tensor, gradients, placement);
        const written = tf.clone(gradients);
        gradients.dispose();
        return [dx, written];
      },
    },
  };
}

/** The backward pass as an operation that changes the arena of gradients, whose other numbers must stay. */
export function loraGradCase({ M, K, rank, widths }: LoraShape): Case {
  const { placement, size } = placementOf(K, rank, widths);
  const { a, b, scale, ends } = placement;
  const N = ends.at(-1) ?? 0;
  const name = `lora gradients [${M},${K}]->${widths.join('+')} rank ${rank}`;
  return {
    name,
    inputs: {
      dy: normal(`${name} dy`, [M, N]),
      x: normal(`${name} x`, [M, K]),
      weight: normal(`${name} w`, [N, K]),
      low: normal(`${name} low`, [M, ends.length * rank]),
      arena: normal(`${name} arena`, [size]),
      gradients: normal(`${name} gradients`, [size]),
    },
    changed: ['gradients'],
    run: (tensors) => {
      const [dy, x, weight, low, arena] = ['dy', 'x', 'weight', 'low', 'arena'].map((key) => pick(tensors, key)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      return [loraLinearGrad(dy, x, weight, low, arena, pick(tensors, 'gradients') as tf.Variable, placement)];
    },
    plain: (values) => {
      const [dy, x, weight, low, arena] = ['dy', 'x', 'weight', 'low', 'arena'].map((key) => Array.from(pick(values, key))) as [
        number[],
        number[],
        number[],
        number[],
        number[],
      ];
      const after = Array.from(pick(values, 'gradients'));
      const [G, wide] = [ends.length, ends.length * rank];
      const block = (n: number): number => ends.findIndex((end) => n < end);
      const dLow = Array.from({ length: M * wide }, (_, i) => {
        const [m, c] = [Math.floor(i / wide), i % wide];
        let total = 0;
        for (let n = 0; n < N; n++)
          if (block(n) === Math.floor(c / rank)) total += pick2(dy, m * N + n) * pick2(arena, b + n * rank + (c % rank));
        return scale * total;
      });
      for (let i = 0; i < N * rank; i++) {
        const [n, r] = [Math.floor(i / rank), i % rank];
        let total = 0;
        for (let m = 0; m < M; m++) total += pick2(dy, m * N + n) * pick2(low, m * wide + block(n) * rank + r);
        after[b + i] = total;
      }
      const A = arena.slice(a, a + G * rank * K);
      const dA = plain.product(dLow, x, { batch: 1, M: wide, K: M, N: K, transposeA: true, transposeB: false });
      for (const [i, value] of dA.entries()) after[a + i] = value;
      const direct = plain.product(dy, weight, { batch: 1, M, K: N, N: K, transposeA: false, transposeB: false });
      const around_ = plain.product(dLow, A, { batch: 1, M, K: wide, N: K, transposeA: false, transposeB: false });
      return [direct.map((value, i) => value + pick2(around_, i)), after];
    },
  };
}

const pick2 = (x: readonly number[], i: number): number => x[i] ?? Number.NaN;

const NOTHING: Around = { bias: false, residual: false };

export const SMALL: readonly Case[] = [
  ...BOTH.flatMap((tA) => BOTH.map((tB) => productCase(null, 5, 7, 9, tA, tB))),
  ...BOTH.flatMap((tA) => BOTH.map((tB) => productCase(3, 6, 3, 10, tA, tB))),
  productCase(null, 1, 1, 1, false, false),
  productCase(null, 8, 16, 8, false, true),
  productCase(1, 4, 1, 3, true, false),
  linearCase(1, 1, 1, { bias: true, residual: true }),
  linearCase(5, 7, 9, { bias: true, residual: false }),
  linearCase(3, 8, 4, { bias: false, residual: true }),
  linearCase(9, 5, 13, { bias: true, residual: true }),
  loraCase({ M: 1, K: 1, rank: 1, widths: [1], ...NOTHING }),
  loraCase({ M: 5, K: 7, rank: 2, widths: [6, 3, 3], bias: true, residual: false }),
  loraCase({ M: 6, K: 5, rank: 3, widths: [9], bias: false, residual: true }),
  loraGradCase({ M: 5, K: 7, rank: 2, widths: [6, 3, 3], ...NOTHING }),
];

/** Too large for finite differences: blocks, tails and tiles. */
export const LARGE: readonly Case[] = [
  productCase(null, 33, 300, 17, false, true),
  productCase(null, 17, 520, 40, true, false),
  productCase(null, 7, 20, 300, false, false),
  productCase(4, 21, 16, 22, false, true),
  linearCase(1, 300, 70, { bias: true, residual: true }),
  linearCase(8, 260, 33, { bias: false, residual: true }),
  linearCase(37, 65, 270, { bias: true, residual: true }),
  loraCase({ M: 2, K: 70, rank: 8, widths: [33, 17, 17], bias: true, residual: true }),
  loraCase({ M: 67, K: 40, rank: 8, widths: [48, 16, 16], bias: true, residual: true }),
  loraGradCase({ M: 300, K: 34, rank: 5, widths: [41, 27], ...NOTHING }),
];

/** Registers products, layers and adapters of any shape. */
export function describeShapes(tolerance: number, runs: number): void {
  const side = fc.integer({ min: 1, max: 41 });

  test('a product of any shape is right', async () => {
    const shape = fc.record({
      batch: fc.option(fc.integer({ min: 1, max: 3 })),
      M: side,
      K: side,
      N: side,
      tA: fc.boolean(),
      tB: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shape, ({ batch, M, K, N, tA, tB }) => expectPlain(productCase(batch, M, K, N, tA, tB), tolerance)),
      { numRuns: runs, seed: 1 },
    );
    expect.hasAssertions();
  });

  test('a linear layer of any shape is right, with an adapter and without', async () => {
    const shape = fc.record({
      M: side,
      K: side,
      rank: fc.integer({ min: 1, max: 9 }),
      widths: fc.array(fc.integer({ min: 1, max: 21 }), { minLength: 1, maxLength: 3 }),
      bias: fc.boolean(),
      residual: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ bias, residual, ...lora }) => {
        const N = lora.widths.reduce((a, b) => a + b, 0);
        await expectPlain(linearCase(lora.M, lora.K, N, { bias, residual }), tolerance);
        await expectPlain(loraCase({ ...lora, bias, residual }), tolerance);
        await expectPlain(loraGradCase({ ...lora, bias, residual }), tolerance);
      }),
      { numRuns: Math.ceil(runs / 2), seed: 3 },
    );
    expect.hasAssertions();
  });
}
