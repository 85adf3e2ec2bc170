/**
 * The settings of a stored run as this version understands them: checked option by option, because they may be those of another version
 * or damaged. What a run did not name yet has the value that does what it did. Knows no database.
 */
import { DEFAULTS, OPTION_NAMES, OPTIONS, parseOption } from '../options.ts';
import type { RunConfig } from '../protocol.ts';

/**
 * What a run did before an option existed. Every option that came after the first stored runs is named here, though it may be the
 * default.
 */
export const BEFORE: Partial<RunConfig> = { questions: 0 };

/** `problem` is a sentence about the first setting that cannot be used; its default stands in its place. */
export type StoredConfig = { readonly config: RunConfig; readonly unknown: readonly string[]; readonly problem: string | null };

/** Never throws. */
export function readConfig(raw: unknown): StoredConfig {
  const before: RunConfig = { ...DEFAULTS, ...BEFORE };
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { config: before, unknown: [], problem: 'Its settings are damaged.' };
  }
  let problem: string | null = null;
  const stored = new Map(Object.entries(raw));
  const values = OPTION_NAMES.map((name) => {
    const value: unknown = stored.get(name);
    if (value === undefined) {
      if (!(name in BEFORE)) problem ??= `It does not say “${OPTIONS[name].label}”.`;
      return [name, before[name]];
    }
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const parsed = parseOption(name, plain ? String(value) : 'damaged');
    if ('value' in parsed && parsed.value === value) return [name, value];
    problem ??= 'refusal' in parsed ? parsed.refusal.message : `“${OPTIONS[name].label}” is damaged.`;
    return [name, before[name]];
  });
  const unknown = [...stored.keys()].filter((name) => !Object.hasOwn(OPTIONS, name));
  return { config: Object.fromEntries(values) as RunConfig, unknown, problem };
}
