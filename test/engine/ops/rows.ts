/** Rows of a batch: none depends on its neighbours, there may be none at all, and large numbers do no harm. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import {
  attention,
  attentionGrad,
  cachedAttention,
  crossEntropy,
  divergence,
  embed,
  embedGrad,
  linear,
  linearGradWeight,
  linearGradX,
  loraDown,
  loraLinear,
  loraLinearGrad,
  rmsNorm,
  rmsNormGradGain,
  rmsNormGradX,
  rope,
  ropeAppend,
  sample,
  swiglu,
  swigluGrad,
  tokenLogProbs,
} from '../../support/at-once.ts';
import { supportOf, teacherOf } from './cases/divergence.ts';
import { frequencies } from '../../support/plain-ops.ts';
import { drawn, evaluate, expectClose, integers, normal, sizeOf } from './case.ts';
import type { Input, Tensors } from './case.ts';

/** Two query heads and one key head of ten numbers: 40 columns, like the inputs of the layers. */
const HEADS = { H: 2, K: 1, E: 10 };
const [T, C, V, N, K] = [5, 40, 23, 19, 7];
const PLACEMENT = { a: 2, b: 402, rank: 5, scale: 0.5, ends: [9, V] };
const SHARED = ['weight', 'arena', 'gain', 'bias'];
const ROPE = { heads: 3, headDim: 10, frequencies: frequencies(10, 10000), sign: 1 } as const;

/** `rows` rows of every kind of input; `T` tokens of one row stand below each other. */
const batch = (rows: number): { [name: string]: Input } => ({
  x: normal('batch x', [rows, C]),
  sequences: normal('batch sequences', [rows * T, C]),
  dy: normal('batch dy', [rows * T, 20]),
  weight: normal('batch w', [V, C]),
  bias: normal('batch bias', [V]),
  arena: normal('batch arena', [402 + V * 5]),
  gain: normal('batch gain', [C]),
  keys: normal('batch keys', [rows, N, 1, 10]),
  start: drawn('batch start', rows, N - T + 1),
  targets: drawn('batch targets', rows, V),
  ids: supportOf('batch support', rows, V, K),
  teacher: teacherOf('batch teacher', rows, K),
  uniforms: { shape: [rows], values: drawn('batch uniforms', rows, 1000).values.map((x) => x) },
});

/** Every operation that works row by row, each on rows of its own. */
function rowwise(tensors: Tensors): tf.Tensor[] {
  const { x, sequences, dy, weight, bias, arena, gain, keys, start, targets, ids, teacher, uniforms } = tensors as Record<
    string,
    tf.Tensor
  > & {
    [name in keyof ReturnType<typeof batch>]: tf.Tensor;
  };
  const fresh = (tensor: tf.Tensor | undefined): tf.Tensor => tf.mul(tensor as tf.Tensor, 1); // for what is overwritten
  const at = <K extends tf.Tensor>(tensor: K | undefined): K => tensor as K;
  const [B = 0] = at(x).shape;
  const cache = [tf.variable(fresh(keys), false), tf.variable(fresh(keys), false)] as const;
  const heads = { B, ...HEADS };
  const logits = linear(at(x), at(weight), { bias: at(bias) });
  const low = loraDown(at(x), at(arena), PLACEMENT);
  const appended = ropeAppend(fresh(sequences), ...cache, at(start), { ...heads, frequencies: ROPE.frequencies });
  const read = cachedAttention(appended, ...cache, at(start), heads);
  const [out, lse] = attention(at(sequences), heads);
  const written = cache.map((variable) => tf.clone(variable as tf.Tensor));
  for (const variable of cache) variable.dispose();
  const draw = tf.div(at(uniforms), 1000);
  return [
    logits,
    low,
    loraLinear(at(x), at(weight), low, at(arena), PLACEMENT),
    rmsNorm(at(x), at(gain), 1e-5),
    swiglu(at(x)),
    swigluGrad(at(sequences), at(dy)),
    rope(fresh(sequences), { ...ROPE, T }, at(start)),
    appended,
    read,
    ...written,
    out,
    lse,
    attentionGrad(at(sequences), out, lse, at(dy), heads),
    tokenLogProbs(logits, at(targets)),
    ...crossEntropy(fresh(logits), at(targets), 0.5),
    ...divergence(fresh(logits), at(ids), fresh(teacher), { alpha: 0.5, weight: 0.5 }),
    sample(logits, draw, { temperature: 0.7, topK: 9, topP: 0.9 })[0],
    sample(logits, draw, { temperature: 0, topK: 0, topP: 1 })[0],
  ];
}

