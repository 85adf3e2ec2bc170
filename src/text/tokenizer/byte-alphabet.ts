/** GPT-2's alphabet: a printable character for each byte, so that byte-level tokens can be written as strings. Knows no tokenizer. */

/** The character of each byte, in the order of the bytes. */
export const CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let extra = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : extra++));
})();
/** The byte of each character. */
export const BYTES: ReadonlyMap<string, number> = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes of a text in GPT-2's alphabet, one character a byte. */
export function byteLevel(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => CHARACTERS[byte]).join('');
}
