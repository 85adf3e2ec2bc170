/**
 * Which layers a PEFT configuration names, as PEFT finds them: by the end of their names, by a pattern, all of them, or those of some layers, less
 * those that are left out. Knows no weights.
 */
import type { Fields } from '../../fields.ts';
import { LINEARS, linearPath, type DecoderConfig, type LinearName } from '../config.ts';
import { matcher } from './name-patterns.ts';

/** A target with its path in the checkpoint. */
export type Target = { readonly layer: number; readonly name: LinearName; readonly path: string };

/** A pattern, with the place in its error. */
export function patternAt(fields: Fields, name: string, pattern: string): (path: string) => boolean {
  try {
    return matcher(pattern);
  } catch (error) {
    return fields.fail(
      name,
      `has the pattern ${JSON.stringify(pattern.slice(0, 80))}, in which ${(error as Error).message} is not supported`,
    );
  }
}

/** Every target of the model in the order of its layers. Errors: those of `fields`, with the key. */
export function targetsOf(fields: Fields, model: DecoderConfig): readonly Target[] {
  const all = Array.from({ length: model.num_hidden_layers }, (_, layer) =>
    LINEARS.map((name): Target => ({ layer, name, path: linearPath(layer, name) })),
  ).flat();
  const wanted = fields.raw('target_modules');
  const excluded = namer(fields, 'exclude_modules');
  const included = typeof wanted === 'string' ? whole(fields, wanted) : named(fields, all);
  const targets = all.filter(({ path }) => included(path) && !excluded(path));
  if (targets.length === 0)
    fields.fail('target_modules', 'names no layer of this model that exclude_modules and layers_to_transform leave');
  return targets;
}

/** A text: all layers, or those whose whole path it matches. */
function whole(fields: Fields, wanted: string): (path: string) => boolean {
  for (const name of ['layers_to_transform', 'layers_pattern']) {
    const value: unknown = fields.raw(name);
    if (value !== undefined && value !== null) fields.fail(name, 'cannot be used when target_modules is a text');
  }
  return wanted.toLowerCase() === 'all-linear' ? () => true : patternAt(fields, 'target_modules', wanted);
}

/** A list: the ends of paths, in the layers that `layers_to_transform` names. */
function named(fields: Fields, all: readonly Target[]): (path: string) => boolean {
  const names = fields.list('target_modules');
  const unknown = names.find((name) => !all.some(({ path }) => endsIn(path, name)));
  if (unknown !== undefined) fields.fail('target_modules', `may name ${LINEARS.join(', ')} only, not ${JSON.stringify(unknown)}`);
  const inLayer = layersOf(fields);
  // a whole path counts in every layer, as PEFT has it
  return (path) => names.includes(path) || (names.some((name) => endsIn(path, name)) && inLayer(path));
}

const endsIn = (path: string, name: unknown): boolean => path === name || (typeof name === 'string' && path.endsWith(`.${name}`));

function layersOf(fields: Fields): (path: string) => boolean {
  const [indices, pattern] = [fields.raw('layers_to_transform') ?? null, fields.raw('layers_pattern') ?? null];
  const patterns: readonly unknown[] = Array.isArray(pattern) ? pattern : pattern === null || pattern === '' ? [] : [pattern];
  if (indices === null && patterns.length > 0) fields.fail('layers_pattern', 'needs layers_to_transform');
  const list: readonly unknown[] = Array.isArray(indices) ? indices : indices === null ? [] : [indices];
  if (!list.every((index) => Number.isInteger(index))) fields.fail('layers_to_transform', 'must be a whole number or a list of them');
  // other names of the list of layers match none of these models
  const known = patterns.length === 0 || patterns.includes('layers');
  if (list.length > 0 && !known) fields.fail('layers_pattern', `is ${JSON.stringify(pattern).slice(0, 80)}; only "layers" is supported`);
  const numbers = new Set(list);
  return (path) => numbers.size === 0 || numbers.has(Number(/\.(\d+)\./.exec(path)?.[1]));
}

/** A list of ends of paths, or a pattern for whole ones. */
function namer(fields: Fields, name: string): (path: string) => boolean {
  const value: unknown = fields.raw(name) ?? null;
  if (value === null) return () => false;
  if (typeof value === 'string') return value === '' ? () => false : patternAt(fields, name, value);
  const names = fields.list(name);
  return (path) => names.some((end) => endsIn(path, end));
}
