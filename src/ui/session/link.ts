/**
 * Settings as the page holds them, text as it was typed, and the link that carries them behind the #, with the view that it opens. Values that
 * are out of range stay as they are, on the page and in the link: refusing them is the option table's work.
 */
import { say } from '../language/language.ts';
import { parseOption } from '../../run/options.ts';
import { refusedText, valueText } from '../option-text.ts';
import { type RunConfig, DEFAULTS, defaultsIn, OPTION_NAMES, OPTIONS, type OptionName } from '../../run/config.ts';
import { hasWorld } from '../../run/worlds.ts';
import { HOME, type Place, readHead, readShown, SHOWN, writeHead, writeShown } from './place.ts';

/** The text in every field. */
export type Draft = Readonly<Record<OptionName, string>>;

/** What a link asks for. */
type Link = {
  /** The view that it opens, and how. */
  readonly place: Place;
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
/** Links of version 1 named no view. */
const [EARLIER_VERSION, KNOWN_VERSION] = ['1', '2'];
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

/** Reads what is behind the #. */
export function readLink(hash: string): Link {
  const named: OptionName[] = [];
  const troubles: string[] = [];
  let autorun = false;
  const head = readHead(hash);
  if (head.trouble !== null) troubles.push(head.trouble);
  // A + that somebody typed is a plus (method=soft+): no setting has a space.
  const parameters = [...new URLSearchParams(head.query.replaceAll('+', '%2B'))];
  const { shown, troubles: about } = readShown(parameters);
  troubles.push(...about);
  const world = new Map(parameters).get('world') ?? '';
  const draft: Record<OptionName, string> = { ...draftOf(defaultsIn(world)) };
  for (const [name, value] of parameters) {
    const said = `${name.slice(0, 40)}=${value.slice(0, 40)}`;
    if (Object.hasOwn(draft, name)) {
      draft[name as OptionName] = value;
      named.push(name as OptionName);
      const parsed = parseOption(name as OptionName, value);
      if ('refusal' in parsed) troubles.push(`${said}: ${refusedText(name as OptionName, value)}`);
    } else if (SHOWN.includes(name as (typeof SHOWN)[number])) {
      continue; // read above
    } else if (name === AUTORUN) {
      autorun = value === '1';
      if (value !== '0' && value !== '1') troubles.push(say('{said}: it must be 1 to start at once, or left out.', { said }));
    } else if (name !== VERSION) troubles.push(say('{said}: this version has no such setting, so it is ignored.', { said }));
    else if (value !== EARLIER_VERSION && value !== KNOWN_VERSION)
      troubles.push(
        say('{said}: this page reads links of version {version}; some of it may be missing.', { said, version: KNOWN_VERSION }),
      );
  }
  return {
    place: { view: head.view, chapter: head.chapter, ...shown },
    draft,
    named,
    troubles,
    worldless: named.length > 0 && !named.includes('world'),
    autorun,
  };
}

/** The settings of a link: what is not at its world's default, what is in `always`, and the world with them. Empty where that is nothing. */
function settingsOf(draft: Draft, always: readonly OptionName[]): readonly (readonly [string, string])[] {
  const usual = defaultsIn(draft.world);
  const others = OPTION_NAMES.filter((name) => name !== 'world').flatMap((name): [string, string][] => {
    const parsed = parseOption(name, draft[name]);
    if ('refusal' in parsed) return [[name, draft[name].slice(0, LONGEST)]];
    return parsed.value === usual[name] && !always.includes(name) ? [] : [[name, String(parsed.value)]];
  });
  return others.length === 0 && draft.world === DEFAULTS.world ? [] : [['world', draft.world.slice(0, LONGEST)], ...others];
}

/** The link behind the # to a place with what stands in the fields; empty for Run with every setting at its default. */
export function writeLink(draft: Draft, always: readonly OptionName[] = [], place: Place = HOME): string {
  const pairs = [...writeShown(place), ...settingsOf(draft, always)];
  const head = writeHead(place);
  if (pairs.length === 0) return place.view === 'run' ? '' : `#${head}`;
  // as a space would be read back as a plus
  return `#${head}?${VERSION}=${KNOWN_VERSION}&${new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString().replaceAll('+', '%20')}`;
}

/** "Rounds 2, not 4; Seed 99, not 7": how one configuration differs from another; empty where it does not. */
export function differenceText(config: RunConfig, other: RunConfig, most = 4): string {
  const names = OPTION_NAMES.filter((name) => config[name] !== other[name]);
  const said = names.slice(0, most).map((name) =>
    say('{option} {value}, not {other}', {
      option: say(OPTIONS[name].label),
      value: valueText(name, config[name]),
      other: valueText(name, other[name]),
    }),
  );
  const more = names.length - said.length;
  return [...said, ...(more > 0 ? [say('and {more} more', { more })] : [])].join('; ');
}
