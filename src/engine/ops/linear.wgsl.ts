/**
 * Linear layers on WebGPU, with bias, residual stream and adapter in the same dispatch: the adapter is a second phase of the same
 * sums, over the low-rank part of the column's own block. A tile that lies in one block walks that block's part only; one across an
 * edge walks those of all its blocks and reads zeros in the others. Weights may be packed. The loops are in src/engine/webgpu-tiles.ts.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { AppError } from '../../errors.ts';
import { readsPacked } from '../packing.ts';
import { ownBackend } from '../webgpu.ts';
import type { Ahead, Kernel } from '../webgpu-kernel.ts';
import { ELEMENTS, floatForm, type Form, operand, presentAll, weightForm } from '../webgpu-matrix.ts';
import type { Phase, Tiling } from '../webgpu-part.ts';
import { blocksOfPart, productKernel, tilingFor, tilingsOf } from '../webgpu-tiles.ts';
import type { Placement } from './linear.ts';
import { registerOpKernel } from './op.ts';

const MOST_BLOCKS = 3;
const NEVER = 0xffffffff;

/** Block of a column, and where block g begins and ends. Needs the parameters of `blockParameters` and `params.out`. */
export const BLOCKS = `
fn blockOf(column: u32) -> u32 { return select(0u, 1u, column >= params.end0) + select(0u, 1u, column >= params.end1); }
fn startOf(g: u32) -> u32 { return select(select(params.end1, params.end0, g == 1u), 0u, g == 0u); }
fn endOf(g: u32) -> u32 { return min(params.out, select(select(NEVER, params.end1, g == 1u), params.end0, g == 0u)); }
const NEVER = ${NEVER}u;`;

export const BLOCK_PARAMETERS = ['out', 'rank', 'wide', 'a', 'b', 'end0', 'end1'] as const;

/** The placement of a stack's pairs as parameters; `wide` is the rank of all blocks side by side. */
export function blockParameters({ a, b, rank, ends }: Placement): Record<(typeof BLOCK_PARAMETERS)[number], number> {
  if (ends.length > MOST_BLOCKS)
    throw new AppError('INTERNAL', `${ends.length} layers in a stack are more than the kernels can tell apart`);
  const end = (g: number): number => (g < ends.length - 1 ? (ends[g] as number) : NEVER);
  return { out: ends.at(-1) as number, rank, wide: ends.length * rank, a, b, end0: end(0), end1: end(1) };
}

type LinearForms = { readonly x: Form; readonly weight: Form; readonly bias: boolean; readonly residual: boolean };
type LoraForms = { readonly low: Form; readonly arena: Form };

const label = ({ x, weight, bias, residual }: LinearForms): string => `${x} ${weight}${bias ? ' bias' : ''}${residual ? ' residual' : ''}`;

/** x W^T. */
const direct = ({ x, weight }: LinearForms): Phase => ({
  a: operand({ buffer: 'x', form: x, along: 'inner', start: 'o * params.inner', step: '1u', end: 'params.inner' }),
  b: operand({ buffer: 'weight', form: weight, along: 'inner', start: 'o * params.inner', step: '1u', end: 'params.inner' }),
  to: 'params.inner',
});

/** low B^T, of the column's own block. */
const change = ({ low, arena }: LoraForms): Phase => ({
  a: operand({ buffer: 'low', form: low, along: 'inner', start: 'o * params.wide', step: '1u', end: 'params.wide' }),
  b: operand({
    buffer: 'arena',
    form: arena,
    along: 'inner',
    start: 'params.b + o * params.rank - blockOf(o) * params.rank',
    step: '1u',
    end: 'params.wide',
    where: (k) => `${k} - blockOf(o) * params.rank < params.rank`, // unsigned: true from the block's first k on only
  }),
  from: 'blockOf(column0) * params.rank',
  to: '(blockOf(column1) + 1u) * params.rank',
});

const store = ({ bias, residual }: LinearForms): string =>
  `let at = row * params.out + column; y[at] = sum${bias ? ' + bias[column]' : ''}${residual ? ' + residual[at]' : ''};`;

const epilogue = ({ bias, residual }: LinearForms): Record<string, 'f32'> => ({
  ...(bias ? { bias: 'f32' } : {}),
  ...(residual ? { residual: 'f32' } : {}),
});

const linearOf = (tiling: Tiling, forms: LinearForms): Kernel =>
  productKernel(tiling, `Linear ${label(forms)}`, () => ({
    read: { x: ELEMENTS[forms.x], weight: ELEMENTS[forms.weight], ...epilogue(forms) },
    write: { y: 'f32' },
    params: ['rows', 'inner', 'out'],
    parts: [{ rows: 'params.rows', columns: 'params.out', phases: [direct(forms)], store: store(forms) }],
  }));

const loraOf = (tiling: Tiling, forms: LinearForms & LoraForms): Kernel =>
  productKernel(tiling, `LoraLinear ${label(forms)} ${forms.low} ${forms.arena}`, () => ({
    read: {
      x: ELEMENTS[forms.x],
      weight: ELEMENTS[forms.weight],
      low: ELEMENTS[forms.low],
      arena: ELEMENTS[forms.arena],
      ...epilogue(forms),
    },
    write: { y: 'f32' },
    params: ['rows', 'inner', ...BLOCK_PARAMETERS],
    declare: BLOCKS,
    parts: [{ rows: 'params.rows', columns: 'params.out', phases: [direct(forms), change(forms)], store: store(forms) }],
  }));

