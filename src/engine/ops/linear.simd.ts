/**
 * Linear layers and their adapters on the CPU: each operation is a few products through strides on tfjs' memory, with bias and
 * residual added where a product ends. Weights may be packed (src/engine/packing.ts).
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { formOf, kernelFor, readsPacked } from '../packing.ts';
import { addressOf, output, simd } from '../wasm.ts';
import type { CpuKernel, Stage } from './op.ts';
import { blocksOf, type Placement } from './placement.ts';
import { multiply, stored, storedWeight, transposed, type Epilogue } from './multiply.simd.ts';

type Linear = { readonly x: Tensor; readonly weight: Tensor; readonly bias?: Tensor; readonly residual?: Tensor };

/** Multiplies `n` numbers by a factor, in place. */
const scaled = (matrix: TensorInfo, n: number, factor: number): Stage => ({
  units: 1,
  cost: n,
  run: () => void simd('scale', matrix, n, factor),
});

const sides = (matrix: TensorInfo): [rows: number, columns: number] => matrix.shape as [number, number];

/** What comes on top of columns `from` .. of y. */
function epilogue(bias: TensorInfo | undefined, residual: TensorInfo | undefined, width: number, from = 0): Epilogue {
  return {
    bias: bias === undefined ? 0 : addressOf(bias, from),
    ...(residual === undefined ? {} : { residual: stored(residual, width, from) }),
  };
}

export const linearOnCpu: CpuKernel<Linear> = ({ x, weight, bias, residual }) => {
  const [[M, K], [N]] = [sides(x), sides(weight)];
  const y = output([M, N]);
  const product = multiply(stored(x, K), transposed(storedWeight(weight, K)), stored(y, N), [M, K, N], epilogue(bias, residual, N));
  return { outputs: [y], stages: [product] };
};

export const loraDownOnCpu: CpuKernel<{ readonly x: Tensor; readonly arena: Tensor }, Placement> = (
  { x, arena },
  { a, rank, scale, ends },
) => {
  const [M, K] = sides(x);
  const R = ends.length * rank;
  const low = output([M, R]);
  const product = multiply(stored(x, K), transposed(stored(arena, K, a)), stored(low, R), [M, K, R]);
  return { outputs: [low], stages: [product, scaled(low, M * R, scale)] };
};

export const loraLinearOnCpu: CpuKernel<Linear & { readonly low: Tensor; readonly arena: Tensor }, Placement> = (
  { x, weight, bias, residual, low, arena },
  placement,
) => {
  const [[M, K], [N]] = [sides(x), sides(weight)];
  const { b, rank, ends } = placement;
  const y = output([M, N]);
  const stages = [multiply(stored(x, K), transposed(storedWeight(weight, K)), stored(y, N), [M, K, N])];
  for (const [g, [from, width]] of blocksOf(placement).entries()) {
    const B = transposed(stored(arena, rank, b + from * rank)); // [rank,width]
    const half = stored(low, ends.length * rank, g * rank); // [M,rank]
    stages.push(multiply(half, B, stored(y, N, from), [M, rank, width], { accumulate: true, ...epilogue(bias, residual, N, from) }));
  }
  return { outputs: [y], stages };
};

type GradLow = { readonly dy: Tensor; readonly low: Tensor; readonly arena: Tensor; readonly gradients: Tensor };

export const loraGradLowOnCpu: CpuKernel<GradLow, Placement> = ({ dy, low, arena, gradients }, placement) => {
  const [M, N] = sides(dy);
  const { b, rank, scale, ends } = placement;
  const R = ends.length * rank;
  const dLow = output([M, R]);
  const stages: Stage[] = [];
  for (const [g, [from, width]] of blocksOf(placement).entries()) {
    const part = stored(dy, N, from); // [M,width]
    stages.push(
      multiply(transposed(part), stored(low, R, g * rank), stored(gradients, rank, b + from * rank), [width, M, rank]),
      multiply(part, stored(arena, rank, b + from * rank), stored(dLow, R, g * rank), [M, width, rank]),
    );
  }
  return { outputs: [dLow], stages: [...stages, scaled(dLow, M * R, scale)] };
};

type GradX = {
  readonly dy: Tensor;
  readonly weight: Tensor;
  readonly dLow: Tensor;
  readonly x: Tensor;
  readonly arena: Tensor;
  readonly gradients: Tensor;
};

export const loraGradXOnCpu: CpuKernel<GradX, Placement> = ({ dy, weight, dLow, x, arena, gradients }, { a, rank, ends }) => {
  const [[M, N], [, K]] = [sides(dy), sides(x)];
  const R = ends.length * rank;
  const dx = output([M, K]);
  const stages = [
    multiply(transposed(stored(dLow, R)), stored(x, K), stored(gradients, K, a), [R, M, K]),
    multiply(stored(dy, N), storedWeight(weight, K), stored(dx, K), [M, N, K]),
    multiply(stored(dLow, R), stored(arena, K, a), stored(dx, K), [M, R, K], { accumulate: true }),
  ];
  return { outputs: [dx], stages };
};

export const linearGradXOnCpu: CpuKernel<{ readonly dy: Tensor; readonly weight: Tensor }, { readonly inner: number }> = (
  { dy, weight },
  { inner },
) => {
  const [M, N] = sides(dy);
  const dx = output([M, inner]);
  return { outputs: [dx], stages: [multiply(stored(dy, N), storedWeight(weight, inner), stored(dx, inner), [M, N, inner])] };
};

/** All rows of a packed matrix: -> float32 [rows, columns]. */
function unpacked(weight: Tensor): Tensor {
  const [rows, words] = sides(weight);
  const columns = 2 * words;
  return tf.tidy(() => {
    const y = output([rows, columns]);
    simd(kernelFor('embed', formOf(weight)), tf.range(0, rows, 1, 'int32'), weight, y, rows, rows, columns);
    return tf.engine().makeTensorFromTensorInfo(y);
  });
}

readsPacked('wasm', { forms: ['bfloat16', 'float16'], unpack: unpacked });
