/** The alignment kit that comes with the page, fetched when the first model of the user's is opened. Knows no model. */
import { AppError } from '../src/errors.ts';
import { readKit, type Kit } from '../src/export/kit.ts';

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

/** The files that a kit names; what is wrong with them is said by `readKit`. */
function namesIn(bytes: Uint8Array | undefined): readonly string[] {
  try {
    const { files } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly files?: Readonly<Record<string, unknown>> };
    return Object.values(files ?? {}).filter((name): name is string => typeof name === 'string' && /^[\w.-]+$/.test(name));
  } catch {
    return [];
  }
}
