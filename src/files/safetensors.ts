/**
 * The safetensors file format: a strict reader and a deterministic writer (github.com/huggingface/safetensors). The reader accepts no file
 * that the reference implementation refuses. Tensors stay in the file's bytes until their numbers are asked for (src/files/floats.ts).
 * Knows no model and no tensor library: a tensor is a shape and a Float32Array.
 *
 * The writer adds a CRC-32 to the metadata, which other readers ignore, so that a damaged file of ours is refused instead of read.
 */
import { AppError } from '../errors.ts';
import type { FileBytes } from '../file-bytes.ts';
import { allFinite, BYTES, encodedPieces, sizeOf, tensorOver, type FloatType, type StoredTensor } from './floats.ts';
import { schemeOf } from './quantised.ts';

export type { FloatType, StoredTensor };
/** Of so many things to be read, how many are. */
export type Share = { readonly done: number; readonly total: number };

type TensorFile = { readonly tensors: ReadonlyMap<string, StoredTensor>; readonly metadata: ReadonlyMap<string, string> };

/** What the reference implementation reads is longer: no model has a tenth of this. */
const MAX_HEADER = 2 ** 24;
const MAX_TENSORS = 65_536;
const CHECKSUM = 'crc32';
/** Characters of an error that may quote a hostile file. */
const MAX_DETAIL = 400;

type Json = string | number | null | readonly Json[] | ReadonlyMap<string, Json>;
type Entry = { name: string; dtype: FloatType; shape: readonly number[]; begin: number; end: number };
/** The same of any type. */
type AnyEntry = Omit<Entry, 'dtype'> & { dtype: string };

/** Bits of an element of each type of the format. */
const BITS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    [4, 'F4'],
    [6, 'F6_E2M3 F6_E3M2'],
    [8, 'BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E5M2FNUZ F8_E4M3FNUZ F8_E8M0'],
    [16, 'I16 U16 F16 BF16'],
    [32, 'I32 U32 F32'],
    [64, 'C64 F64 I64 U64'],
  ].flatMap(([bits, types]) =>
    String(types)
      .split(' ')
      .map((type) => [type, bits as number]),
  ),
);

function refuse(detail: string): never {
  throw new AppError('MODEL_FORMAT', detail);
}

/**
 * Reads a file, whose bytes must not change after: a tensor is read from them when its numbers are asked for. `file` names it in errors; what
 * `spare` says yes to may be of any type and is left out. Errors: MODEL_TRUNCATED when bytes are missing at the end, FILE_QUANTISED for
 * weights of a few bits, MODEL_FORMAT for anything else that is wrong.
 */
export function readSafetensors(bytes: FileBytes, file?: string, spare?: (name: string) => boolean): TensorFile {
  const work = readingSafetensors(bytes, file, spare);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** The same piece by piece: how many bytes of a file with a checksum are read for it, which takes long. */
export function* readingSafetensors(
  bytes: FileBytes,
  file?: string,
  spare: (name: string) => boolean = () => false,
): Generator<Share, TensorFile> {
  try {
    return yield* read(bytes, spare);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const detail = error.detail.length > MAX_DETAIL ? `${error.detail.slice(0, MAX_DETAIL)}...` : error.detail;
    throw new AppError(error.code, file === undefined ? detail : `${file}: ${detail}`, { cause: error });
  }
}

function* read(bytes: FileBytes, spare: (name: string) => boolean): Generator<Share, TensorFile> {
  if (bytes.length < 8) throw new AppError('MODEL_TRUNCATED', `${bytes.length} bytes, a header needs at least 8`);
  const { buffer, byteOffset } = bytes.subarray(0, 8);
  const size = new DataView(buffer, byteOffset).getBigUint64(0, true);
  if (size > MAX_HEADER) refuse(`the header length ${size} is above ${MAX_HEADER}`);
  const start = 8 + Number(size);
  if (start > bytes.length) throw new AppError('MODEL_TRUNCATED', `the header ends at byte ${start}, the file at ${bytes.length}`);
  const { entries: all, metadata } = readHeader(decodeUtf8(bytes.subarray(8, start)));
  const end = all.at(-1)?.end ?? 0;
  if (start + end > bytes.length)
    throw new AppError('MODEL_TRUNCATED', `the tensors end at byte ${start + end}, the file at ${bytes.length}`);
  if (start + end < bytes.length) refuse(`${bytes.length - start - end} bytes follow the last tensor`);
  const entries = floatsOf(all.filter(({ name }) => !spare(name)));
  const sum = metadata.get(CHECKSUM);
  if (sum !== undefined && sum !== (yield* summing(all, metadata, piecesOf(bytes, start), end)))
    refuse('the checksum does not fit: the file is damaged');
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(
      name,
      tensorOver(shape, dtype, (most = end - begin) => {
        return bytes.subarray(start + begin, start + Math.min(end, begin + most)) as Uint8Array<ArrayBuffer>;
      }),
    );
  }
  metadata.delete(CHECKSUM);
  return { tensors, metadata };
}

