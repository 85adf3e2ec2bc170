/**
 * Settings as the page holds them, text as it was typed, and the link that carries them behind the #. Values that are out of range
 * stay as they are, on the page and in the link: refusing them is the option table's work.
 */
import { parseOption, valueText } from '../../run/options.ts';
import { type RunConfig, DEFAULTS, defaultsIn, OPTION_NAMES, OPTIONS, type OptionName } from '../../run/config.ts';
import { hasWorld } from '../../run/worlds.ts';

/** The text in every field. */
export type Draft = Readonly<Record<OptionName, string>>;

/** What a link asks for. */
type Link = {
  /** Fields with its values, the defaults of its world where it names none. */
  readonly draft: Draft;
  /** The settings that it names. */
  readonly named: readonly OptionName[];
  /** A sentence for each thing in it that cannot be taken as it is; every one begins with its key. */
  readonly troubles: readonly string[];
  /** Does it name settings and no world? Links did so before there was a choice, and meant a world that is gone. */
  readonly worldless: boolean;
  /** Start at once. */
  readonly autorun: boolean;
};

/** Keys of a link that are no settings. */
const AUTORUN = 'autorun';
const VERSION = 'v';
const KNOWN_VERSION = '1';
/** Longer text is in no field that works; an address has to stay short. */
const LONGEST = 100;

/** The id of a setting's field on the page. */
export function fieldId(name: string): string {
  return `setting-${name}`;
}

/** A configuration as text in fields; a world that is gone leaves today's. */
export function draftOf(config: RunConfig): Draft {
  const world = hasWorld(config.world) ? config.world : DEFAULTS.world;
  return Object.fromEntries(OPTION_NAMES.map((name) => [name, String({ ...config, world }[name] ?? DEFAULTS[name])])) as Record<
    OptionName,
    string
  >;
}

/** Does what is behind the # name a place on the page, and no settings? */
export function isAnchor(hash: string): boolean {
  return /^#[^=&]+$/.test(hash);
}

/** Reads what is behind the #. */
export function readLink(hash: string): Link {
  const named: OptionName[] = [];
  const troubles: string[] = [];
  let autorun = false;
  // A + that somebody typed is a plus (method=soft+): no setting has a space.
  const parameters = isAnchor(hash) ? [] : new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'));
  const world = new Map(parameters).get('world') ?? '';
  const draft: Record<OptionName, string> = { ...draftOf(defaultsIn(world)) };
  for (const [name, value] of parameters) {
    const said = `${name.slice(0, 40)}=${value.slice(0, 40)}`;
    if (Object.hasOwn(draft, name)) {
      draft[name as OptionName] = value;
      named.push(name as OptionName);
      const parsed = parseOption(name as OptionName, value);
      if ('refusal' in parsed) troubles.push(`${said}: ${parsed.refusal.message}`);
    } else if (name === AUTORUN) {
      autorun = value === '1';
      if (value !== '0' && value !== '1') troubles.push(`${said}: it must be 1 to start at once, or left out.`);
    } else if (name !== VERSION) troubles.push(`${said}: this version has no such setting, so it is ignored.`);
    else if (value !== KNOWN_VERSION)
      troubles.push(`${said}: this page reads links of version ${KNOWN_VERSION}; some of it may be missing.`);
  }
  return { draft, named, troubles, worldless: named.length > 0 && !named.includes('world'), autorun };
}

/**
 * The link behind the # for what stands in the fields: what is not at its world's default, what is in `always`, and the world with them. Empty
 * where that is nothing.
 */
export function writeLink(draft: Draft, always: readonly OptionName[] = []): string {
  const usual = defaultsIn(draft.world);
  const others = OPTION_NAMES.filter((name) => name !== 'world').flatMap((name): [string, string][] => {
    const parsed = parseOption(name, draft[name]);
    if ('refusal' in parsed) return [[name, draft[name].slice(0, LONGEST)]];
    return parsed.value === usual[name] && !always.includes(name) ? [] : [[name, String(parsed.value)]];
  });
  const pairs = others.length === 0 && draft.world === DEFAULTS.world ? [] : [['world', draft.world.slice(0, LONGEST)], ...others];
  // as a space would be read back as a plus
  return pairs.length === 0 ? '' : `#${VERSION}=${KNOWN_VERSION}&${new URLSearchParams(pairs).toString().replaceAll('+', '%20')}`;
}

/** "Rounds 2, not 4; Seed 99, not 7": how one configuration differs from another; empty where it does not. */
export function differenceText(config: RunConfig, other: RunConfig, most = 4): string {
  const names = OPTION_NAMES.filter((name) => config[name] !== other[name]);
  const said = names
    .slice(0, most)
    .map((name) => `${OPTIONS[name].label} ${valueText(name, config[name])}, not ${valueText(name, other[name])}`);
  const more = names.length - said.length;
  return [...said, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
