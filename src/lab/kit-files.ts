/**
 * The files of a kit with a kit.json: among files that were picked, and where they are kept beside a copied model. Knows nothing of what is in
 * them but the names that kit.json gives.
 */
import { type FileBytes, whole } from '../file-bytes.ts';
import type { PickedEntry } from '../protocol/lm.ts';

export const KIT = 'kit.json';
/** Where a copied model has its kit: kit.json, and what that names by its place in the list, whatever it is called. */
const KEPT = 'kit/';

/** A file among others by the name under which kit.json asks for it. */
export type KitParts = ReadonlyMap<string, PickedEntry>;

/** The kit where `kit.json` lies nearest, with what of it is there; null without one. */
export async function kitParts(entries: readonly PickedEntry[]): Promise<KitParts | null> {
  const [found] = entries.filter(({ file }) => file.name === KIT).toSorted((a, b) => a.path.length - b.path.length);
  if (found === undefined) return null;
  const folder = found.path.slice(0, -KIT.length);
  const parts = new Map([[KIT, found]]);
  const named = await found.file.arrayBuffer().then(
    (bytes) => namesIn(new Uint8Array(bytes)),
    () => [], // whoever reads it says that it is gone
  );
  for (const name of named) {
    const wanted = placeOf(folder + name);
    // files that were picked one by one have no folders
    const bare = entries.some(({ path }) => path.includes('/')) ? [] : [placeOf(name.replace(/^.*[/\\]/s, ''))];
    const entry = entries.find(({ path }) => placeOf(path) === wanted) ?? entries.find(({ path }) => bare.includes(placeOf(path)));
    if (entry !== undefined) parts.set(name, entry);
  }
  return parts;
}

/** The files of a kit by the names under which a copied model keeps them. */
export async function keptNames(parts: KitParts | null): Promise<ReadonlyMap<string, File>> {
  const kit = parts?.get(KIT);
  if (parts === null || kit === undefined) return new Map();
  const names = namesIn(new Uint8Array(await kit.file.arrayBuffer()));
  const files = names.flatMap((name, i): readonly (readonly [string, File])[] => {
    const part = parts.get(name);
    return part === undefined ? [] : [[`${KEPT}${i + 1}`, part.file]];
  });
  return new Map([[KEPT + KIT, kit.file], ...files]);
}

/** The kit of a copied model by the names that kit.json gives; null where it has none. Errors: those of `read`. */
export async function keptKit(read: (name: string) => Promise<FileBytes | null>): Promise<ReadonlyMap<string, Uint8Array> | null> {
  const bytes = await read(KEPT + KIT);
  if (bytes === null) return null;
  const kit = whole(bytes);
  const files = new Map([[KIT, kit]]);
  for (const [i, name] of namesIn(kit).entries()) {
    const part = await read(`${KEPT}${i + 1}`);
    if (part !== null) files.set(name, whole(part));
  }
  return files;
}

/** Is this file of a copied model its kit's? */
export const isKeptKit = (name: string): boolean => name === KEPT + KIT;

/** The files that a kit names, each once; what is wrong with them is said by `readKit`. */
export function namesIn(bytes: Uint8Array | undefined): readonly string[] {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly files?: Readonly<Record<string, unknown>> };
    return [
      ...new Set(
        Object.values(files ?? {})
          .flat()
          .filter((name): name is string => typeof name === 'string' && name !== ''),
      ),
    ];
  } catch {
    return [];
  }
}

/** A path as it is compared: letters and their accents in one form, as systems differ in it, and no detours. */
function placeOf(path: string): string {
  const parts: string[] = [];
  for (const part of path.normalize('NFC').replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