/** Bytes that are read at a time. */
const PIECE = 2 ** 24;

/** The bytes of a file from `from` on, one piece after the other. */
function* piecesOf(file: FileBytes, from: number): Generator<Uint8Array> {
  for (let at = from; at < file.length; at += PIECE) yield file.subarray(at, Math.min(file.length, at + PIECE));
}

type Writing = {
  readonly dtype?: FloatType;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Refuse what this type turns into an infinity. */
  readonly within?: boolean;
};

/** Writes a file; the same tensors give the same bytes in whatever order they come. `dtype` is the type in the file. Errors: EXPORT_RANGE. */
export function writeSafetensors(tensors: ReadonlyMap<string, StoredTensor>, writing: Writing = {}): Uint8Array<ArrayBuffer> {
  const entries = entriesOf(tensors, writing);
  const data = [...dataOf(tensors, entries, writing)];
  const head = headOf(entries, writing, data);
  const file = new Uint8Array(head.length + (entries.at(-1)?.end ?? 0));
  let at = 0;
  for (const piece of [head, ...data]) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** The same bytes piece by piece, none of them before all fit: each tensor is asked for twice, the first time for the checksum, and none is held. */
export function* safetensorsPieces(tensors: ReadonlyMap<string, StoredTensor>, writing: Writing = {}): Generator<Uint8Array<ArrayBuffer>> {
  const entries = entriesOf(tensors, writing);
  yield headOf(entries, writing, dataOf(tensors, entries, writing));
  yield* dataOf(tensors, entries, writing);
}

function entriesOf(tensors: ReadonlyMap<string, StoredTensor>, { dtype = 'F32' }: Writing): readonly Entry[] {
  let end = 0;
  return [...tensors.keys()].sort().map((name) => {
    const { shape } = tensors.get(name) as StoredTensor;
    const begin = end;
    end += sizeOf({ shape }) * BYTES[dtype];
    return { name, dtype, shape, begin, end };
  });
}

function* dataOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  entries: readonly Entry[],
  { within = false }: Writing,
): Generator<Uint8Array<ArrayBuffer>> {
  for (const { name, dtype, shape, begin, end } of entries) {
    let written = 0;
    for (const piece of encodedPieces(tensors.get(name) as StoredTensor, dtype)) {
      if (within && !allFinite(tensorOver([piece.length / BYTES[dtype]], dtype, piece)))
        throw new AppError('EXPORT_RANGE', `${name} has a number that is too large for ${dtype}`);
      written += piece.length;
      yield piece;
    }
    if (written !== end - begin) refuse(`${name}: ${written / BYTES[dtype]} numbers do not have shape [${shape.join()}]`);
  }
}

/** Length and header, filled up to a multiple of 8 bytes. */
function headOf(entries: readonly Entry[], { metadata = {} }: Writing, data: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const pairs = new Map(Object.entries({ format: 'pt', ...metadata }));
  const summed = summing(entries, pairs, data, entries.at(-1)?.end ?? 0);
  let sum = summed.next();
  while (sum.done !== true) sum = summed.next();
  const text = JSON.stringify({
    __metadata__: Object.fromEntries([...pairs, [CHECKSUM, sum.value] as const].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    ...Object.fromEntries(entries.map(({ name, dtype, shape, begin, end }) => [name, { dtype, shape, data_offsets: [begin, end] }])),
  });
  const header = new TextEncoder().encode(text);
  const padded = Math.ceil(header.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(header, 8);
  return head;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('the header is not UTF-8');
  }
}

/** The entries in the order of their bytes, and the metadata; everything is checked but the length of the file. */
function readHeader(text: string): { entries: readonly AnyEntry[]; metadata: Map<string, string> } {
  const header = parseJson(text);
  if (!isObject(header)) return refuse('the header is not an object');
  const metadata = new Map<string, string>();
  const entries: AnyEntry[] = [];
  for (const [name, value] of header) {
    if (name === '__metadata__') {
      if (value === null) continue; // as the reference implementation reads it
      if (!isObject(value)) return refuse('__metadata__ is not an object');
      for (const [key, item] of value) {
        if (typeof item !== 'string') refuse(`__metadata__.${key} is not a string`);
        metadata.set(key, item);
      }
    } else entries.push(readEntry(name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end || (a.name < b.name ? -1 : 1));
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) refuse(`${entry.name} begins at ${entry.begin}, the tensor before it ends at ${end}`);
    ({ end } = entry);
  }
  return { entries, metadata };
}

/** The entries, when all are of types that are read. Errors: FILE_QUANTISED, MODEL_FORMAT. */
function floatsOf(entries: readonly AnyEntry[]): readonly Entry[] {
  const isFloat = (entry: AnyEntry): entry is Entry => entry.dtype in BYTES;
  if (entries.every(isFloat)) return entries;
  const scheme = schemeOf(new Map(entries.map(({ name, dtype }) => [name, dtype])));
  const { name, dtype } = entries.find((entry) => !isFloat(entry)) as AnyEntry;
  const detail = `${name} has type ${JSON.stringify(dtype)}; F32, F16 and BF16 are read`;
  if (scheme !== null) throw new AppError('FILE_QUANTISED', `the weights are quantised (${scheme}): ${detail}`);
  return refuse(detail);
}

function readEntry(name: string, value: Json): AnyEntry {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name.length > 256 || name === '__proto__' || /[\u0000-\u001f\u007f]/.test(name))
    refuse(`the name ${JSON.stringify(name)} is not allowed`);
  if (!isObject(value) || value.size !== 3) refuse(`${name} must have dtype, shape and data_offsets and nothing else`);
  const [dtype, shape, offsets] = [value.get('dtype'), value.get('shape'), value.get('data_offsets')];
  const bits = typeof dtype === 'string' && Object.hasOwn(BITS, dtype) ? (BITS[dtype] as number) : null;
  if (typeof dtype !== 'string' || bits === null) return refuse(`${name} has type ${JSON.stringify(dtype)}; F32, F16 and BF16 are read`);
  if (!isSizes(shape)) return refuse(`${name} has no valid shape`);
  if (!isSizes(offsets) || offsets.length !== 2) return refuse(`${name} has no valid data_offsets`);
  const [begin, end] = offsets as [number, number];
  const elements = sizeOf({ shape });
  if (!Number.isSafeInteger(elements * 8) || (end - begin) * 8 !== elements * bits)
    refuse(`${name} has ${end - begin} bytes for shape [${shape.join()}] of ${dtype}`);
  return { name, dtype, shape, begin, end };
}

