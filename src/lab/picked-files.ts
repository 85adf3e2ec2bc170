/** Entries that crossed the worker as the readers of models ask for them. Knows no reader. */
import type { PickedFile } from '../files/picked.ts';
import type { PickedEntry } from '../protocol/lm.ts';

/** Picked files under the names that the readers of models look for. */
export function pickedFiles(entries: readonly PickedEntry[]): readonly (PickedFile & { readonly file: File })[] {
  return entries.map(({ path, file }) => ({
    file,
    name: file.name,
    webkitRelativePath: path,
    blob: file,
    arrayBuffer: () => file.arrayBuffer(),
    slice: (from, to) => file.slice(from, to),
  }));
}