const downOf = (tiling: Tiling, x: Form, arena: Form): Kernel =>
  productKernel(tiling, `LoraDown ${x} ${arena}`, () => ({
    read: { x: ELEMENTS[x], arena: ELEMENTS[arena] },
    write: { low: 'f32' },
    params: ['rows', 'inner', 'wide', 'a'],
    real: ['scale'],
    parts: [
      {
        rows: 'params.rows',
        columns: 'params.wide',
        phases: [
          {
            a: direct({ x, weight: 'quad', bias: false, residual: false }).a,
            b: operand({
              buffer: 'arena',
              form: arena,
              along: 'inner',
              start: 'params.a + o * params.inner',
              step: '1u',
              end: 'params.inner',
            }),
            to: 'params.inner',
          },
        ],
        store: 'low[row * params.wide + column] = params.scale * sum;',
      },
    ],
  }));

/** Kernels to compile ahead of their first use: those for sides that are multiples of four. */
export const ahead: Ahead = (device, { merged }) => {
  const forms = [false, true].map((residual) => ({ x: 'quad', weight: 'quad', bias: false, residual }) as const);
  const tilings = tilingsOf(device);
  const plain = tilings.flatMap((tiling) => forms.map((form) => linearOf(tiling, form)));
  const adapted = tilings.flatMap((tiling) => [
    downOf(tiling, 'quad', 'quad'),
    ...forms.map((form) => loraOf(tiling, { ...form, low: 'quad', arena: 'quad' })),
  ]);
  return merged ? { answering: plain, rest: adapted } : { answering: [...plain, ...adapted] };
};

type Epilogue = { readonly bias?: Tensor; readonly residual?: Tensor };
type LinearInputs = Epilogue & { readonly x: Tensor; readonly weight: Tensor };
type LoraInputs = LinearInputs & { readonly low: Tensor; readonly arena: Tensor };

type Given = { readonly [name in 'bias' | 'residual']?: TensorInfo | undefined } & {
  readonly x: TensorInfo;
  readonly weight: TensorInfo;
};

function formsOf({ x, weight, bias, residual }: Given): LinearForms {
  const inner = x.shape[1] as number;
  return { x: floatForm(inner), weight: weightForm(weight, inner), bias: bias !== undefined, residual: residual !== undefined };
}

/** All rows looked up: tfjs' own operations compute int32 in float32, which has no room for the bits. */
function unpacked(weight: Tensor): Tensor {
  const [rows] = weight.shape;
  return tf.tidy(() => {
    const all: unknown = tf.engine().runKernel('Embed', { ids: tf.range(0, rows, 1, 'int32'), table: weight }, { rows });
    return (all as Tensor[])[0] as Tensor;
  });
}

readsPacked('webgpu', { forms: ['float16'], unpack: unpacked });

registerOpKernel<LinearInputs, object>('Linear', 'webgpu', (inputs, _, backend) => {
  const gpu = ownBackend(backend);
  const [rows, inner] = inputs.x.shape as [number, number];
  const out = inputs.weight.shape[0] as number;
  const y = gpu.output([rows, out]);
  const tiling = tilingFor(gpu, { rows, columns: out });
  const operands = presentAll(gpu, { ...inputs, y });
  gpu.run(linearOf(tiling, formsOf(inputs)), operands, { rows, inner, out }, blocksOfPart(tiling, { rows, columns: out }));
  return [y];
});

registerOpKernel<{ readonly x: Tensor; readonly arena: Tensor }, Placement>('LoraDown', 'webgpu', ({ x, arena }, placement, backend) => {
  const gpu = ownBackend(backend);
  const [rows, inner] = x.shape as [number, number];
  const { a, scale, rank, ends } = placement;
  const wide = ends.length * rank;
  const low = gpu.output([rows, wide]);
  const tiling = tilingFor(gpu, { rows, columns: wide });
  const kernel = downOf(tiling, floatForm(inner), floatForm(inner, a));
  gpu.run(kernel, presentAll(gpu, { x, arena, low }), { rows, inner, wide, a, scale }, blocksOfPart(tiling, { rows, columns: wide }));
  return [low];
});

registerOpKernel<LoraInputs, Placement>('LoraLinear', 'webgpu', (inputs, placement, backend) => {
  const gpu = ownBackend(backend);
  const [rows, inner] = inputs.x.shape as [number, number];
  const parameters = blockParameters(placement);
  const { out, rank, b } = parameters;
  const y = gpu.output([rows, out]);
  const tiling = tilingFor(gpu, { rows, columns: out });
  const kernel = loraOf(tiling, { ...formsOf(inputs), low: floatForm(rank), arena: floatForm(rank, b) });
  gpu.run(kernel, presentAll(gpu, { ...inputs, y }), { rows, inner, ...parameters }, blocksOfPart(tiling, { rows, columns: out }));
  return [y];
});
