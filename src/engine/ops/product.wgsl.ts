/** The matrix product on WebGPU, for all four ways the operands may be stored, one dispatch. The loops are in src/engine/webgpu-tiles.ts. */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import type { Ahead, Kernel } from '../webgpu-kernel.ts';
import { ELEMENTS, floatForm, type Form, operand, presentAll } from '../webgpu-matrix.ts';
import type { Tiling } from '../webgpu-part.ts';
import { blocksOfPart, manyRows, productKernel, tilingFor } from '../webgpu-tiles.ts';
import { registerOpKernel } from './op.ts';
import type { ProductAttributes } from './product.ts';

function productOf(tiling: Tiling, { transposeA, transposeB }: ProductAttributes, a: Form, b: Form): Kernel {
  const name = `Product ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'} ${a} ${b}`;
  return productKernel(tiling, name, () => ({
    read: { a: ELEMENTS[a], b: ELEMENTS[b] },
    write: { c: 'f32' },
    params: ['rows', 'columns', 'inner', 'matrices'],
    parts: [
      {
        rows: 'params.rows',
        columns: 'params.columns',
        matrices: 'params.matrices',
        overBatch: transposeA,
        phases: [
          {
            a: operand({
              buffer: 'a',
              form: a,
              along: transposeA ? 'outer' : 'inner',
              start: `matrix * params.rows * params.inner + ${transposeA ? 'o' : 'o * params.inner'}`,
              step: transposeA ? 'params.rows' : '1u',
              end: 'params.inner',
            }),
            b: operand({
              buffer: 'b',
              form: b,
              along: transposeB ? 'inner' : 'outer',
              start: `matrix * params.inner * params.columns + ${transposeB ? 'o * params.inner' : 'o'}`,
              step: transposeB ? '1u' : 'params.columns',
              end: 'params.inner',
            }),
            to: 'params.inner',
          },
        ],
        store: 'c[(matrix * params.rows + row) * params.columns + column] = sum;',
      },
    ],
  }));
}

/** Kernels to compile ahead of their first use: those that merge an adapter, and those of gradients, for sides that are multiples of four. */
export const ahead: Ahead = (device, { merged }) => {
  const of = (transposeA: boolean) =>
    manyRows(device).map((tiling) => productOf(tiling, { transposeA, transposeB: false }, 'quad', 'quad'));
  return merged ? { answering: of(false), rest: of(true) } : { rest: [...of(false), ...of(true)] };
};

/** Matrices of the stack, rows and columns of a matrix that may be stored transposed. */
function sides({ shape }: TensorInfo, transposed: boolean): [matrices: number, rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const matrices = shape.length === 3 ? (shape[0] as number) : 1;
  return transposed ? [matrices, columns, rows] : [matrices, rows, columns];
}

registerOpKernel<{ readonly a: Tensor; readonly b: Tensor }, ProductAttributes>('Product', 'webgpu', ({ a, b }, flags, backend) => {
  const gpu = ownBackend(backend);
  const { transposeA, transposeB } = flags;
  const [matrices, rows, inner] = sides(a, transposeA);
  const [others, depth, columns] = sides(b, transposeB);
  if (depth !== inner || others !== matrices)
    throw new RangeError(`product: shapes [${a.shape.join()}] and [${b.shape.join()}] do not fit`);
  const c = gpu.output([...a.shape.slice(0, -2), rows, columns]);
  const shape = { rows, columns, matrices };
  const tiling = tilingFor(gpu, shape, !transposeA);
  const kernel = productOf(tiling, flags, floatForm(transposeA ? rows : inner), floatForm(transposeB ? inner : columns));
  gpu.run(kernel, presentAll(gpu, { a, b, c }), { ...shape, inner }, blocksOfPart(tiling, shape, transposeA));
  return [c];
});
