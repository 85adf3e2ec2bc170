/**
 * Matrix products. Operands are read as they are stored: a transpose is a flag, never a copy. Each output element is summed in
 * the order of the inner index, so a row of the result does not depend on how many other rows there are.
 */
import * as tf from '@tensorflow/tfjs';
import { output, productSpace, scratch, simd } from '../wasm.ts';
import { defineOp, type OpKernel } from './op.ts';

export type ProductFlags = { readonly transposeA?: boolean; readonly transposeB?: boolean };
export type ProductAttributes = { readonly transposeA: boolean; readonly transposeB: boolean };

type ProductInputs = { readonly a: tf.Tensor; readonly b: tf.Tensor };

const wasm: OpKernel<ProductInputs, ProductAttributes> = ({ a, b }, { transposeA, transposeB }) => {
  const rank = a.shape.length;
  const batch = rank === 3 ? (a.shape[0] as number) : 1;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [M, K] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [depth, N] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  if (depth !== K || b.shape.length !== rank || (rank === 3 && b.shape[0] !== batch)) {
    throw new RangeError(`product: shapes [${a.shape.join()}] and [${b.shape.join()}] do not fit`);
  }
  const c = output(rank === 3 ? [batch, M, N] : [M, N]);
  // An edge tile and one packed block of b (simd/product.ts).
  const space = scratch(productSpace(K, N));
  simd('product', a, b, c, batch, M, K, N, transposeA, transposeB, space);
  return [c];
};

const run = defineOp<ProductInputs, ProductAttributes, [tf.Tensor]>({
  name: 'Product',
  reference: ({ a, b }, { transposeA, transposeB }) => [tf.matMul(a, b, transposeA, transposeB)],
  kernels: { wasm },
});

/**
 * The product of two matrices, or of two stacks of them.
 * `a` [M,K] (or [K,M] with `transposeA`) times `b` [K,N] (or [N,K] with `transposeB`) -> [M,N]; a leading batch dimension must be equal in both.
 */
export function product(a: tf.Tensor, b: tf.Tensor, { transposeA = false, transposeB = false }: ProductFlags = {}): tf.Tensor {
  return run({ a, b }, { transposeA, transposeB })[0];
}
