/**
 * The numbers of one tensor where they lie in a file: float32, float16 or bfloat16 bytes that become float32 when somebody asks, so that
 * a checkpoint is held once, at the size of its file. Knows nothing of headers and names.
 */
import { fromF16, toBF16, toF16 } from '../float16.ts';

export type FloatType = 'F32' | 'F16' | 'BF16';
/**
 * A tensor in host memory. `data` is float32 whatever a file holds; of a file's tensor it is made at each access (a view of the file's
 * bytes where they are aligned float32), so take it once, use it and let it go.
 */
export type StoredTensor = { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> };

export const BYTES: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2 };

type Source = {
  readonly dtype: FloatType;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The first of them, so many at least where there are. */
  readonly first?: (most: number) => Uint8Array<ArrayBuffer>;
};

/** Where the tensors of files come from, for those who can use the bytes as they are. */
const sources = new WeakMap<StoredTensor, Source>();

/** Numbers that a file holds in a coarser type than any float, by its name: made piece by piece, an even count in each but the last. */
export type Quantised = {
  readonly type: string;
  /** Of `count` numbers at the beginning at least, or of all. */
  readonly pieces: (count?: number) => Iterable<Float32Array<ArrayBuffer>>;
  readonly finite: () => boolean;
};

const quantised = new WeakMap<StoredTensor, Quantised>();

/** A tensor over the bytes of a file; `bytes` is a function where they are read or put in order each time, as many as are asked for at least. */
export function tensorOver(
  shape: readonly number[],
  dtype: FloatType,
  bytes: Uint8Array<ArrayBuffer> | ((most?: number) => Uint8Array<ArrayBuffer>),
): StoredTensor {
  const first = (most?: number): Uint8Array<ArrayBuffer> => (typeof bytes === 'function' ? bytes(most) : bytes);
  const source: Source = {
    dtype,
    first,
    get bytes() {
      return first();
    },
  };
  const tensor: StoredTensor = {
    shape,
    get data() {
      return decodeFloats(dtype, source.bytes);
    },
  };
  sources.set(tensor, source);
  return tensor;
}

/** A tensor of quantised numbers. */
export function tensorOfPieces(shape: readonly number[], made: Quantised): StoredTensor {
  const tensor: StoredTensor = {
    shape,
    get data() {
      const data = new Float32Array(sizeOf(tensor));
      let at = 0;
      for (const piece of made.pieces()) {
        data.set(piece, at);
        at += piece.length;
      }
      return data;
    },
  };
  quantised.set(tensor, made);
  return tensor;
}

/** The name of the type in which a file holds these numbers. */
export function nameOfType(tensor: StoredTensor): string {
  return quantised.get(tensor)?.type ?? typeOf(tensor);
}

/** Does the file hold these numbers in a coarser type than float16? */
export function isQuantised(tensor: StoredTensor): boolean {
  return quantised.has(tensor);
}

/** The numbers of a tensor, piece by piece where a file has them, an even count in each but the last, so that a large one is never held as floats. */
export function piecesOf(tensor: StoredTensor): Iterable<Float32Array<ArrayBuffer>> {
  const source = sources.get(tensor);
  return quantised.get(tensor)?.pieces() ?? (source === undefined ? [tensor.data] : decodedPieces(source));
}

function* decodedPieces({ dtype, bytes }: Source): Generator<Float32Array<ArrayBuffer>> {
  for (const piece of cut(dtype, bytes)) yield decodeFloats(dtype, piece);
}

/** The first numbers of a tensor, `count` of them or all; of a file little more is read. */
export function beginningOf(tensor: StoredTensor, count: number): Float32Array<ArrayBuffer> {
  const source = sources.get(tensor);
  if (source !== undefined) {
    const most = count * BYTES[source.dtype];
    return decodeFloats(source.dtype, (source.first?.(most) ?? source.bytes).subarray(0, most));
  }
  const [first = new Float32Array()] = quantised.get(tensor)?.pieces(count) ?? [tensor.data];
  return first.subarray(0, count);
}

/** How the numbers of a tensor lie in its file: float32 where it comes from none. */
export function typeOf(tensor: StoredTensor): FloatType {
  return sources.get(tensor)?.dtype ?? 'F32';
}

/** The bytes of a tensor as its file has them, four at a time; an odd half is an error. A view where they are aligned, so use it and let it go. */
export function wordsOf(tensor: StoredTensor): Int32Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = words(sources.get(tensor)?.bytes ?? bytesOf(tensor.data));
  return new Int32Array(buffer, byteOffset, length);
}

/** Tensors of one row length below each other, joined when somebody asks; of one type where all of them are. */
export function below(tensors: readonly StoredTensor[]): StoredTensor {
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  const joined: StoredTensor = {
    shape: [rows, ...(tensors[0]?.shape.slice(1) ?? [])],
    get data() {
      const data = new Float32Array(sizeOf(joined));
      placeAll(
        data,
        tensors.map((tensor) => () => tensor.data),
      );
      return data;
    },
  };
  const coarse = tensors.flatMap((tensor) => quantised.get(tensor) ?? []);
  if (coarse.length === tensors.length) {
    const pieces = function* (): Generator<Float32Array<ArrayBuffer>> {
      for (const part of coarse) yield* part.pieces();
    };
    return tensorOfPieces(joined.shape, {
      type: coarse.map(({ type }) => type).join('+'),
      pieces,
      finite: () => coarse.every(({ finite }) => finite()),
    });
  }
  const found = tensors.map((tensor) => sources.get(tensor));
  const dtype = found[0]?.dtype;
  if (dtype === undefined || found.some((source) => source?.dtype !== dtype)) return joined;
  sources.set(joined, {
    dtype,
    get bytes() {
      const bytes = new Uint8Array(BYTES[dtype] * sizeOf(joined));
      placeAll(
        bytes,
        found.map((source) => () => (source as Source).bytes),
      );
      return bytes;
    },
  });
  return joined;
}

