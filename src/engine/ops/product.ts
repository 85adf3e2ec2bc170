/**
 * Matrix products. Operands are read as they are stored: a transpose is a flag, never a copy. Each output element is summed in
 * the order of the inner index, so a row of the result does not depend on how many other rows there are.
 */
import * as tf from '@tensorflow/tfjs';
import { output } from '../wasm.ts';
import type { Work } from '../work.ts';
import { multiply, stored, transposed } from './multiply.simd.ts';
import { type CpuKernel, defineSingle } from './op.ts';

type ProductFlags = { readonly transposeA?: boolean; readonly transposeB?: boolean };
export type ProductAttributes = { readonly transposeA: boolean; readonly transposeB: boolean };

type ProductInputs = { readonly a: tf.Tensor; readonly b: tf.Tensor };

const cpu: CpuKernel<ProductInputs, ProductAttributes> = ({ a, b }, { transposeA, transposeB }) => {
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
  const side = (tensor: tf.TensorInfo, width: number, at: number, flipped: boolean) =>
    flipped ? transposed(stored(tensor, width, at)) : stored(tensor, width, at);
  const stages = Array.from({ length: batch }, (_, g) =>
    multiply(side(a, columnsA, g * M * K, transposeA), side(b, columnsB, g * K * N, transposeB), stored(c, N, g * M * N), [M, K, N]),
  );
  return { outputs: [c], stages };
};

const run = defineSingle<ProductInputs, ProductAttributes>({
  name: 'Product',
  reference: ({ a, b }, { transposeA, transposeB }) => [tf.matMul(a, b, transposeA, transposeB)],
  cpu,
});

/**
 * The product of two matrices, or of two stacks of them.
 * `a` [M,K] (or [K,M] with `transposeA`) times `b` [K,N] (or [N,K] with `transposeB`) -> [M,N]; a leading batch dimension must be equal in both.
 */
export function product(a: tf.Tensor, b: tf.Tensor, { transposeA = false, transposeB = false }: ProductFlags = {}): Work<tf.Tensor> {
  return run({ a, b }, { transposeA, transposeB });
}
