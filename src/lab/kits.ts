/**
 * The alignment kit of a model: one of the user's own that lies beside the picked files, or the one that comes with the page, fetched when
 * the first model of the user's is opened. Knows no model.
 */
import { AppError } from '../errors.ts';
import { readKit, type Kit } from '../files/in/kit.ts';
import type { PickedEntry } from '../protocol/lm.ts';

const KIT = 'kit.json';

/** The kit in a folder of the page. Errors: MODEL_MISSING when it is not there, IMPORT_FORMAT when it is no kit. */
export async function fetchKit(folder: string): Promise<Kit> {
  const fetched = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(`${folder.replace(/\/$/, '')}/${name}`);
    if (!response.ok) throw new AppError('MODEL_MISSING', `there is no ${name} of the kit: status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const files = new Map([[KIT, await fetched(KIT)]]);
  for (const name of namesIn(files.get(KIT))) files.set(name, await fetched(name));
  return readKit(files);
}

/** The kit among picked files: where `kit.json` lies; null without one. Errors: IMPORT_FORMAT, with the file and the line. */
export async function pickedKit(entries: readonly PickedEntry[]): Promise<Kit | null> {
  const [found] = entries.filter(({ file }) => file.name === KIT).toSorted((a, b) => a.path.length - b.path.length);
  if (found === undefined) return null;
  const folder = found.path.slice(0, -KIT.length);
  const bytesOf = async ({ file }: PickedEntry): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());
  const files = new Map([[KIT, await bytesOf(found)]]);
  for (const name of namesIn(files.get(KIT))) {
    const entry = entries.find(({ path }) => path === folder + name);
    if (entry !== undefined) files.set(name, await bytesOf(entry));
  }
  return readKit(files);
}

/** The files that a kit names; what is wrong with them is said by `readKit`. */
function namesIn(bytes: Uint8Array | undefined): readonly string[] {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly files?: Readonly<Record<string, unknown>> };
    return Object.values(files ?? {}).filter((name): name is string => typeof name === 'string' && /^[\w.-]+$/.test(name));
  } catch {
    return [];
  }
}
