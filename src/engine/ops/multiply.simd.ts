/**
 * One product on the CPU through strides on tfjs' memory, divided into blocks of columns, and of rows where those are too much at once.
 * Every element is summed in the order of the inner index, so neither division changes a bit.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import { formOf, kernelFor, type NumberForm } from '../packing.ts';
import { addressOf, PARTS_A_THREAD, productSpace, scratch, simd, threadCount } from '../wasm.ts';
import { partOperations } from '../work.ts';
import type { Stage } from './op.ts';

/** A matrix in memory: where it begins, the distance of its rows and columns, in numbers, and how these are stored. */
type Strided = { readonly at: number; readonly row: number; readonly column: number; readonly form: NumberForm };
/** Whether the product is added to what is there, and what is added to it at last: the address of a row, or 0, and a matrix. */
export type Epilogue = { readonly accumulate?: boolean; readonly bias?: number; readonly residual?: Strided };

/** Columns that the kernel packs at a time: to divide elsewhere would pack some twice. */
const WIDTH = 256;
/** Rows at which reading the matrix takes as long as the arithmetic; fewer are counted as so many. */
const MEMORY_ROWS = 8;
/** Rows or columns that a part for a thread has at least: a cache line of numbers. */
const LINE = 16;

const multipleOf = (n: number, x: number): number => Math.max(n, n * Math.ceil(x / n));

/** A tensor of floats [.., width] as stored, from number `from` on. */
export function stored(tensor: TensorInfo, width: number, from = 0): Strided {
  return { at: addressOf(tensor, from), row: width, column: 1, form: 'float32' };
}

/** A weight [.., width], packed or not: what a product may have on its right side alone. */
export function storedWeight(tensor: TensorInfo, width: number): Strided {
  return { at: addressOf(tensor), row: width, column: 1, form: formOf(tensor) };
}

export const transposed = ({ row, column, ...matrix }: Strided): Strided => ({ ...matrix, row: column, column: row });

const bytesOf = ({ form }: Strided): number => (form === 'float32' ? 4 : 2);

const shifted = (matrix: Strided, rows: number, columns: number): Strided => ({
  ...matrix,
  at: matrix.at + bytesOf(matrix) * (rows * matrix.row + columns * matrix.column),
});

/** c [M,N] (+)= a [M,K] b [K,N] + bias + residual. */
export function multiply(
  a: Strided,
  b: Strided,
  c: Strided,
  [M, K, N]: readonly [number, number, number],
  { accumulate = false, bias = 0, residual }: Epilogue = {},
): Stage {
  const strides = (matrix: Strided): [number, number, number] => [matrix.at, bytesOf(matrix) * matrix.row, bytesOf(matrix) * matrix.column];
  const kernel = kernelFor('multiply', b.form);
  const run = (m: number, rows: number, n: number, columns: number): void => {
    const space = scratch(productSpace(K, columns));
    const to = shifted(c, m, n);
    const added = residual === undefined ? [0, 0] : [shifted(residual, m, n).at, 4 * residual.row];
    const sizes = [rows, K, columns, accumulate, bias === 0 ? 0 : bias + 4 * n, ...added, space] as const;
    simd(kernel, ...strides(shifted(a, m, 0)), ...strides(shifted(b, 0, n)), to.at, 4 * to.row, ...sizes);
  };
  const [rows, columns] = tileOf(M, K, N);
  const down = Math.ceil(M / rows);
  const across = Math.ceil(N / columns);
  const cost = 2 * (K + 1) * Math.min(N, columns) * Math.max(Math.min(M, rows), MEMORY_ROWS);
  // side by side, several tiles are one call
  if (down === 1) {
    const blocks = (from: number, count: number): void => run(0, M, from * columns, Math.min(N - from * columns, count * columns));
    return { units: across, cost, run: blocks, apart: true };
  }
  const tiles = (from: number, count: number): void => {
    for (let tile = from; tile < from + count; tile++) {
      const [m, n] = [(tile % down) * rows, Math.floor(tile / down) * columns];
      run(m, Math.min(rows, M - m), n, Math.min(columns, N - n));
    }
  };
  return { units: down * across, cost, run: tiles, apart: true };
}

/**
 * Rows and columns of a part: columns as the kernel packs them, all rows unless they are too much at once. For several threads parts are
 * smaller: narrower first, because rows that are divided pack the same columns twice.
 */
function tileOf(M: number, K: number, N: number): [rows: number, columns: number] {
  const threads = threadCount();
  const columns = threads === 1 ? WIDTH : Math.min(WIDTH, multipleOf(LINE, N / (PARTS_A_THREAD * threads)));
  const across = Math.ceil(N / columns);
  const most = Math.max(MEMORY_ROWS, 4 * Math.floor(partOperations() / (2 * (K + 1) * Math.min(N, columns)) / 4));
  const fair = threads === 1 || across >= 2 * threads ? M : Math.max(LINE, multipleOf(4, (M * across) / (PARTS_A_THREAD * threads)));
  return [Math.max(1, Math.min(M, most, fair)), columns];
}
