/**
 * WebAssembly modules whose memory several threads may use: tfjs' binary for one thread and our kernels, with one bit of each changed.
 * A memory with a maximum is declared by flag 1, a shared one by flag 3 (WebAssembly threads proposal, limits); everything else in the
 * two binaries stays as it is, so the results do too. tfjs' own threaded binary would bring a pool of threads for its products, which we do
 * not call. Knows no kernel.
 */
import { AppError } from '../errors.ts';

const IMPORTS = 2;
const MEMORIES = 5;
const WITH_MAXIMUM = 1;
const SHARED = 3;
/** Kinds of imports. */
const FUNCTION = 0;
const MEMORY = 2;

/** Whether this place lets threads share a memory: Node does, and a page that is isolated from other sites. Pages is 64 KiB each. */
export function canShareMemory(pages: number): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false; // a device with too little address space
  }
}

/** Reads a binary from front to back. */
class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new AppError('BACKEND_SELFTEST', 'a WebAssembly binary is cut short');
    return byte;
  }

  /** An unsigned LEB128 number. */
  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  skipName(): void {
    const length = this.number();
    this.at += length;
  }
}

/** Where the flag of the memory's limits is, in the section that imports or defines it. */
function flagOf(reader: Reader, section: number): number | null {
  let left = reader.number();
  if (section === MEMORIES) return left === 0 ? null : reader.at;
  for (; left > 0; left--) {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === MEMORY) return reader.at;
    if (kind !== FUNCTION) throw new AppError('BACKEND_SELFTEST', `a WebAssembly binary imports something of kind ${kind}`);
    reader.number();
  }
  return null;
}

/**
 * A copy of a module with its one memory declared shared.
 * @throws AppError BACKEND_SELFTEST if it has no memory with a maximum
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = module.slice();
  const reader = new Reader(copy, 8);
  while (reader.at < copy.length) {
    const section = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    const flag = section === IMPORTS || section === MEMORIES ? flagOf(reader, section) : null;
    if (flag !== null) {
      if (copy[flag] !== WITH_MAXIMUM) throw new AppError('BACKEND_SELFTEST', 'the memory of a WebAssembly binary has no maximum');
      copy[flag] = SHARED;
      return copy;
    }
    reader.at = end;
  }
  throw new AppError('BACKEND_SELFTEST', 'a WebAssembly binary has no memory');
}
