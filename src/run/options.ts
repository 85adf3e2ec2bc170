/**
 * Settings from raw text and back: from a link, the command line or a file, with a sentence for each that is refused. Knows no setting by
 * name.
 */
import { valueOf, valueText as textOf } from '../settings/option.ts';
import { DEFAULTS, defaultsIn, OPTION_NAMES, type OptionName, optionOf, OPTIONS, type RunConfig } from './config.ts';
import { hasWorld } from './worlds.ts';

/** A value as a person reads it: "SOFT+", "on", "automatic", "480". */
export function valueText(name: OptionName, value: RunConfig[OptionName] | undefined): string {
  return textOf(optionOf(name), value);
}

/** A setting that was refused, with a sentence that names it. */
type Refusal = { readonly name: string; readonly code: 'OPTION_RANGE' | 'OPTION_UNKNOWN'; readonly message: string };

/** Checks one raw value; a sentence says what is wrong with it. */
export function parseOption(name: OptionName, raw: string): { readonly value: RunConfig[OptionName] } | { readonly refusal: Refusal } {
  const option = optionOf(name);
  const found = valueOf(option, raw);
  if ('value' in found) return { value: found.value as RunConfig[OptionName] };
  const message = `${option.label} must be ${found.wanted}; “${raw.slice(0, 40)}” is not.`;
  return { refusal: { name, code: 'OPTION_RANGE', message } };
}

/** A configuration from raw name and value pairs, in its world. Refused and unknown names keep the default and are listed. */
export function parseOptions(raw: Iterable<readonly [string, string]>): {
  readonly config: RunConfig;
  readonly refusals: readonly Refusal[];
} {
  const pairs = [...raw];
  const world = pairs.findLast(([name, text]) => name === 'world' && hasWorld(text))?.[1] ?? DEFAULTS.world;
  const values: Record<string, unknown> = { ...defaultsIn(world) };
  const refusals: Refusal[] = [];
  for (const [name, text] of pairs) {
    if (!Object.hasOwn(OPTIONS, name)) {
      refusals.push({ name, code: 'OPTION_UNKNOWN', message: `There is no setting called “${name.slice(0, 40)}”; it was ignored.` });
      continue;
    }
    const parsed = parseOption(name as OptionName, text);
    if ('refusal' in parsed) refusals.push(parsed.refusal);
    else values[name] = parsed.value;
  }
  return { config: values as RunConfig, refusals };
}

/** A configuration that was written before some settings were there: they have what runs did then. */
export function completed(config: Partial<RunConfig>): RunConfig {
  const before = OPTION_NAMES.map((name) => [name, optionOf(name).before ?? DEFAULTS[name]]);
  return { ...(Object.fromEntries(before) as RunConfig), ...config };
}

/** Only what differs from the defaults of its world, in table order, and the world: the text behind the # of a link. Empty for the default run. */
export function formatOptions(config: RunConfig): string {
  const { world } = config;
  const usual = defaultsIn(world);
  // a configuration that was stored before an option was there has its default
  const names = OPTION_NAMES.filter((name) => name !== 'world' && (config[name] ?? usual[name]) !== usual[name]);
  if (names.length === 0 && world === DEFAULTS.world) return '';
  return new URLSearchParams([['world', world], ...names.map((name) => [name, String(config[name])])]).toString();
}