/** One after the other, each made when its turn comes. */
function placeAll<T extends Float32Array | Uint8Array>(into: T, parts: readonly (() => T)[]): void {
  let at = 0;
  for (const part of parts) {
    const numbers = part();
    into.set(numbers, at);
    at += numbers.length;
  }
}

/** How many numbers a tensor has. */
export function sizeOf({ shape }: Pick<StoredTensor, 'shape'>): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Whether no number is an infinity or NaN, without decoding any. */
export function allFinite(tensor: StoredTensor): boolean {
  const coarse = quantised.get(tensor);
  if (coarse !== undefined) return coarse.finite();
  const source = sources.get(tensor);
  const bytes = source === undefined ? bytesOf(tensor.data) : source.bytes;
  const dtype = source?.dtype ?? 'F32';
  // an exponent of ones is an infinity or NaN
  if (dtype === 'F32') return noneHas(words(bytes), 0x7f800000);
  const halves = shorts(bytes);
  const mask = dtype === 'F16' ? 0x7c00 : 0x7f80;
  const odd = halves.length % 2;
  if (halves.byteOffset % 4 !== 0) return noneHas(halves, mask);
  return (
    noneHasTwice(new Uint32Array(halves.buffer, halves.byteOffset, (halves.length - odd) / 2), mask) &&
    noneHas(halves.slice(-odd || halves.length), mask)
  );
}

/** Two lists of numbers, compared as their files have them where both come from files. */
export function sameNumbers(a: StoredTensor, b: StoredTensor): boolean {
  const [from, to] = [sources.get(a), sources.get(b)];
  const raw = from !== undefined && to !== undefined && from.dtype === to.dtype;
  const [x, y] = raw ? [from.bytes, to.bytes] : [a.data, b.data];
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

function noneHas(numbers: Uint16Array | Uint32Array, mask: number): boolean {
  for (let i = 0; i < numbers.length; i++) if (((numbers[i] as number) & mask) === mask) return false;
  return true;
}

/** The same for two halves a word. */
function noneHasTwice(pairs: Uint32Array, low: number): boolean {
  const high = low << 16;
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i] as number;
    if ((pair & low) === low || (pair & high) === high) return false;
  }
  return true;
}

/** A view of the bytes, or of a copy where they are not aligned. */
function words(bytes: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(buffer, byteOffset, length / 4);
}

function shorts(bytes: Uint8Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(buffer, byteOffset, length / 2);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The bits of every float16 as float32, made when the first file needs them. */
let halfTable: Uint32Array | null = null;

function decodeFloats(dtype: FloatType, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') {
    const { buffer, byteOffset, length } = words(bytes);
    return new Float32Array(buffer, byteOffset, length);
  }
  const halves = shorts(bytes);
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer); // bits, since a NaN may change on its way through a number
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  else {
    halfTable ??= new Uint32Array(Float32Array.from({ length: 65_536 }, (_, half) => fromF16(half)).buffer);
    for (let i = 0; i < halves.length; i++) bits[i] = halfTable[halves[i] as number] as number;
  }
  return floats;
}

/** Numbers of one piece: small beside the model, large enough to cost nothing. */
const PIECE = 2 ** 20;

/** `bytes` are taken once, since they may be read anew each time they are asked for. */
function* cut(dtype: FloatType, bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  const step = PIECE * BYTES[dtype];
  for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step);
}

/** The bytes of a tensor in a file, piece by piece, so that a large one is never held in both types. Views of its own file where it is of that type. */
export function* encodedPieces(tensor: StoredTensor, dtype: FloatType): Generator<Uint8Array<ArrayBuffer>> {
  const source = sources.get(tensor);
  if (source?.dtype === dtype) return yield* cut(dtype, source.bytes);
  for (const data of piecesOf(tensor)) {
    for (let from = 0; from < data.length; from += PIECE) yield encoded(dtype, data.subarray(from, from + PIECE));
  }
}

/** The numbers of a tensor as a file of this type has them. */
export function roundedNumbers(tensor: StoredTensor, dtype: FloatType): Float32Array<ArrayBuffer> {
  const data = new Float32Array(sizeOf(tensor));
  let at = 0;
  for (const piece of encodedPieces(tensor, dtype)) {
    const numbers = decodeFloats(dtype, piece);
    data.set(numbers, at);
    at += numbers.length;
  }
  return data;
}

function encoded(dtype: FloatType, data: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (dtype === 'F32') return bytesOf(data);
  const halves = new Uint16Array(data.length);
  const round = dtype === 'F16' ? toF16 : toBF16;
  for (let i = 0; i < data.length; i++) halves[i] = round(data[i] as number);
  return bytesOf(halves);
}