/** Registers the tests of rows; `exact` compares bits. */
export function describeRows(exact: boolean, tolerance: number): void {
  test.each([1, 3, 64])('a row has the same results among %i rows as among 65', async (count) => {
    const all = batch(65);
    const together = await evaluate(all, rowwise);
    for (const first of [0, 1].filter((i) => i + count <= 65)) {
      const some = Object.fromEntries(
        Object.entries(all).map(([name, { shape, values }]) => {
          if (SHARED.includes(name)) return [name, { shape, values }];
          const width = values.length / 65;
          const rest = shape.slice(1);
          const part = values.slice(first * width, (first + count) * width);
          return [name, { shape: [part.length / sizeOf(rest), ...rest], values: part }];
        }),
      );
      const alone = await evaluate(some, rowwise);
      for (const [i, values] of alone.entries()) {
        const whole = Array.from(together[i] ?? []);
        const same = whole.slice((first * whole.length) / 65, ((first + count) * whole.length) / 65);
        if (exact) expect([i, Array.from(values)]).toEqual([i, same]);
        else expectClose(values, same, tolerance);
      }
    }
  });

  test('a batch without rows has results without rows, and gradients of zero', async () => {
    const empty = batch(0);
    for (const values of await evaluate(empty, rowwise)) expect(values.length).toBe(0);
    const gradients = await evaluate({ ...empty, logits: normal('none', [0, V]), ids: integers([]) }, (tensors) => {
      const { x, weight, arena, gain, logits, ids } = tensors as { [name: string]: tf.Tensor } & Record<string, tf.Tensor>;
      const [X, W, A, L] = [x as tf.Tensor, weight as tf.Tensor, arena as tf.Tensor, logits as tf.Tensor];
      const changes = tf.variable(tf.ones(A.shape), false);
      const dx = loraLinearGrad(L, X, W, loraDown(X, A, PLACEMENT), A, changes, PLACEMENT);
      const written = tf.slice(changes, PLACEMENT.a, 400 + V * 5);
      changes.dispose();
      const nothing = [dx, linearGradX(L, W), rmsNormGradX(X, gain as tf.Tensor, X, 1e-5, X), embed(ids as tf.Tensor, W)];
      expect(nothing.map(({ shape }) => shape)).toEqual(nothing.map(() => [0, C]));
      return [written, linearGradWeight(L, X), rmsNormGradGain(X, X, 1e-5), embedGrad(ids as tf.Tensor, X, V), ...nothing];
    });
    expect(gradients.flatMap((values) => Array.from(values)).filter((value) => value !== 0)).toEqual([]);
    expect(gradients.map(({ length }) => length)).toEqual([400 + V * 5, V * C, C, V * C, 0, 0, 0, 0]);
  });

  test('large activations stay finite', async () => {
    const inputs = { gateUp: { shape: [5, 2], values: Float32Array.of(-1e4, 1, -100, 1, 0, 1, 100, 1, 1e4, 1) } };
    const [actual] = await evaluate(inputs, ({ gateUp }) => [swiglu(gateUp as tf.Tensor)]);
    expectClose(actual ?? [], [0, 0, 0, 100, 1e4], 1e-6);
    const large = {
      logits: { shape: [2, 5], values: Float32Array.of(0, 1e4, 3, 4, 5, -1e4, -1e4, -1e4, -1e4, -1e4) },
      targets: integers([1, 2]),
      ids: { shape: [2, 2], values: Int32Array.of(1, 0, 3, 2) },
      teacher: { shape: [2, 2], values: Float32Array.of(-1e4, 0, Math.log(0.5), Math.log(0.5)) },
    };
    const results = await evaluate(large, ({ logits, targets, ids, teacher }) => [
      tokenLogProbs(logits as tf.Tensor, targets as tf.Tensor),
      ...crossEntropy(tf.mul(logits as tf.Tensor, 1), targets as tf.Tensor, 1),
      ...divergence(tf.mul(logits as tf.Tensor, 1), ids as tf.Tensor, teacher as tf.Tensor, { alpha: 0.5, weight: 1 }),
    ]);
    expectClose(results[0] ?? [], [0, -Math.log(5)], 1e-3);
    expectClose(results[1] ?? [], [0, Math.log(5)], 1e-3);
    expectClose(results[2] ?? [], [0, 0, 0, 0, 0, 0.2, 0.2, -0.8, 0.2, 0.2], 1e-6);
    // no token in common is ln 2, however sure both are; where they agree there is nothing to learn
    expectClose(results[3] ?? [], [Math.log(2), 0], 1e-6);
    expectClose(
      results[4] ?? [],
      Array.from({ length: 10 }, () => 0),
      1e-6,
    );
  });
}
