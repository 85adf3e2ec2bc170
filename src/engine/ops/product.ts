/**
 * Matrix products. Operands are read as they are stored: a transpose is a flag, never a copy. Each output element is summed in
 * the order of the inner index, so a row of the result does not depend on how many other rows there are.
 */
import * as tf from '@tensorflow/tfjs';
import { defineOp } from './op.ts';

export type ProductFlags = { readonly transposeA?: boolean; readonly transposeB?: boolean };
export type ProductAttributes = { readonly transposeA: boolean; readonly transposeB: boolean };

type ProductInputs = { readonly a: tf.Tensor; readonly b: tf.Tensor };

const run = defineOp<ProductInputs, ProductAttributes, [tf.Tensor]>({
  name: 'Product',
  reference: ({ a, b }, { transposeA, transposeB }) => [tf.matMul(a, b, transposeA, transposeB)],
  saves: ['a', 'b'],
  gradient: (dy, { inputs: { a, b } }, { transposeA, transposeB }) => ({
    a: () => (transposeA ? product(b, dy, { transposeA: transposeB, transposeB: true }) : product(dy, b, { transposeB: !transposeB })),
    b: () => (transposeB ? product(dy, a, { transposeA: true, transposeB: transposeA }) : product(a, dy, { transposeA: !transposeA })),
  }),
});

/**
 * The product of two matrices, or of two stacks of them.
 * `a` [M,K] (or [K,M] with `transposeA`) times `b` [K,N] (or [N,K] with `transposeB`) -> [M,N]; a leading batch dimension must be equal in both.
 */
export function product(a: tf.Tensor, b: tf.Tensor, { transposeA = false, transposeB = false }: ProductFlags = {}): tf.Tensor {
  return run({ a, b }, { transposeA, transposeB })[0];
}

/** A linear layer without bias: `x` [M,in] times `weight` [out,in] transposed -> [M,out]. */
export function linear(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  return product(x, weight, { transposeB: true });
}
