/** What an export is made of: names and contents, which the caller saves or zips. Knows no disk and no browser. */

/** What is large is made piece by piece, at each call of `pieces` anew, so that nobody holds it; `size` is about how many bytes that gives. */
export type ExportFile = { readonly name: string } & (
  | { readonly text: string }
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly pieces: () => Iterable<Uint8Array<ArrayBuffer>>; readonly size: number }
);

/** The bytes of a file, in one piece or more. */
export function piecesOf(file: ExportFile): Iterable<Uint8Array<ArrayBuffer>> {
  if ('pieces' in file) return file.pieces();
  return ['text' in file ? new TextEncoder().encode(file.text) : file.bytes];
}

/** About how many bytes that is. */
export function sizeOfFile(file: ExportFile): number {
  if ('pieces' in file) return file.size;
  return 'text' in file ? file.text.length : file.bytes.length;
}

/** JSON as all exports write it: indented, in the order of its keys, one newline at the end. */
export function jsonFile(name: string, value: unknown): ExportFile {
  return { name, text: `${JSON.stringify(value, null, 2)}\n` };
}
