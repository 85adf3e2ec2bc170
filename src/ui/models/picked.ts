/** Files that were picked or dropped, with their paths: folders are read to the bottom. Knows nothing of what is in them. */
import type { PickedEntry } from '../../protocol/lm.ts';

/** More files than any model has; a dropped home folder ends here. */
const MOST = 2000;

/** The files of an input, with or without folders. */
export function entriesOf(files: FileList | null): readonly PickedEntry[] {
  return [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The files of a drop. The transfer is read at once, since it is empty after the event. */
export function entriesOfDrop(transfer: DataTransfer): Promise<readonly PickedEntry[]> {
  const roots = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (roots.length === 0) return Promise.resolve(entriesOf(transfer.files));
  return walk(roots);
}

async function walk(roots: readonly FileSystemEntry[]): Promise<readonly PickedEntry[]> {
  const found: PickedEntry[] = [];
  const waiting = [...roots];
  for (let entry = waiting.shift(); entry !== undefined && found.length < MOST; entry = waiting.shift()) {
    const path = entry.fullPath.replace(/^\//, '');
    if (isFile(entry)) {
      found.push({ path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) });
    } else if (isFolder(entry)) {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (some.length === 0) break;
        waiting.push(...some);
      }
    }
  }
  return found;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
