/**
 * The gradients of linear layers with adapters on WebGPU, two dispatches for a stack of layers. Each dispatch holds two products that
 * do not depend on each other: the first workgroups compute what goes back to the layers before, the others the gradient of one half of
 * the pairs, straight into the arena of gradients. The frozen weight may be packed. The loops are in src/engine/webgpu-tiles.ts.
 *
 * The gradient of B [out,rank] is computed as its transpose, low^T dy, whose columns fall into blocks like those of dy. Of a block's
 * columns only the rows of its own part of low count: a tile without any of them walks nothing, and the others are not stored.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ownBackend } from '../webgpu.ts';
import type { Ahead, Kernel } from '../webgpu-kernel.ts';
import { ELEMENTS, floatForm, type Form, operand, presentAll, weightForm } from '../webgpu-matrix.ts';
import type { Phase, Tiling } from '../webgpu-part.ts';
import { blocksOfPart, manyRows, productKernel, type Sides, tilingFor } from '../webgpu-tiles.ts';
import type { Placement } from './linear.ts';
import { BLOCK_PARAMETERS, blockParameters, BLOCKS } from './linear.wgsl.ts';
import { registerOpKernel } from './op.ts';

type LowForms = { readonly dy: Form; readonly low: Form; readonly arena: Form };
type XForms = { readonly dy: Form; readonly weight: Form; readonly dLow: Form; readonly x: Form; readonly arena: Form };

const gradLowOf = (tiling: Tiling, { dy, low, arena }: LowForms): Kernel =>
  productKernel(tiling, `LoraGradLow ${dy} ${low} ${arena}`, () => ({
    read: { dy: ELEMENTS[dy], low: ELEMENTS[low], arena: ELEMENTS[arena] },
    write: { dLow: 'f32', gradients: 'f32' },
    params: ['rows', ...BLOCK_PARAMETERS],
    real: ['scale'],
    declare: BLOCKS,
    parts: [
      {
        rows: 'params.rows',
        columns: 'params.wide',
        phases: [
          {
            a: operand({ buffer: 'dy', form: dy, along: 'inner', start: 'o * params.out', step: '1u', end: 'params.out' }),
            b: operand({
              buffer: 'arena',
              form: arena,
              along: 'outer',
              start: 'params.b + o % params.rank',
              step: 'params.rank',
              end: 'params.out',
              where: (k) => `blockOf(${k}) == o / params.rank`,
            }),
            from: 'startOf(column0 / params.rank) / 4u * 4u', // dy is read from multiples of four
            to: 'endOf(column1 / params.rank)',
          },
        ],
        store: 'dLow[row * params.wide + column] = params.scale * sum;',
      },
      {
        rows: 'params.wide',
        columns: 'params.out',
        overBatch: true,
        phases: [
          {
            a: operand({ buffer: 'low', form: low, along: 'outer', start: 'o', step: 'params.wide', end: 'params.rows' }),
            b: operand({ buffer: 'dy', form: dy, along: 'outer', start: 'o', step: 'params.out', end: 'params.rows' }),
            to: 'select(0u, params.rows, blockOf(column0) * params.rank <= row1 && row0 < (blockOf(column1) + 1u) * params.rank)',
          },
        ],
        store:
          'let r = row - blockOf(column) * params.rank; if (r < params.rank) { gradients[params.b + column * params.rank + r] = sum; }',
      },
    ],
  }));

/** dy W: the weight [out,inner] is read along its rows, as it is stored. */
const back = ({ dy, weight }: Pick<XForms, 'dy' | 'weight'>): Phase => ({
  a: operand({ buffer: 'dy', form: dy, along: 'inner', start: 'o * params.out', step: '1u', end: 'params.out' }),
  b: operand({ buffer: 'weight', form: weight, along: 'outer', start: 'o', step: 'params.inner', end: 'params.out' }),
  to: 'params.out',
});

const gradXOf = (tiling: Tiling, { dy, weight, dLow, x, arena }: XForms): Kernel =>
  productKernel(tiling, `LoraGradX ${dy} ${weight} ${dLow} ${x} ${arena}`, () => ({
    read: {
      dy: ELEMENTS[dy],
      weight: ELEMENTS[weight],
      dLow: ELEMENTS[dLow],
      x: ELEMENTS[x],
      arena: ELEMENTS[arena],
    },
    write: { dx: 'f32', gradients: 'f32' },
    params: ['rows', 'inner', ...BLOCK_PARAMETERS],
    parts: [
      {
        rows: 'params.rows',
        columns: 'params.inner',
        phases: [
          back({ dy, weight }),
          {
            a: operand({ buffer: 'dLow', form: dLow, along: 'inner', start: 'o * params.wide', step: '1u', end: 'params.wide' }),
            b: operand({
              buffer: 'arena',
              form: arena,
              along: 'outer',
              start: 'params.a + o',
              step: 'params.inner',
              end: 'params.wide',
            }),
            to: 'params.wide',
          },
        ],
        store: 'dx[row * params.inner + column] = sum;',
      },
      {
        rows: 'params.wide',
        columns: 'params.inner',
        overBatch: true,
        phases: [
          {
            a: operand({ buffer: 'dLow', form: dLow, along: 'outer', start: 'o', step: 'params.wide', end: 'params.rows' }),
            b: operand({ buffer: 'x', form: x, along: 'outer', start: 'o', step: 'params.inner', end: 'params.rows' }),
            to: 'params.rows',
          },
        ],
        store: 'gradients[params.a + row * params.inner + column] = sum;',
      },
    ],
  }));

