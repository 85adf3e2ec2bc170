/**
 * What lies in a folder that somebody picked, by the paths of its files: models and adapters, the nearest first, as a trainer leaves them in
 * and below its output. Knows names alone.
 */

/**
 * A folder with a model or an adapter in it; `folder` is its path, empty for files that were picked without one; `gguf` are models in a GGUF
 * file, `bare` those without weights.
 */
export type Found = { readonly kind: 'model' | 'adapter'; readonly folder: string; readonly gguf?: true; readonly bare?: true };

const WEIGHTS = /^model\.safetensors(?:\.index\.json)?$/;
/** Weights of a model: not those of an adapter, as PEFT and MLX call them. */
const SAFETENSORS = /^(?!adapter_|(?:\d+_)?adapters\.).*\.safetensors(?:\.index\.json)?$/i;
const ADAPTER = /^adapter_model\.(?:safetensors|bin)$/;
/** What lies beside models under their ending: eyes, and what a quantisation was weighed by. */
const BESIDE = /^(?:mmproj|imatrix)|[-_.](?:mmproj|imatrix)[-_.]/i;

/** The folder of a path, and its name without it. */
export function placeOf(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { folder: at < 0 ? '' : path.slice(0, at), name: path.slice(at + 1).normalize('NFC') };
}

/** How many folders a folder lies in. */
export function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}

/** Is this path in that folder, however deep? */
export function isIn(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Does this name stand for a model in a GGUF file? */
export function isGgufName(name: string): boolean {
  return /\.gguf$/i.test(name) && !BESIDE.test(name);
}

/**
 * The nearest first, of those as near a model before an adapter; a GGUF file after all models that are whole in their folders, where there are
 * any, and a model without its weights after everything.
 */
export function foundIn(paths: readonly string[]): readonly Found[] {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    const { folder, name } = placeOf(path);
    const inside = names.get(folder) ?? new Set();
    names.set(folder, inside.add(name));
  }
  const configs = [...names].filter(([, inside]) => inside.has('config.json')).map(([folder]) => folder);
  const hasWeights = (folder: string): boolean =>
    [...names].some(
      ([other, inside]) =>
        [...inside].some((name) => WEIGHTS.test(name)) &&
        // in the folder itself, or below it where no other model begins
        (other === folder ||
          (isIn(other, folder) && !configs.some((model) => model !== folder && isIn(`${other}/`, model) && isIn(model, folder)))),
    );
  const found: (Found & { readonly rank: number })[] = [];
  const whole = new Set(configs.filter(hasWeights));
  for (const [folder, inside] of names) {
    const isAdapter = inside.has('adapter_config.json');
    const rank = 2 * depthOf(folder);
    const isGguf = [...inside].some(isGgufName) && ![...inside].some((name) => SAFETENSORS.test(name));
    if (whole.has(folder)) found.push({ kind: 'model', folder, rank });
    else if (isGguf) found.push({ kind: 'model', folder, gguf: true, rank: rank + (whole.size > 0 ? 5e5 : 0) });
    // what is left of a model beside an adapter is the copy of its base's configuration
    else if (inside.has('config.json') && !isAdapter) found.push({ kind: 'model', folder, bare: true, rank: rank + 1e6 });
    if (isAdapter) found.push({ kind: 'adapter', folder, rank: rank + 1 });
  }
  // weights of an adapter alone lack its configuration, not a model
  const weights = (inside: ReadonlySet<string>, are: RegExp): boolean => [...inside].some((name) => are.test(name));
  if (found.length === 0 && ![...names.values()].some((inside) => weights(inside, SAFETENSORS)))
    for (const [folder, inside] of names) if (weights(inside, ADAPTER)) found.push({ kind: 'adapter', folder, rank: depthOf(folder) });
  return found
    .sort((a, b) => a.rank - b.rank || a.folder.localeCompare(b.folder, 'en', { numeric: true }))
    .map(({ kind, folder, gguf, bare }) => ({
      kind,
      folder,
      ...(gguf === undefined ? {} : { gguf }),
      ...(bare === undefined ? {} : { bare }),
    }));
}

/** The one that is meant when nobody has chosen: the nearest, or null where another of its kind is as near and as whole. */
export function meantOf(found: readonly Found[]): Found | null {
  const [first, second] = found;
  if (first === undefined) return null;
  const isAlike = second?.kind === first.kind && second.bare === first.bare && second.gguf === first.gguf;
  const asNear = isAlike && depthOf(second.folder) === depthOf(first.folder);
  return asNear ? null : first;
}
