/**
 * The beginning of a GGUF file (as ggml describes it): its metadata by name, and where each tensor lies. Own code: the package of Hugging Face
 * reads picked files in Node alone and believes the lengths that a file names. Here nothing is allocated that the file does not have the
 * bytes for. Knows no model and no number of a tensor.
 */
import { AppError } from '../../../errors.ts';
import type { FileBytes } from '../../../file-bytes.ts';
import { BLOCKS, nameOfType, type BlockType } from './blocks.ts';

/** A value of the metadata. Numbers of 64 bits are there where they are exact. */
export type GgufValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];
/** A tensor: its shape as other files write it, rows first, and where its bytes are. */
export type GgufTensor = { readonly shape: readonly number[]; readonly type: BlockType; readonly begin: number; readonly end: number };
export type GgufHeader = { readonly metadata: ReadonlyMap<string, GgufValue>; readonly tensors: ReadonlyMap<string, GgufTensor> };

/** `GGUF`, the first four bytes. */
const MAGIC = 0x46554747;
const MAX_FIELDS = 10_000;
const MAX_TENSORS = 65_536;
const MAX_NAME = 256;
const MAX_LIST = 2 ** 22;
const MAX_STRING = 2 ** 24;
const [STRING, ARRAY] = [8, 9];
/** Bytes that are read at first, and at most: a vocabulary of 256,000 tokens takes 10 MB. */
const [FIRST, MOST] = [2 ** 24, 2 ** 26];
const DEFAULT_ALIGNMENT = 32;
const ALIGNMENT = 'general.alignment';

function refuse(detail: string): never {
  throw new AppError('MODEL_FORMAT', detail.slice(0, 400));
}

/** Does a file that begins with these bytes say that it is GGUF? */
export function isGguf(file: FileBytes): boolean {
  if (file.length < 4) return false;
  const { buffer, byteOffset } = file.subarray(0, 4);
  return new DataView(buffer, byteOffset).getUint32(0, true) === MAGIC;
}

/** Reads from byte 0 on, and never past the end; holds no more of the file than it has read, but for the beginning. */
class Cursor {
  readonly #file: FileBytes;
  #bytes: Uint8Array;
  #view: DataView;
  at = 0;

