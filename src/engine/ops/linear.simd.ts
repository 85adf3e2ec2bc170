/**
 * Linear layers and their adapters on the CPU: each operation is a few products through strides on tfjs' memory, with bias and
 * residual added where a product ends. Knows only float32 weights.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { addressOf, output, productSpace, scratch, simd } from '../wasm.ts';
import type { OpKernel } from './op.ts';
import { blocksOf, type Placement } from './placement.ts';

/** A matrix in memory: where it begins, and the distance of its rows and columns, in numbers. */
type Strided = { readonly at: number; readonly row: number; readonly column: number };
type Around = { readonly accumulate?: boolean; readonly bias?: number; readonly residual?: Strided };

/** `rows` of a tensor [.., width] as stored, from column `from` on. */
function stored(tensor: TensorInfo, width: number, from = 0): Strided {
  return { at: addressOf(tensor, from), row: width, column: 1 };
}

const transposed = ({ at, row, column }: Strided): Strided => ({ at, row: column, column: row });

/** c [M,N] (+)= a [M,K] b [K,N] + bias + residual. */
function multiply(a: Strided, b: Strided, c: Strided, [M, K, N]: readonly [number, number, number], around: Around = {}): void {
  const { accumulate = false, bias = 0, residual } = around;
  const space = scratch(productSpace(K, N));
  const strides = ({ at, row, column }: Strided): [number, number, number] => [at, 4 * row, 4 * column];
  const added = residual === undefined ? [0, 0] : [residual.at, 4 * residual.row];
  simd('multiply', ...strides(a), ...strides(b), c.at, 4 * c.row, M, K, N, accumulate, bias, ...added, space);
}

type Linear = { readonly x: Tensor; readonly weight: Tensor; readonly bias?: Tensor; readonly residual?: Tensor };

const sides = (matrix: TensorInfo): [rows: number, columns: number] => matrix.shape as [number, number];

/** What comes on top of columns `from` .. of y. */
function around(bias: TensorInfo | undefined, residual: TensorInfo | undefined, width: number, from = 0): Around {
  return {
    bias: bias === undefined ? 0 : addressOf(bias, from),
    ...(residual === undefined ? {} : { residual: stored(residual, width, from) }),
  };
}

export const linearOnCpu: OpKernel<Linear> = ({ x, weight, bias, residual }) => {
  const [[M, K], [N]] = [sides(x), sides(weight)];
  const y = output([M, N]);
  multiply(stored(x, K), transposed(stored(weight, K)), stored(y, N), [M, K, N], around(bias, residual, N));
  return [y];
};

export const loraDownOnCpu: OpKernel<{ readonly x: Tensor; readonly arena: Tensor }, Placement> = (
  { x, arena },
  { a, rank, scale, ends },
) => {
  const [M, K] = sides(x);
  const R = ends.length * rank;
  const low = output([M, R]);
  multiply(stored(x, K), transposed(stored(arena, K, a)), stored(low, R), [M, K, R]);
  simd('scale', low, M * R, scale);
  return [low];
};

export const loraLinearOnCpu: OpKernel<Linear & { readonly low: Tensor; readonly arena: Tensor }, Placement> = (
  { x, weight, bias, residual, low, arena },
  placement,
) => {
  const [[M, K], [N]] = [sides(x), sides(weight)];
  const { b, rank, ends } = placement;
  const y = output([M, N]);
  multiply(stored(x, K), transposed(stored(weight, K)), stored(y, N), [M, K, N]);
  for (const [g, [from, width]] of blocksOf(placement).entries()) {
    const B = transposed(stored(arena, rank, b + from * rank)); // [rank,width]
    const half = stored(low, ends.length * rank, g * rank); // [M,rank]
    multiply(half, B, stored(y, N, from), [M, rank, width], { accumulate: true, ...around(bias, residual, N, from) });
  }
  return [y];
};

type GradLow = { readonly dy: Tensor; readonly low: Tensor; readonly arena: Tensor; readonly gradients: Tensor };

export const loraGradLowOnCpu: OpKernel<GradLow, Placement> = ({ dy, low, arena, gradients }, placement) => {
  const [M, N] = sides(dy);
  const { b, rank, scale, ends } = placement;
  const R = ends.length * rank;
  const dLow = output([M, R]);
  for (const [g, [from, width]] of blocksOf(placement).entries()) {
    const part = stored(dy, N, from); // [M,width]
    multiply(transposed(part), stored(low, R, g * rank), stored(gradients, rank, b + from * rank), [width, M, rank]);
    multiply(part, stored(arena, rank, b + from * rank), stored(dLow, R, g * rank), [M, width, rank]);
  }
  simd('scale', dLow, M * R, scale);
  return [dLow];
};

type GradX = {
  readonly dy: Tensor;
  readonly weight: Tensor;
  readonly dLow: Tensor;
  readonly x: Tensor;
  readonly arena: Tensor;
  readonly gradients: Tensor;
};

export const loraGradXOnCpu: OpKernel<GradX, Placement> = ({ dy, weight, dLow, x, arena, gradients }, { a, rank, ends }) => {
  const [[M, N], [, K]] = [sides(dy), sides(weight)];
  const R = ends.length * rank;
  const dx = output([M, K]);
  multiply(transposed(stored(dLow, R)), stored(x, K), stored(gradients, K, a), [R, M, K]);
  multiply(stored(dy, N), stored(weight, K), stored(dx, K), [M, N, K]);
  multiply(stored(dLow, R), stored(arena, K, a), stored(dx, K), [M, R, K], { accumulate: true });
  return [dx];
};
