/**
 * How kernels read matrices four numbers at a time, by how they are stored: floats one by one where a side is no multiple of four,
 * else as vectors; or packed (src/engine/packing.ts). Also what a kernel is given for a tensor without elements. Knows no product.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import { AppError } from '../errors.ts';
import { HALF_GROUP } from './packing.ts';
import type { Operand as Bound, OwnWebGPUBackend } from './webgpu.ts';
import type { Element } from './webgpu-kernel.ts';
import type { Operand } from './webgpu-part.ts';

/** How the numbers lie in a buffer. */
export type Form = 'single' | 'quad' | 'half';

/** The element type of a buffer of this form. */
export const ELEMENTS: Readonly<Record<Form, Element>> = { single: 'f32', quad: 'vec4<f32>', half: 'i32' };

/** The form of floats in rows of `length` numbers that begin at `offset`. */
export function floatForm(length: number, offset = 0): 'single' | 'quad' {
  return length % 4 === 0 && offset % 4 === 0 ? 'quad' : 'single';
}

/** The form of a weight in rows of `length` numbers: int32 tensors are packed. */
export function weightForm(weight: TensorInfo, length: number): Form {
  if (weight.dtype !== 'int32') return floatForm(length);
  if (length % HALF_GROUP !== 0) throw new AppError('INTERNAL', `packed rows of ${length} numbers are no multiple of ${HALF_GROUP}`);
  return 'half';
}

/**
 * A matrix in a buffer. Element (o, k) lies at `start`, an expression of o and `matrix`, plus k times `step`. `along` tells which of the
 * two counts neighbours. k ends before `end`; elements for which `where`, an expression of o and k, does not hold read as 0.
 */
type Stored = {
  readonly buffer: string;
  readonly form: Form;
  readonly along: 'inner' | 'outer';
  readonly start: string;
  readonly step: string;
  readonly end: string;
  readonly where?: (k: string) => string;
};

const FETCH: Readonly<Record<Exclude<Form, 'single'>, (buffer: string, at: string) => string>> = {
  quad: (buffer, at) => `${buffer}[${at} / 4u]`,
  half: (buffer, at) =>
    `vec4<f32>(unpack2x16float(bitcast<u32>(${buffer}[${at} / 2u])), unpack2x16float(bitcast<u32>(${buffer}[${at} / 2u + 1u])))`,
};

/** Reads four numbers of a stored matrix. */
export function operand({ buffer, form, along, start, step, end, where }: Stored): Operand {
  const only = (value: string, zero: string, conditions: readonly string[]): string =>
    conditions.length === 0 ? value : `select(${zero}, ${value}, ${conditions.join(' && ')})`;
  const mask = (k: string): string[] => (where === undefined ? [] : [where(k)]);
  const at = (k: string): string => `start + ${step === '1u' ? k : `${k} * ${step}`}`;
  if (form === 'single') {
    const one = (k: string): string => only(`${buffer}[${at(k)}]`, '0.0', [`${k} < ${end}`, ...mask(k)]);
    return { along: 'inner', start, load: `vec4<f32>(${['k', '(k + 1u)', '(k + 2u)', '(k + 3u)'].map(one).join(', ')})` };
  }
  // Neighbours along k are four or none: rows are multiples of four then.
  const conditions = [...(along === 'inner' ? [] : [`k < ${end}`]), ...mask('k')];
  return { along, start, load: only(FETCH[form](buffer, `(${at('k')})`), 'vec4<f32>()', conditions) };
}

/** What stands for a tensor in a dispatch: the device binds no empty buffer, so one of its own for each `name`. */
function present<T extends TensorInfo>(gpu: OwnWebGPUBackend, name: string, tensor: T): Bound {
  return tensor.shape.includes(0) ? gpu.constant(`nothing ${name}`, () => new Float32Array(4)) : tensor;
}

/** `present` for all operands of a dispatch, without those that are not there. */
export function presentAll(
  gpu: OwnWebGPUBackend,
  tensors: Readonly<Record<string, TensorInfo | Tensor | undefined>>,
): Readonly<Record<string, Bound>> {
  const given = Object.entries(tensors).filter((entry): entry is [string, TensorInfo] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, tensor]) => [name, present(gpu, name, tensor)]));
}