  constructor(file: FileBytes) {
    this.#file = file;
    this.#bytes = file.subarray(0, Math.min(FIRST, file.length));
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** Goes `bytes` on and gives where it was. Errors: MODEL_TRUNCATED; MODEL_FORMAT for a header larger than any. */
  take(bytes: number): number {
    const from = this.at;
    const { length } = this.#file;
    if (bytes > length - from)
      throw new AppError('MODEL_TRUNCATED', `the header needs ${bytes} bytes at byte ${from}, the file ends at ${length}`);
    this.at += bytes;
    if (this.at > this.#bytes.length) {
      if (this.at > MOST) refuse(`the header has more than ${MOST} bytes`);
      this.#bytes = this.#file.subarray(0, Math.min(length, Math.max(2 * this.#bytes.length, this.at)));
      this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    }
    return from;
  }

  u32(): number {
    return this.#view.getUint32(this.take(4), true);
  }

  /** A number of 64 bits that is exact in JavaScript. */
  u64(what: string): number {
    const value = this.#view.getBigUint64(this.take(8), true);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : refuse(`${what} is ${value}`);
  }

  text(what: string, max: number): string {
    const length = this.u64(`the length of ${what}`);
    if (length > max) refuse(`${what} has ${length} bytes, more than ${max}`);
    const from = this.take(length);
    return DECODER.decode(this.#bytes.subarray(from, from + length));
  }

  /** A number or truth value by its type in the file; null for another type. */
  scalar(type: number, what: string): number | boolean | null {
    const read = SCALARS[type];
    if (read === undefined) return null;
    const value = read.of(this.#view, this.take(read.bytes));
    if (typeof value !== 'bigint') return value;
    return Number.isSafeInteger(Number(value)) ? Number(value) : refuse(`${what} is ${value}`);
  }
}

/** Versions 2 and 3 with the high byte first. */
const SWAPPED: readonly number[] = [0x02_00_00_00, 0x03_00_00_00];
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

type Scalar = { readonly bytes: number; readonly of: (view: DataView, at: number) => number | bigint | boolean };
const SCALARS: Readonly<Record<number, Scalar>> = {
  0: { bytes: 1, of: (view, at) => view.getUint8(at) },
  1: { bytes: 1, of: (view, at) => view.getInt8(at) },
  2: { bytes: 2, of: (view, at) => view.getUint16(at, true) },
  3: { bytes: 2, of: (view, at) => view.getInt16(at, true) },
  4: { bytes: 4, of: (view, at) => view.getUint32(at, true) },
  5: { bytes: 4, of: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, of: (view, at) => view.getFloat32(at, true) },
  7: { bytes: 1, of: (view, at) => view.getUint8(at) !== 0 },
  10: { bytes: 8, of: (view, at) => view.getBigUint64(at, true) },
  11: { bytes: 8, of: (view, at) => view.getBigInt64(at, true) },
  12: { bytes: 8, of: (view, at) => view.getFloat64(at, true) },
};

/** Reads the header of a file, of which no more than that is held. Errors: MODEL_TRUNCATED, MODEL_FORMAT with the place, MODEL_UNSUPPORTED for a type that is not read. */
export function readGgufHeader(file: FileBytes): GgufHeader {
  if (!isGguf(file)) refuse('it does not begin with GGUF');
  const cursor = new Cursor(file);
  cursor.take(4);
  const version = cursor.u32();
  if (SWAPPED.includes(version))
    throw new AppError('MODEL_UNSUPPORTED', 'it is big-endian; gguf-convert-endian FILE little, of the Python package gguf, turns it');
  if (version !== 2 && version !== 3)
    throw new AppError('MODEL_UNSUPPORTED', `it is GGUF version ${version}; 2 and 3 are read, with the low byte first`);
  const tensorCount = cursor.u64('the count of tensors');
  const fieldCount = cursor.u64('the count of fields');
  if (tensorCount > MAX_TENSORS) refuse(`it has ${tensorCount} tensors, more than ${MAX_TENSORS}`);
  if (fieldCount > MAX_FIELDS) refuse(`it has ${fieldCount} fields, more than ${MAX_FIELDS}`);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < fieldCount; i++) {
    const name = cursor.text(`the name of field ${i}`, MAX_NAME);
    if (metadata.has(name)) refuse(`${name} stands there twice`);
    metadata.set(name, readValue(cursor, cursor.u32(), name));
  }
  const listed = Array.from({ length: tensorCount }, (_, i) => readTensor(cursor, i));
  return { metadata, tensors: placed(listed, alignmentOf(metadata), cursor.at, file.length) };
}

function readValue(cursor: Cursor, type: number, name: string): GgufValue {
  if (type === STRING) return cursor.text(name, MAX_STRING);
  if (type !== ARRAY) return cursor.scalar(type, name) ?? refuse(`${name} has type ${type}, which GGUF does not have`);
  const of = cursor.u32();
  const count = cursor.u64(`the length of ${name}`);
  if (count > MAX_LIST) refuse(`${name} has ${count} items, more than ${MAX_LIST}`);
  const items: (string | number | boolean)[] = []; // grows as they are there
  for (let i = 0; i < count; i++) {
    const item = of === STRING ? cursor.text(`${name}[${i}]`, MAX_STRING) : cursor.scalar(of, name);
    items.push(item ?? refuse(`${name} is a list of type ${of}, which is not read`));
  }
  return items as GgufValue;
}

type Listed = Omit<GgufTensor, 'begin' | 'end'> & { readonly name: string; readonly offset: number; readonly bytes: number };

function readTensor(cursor: Cursor, i: number): Listed {
  const name = cursor.text(`the name of tensor ${i}`, MAX_NAME);
  const rank = cursor.u32();
  if (rank < 1 || rank > 4) refuse(`${name} has ${rank} dimensions`);
  const dimensions = Array.from({ length: rank }, () => cursor.u64(`a dimension of ${name}`)); // a row's length first
  const shape = dimensions.toReversed();
  const numbers = shape.reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(numbers) || numbers === 0) refuse(`${name} has shape [${shape.join()}]`);
  const id = cursor.u32();
  const type = BLOCKS.get(id);
  if (type === undefined) {
    const read = [...BLOCKS.values()].map((known) => known.name).join(', ');
    throw new AppError('MODEL_UNSUPPORTED', `${name} is ${nameOfType(id)}; the types ${read} are read`);
  }
  const [row = 0] = dimensions;
  if (row % type.numbers !== 0) refuse(`${name} has rows of ${row} numbers, ${type.name} has blocks of ${type.numbers}`);
  return { name, shape, type, offset: cursor.u64(`the place of ${name}`), bytes: (numbers / type.numbers) * type.bytes };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const value = metadata.get(ALIGNMENT) ?? DEFAULT_ALIGNMENT;
  if (typeof value === 'number' && value > 0 && value <= 2 ** 20 && value % 8 === 0) return value;
  return refuse(`${ALIGNMENT} is ${JSON.stringify(value)}`);
}

/** The tensors by their names, with their places in the file. Errors: MODEL_FORMAT for a name twice and an overlap, MODEL_TRUNCATED. */
function placed(listed: readonly Listed[], alignment: number, header: number, size: number): ReadonlyMap<string, GgufTensor> {
  const start = Math.ceil(header / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  let [end, before] = [start, 'the header'];
  for (const { name, shape, type, offset, bytes } of listed.toSorted((a, b) => a.offset - b.offset)) {
    if (tensors.has(name)) refuse(`${name} stands there twice`);
    const begin = start + offset;
    if (begin < end) refuse(`${name} begins at byte ${begin}, ${before} ends at ${end}`);
    [end, before] = [begin + bytes, name];
    if (end > size) throw new AppError('MODEL_TRUNCATED', `${name} ends at byte ${end}, the file at ${size}`);
    tensors.set(name, { shape, type, begin, end });
  }
  return tensors;
}
