/**
 * Folders of models that were picked, remembered by the browser: their handles in a database of their own, so that a later visit asks for
 * leave to read them and needs no picker. A convenience: where a browser has no such handles, or stores nothing, nothing is remembered. Knows
 * no component.
 */

import { AppError } from '../../errors.ts';
import { foundIn, isIn } from '../../picked-folders.ts';
import type { PickedEntry, PickedSource } from '../../protocol/lm.ts';

/** What a browser gives that lets a page come back to a folder; what asks for leave is not in every one. */
export type FolderHandle = FileSystemDirectoryHandle & {
  queryPermission?(descriptor: { readonly mode: 'read' }): Promise<PermissionState>;
  requestPermission?(descriptor: { readonly mode: 'read' }): Promise<PermissionState>;
};

/** A folder by the fingerprint of the model in it; `folder` is where in it the model lies. */
export type Remembered = {
  readonly fingerprint: string;
  readonly name: string;
  readonly folder: string;
  readonly handle: FolderHandle;
};

export type FolderStore = {
  all(): Promise<readonly Remembered[]>;
  put(folder: Remembered): Promise<void>;
  forget(fingerprint: string): Promise<void>;
};

/** More files than any model has; a home folder ends here. */
export const MOST = 2000;

const [NAME, STORE] = ['step-on-feet-folders', 'folders'] as const;

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new DOMException('', 'UnknownError')));
  });
}

async function inStore<T>(mode: IDBTransactionMode, body: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(NAME, 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE, { keyPath: 'fingerprint' }));
  const database = await settled(opening);
  try {
    return await settled(body(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** The folders that this browser remembers. */
export const folderStore: FolderStore = {
  all: () => inStore('readonly', (store) => store.getAll() as IDBRequest<Remembered[]>).catch(() => []),
  put: async (folder) => void (await inStore('readwrite', (store) => store.put(folder)).catch(() => null)),
  forget: async (fingerprint) => void (await inStore('readwrite', (store) => store.delete(fingerprint)).catch(() => null)),
};

/** May the folder be read? Asks whoever sits there, which a browser allows soon after a click alone. */
async function mayRead(handle: FolderHandle): Promise<boolean> {
  if ((await handle.queryPermission?.({ mode: 'read' })) === 'granted') return true;
  return ((await handle.requestPermission?.({ mode: 'read' })) ?? 'granted') === 'granted';
}

/** What browsers throw where nothing is in the folder's place any more, or something else. */
const GONE: readonly string[] = ['NotFoundError', 'TypeMismatchError'];
const isGone = (error: unknown): boolean => error instanceof DOMException && GONE.includes(error.name);

/** The files in a folder that was remembered, after asking for leave to read it. Errors: FOLDER_REFUSED, FOLDER_GONE. */
export async function filesIn(handle: FolderHandle): Promise<readonly PickedEntry[]> {
  try {
    if (await mayRead(handle)) return await entriesIn(handle);
  } catch (error) {
    throw new AppError(isGone(error) ? 'FOLDER_GONE' : 'FOLDER_REFUSED', `${handle.name}: ${String(error)}`, { cause: error });
  }
  throw new AppError('FOLDER_REFUSED', handle.name);
}

/** The files in a folder and below it, with its name before their paths. */
export async function entriesIn(root: FolderHandle): Promise<readonly PickedEntry[]> {
  const found: PickedEntry[] = [];
  const waiting: { readonly path: string; readonly handle: FileSystemDirectoryHandle }[] = [{ path: root.name, handle: root }];
  for (let next = waiting.shift(); next !== undefined && found.length < MOST; next = waiting.shift()) {
    for await (const [name, handle] of next.handle.entries()) {
      const path = `${next.path}/${name}`;
      if (handle.kind === 'directory') waiting.push({ path, handle });
      else {
        // one that another program has just taken away, such as an unfinished download, is none
        const file = await handle.getFile().catch((error: unknown) => {
          if (isGone(error)) return null;
          throw error;
        });
        if (file !== null) found.push({ path, file });
      }
      if (found.length >= MOST) break;
    }
  }
  return found;
}

/** Bytes of a picked model, about as its copy would take them: those of the others in its folder do not count. */
export function bytesOf({ files, folder }: PickedSource): number {
  const models = foundIn(files.map(({ path }) => path)).filter(({ kind }) => kind === 'model');
  const own = folder ?? models[0]?.folder ?? '';
  const others = models.filter((model) => model.folder !== own && isIn(model.folder, own));
  const mine = files.filter(({ path }) => isIn(path, own) && !others.some((other) => isIn(path, other.folder)));
  const ending = models.some((model) => model.folder === own && model.gguf === true) ? /\.gguf$/i : /\.(?:safetensors|json|jinja)$/i;
  // a file alone is a whole model, whatever it is called
  const kept = files.length === 1 ? files : mine.filter(({ path }) => ending.test(path));
  return kept.reduce((sum, { file }) => sum + file.size, 0);
}
