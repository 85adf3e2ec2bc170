/**
 * Settings as the page holds them, text as it was typed, and the link that carries them behind the #. Values that are out of range
 * stay as they are: refusing them is the option table's work.
 */
import { DEFAULTS, OPTION_NAMES, formatOptions } from '../options.ts';
import type { OptionName } from '../options.ts';
import type { RunConfig } from '../protocol.ts';

/** The text in every field. */
export type Draft = Readonly<Record<OptionName, string>>;

/** Keys of a link that are no settings. */
const AUTORUN = 'autorun';
const VERSION = 'v';

/** The id of a setting's field on the page. */
export function fieldId(name: string): string {
  return `setting-${name}`;
}

/** A configuration as text in fields. */
export function draftOf(config: RunConfig): Draft {
  return Object.fromEntries(OPTION_NAMES.map((name) => [name, String(config[name] ?? DEFAULTS[name])])) as Record<OptionName, string>;
}

/** What a link asks for: fields with its values, names that are no settings, and whether to start at once. */
export function readLink(hash: string): { readonly draft: Draft; readonly unknown: readonly string[]; readonly autorun: boolean } {
  const draft: Record<OptionName, string> = { ...draftOf(DEFAULTS) };
  const unknown: string[] = [];
  // A + that somebody typed is a plus (method=soft+): no setting has a space.
  const parameters = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'));
  for (const [name, value] of parameters) {
    if (Object.hasOwn(draft, name)) draft[name as OptionName] = value;
    else if (name !== AUTORUN && name !== VERSION) unknown.push(name);
  }
  return { draft, unknown, autorun: parameters.get(AUTORUN) === '1' };
}

/** The link behind the # for a configuration; empty for the defaults. */
export function writeLink(config: RunConfig): string {
  const options = formatOptions(config);
  return options === '' ? '' : `#${VERSION}=1&${options}`;
}
