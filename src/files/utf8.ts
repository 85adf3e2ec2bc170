/** Texts and their bytes, as files have them. Knows no file. */

/** A text whose halves of surrogate pairs, which are no characters, are replaced. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** UTF-8 as text without a byte order mark, or null for bytes that are none. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
