/**
 * The settings of a stored run as this version understands them: checked option by option, because they may be those of another version
 * or damaged. What a run did not name yet has the value that does what it did. Knows no database.
 */
import { parseOption } from '../../run/options.ts';
import { DEFAULTS, OPTION_NAMES, optionOf, OPTIONS, type RunConfig } from '../../run/config.ts';

/** `problem` is a sentence about the first setting that cannot be used; its default stands in its place. */
type StoredConfig = { readonly config: RunConfig; readonly unknown: readonly string[]; readonly problem: string | null };

/** Never throws. */
export function readConfig(raw: unknown): StoredConfig {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { config: DEFAULTS, unknown: [], problem: 'Its settings are damaged.' };
  }
  let problem: string | null = null;
  const stored = new Map(Object.entries(raw));
  const values = OPTION_NAMES.map((name) => {
    const value: unknown = stored.get(name);
    const { label, before } = optionOf(name);
    if (value === undefined) {
      if (before === undefined) problem ??= `It does not say “${label}”.`;
      return [name, before ?? DEFAULTS[name]];
    }
    if (value === before) return [name, value];
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const parsed = parseOption(name, plain ? String(value) : 'damaged');
    if ('value' in parsed && parsed.value === value) return [name, value];
    problem ??= 'refusal' in parsed ? parsed.refusal.message : `“${label}” is damaged.`;
    return [name, before ?? DEFAULTS[name]];
  });
  const unknown = [...stored.keys()].filter((name) => !Object.hasOwn(OPTIONS, name));
  return { config: Object.fromEntries(values) as RunConfig, unknown, problem };
}
