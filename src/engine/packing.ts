/**
 * Frozen matrices in half of the memory: two halves an element of an int32 tensor, since tfjs has no smaller type, the first in the low
 * bits, [rows, columns/2]; columns is a multiple of 4. An int32 weight is packed, a float32 one is not. Halves are bfloat16 or float16;
 * which, is known of every packed tensor by its data, and of no other.
 * A backend reads packed matrices in its kernels, or not at all. Knows no operation.
 */
import * as tf from '@tensorflow/tfjs';
import { toF16 } from '../float16.ts';
import type { Work } from './work.ts';

/** Columns of packed halves come in multiples of this. */
export const HALF_GROUP = 4;

/** How the numbers of a matrix are stored. */
export type NumberForm = 'float32' | 'float16' | 'bfloat16';
type HalfForm = Exclude<NumberForm, 'float32'>;

/** How a backend reads packed matrices: in which form its kernels take them, and how it makes float32 of one, [rows, columns]. */
type Reader = { readonly forms: readonly HalfForm[]; readonly unpack: (weight: tf.Tensor) => tf.Tensor };

const readers = new Map<string, Reader>();
const packed = new WeakMap<tf.DataId, HalfForm>();

/** Says that the kernels of a backend read packed matrices themselves. */
export function readsPacked(backend: string, reader: Reader): void {
  readers.set(backend, reader);
}

/** Rounds a matrix with rows of `columns` numbers to float16, two an element. */
export function packHalves(values: Float32Array, columns: number): Int32Array {
  if (columns % HALF_GROUP !== 0) throw new RangeError(`rows of ${columns} numbers cannot be packed as halves`);
  const data = new Int32Array(values.length / 2);
  for (let i = 0; i < data.length; i++) data[i] = toF16(values[2 * i] as number) | (toF16(values[2 * i + 1] as number) << 16);
  return data;
}

/** A packed matrix on the active backend: `words` are its numbers, two an element. */
export function packedMatrix(words: Int32Array, rows: number, columns: number, form: HalfForm): tf.Tensor {
  if (columns % HALF_GROUP !== 0) throw new RangeError(`rows of ${columns} numbers cannot be packed as halves`);
  const matrix = tf.tensor2d(words, [rows, columns / 2], 'int32');
  packed.set(matrix.dataId, form);
  return matrix;
}

/** How the numbers of a weight are stored. */
export function formOf({ dtype, dataId }: tf.TensorInfo): NumberForm {
  if (dtype !== 'int32') return 'float32';
  const form = packed.get(dataId);
  if (form === undefined) throw new RangeError('an int32 tensor that is no packed matrix');
  return form;
}

/** The CPU kernel `name` for matrices of a form. */
export function kernelFor(name: string, form: NumberForm): string {
  return `${name}${{ float32: '', float16: 'Float16', bfloat16: 'BFloat16' }[form]}`;
}

/** Runs `use` with a matrix that the active backend can read: as it is where its kernels do (`kernels`), else unpacked for the time. */
export function withReadable<T>(weight: tf.Tensor, kernels: boolean, use: (readable: tf.Tensor) => Work<T>): Work<T> {
  const form = formOf(weight);
  if (form === 'float32') return use(weight);
  const reader = readers.get(tf.getBackend());
  if (reader === undefined || !reader.forms.includes(form)) throw new RangeError(`${tf.getBackend()} does not read ${form}`);
  return kernels ? use(weight) : unpackedFor(reader.unpack(weight), use);
}

function* unpackedFor<T>(plain: tf.Tensor, use: (readable: tf.Tensor) => Work<T>): Work<T> {
  try {
    return yield* use(plain);
  } finally {
    plain.dispose();
  }
}
