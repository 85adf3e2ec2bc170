import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { linear, linearGradWeight, linearGradX, loraDown, loraLinear, loraLinearGrad, product } from '../support/at-once.ts';
import { gauges, openBackend } from '../../src/engine/backend.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';
import { normal, tensorOf } from './ops/case.ts';
import { describePacked } from './ops/packed.ts';

type Kernels = { readonly name: string; readonly variant: 'shared' | 'registers'; readonly quads: boolean };

const KERNELS: readonly [Kernels, Kernels, Kernels] = [
  { name: 'software adapters that share values', variant: 'registers', quads: true },
  { name: 'other software adapters', variant: 'registers', quads: false },
  { name: 'graphics cards', variant: 'shared', quads: false },
];

const open =
  ({ variant, quads }: Kernels) =>
  async (context?: { readonly skip: (when: boolean, why: string) => void }): Promise<void> => {
    await openBackend('webgpu');
    const backend = ownBackend(tf.backend());
    // every software adapter of a page has them; a program beside a card may meet a device without
    if (quads && 'document' in globalThis) expect(backend.quads).toBe(true);
    context?.skip(quads && !backend.quads, 'the device has no subgroups');
    backend.variant = variant;
    backend.quads &&= quads;
  };

const random = (label: string, ...shape: number[]): tf.Tensor => tensorOf(normal(`products ${label}`, shape));
const numbers = async (tensor: tf.Tensor): Promise<number[]> => Array.from(await tensor.data());
const PLACEMENT = { a: 0, b: 2 * 8 * 64, rank: 8, scale: 2, ends: [24, 40] };
const ARENA = PLACEMENT.b + 40 * 8;

describe.each(KERNELS)('products of $name', (kernels) => {
  beforeEach(open(kernels));

  test('a row has the same bits in every batch', async () => {
    const [x, weight, arena, residual] = [random('x', 150, 64), random('w', 40, 64), random('arena', ARENA), random('r', 150, 40)];
    const few = async (rows: number): Promise<number[]> => {
      const part = tf.slice(x, [0, 0], [rows, 64]);
      const low = loraDown(part, arena, PLACEMENT);
      return numbers(loraLinear(part, weight, low, arena, PLACEMENT, { residual: tf.slice(residual, [0, 0], [rows, 40]) }));
    };
    const all = await few(150);
    for (const rows of [1, 3, 7, 15, 33, 70]) expect(await few(rows)).toEqual(all.slice(0, 40 * rows));
    const dx = await numbers(linearGradX(residual, weight));
    expect(await numbers(linearGradX(tf.slice(residual, [0, 0], [2, 40]), weight))).toEqual(dx.slice(0, 128));
  });

  test('an adapted layer takes two dispatches forward and two backward, others one', () => {
    const [x, weight, arena, dy] = [random('x', 9, 64), random('w', 40, 64), random('arena', ARENA), random('dy', 9, 40)];
    const [bias, gradients] = [random('bias', 40), tf.variable(tf.zeros([ARENA]), false)];
    const dispatches = (work: () => unknown): number => {
      const before = gauges()['engine/dispatches'];
      work();
      return gauges()['engine/dispatches'] - before;
    };
    const low = loraDown(x, arena, PLACEMENT);
    expect(dispatches(() => loraDown(x, arena, PLACEMENT))).toBe(1);
    expect(dispatches(() => loraLinear(x, weight, low, arena, PLACEMENT, { bias, residual: dy }))).toBe(1);
    expect(dispatches(() => loraLinearGrad(dy, x, weight, low, arena, gradients, PLACEMENT))).toBe(2);
    expect(dispatches(() => linear(x, weight, { bias, residual: dy }))).toBe(1);
    expect(dispatches(() => linearGradX(dy, weight))).toBe(1);
    expect(dispatches(() => linearGradWeight(dy, x))).toBe(1);
  });

  test('without rows there is nothing to do, and without an inner dimension the result is zero', async () => {
    const [x, dy, weight] = [tf.zeros([0, 64]), tf.zeros([0, 40]), random('w', 40, 64)];
    const [arena, gradients] = [random('arena', ARENA), tf.variable(tf.ones([ARENA]), false)];
    const before = gauges()['engine/dispatches'];
    const low = loraDown(x, arena, PLACEMENT);
    const y = loraLinear(x, weight, low, arena, PLACEMENT);
    expect(gauges()['engine/dispatches']).toBe(before);
    expect([low.shape, y.shape, linear(x, weight).shape, linearGradX(dy, weight).shape]).toEqual([
      [0, 16],
      [0, 40],
      [0, 40],
      [0, 64],
    ]);
    expect(await numbers(y)).toEqual([]);
    expect(await numbers(linearGradWeight(dy, x))).toEqual(Array.from({ length: 40 * 64 }, () => 0));
    expect(loraLinearGrad(dy, x, weight, low, arena, gradients, PLACEMENT).shape).toEqual([0, 64]);
    expect(await numbers(gradients)).toEqual(Array.from({ length: ARENA }, () => 0));
    expect(await numbers(product(tf.zeros([2, 0]), tf.zeros([0, 3])))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('folded dispatches compute every tile', async () => {
    const [x, weight, dy, arena] = [random('x', 150, 64), random('w', 40, 64), random('dy', 150, 40), random('arena', ARENA)];
    const all = async (): Promise<number[][]> => {
      const gradients = tf.tidy(() => tf.variable(tf.zeros([ARENA]), false));
      const low = loraDown(x, arena, PLACEMENT);
      const y = loraLinear(x, weight, low, arena, PLACEMENT);
      const dx = loraLinearGrad(dy, x, weight, low, arena, gradients, PLACEMENT);
      return Promise.all([low, y, dx, gradients, linearGradWeight(dy, x)].map(numbers));
    };
    const want = await all();
    ownBackend(tf.backend()).foldAt = 2;
    expect(await all()).toEqual(want);
  });

  test('more layers in a stack than the kernels can tell apart are refused', () => {
    const [x, weight, arena] = [random('x', 2, 8), random('w', 8, 8), random('arena', 4 * 8 + 8)];
    const placement = { a: 0, b: 32, rank: 1, scale: 1, ends: [2, 4, 6, 8] };
    expect(() => loraLinear(x, weight, loraDown(x, arena, placement), arena, placement)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });
});

// The plain versions wait for tfjs' own programs to compile, so they run once.
describePacked(`webgpu, kernels for ${KERNELS[0].name}`, () => open(KERNELS[0])(), true);
describePacked(`webgpu, kernels for ${KERNELS[2].name}`, () => open(KERNELS[2])(), false);

test('more workgroups than one dimension of a dispatch has are all run', async () => {
  await openBackend('webgpu');
  const rows = 66_000 * 16 * 4;
  const [x, weight] = [tf.range(0, rows).reshape([rows, 1]), tf.tensor2d([[2], [3]])];
  const y = linear(x, weight); // four tiles of 16 rows a workgroup
  expect(await numbers(tf.max(tf.abs(tf.sub(y, tf.mul(x, tf.tensor2d([[2, 3]]))))))).toEqual([0]);
});
