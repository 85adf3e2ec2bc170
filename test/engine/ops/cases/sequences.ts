/** Rotary positions and attention over whole sequences, on stacked projections. */
import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attention, attentionGrad, rope } from '../../../support/at-once.ts';
import * as plain from '../../../support/plain-ops.ts';
import type { Numbers } from '../../../support/plain-ops.ts';
import { integers, normal } from '../case.ts';
import type { Case } from '../case.ts';
import { expectPlain } from '../promises.ts';

type Heads = { readonly H: number; readonly K: number; readonly E: number };

/** `start` is null for sequences from position 0; then there are `rows` of them. */
export function ropeCase(T: number, { H, K, E }: Heads, start: readonly number[] | null, rows = start?.length ?? 1, theta = 10000): Case {
  const name = `rope T${T} H${H}/${K} E${E} from ${start?.join() ?? `0 x ${rows}`}`;
  const C = (H + 2 * K) * E;
  const shape = { T, heads: H + K, headDim: E, frequencies: plain.frequencies(E, theta), sign: 1 } as const;
  return {
    name,
    inputs: { qkv: normal(name, [rows * T, C]), ...(start === null ? {} : { start: integers(start) }) },
    run: ({ qkv, start: at }) => [rope(qkv as tf.Tensor, shape, at)],
    plain: ({ qkv, start: at }) => [plain.rope(qkv as Numbers, at ?? null, C, shape)],
    gradient: { of: ['qkv'], run: ({ start: at }, dy) => [rope(dy.clone().mul(1), { ...shape, sign: -1 }, at)] },
  };
}

export function attentionCase(B: number, T: number, H: number, K: number, E: number): Case {
  const name = `attention B${B} T${T} H${H}/${K} E${E}`;
  const heads = { B, H, K, E };
  return {
    name,
    inputs: { qkv: normal(name, [B * T, (H + 2 * K) * E], 1.2) },
    run: ({ qkv }) => attention(qkv as tf.Tensor, heads),
    plain: ({ qkv }) => plain.attention(qkv as Numbers, { ...heads, T }),
    gradient: {
      of: ['qkv'],
      run: ({ qkv }, dy) => {
        const [out, lse] = attention(qkv as tf.Tensor, heads);
        return [attentionGrad(qkv as tf.Tensor, out, lse, dy, heads)];
      },
    },
  };
}

export const SMALL: readonly Case[] = [
  ropeCase(1, { H: 1, K: 1, E: 2 }, null),
  ropeCase(3, { H: 2, K: 1, E: 6 }, null, 2),
  ropeCase(1, { H: 2, K: 1, E: 6 }, [3, 0, 7]),
  ropeCase(2, { H: 3, K: 3, E: 16 }, [130, 0], 2, 500),
  attentionCase(1, 1, 1, 1, 4),
  attentionCase(2, 5, 4, 2, 4),
  attentionCase(1, 9, 3, 1, 6),
  attentionCase(2, 8, 2, 2, 8),
];

/** Too large for finite differences. */
export const LARGE: readonly Case[] = [
  ropeCase(35, { H: 3, K: 1, E: 24 }, [0, 290]),
  ropeCase(66, { H: 4, K: 2, E: 18 }, null, 2),
  attentionCase(2, 37, 4, 2, 16),
  attentionCase(1, 66, 3, 3, 24),
];

/** Registers attention over sequences of any shape. */
export function describeShapes(tolerance: number, runs: number): void {
  test('a sequence of any length attends to its past only', async () => {
    const shape = fc.record({
      B: fc.integer({ min: 1, max: 3 }),
      T: fc.integer({ min: 1, max: 40 }),
      K: fc.integer({ min: 1, max: 3 }),
      group: fc.integer({ min: 1, max: 3 }),
      half: fc.integer({ min: 1, max: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, ({ B, T, K, group, half }) => expectPlain(attentionCase(B, T, K * group, K, 2 * half), tolerance)),
      { numRuns: Math.ceil(runs / 3), seed: 2 },
    );
    expect.hasAssertions();
  });
}
