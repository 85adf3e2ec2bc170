/**
 * Frozen matrices in half or a quarter of the memory, as int32 tensors, since tfjs has no smaller type.
 * Halves: two float16 an element, the first in the low bits, [rows, columns/2]; columns is a multiple of 4.
 * Bytes: four signed numbers an element, the first in the low bits, [rows, columns/4], times a float32 scale for each group of 32 columns,
 * [rows, columns/32]; columns is a multiple of 32. An int32 weight with scales is bytes, one without is halves.
 * Packing rounds on the host; unpacking exists on the host and on every backend. Knows no operation but the look-up of rows.
 */
import * as tf from '@tensorflow/tfjs';
import { fromF16, toF16 } from '../float16.ts';
import type { Work } from './work.ts';

/** Columns that share one scale. */
export const BYTE_GROUP = 32;
/** Columns of packed halves come in multiples of this. */
export const HALF_GROUP = 4;

export type Packed = { readonly data: Int32Array; readonly scales?: Float32Array };
/** A frozen matrix on the device: float32, or packed. */
export type Frozen = { readonly weight: tf.Tensor; readonly scales?: tf.Tensor };

type MaybeScaled = { readonly weight: tf.Tensor; readonly scales: tf.Tensor | undefined };

const readers = new Set<string>();

/** Says that the kernels of a backend read packed matrices themselves, that of `Embed` among them. */
export function readsPacked(backend: string): void {
  readers.add(backend);
}

function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return low + (rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? 1 : 0);
}

/** Rounds a matrix with rows of `columns` numbers to float16. */
export function packHalves(values: Float32Array, columns: number): Packed {
  if (columns % HALF_GROUP !== 0) throw new RangeError(`rows of ${columns} numbers cannot be packed as halves`);
  const data = new Int32Array(values.length / 2);
  for (let i = 0; i < data.length; i++) data[i] = toF16(values[2 * i] as number) | (toF16(values[2 * i + 1] as number) << 16);
  return { data };
}

/** Rounds a matrix with rows of `columns` numbers to whole multiples -127..127 of a scale for each group. */
export function packBytes(values: Float32Array, columns: number): Required<Packed> {
  if (columns % BYTE_GROUP !== 0) throw new RangeError(`rows of ${columns} numbers cannot be packed as bytes`);
  const scales = Float32Array.from({ length: values.length / BYTE_GROUP }, (_, group) => {
    const part = values.subarray(group * BYTE_GROUP, (group + 1) * BYTE_GROUP);
    return part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  });
  const level = (i: number): number => {
    const scale = scales[Math.floor(i / BYTE_GROUP)] as number;
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, roundEven((values[i] as number) / scale))) & 255;
  };
  const data = Int32Array.from(
    { length: values.length / 4 },
    (_, i) => level(4 * i) | (level(4 * i + 1) << 8) | (level(4 * i + 2) << 16) | (level(4 * i + 3) << 24),
  );
  return { data, scales };
}

/** The numbers that a packed matrix stands for. */
export function unpack({ data, scales }: Packed): Float32Array {
  if (scales === undefined) {
    return Float32Array.from({ length: 2 * data.length }, (_, i) => fromF16(((data[i >> 1] as number) >>> (16 * (i & 1))) & 0xffff));
  }
  return Float32Array.from({ length: 4 * data.length }, (_, i) => {
    const level = ((data[i >> 2] as number) << (24 - 8 * (i & 3))) >> 24;
    return level * (scales[Math.floor(i / BYTE_GROUP)] as number);
  });
}

/** Bits `from` .. `from`+`bits`-1 of int32 words as a signed float32. What lies below must be 0, or fill 24 bits with it at most: floats hold no more. */
function signedPart(words: tf.Tensor, from: number, bits: number): tf.Tensor {
  const shifted = tf.mul(words, tf.scalar(2 ** (32 - bits - from), 'int32')); // wraps
  return tf.floor(tf.mul(shifted, 2 ** (bits - 32)));
}

const unsigned = (part: tf.Tensor, bits: number): tf.Tensor => tf.where(tf.less(part, 0), tf.add(part, 2 ** bits), part);

/**
 * The numbers that a packed matrix stands for: -> float32 [rows, columns]. In plain tf ops, but for backends whose kernels read packed
 * matrices: tfjs' own WebGPU operations compute int32 in float32, which has no room for the bits, so there all rows are looked up.
 */
export function unpacked({ weight, scales }: MaybeScaled): tf.Tensor {
  if (weight.dtype !== 'int32') return weight;
  const [rows, words] = weight.shape as [number, number];
  if (readers.has(tf.getBackend())) {
    return tf.tidy(() => {
      const inputs = { ids: tf.range(0, rows, 1, 'int32'), table: weight, ...(scales === undefined ? {} : { scales }) };
      const all: unknown = tf.engine().runKernel('Embed', inputs, { rows });
      return (all as tf.Tensor[])[0] as tf.Tensor;
    });
  }
  const bits = scales === undefined ? 16 : 8;
  return tf.tidy(() => {
    const parts: tf.Tensor[] = [];
    let rest = weight; // the words without the parts so far
    for (let from = 0; from < 32; from += bits) {
      const part = signedPart(rest, from, bits);
      parts.push(part);
      rest = tf.sub(rest, tf.mul(unsigned(part, bits).toInt(), tf.scalar(2 ** from, 'int32')));
    }
    const numbers = tf.reshape(tf.stack(parts, 2), [rows, (words * 32) / bits]);
    if (scales === undefined) {
      const table = tf.tensor1d(Float32Array.from({ length: 65536 }, (_, half) => fromF16(half)));
      return tf.gather(table, unsigned(numbers, 16).toInt());
    }
    const grouped = tf.reshape(numbers, [rows, (4 * words) / BYTE_GROUP, BYTE_GROUP]);
    return tf.reshape(tf.mul(grouped, tf.expandDims(scales, 2)), [rows, 4 * words]);
  });
}

/** Runs `use` with a matrix that the active backend can read: as it is where its kernels do (`kernels`), else unpacked for the time. */
export function withReadable<T>({ weight, scales }: MaybeScaled, kernels: boolean, use: (readable: Frozen) => Work<T>): Work<T> {
  if (weight.dtype !== 'int32') return use({ weight });
  if (kernels && readers.has(tf.getBackend())) return use(scales === undefined ? { weight } : { weight, scales });
  return unpackedFor({ weight, scales }, use);
}

function* unpackedFor<T>(packed: MaybeScaled, use: (readable: Frozen) => Work<T>): Work<T> {
  const plain = unpacked(packed);
  try {
    return yield* use({ weight: plain });
  } finally {
    plain.dispose();
  }
}
