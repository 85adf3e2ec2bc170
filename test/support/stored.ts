/**
 * All that a browser keeps for the page, as one file: the rows of its database, the files of its private file system. `takeOut` and
 * `putBack` may run inside a page, so they use nothing from around them; what is put back has the version that it was written with.
 */

/** Bytes are `{ $bytes: base64 }` wherever they are. */
export type Stored = {
  readonly commit: string;
  readonly database: {
    readonly name: string;
    readonly version: number;
    readonly stores: readonly {
      readonly name: string;
      readonly keyPath: string | readonly string[] | null;
      readonly rows: readonly { readonly key: unknown; readonly value: unknown }[];
    }[];
  };
  /** By path. */
  readonly files: Readonly<Record<string, unknown>>;
};

/** Reads everything. */
export async function takeOut(name: string): Promise<Omit<Stored, 'commit'>> {
  const asked = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result));
      request.addEventListener('error', () => reject(request.error ?? new Error('refused')));
    });
  const packed = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { $bytes: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) };
    if (Array.isArray(value)) return value.map(packed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]));
  };
  const database = await asked(indexedDB.open(name));
  const stores: Stored['database']['stores'][number][] = [];
  for (const store of database.objectStoreNames) {
    const rows = database.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([asked(rows.getAllKeys()), asked(rows.getAll() as IDBRequest<unknown[]>)]);
    stores.push({ name: store, keyPath: rows.keyPath, rows: values.map((value, i) => ({ key: keys[i], value: packed(value) })) });
  }
  const { version } = database;
  database.close();
  const files: Record<string, unknown> = {};
  const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
    for await (const [entry, handle] of folder.entries()) {
      if (handle.kind === 'directory') await walk(handle, `${path}${entry}/`);
      else files[path + entry] = packed(new Uint8Array(await (await handle.getFile()).arrayBuffer()));
    }
  };
  await walk(await navigator.storage.getDirectory(), '');
  return { database: { name, version, stores }, files };
}

/** Writes everything into an empty browser, or, where there is no private file system, into an empty database. */
export async function putBack({ database: { name, version, stores }, files }: Omit<Stored, 'commit'>): Promise<void> {
  const unpacked = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(unpacked);
    if (typeof value !== 'object' || value === null) return value;
    const { $bytes: bytes } = value as { readonly $bytes?: string };
    if (bytes !== undefined) return Uint8Array.from(atob(bytes), (letter) => letter.codePointAt(0) ?? 0);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpacked(inner)]));
  };
  await new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(name, version);
    const failed = (): void => reject(opening.error ?? new Error('the database could not be filled'));
    opening.addEventListener('error', failed);
    opening.addEventListener('upgradeneeded', () => {
      for (const store of stores) {
        const keyPath = store.keyPath === null || typeof store.keyPath === 'string' ? store.keyPath : [...store.keyPath];
        const rows = opening.result.createObjectStore(store.name, { keyPath });
        for (const { key, value } of store.rows) rows.put(unpacked(value), ...(keyPath === null ? [key as IDBValidKey] : []));
      }
    });
    opening.addEventListener('success', () => {
      opening.result.close();
      resolve();
    });
  });
  if (typeof navigator === 'undefined' || navigator.storage?.getDirectory === undefined) return;
  for (const [path, bytes] of Object.entries(files)) {
    const parts = path.split('/');
    let folder = await navigator.storage.getDirectory();
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    const file = await (await folder.getFileHandle(parts.at(-1) ?? '', { create: true })).createWritable();
    await file.write(unpacked(bytes) as Uint8Array<ArrayBuffer>);
    await file.close();
  }
}
