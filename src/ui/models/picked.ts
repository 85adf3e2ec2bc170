/** Files that were picked or dropped, with their paths: folders are read to the bottom. Knows nothing of what is in them. */
import type { PickedEntry } from '../../protocol/lm.ts';
import { entriesIn, type FolderHandle, MOST } from '../session/folders.ts';

/** What was picked, and what leads back to its folder where the browser gives that. */
export type Picked = { readonly entries: readonly PickedEntry[]; readonly handle: FolderHandle | null };

/** The files of an input, with or without folders. */
export function entriesOf(files: FileList | null): readonly PickedEntry[] {
  return [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The files of a drop. The transfer is read at once, since it is empty after the event. */
export async function entriesOfDrop(transfer: DataTransfer): Promise<Picked> {
  const items = [...transfer.items];
  const roots = items.flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (roots.length === 0) return { entries: entriesOf(transfer.files), handle: null };
  const [only] = items as (DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> })[];
  const asked = items.length === 1 ? only?.getAsFileSystemHandle?.().catch(() => null) : undefined;
  const entries = await walk(roots);
  const handle = (await asked) ?? null;
  return { entries, handle: handle?.kind === 'directory' ? (handle as FolderHandle) : null };
}

type Picker = { showDirectoryPicker?: (options: { readonly id: string; readonly mode: 'read' }) => Promise<FolderHandle> };

/** Lets somebody pick a folder, with the browser's picker that can be remembered where there is one; null when nothing was picked. */
export async function pickFolder(): Promise<Picked | null> {
  const { showDirectoryPicker } = window as unknown as Picker;
  if (showDirectoryPicker !== undefined) {
    try {
      const handle = await showDirectoryPicker.call(window, { id: 'model', mode: 'read' });
      return { entries: await entriesIn(handle), handle };
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return null;
      // refused to this frame: the other picker needs no leave
    }
  }
  return pick({ webkitdirectory: true });
}

/** Lets somebody pick files, such as one GGUF file; null when nothing was picked. */
export function pickFiles(): Promise<Picked | null> {
  return pick({ multiple: true });
}

function pick(kind: { readonly webkitdirectory: true } | { readonly multiple: true }): Promise<Picked | null> {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', ...kind });
    input.addEventListener('change', () => resolve({ entries: entriesOf(input.files), handle: null }));
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
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
