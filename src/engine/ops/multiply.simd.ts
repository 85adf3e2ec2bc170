/**
 * One product on the CPU through strides on tfjs' memory, divided into blocks of columns, and of rows where those are too much at once.
 * Every element is summed in the order of the inner index, so neither division changes a bit.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import { addressOf, productSpace, scratch, simd } from '../wasm.ts';
import { partOperations } from '../work.ts';
import type { Stage } from './op.ts';

/** A matrix in memory: where it begins, and the distance of its rows and columns, in numbers. */
type Strided = { readonly at: number; readonly row: number; readonly column: number };
/** Whether the product is added to what is there, and what is added to it at last: the address of a row, or 0, and a matrix. */
export type Epilogue = { readonly accumulate?: boolean; readonly bias?: number; readonly residual?: Strided };

/** Columns that the kernel packs at a time: to divide elsewhere would pack some twice. */
const WIDTH = 256;
/** Rows at which reading the matrix takes as long as the arithmetic; fewer are counted as so many. */
const MEMORY_ROWS = 8;

/** A tensor [.., width] as stored, from number `from` on. */
export function stored(tensor: TensorInfo, width: number, from = 0): Strided {
  return { at: addressOf(tensor, from), row: width, column: 1 };
}

export const transposed = ({ at, row, column }: Strided): Strided => ({ at, row: column, column: row });

const shifted = ({ at, row, column }: Strided, rows: number, columns: number): Strided => ({
  at: at + 4 * (rows * row + columns * column),
  row,
  column,
});

/** c [M,N] (+)= a [M,K] b [K,N] + bias + residual. */
export function multiply(
  a: Strided,
  b: Strided,
  c: Strided,
  [M, K, N]: readonly [number, number, number],
  { accumulate = false, bias = 0, residual }: Epilogue = {},
): Stage {
  const strides = ({ at, row, column }: Strided): [number, number, number] => [at, 4 * row, 4 * column];
  const run = (m: number, rows: number, n: number, columns: number): void => {
    const space = scratch(productSpace(K, columns));
    const to = shifted(c, m, n);
    const added = residual === undefined ? [0, 0] : [shifted(residual, m, n).at, 4 * residual.row];
    const sizes = [rows, K, columns, accumulate, bias === 0 ? 0 : bias + 4 * n, ...added, space] as const;
    simd('multiply', ...strides(shifted(a, m, 0)), ...strides(shifted(b, 0, n)), to.at, 4 * to.row, ...sizes);
  };
  const perRow = 2 * (K + 1) * Math.min(N, WIDTH);
  const block = perRow * Math.max(M, MEMORY_ROWS);
  if (block <= partOperations()) {
    const columns = (from: number, count: number): void => run(0, M, from * WIDTH, Math.min(N - from * WIDTH, count * WIDTH));
    return { units: Math.ceil(N / WIDTH), cost: block, run: columns };
  }
  const rows = Math.max(MEMORY_ROWS, 4 * Math.floor(partOperations() / perRow / 4));
  const down = Math.ceil(M / rows);
  const tiles = (from: number, count: number): void => {
    for (let tile = from; tile < from + count; tile++) {
      const [m, n] = [(tile % down) * rows, Math.floor(tile / down) * WIDTH];
      run(m, Math.min(rows, M - m), n, Math.min(WIDTH, N - n));
    }
  };
  return { units: down * Math.ceil(N / WIDTH), cost: perRow * rows, run: tiles };
}
