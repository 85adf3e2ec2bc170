/**
 * Frozen matrices in half of the memory: two float16 an element of an int32 tensor, since tfjs has no smaller type, the first in the low
 * bits, [rows, columns/2]; columns is a multiple of 4. An int32 weight is packed, a float32 one is not.
 * Packing rounds on the host; every backend can unpack. Knows no operation but the look-up of rows.
 */
import * as tf from '@tensorflow/tfjs';
import { fromF16, toF16 } from '../float16.ts';
import type { Work } from './work.ts';

/** Columns of packed halves come in multiples of this. */
export const HALF_GROUP = 4;

const readers = new Set<string>();

/** Says that the kernels of a backend read packed matrices themselves, that of `Embed` among them. */
export function readsPacked(backend: string): void {
  readers.add(backend);
}

/** Rounds a matrix with rows of `columns` numbers to float16, two an element. */
export function packHalves(values: Float32Array, columns: number): Int32Array {
  if (columns % HALF_GROUP !== 0) throw new RangeError(`rows of ${columns} numbers cannot be packed as halves`);
  const data = new Int32Array(values.length / 2);
  for (let i = 0; i < data.length; i++) data[i] = toF16(values[2 * i] as number) | (toF16(values[2 * i + 1] as number) << 16);
  return data;
}

/** The upper halves of int32 words whose lower halves are 0, as numbers 0 .. 65535: so few bits are exact in float32, in which tfjs multiplies. */
function upperHalf(words: tf.Tensor): tf.Tensor {
  const signed = tf.floor(tf.mul(words, 2 ** -16));
  return tf.where(tf.less(signed, 0), tf.add(signed, 65536), signed);
}

/**
 * The numbers that a packed matrix stands for: -> float32 [rows, columns]. In plain tf ops, but for backends whose kernels read packed
 * matrices: tfjs' own WebGPU operations compute int32 in float32, which has no room for the bits, so there all rows are looked up.
 */
function unpacked(weight: tf.Tensor): tf.Tensor {
  if (weight.dtype !== 'int32') return weight;
  const [rows, words] = weight.shape as [number, number];
  if (readers.has(tf.getBackend())) {
    return tf.tidy(() => {
      const all: unknown = tf.engine().runKernel('Embed', { ids: tf.range(0, rows, 1, 'int32'), table: weight }, { rows });
      return (all as tf.Tensor[])[0] as tf.Tensor;
    });
  }
  return tf.tidy(() => {
    const first = upperHalf(tf.mul(weight, tf.scalar(65536, 'int32'))); // wraps
    const second = upperHalf(tf.sub(weight, first.toInt()));
    const table = tf.tensor1d(Float32Array.from({ length: 65536 }, (_, half) => fromF16(half)));
    return tf.gather(table, tf.reshape(tf.stack([first, second], 2), [rows, 2 * words]).toInt());
  });
}

/** Runs `use` with a matrix that the active backend can read: as it is where its kernels do (`kernels`), else unpacked for the time. */
export function withReadable<T>(weight: tf.Tensor, kernels: boolean, use: (readable: tf.Tensor) => Work<T>): Work<T> {
  if (weight.dtype !== 'int32' || (kernels && readers.has(tf.getBackend()))) return use(weight);
  return unpackedFor(weight, use);
}

function* unpackedFor<T>(packed: tf.Tensor, use: (readable: tf.Tensor) => Work<T>): Work<T> {
  const plain = unpacked(packed);
  try {
    return yield* use(plain);
  } finally {
    plain.dispose();
  }
}