const linearGradXOf = (tiling: Tiling, forms: Pick<XForms, 'dy' | 'weight'>): Kernel =>
  productKernel(tiling, `LinearGradX ${forms.dy} ${forms.weight}`, () => ({
    read: { dy: ELEMENTS[forms.dy], weight: ELEMENTS[forms.weight] },
    write: { dx: 'f32' },
    params: ['rows', 'inner', 'out'],
    parts: [{ rows: 'params.rows', columns: 'params.inner', phases: [back(forms)], store: 'dx[row * params.inner + column] = sum;' }],
  }));

/** Kernels to compile ahead of their first use: those for sides that are multiples of four. */
export const ahead: Ahead = (device) => {
  const rest = manyRows(device).flatMap((tiling) => [
    gradLowOf(tiling, { dy: 'quad', low: 'quad', arena: 'quad' }),
    gradXOf(tiling, { dy: 'quad', weight: 'quad', dLow: 'quad', x: 'quad', arena: 'quad' }),
  ]);
  return { rest };
};

/** Workgroups of the first product of a dispatch, and of both. */
function blocksOfBoth(tiling: Tiling, first: Sides, second: Sides): { readonly firstBlocks: number; readonly all: number } {
  const firstBlocks = blocksOfPart(tiling, first);
  return { firstBlocks, all: firstBlocks + blocksOfPart(tiling, second, true) };
}

type GradLowInputs = { readonly dy: Tensor; readonly low: Tensor; readonly arena: Tensor; readonly gradients: Tensor };

registerOpKernel<GradLowInputs, Placement>('LoraGradLow', 'webgpu', (inputs, placement, backend) => {
  const gpu = ownBackend(backend);
  const rows = inputs.dy.shape[0] as number;
  const parameters = blockParameters(placement);
  const { out, rank, wide, b } = parameters;
  const dLow = gpu.output([rows, wide]);
  const tiling = tilingFor(gpu, { rows, columns: wide }, false);
  const kernel = gradLowOf(tiling, { dy: floatForm(out), low: floatForm(wide), arena: floatForm(rank, b) });
  const { firstBlocks, all } = blocksOfBoth(tiling, { rows, columns: wide }, { rows: wide, columns: out });
  gpu.run(kernel, presentAll(gpu, { ...inputs, dLow }), { rows, ...parameters, scale: placement.scale, firstBlocks }, all);
  return [dLow];
});

type GradXInputs = {
  readonly dy: Tensor;
  readonly weight: Tensor;
  readonly dLow: Tensor;
  readonly x: Tensor;
  readonly arena: Tensor;
  readonly gradients: Tensor;
};

registerOpKernel<GradXInputs, Placement>('LoraGradX', 'webgpu', (inputs, placement, backend) => {
  const gpu = ownBackend(backend);
  const { weight, x } = inputs;
  const [rows, inner] = x.shape as [number, number];
  const parameters = blockParameters(placement);
  const { out, wide, a } = parameters;
  const dx = gpu.output([rows, inner]);
  const tiling = tilingFor(gpu, { rows, columns: inner }, false);
  const kernel = gradXOf(tiling, {
    dy: floatForm(out),
    weight: weightForm(weight, inner),
    dLow: floatForm(wide),
    x: floatForm(inner),
    arena: floatForm(inner, a),
  });
  const { firstBlocks, all } = blocksOfBoth(tiling, { rows, columns: inner }, { rows: wide, columns: inner });
  gpu.run(kernel, presentAll(gpu, { ...inputs, dx }), { rows, inner, ...parameters, firstBlocks }, all);
  return [dx];
});

type PlainGradXInputs = { readonly dy: Tensor; readonly weight: Tensor };

registerOpKernel<PlainGradXInputs, { readonly inner: number }>('LinearGradX', 'webgpu', (inputs, { inner }, backend) => {
  const gpu = ownBackend(backend);
  const { dy, weight } = inputs;
  const [rows, out] = dy.shape as [number, number];
  const dx = gpu.output([rows, inner]);
  const tiling = tilingFor(gpu, { rows, columns: inner });
  const kernel = linearGradXOf(tiling, { dy: floatForm(out), weight: weightForm(weight, inner) });
  gpu.run(kernel, presentAll(gpu, { ...inputs, dx }), { rows, inner, out }, blocksOfPart(tiling, { rows, columns: inner }));
  return [dx];
});
