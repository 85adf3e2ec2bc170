/**
 * SHA-256, in hexadecimal: of bytes at hand by the browser's own digest, off this thread; by a library where there is none, which is
 * every page that came over plain http, and for bytes that come in pieces, which the browser's cannot do. Knows no file.
 */
import { sha256 as library } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Bytes that are hashed in one go: some 40 ms, then whoever waits on this thread has its turn. */
const PIECE = 4 * 1024 * 1024;

/** SHA-256 of bytes that come in pieces: a file of gigabytes is never in memory as a whole. */
export class Sha256 {
  readonly #hash = library.create();

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The hash; nothing can be added after. */
  hex(): string {
    return bytesToHex(this.#hash.digest());
  }
}

/** SHA-256 of bytes that are all there. They must not change before it resolves. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle !== undefined) return bytesToHex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
  const hash = new Sha256();
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (at > 0) await new Promise((resolve) => void setTimeout(resolve));
    hash.update(bytes.subarray(at, at + PIECE));
  }
  return hash.hex();
}