function isObject(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0));
}

const SPACE = new Set([' ', '\t', '\n', '\r']);
const MARK = new Set(['{', '}', '[', ']', ':', ',']);

/** Where a string ends that begins at `start`; -1 when it does not. No regex: they overflow on megabytes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return -1;
}

/** Strings, whole numbers, arrays and objects only, because `JSON.parse` hides keys that come twice. */
function parseJson(text: string): Json {
  let at = 0;
  const skip = (): void => {
    while (SPACE.has(text[at] as string)) at++;
  };
  const next = (): string => {
    skip();
    const start = at;
    const first = text[at] ?? '';
    if (MARK.has(first)) at++;
    else if (first === '"') at = endOfString(text, at);
    else if (text.startsWith('null', at)) at += 4;
    else {
      while (at < start + 17 && /[\d.eE+-]/.test(text[at] ?? '')) at++;
      if (!/^(?:0|[1-9]\d{0,15})$/.test(text.slice(start, at))) at = -1;
    }
    if (at < 0) refuse(`the header is not valid JSON at character ${start}`);
    return text.slice(start, at);
  };
  const string = (token: string): string => {
    if (!token.startsWith('"')) refuse(`a string is missing before character ${at}`);
    try {
      const value = JSON.parse(token) as string;
      if (!/\p{Surrogate}/u.test(value)) return value;
    } catch {
      // falls through to the refusal
    }
    return refuse(`a string is broken before character ${at}`);
  };
  const items = (close: string, read: (token: string) => void): void => {
    let token = next();
    if (token === close) return;
    for (;;) {
      read(token);
      token = next();
      if (token === close) return;
      if (token !== ',') refuse(`a comma is missing before character ${at}`);
      token = next();
    }
  };
  const value = (token: string, depth: number): Json => {
    if (depth > 4) refuse('the header is nested too deeply');
    if (token === '{') {
      const object = new Map<string, Json>();
      items('}', (token) => {
        const key = string(token);
        if (object.has(key)) refuse(`${JSON.stringify(key)} stands in the header twice`);
        if (object.size > MAX_TENSORS) refuse(`the header has more than ${MAX_TENSORS} tensors`);
        if (next() !== ':') refuse(`a colon is missing before character ${at}`);
        object.set(key, value(next(), depth + 1));
      });
      return object;
    }
    if (token === '[') {
      const array: Json[] = [];
      items(']', (token) => array.push(value(token, depth + 1)));
      return array;
    }
    if (token.startsWith('"')) return string(token);
    if (/^\d/.test(token)) return Number(token);
    if (token === 'null') return null;
    return refuse(`a value is missing before character ${at}`);
  };
  const result = value(next(), 0);
  skip();
  if (at < text.length) refuse('something follows the header');
  return result;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 over the meaning of the header (not its spelling) and the data, of which there are `total` bytes. */
function* summing(
  entries: readonly AnyEntry[],
  metadata: ReadonlyMap<string, string>,
  data: Iterable<Uint8Array>,
  total: number,
): Generator<Share, string> {
  const pairs = [...metadata].filter(([key]) => key !== CHECKSUM).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const head = JSON.stringify([pairs, entries.map(({ name, dtype, shape, begin, end }) => [name, dtype, shape, begin, end])]);
  let crc = 0xffffffff;
  const add = (bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) crc = (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  };
  add(new TextEncoder().encode(head));
  let done = 0;
  for (const piece of data) {
    add(piece);
    done += piece.length;
    yield { done, total };
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
