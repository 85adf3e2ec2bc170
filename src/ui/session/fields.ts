/**
 * The settings while they are edited: the text in every field, what is refused, and the address, which always says what stands in the
 * fields. Knows no run and no component.
 */
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { parseOptions } from '../../run/options.ts';
import type { OpenedModel } from '../../protocol/lm.ts';
import { type RunConfig, DEFAULTS, defaultsIn, OPTION_NAMES, type OptionName } from '../../run/config.ts';
import { presetConfig, presetOf, PRESETS } from '../../run/presets.ts';
import { hasWorld } from '../../run/worlds.ts';
import { refusedText } from '../option-text.ts';
import { draftOf, readLink, writeLink } from './link.ts';
import type { Draft } from './link.ts';
import { isAnchor, openPlace, type Place, readHead } from './place.ts';

/** The address is written at most this often: browsers refuse a page that writes it without pause. */
const LINK_MS = 350;
/** An entry of the history that the page has seen: Back to it, or to what a visitor of a stand made of it, is no link that somebody opens. */
const OWN = 'own';

/** What was changed for a model, and what stood there. */
type Suited = { readonly now: Partial<Draft>; readonly earlier: Partial<Draft> };

/** What the fields ask of the page around them. */
type Host = {
  /** Is a run on its way? A link that comes meanwhile waits. */
  readonly busy: () => boolean;
  /** Called when a link that was opened in this tab wants a run at once. */
  readonly autorun: () => void;
};

/** Fields that begin with what the address says and keep it up to date. */
export function createFields({ busy, autorun }: Host) {
  const link = readLink(location.hash);
  const draft = signal<Draft>(link.draft);
  /** Where on the page its reader is. */
  const place = signal<Place>(openPlace(link.place));
  /** The link of whose troubles is told, and how those begin that are over. */
  const told = signal<{ readonly hash: string; readonly over: readonly string[] }>({ hash: location.hash, over: [] });
  const troubles = computed(() =>
    readLink(told.value.hash).troubles.filter((trouble) => !told.value.over.some((begin) => trouble.startsWith(begin))),
  );
  /** Does the link name no world, though it names settings? */
  const worldless = signal(link.worldless);
  /** The sentence why Run was refused; gone with the next edit, and with the model or the stored runs that it may speak of. */
  const refused = signal<(() => string) | null>(null);
  /** The link that waits for the end of a run; it may not stand in the address any more. `opened`: it is none that this page wrote. */
  const waiting = signal<{ readonly hash: string; readonly place: Place; readonly opened: boolean } | null>(null);
  const parsed = computed(() => parseOptions(Object.entries(draft.value)));
  const world = computed(() => parsed.value.config.world);
  /** The model that the settings suit; null for a bundled one. */
  const model = signal<Pick<OpenedModel, 'standard' | 'prompts'> | null>(null);
  /** Settings that a model of the user's begins with otherwise: its link always names them. */
  const suits = computed(() => (Object.keys(model.value?.standard ?? {}) as OptionName[]).filter((name) => name !== 'questions'));
  /** What presets stand on: the bundled model of the world in the fields, or one of the user's. */
  const ground = computed(() => ({ standard: model.value?.standard ?? { world: world.value }, prompts: model.value?.prompts ?? null }));
  const preset = computed(() => (parsed.value.refusals.length > 0 ? undefined : presetOf(parsed.value.config, ground.value)));
  /** What the settings stand at where nobody changed them: those of the world, but where a model of the user's suits others. */
  const usual = computed((): RunConfig => {
    const standard = model.value?.standard ?? {};
    return { ...defaultsIn(world.value), ...Object.fromEntries(suits.value.map((name) => [name, standard[name]])) };
  });
  /** The link to another place with the same settings. */
  const linkTo = (there: Place): string => writeLink(draft.value, suits.value, there);
  const linkText = computed(() => linkTo(place.value));

  /** Settings that a link named or somebody typed: no model changes them. */
  let said = new Set<OptionName>(link.named);
  /** What was changed for a model, and what stood there. */
  let before: Suited | null = null;
  /** With what a stand begins again: its settings, and the view of when it became one or of the link opened last, whatever its visitors make of them. */
  let stand = { draft: link.draft, place: place.peek(), said: link.named, before: before as Suited | null };
  let isStand = link.place.booth;
  function noteStand(opened = false, at = place.peek()): void {
    if (at.booth && (opened || !isStand)) stand = { draft: draft.peek(), place: at, said: [...said], before };
    isStand = place.peek().booth;
  }

  let written = -Infinity;
  const write = () => {
    written = performance.now();
    const text = linkText.peek();
    if (location.hash !== text) history.replaceState(OWN, '', text === '' ? location.pathname + location.search : text);
  };
  /** An address that was opened stays as it was written. */
  let quiet = true;
  effect(() => {
    void linkText.value;
    if (quiet) return;
    const wait = written + LINK_MS - performance.now();
    if (wait <= 0) return write();
    const timer = setTimeout(write, wait);
    return () => clearTimeout(timer);
  });
  quiet = false;

  /** Drops what was said of the link's value of a setting, or of all settings: it no longer stands in the field. */
  function forget(...names: readonly OptionName[]): void {
    const gone = names.length > 0 ? names : OPTION_NAMES;
    told.value = { ...told.peek(), over: [...told.peek().over, ...gone.map((name) => `${name}=`)] };
  }

  function dismissTroubles(): void {
    told.value = { hash: '', over: [] };
  }

  /** A whole configuration into the fields. */
  function load(config: RunConfig): void {
    refused.value = null;
    said.clear();
    forget();
    worldless.value = false;
    draft.value = draftOf(config);
  }

  /** The settings of a link into the fields; the page is at its place since it came, or where its reader went from there. */
  function take(hash: string): boolean {
    const next = readLink(hash);
    quiet = true;
    draft.value = next.draft;
    before = null;
    said = new Set(next.named);
    suit(model.peek());
    quiet = false;
    told.value = { hash, over: [] };
    worldless.value = next.worldless;
    refused.value = null;
    waiting.value = null;
    return next.autorun;
  }
  const seen = (): void => history.replaceState(OWN, '');
  seen();
  // what was come to, which may not stand in the address any more: `write` may have had its turn in between
  window.addEventListener('hashchange', ({ newURL }) => {
    const { hash } = new URL(newURL);
    if (isAnchor(hash)) {
      const { view, chapter, trouble } = readHead(hash);
      if (view !== 'run' || trouble !== null) place.value = openPlace({ ...place.peek(), view, chapter });
      if (trouble !== null) told.value = { hash, over: [] };
      return;
    }
    const opened = history.state !== OWN;
    const next = readLink(hash);
    const before = writeLink(draft.peek(), suits.peek());
    quiet = true;
    place.value = openPlace(next.place);
    quiet = false;
    // another view of the same experiment is no other experiment
    const same = writeLink(next.draft, suits.peek()) === before && !next.autorun;
    waiting.value = busy() && !same ? { hash, place: place.peek(), opened } : null;
    // who comes back to a link before it is taken opens it again
    if (waiting.peek() !== null) return;
    seen();
    if (!same && take(hash)) autorun();
    else if (same && !busy()) told.value = { hash, over: [] };
    noteStand(opened);
    if (location.hash !== hash) write();
  });

  /** The draft in another world: what stood at the default of the one before, and was not asked for, stands at that of the new one. */
  function inWorld(before: Draft, world: string): Draft {
    const [from, to] = [draftOf(defaultsIn(before.world)), draftOf(defaultsIn(world))];
    const moved = OPTION_NAMES.filter((name) => before[name] === from[name] && !said.has(name)).map((name) => [name, to[name]]);
    return { ...before, ...Object.fromEntries(moved), world };
  }

  /**
   * Settings that suit a model of the user's, where nothing else was asked for: no more prompts than its kit has, and room for whole
   * sentences. What was changed for the model before is taken back; null does no more than that.
   */
  function suit(next: Pick<OpenedModel, 'standard' | 'prompts'> | null): void {
    model.value = next;
    const values: Record<OptionName, string> = { ...(next === null ? draft.peek() : inWorld(draft.peek(), DEFAULTS.world)) };
    for (const [name, earlier] of Object.entries(before?.earlier ?? {}) as [OptionName, string][])
      if (values[name] === before?.now[name]) values[name] = earlier;
    const suited: Partial<Record<OptionName, string>> = {};
    // how many questions are asked is not among them: it follows from the others as long as nobody names a number
    for (const name of suits.peek()) {
      const tooMany = name === 'prompts' && Number(values.prompts) > (next?.prompts ?? Infinity);
      if (tooMany || (values[name] === String(DEFAULTS[name]) && !said.has(name))) suited[name] = String(next?.standard[name]);
    }
    const names = Object.keys(suited) as OptionName[];
    before = { now: suited, earlier: Object.fromEntries(names.map((name) => [name, values[name]])) };
    draft.value = { ...values, ...suited };
  }

  return {
    draft,
    /** What in the link cannot be taken as it is. */
    troubles,
    dismissTroubles,
    worldless,
    usual,
    /** Has anybody changed a setting? */
    changed: computed(() => OPTION_NAMES.some((name) => draft.value[name] !== String(usual.value[name]))),
    refused: computed(() => refused.value?.() ?? null),
    /** Says why Run is refused, as often as it is drawn. */
    refuseFor: (why: () => string): void => void (refused.value = why),
    parsed,
    /** The world of the next run. */
    world,
    linkText,
    waits: computed(() => waiting.value !== null),
    place: place as ReadonlySignal<Place>,
    linkTo,
    /** Goes to another view, or another way to show it; Back comes back from there. */
    go(change: Partial<Place>): void {
      const next = openPlace({ ...place.peek(), ...change });
      const there = next.view === 'learn' ? next : { ...next, chapter: 1 };
      const text = linkTo(there);
      // a stand begins again and again, and leaves no trail
      if (text === linkText.peek()) return;
      history.pushState(OWN, '', text === '' ? location.pathname + location.search : text);
      written = performance.now();
      place.value = there;
      noteStand();
    },
    /** Does the address ask for a run at once? */
    wantsRun: (): boolean => readLink(location.hash).autorun,
    /** The whole address of this experiment, as it is in the fields now. */
    address(): string {
      const url = new URL(location.href);
      url.hash = linkText.peek();
      return url.href;
    },
    /** A run has begun: another visit to this address starts none. */
    begun(): void {
      dismissTroubles();
      if (waiting.peek() === null && readLink(location.hash).autorun) write();
    },
    /**
     * When a run is over, a link that came meanwhile is taken; it starts nothing. When the model or what is stored is another, a refusal stays only
     * where a setting is still out of its range.
     */
    watch({ busy, changes }: { readonly busy: ReadonlySignal<boolean>; readonly changes: readonly ReadonlySignal<unknown>[] }): void {
      effect(() => {
        for (const changed of changes) void changed.value;
        if (parsed.peek().refusals.length === 0) refused.value = null;
      });
      effect(() => {
        const link = waiting.peek();
        if (busy.value || link === null) return;
        if (location.hash === link.hash) seen();
        take(link.hash);
        noteStand(link.opened, link.place);
      });
    },
    /** Says why a run is refused, where a setting is out of its range. */
    refuse(): boolean {
      const [refusal] = parsed.peek().refusals;
      if (refusal === undefined) refused.value = null;
      else {
        const name = refusal.name as OptionName;
        const text = draft.peek()[name];
        refused.value = () => refusedText(name, text);
      }
      return refusal !== undefined;
    },
    edit(name: OptionName, text: string): void {
      refused.value = null;
      said.add(name);
      forget(name);
      if (name === 'world' && hasWorld(text)) draft.value = inWorld(draft.value, text);
      else draft.value = { ...draft.value, [name]: text };
    },
    suit,
    load,
    /** A stand as it was when it became one, or as the link says that was opened since. It leaves no trail for Back. */
    beginAnew(): void {
      refused.value = null;
      forget();
      [said, before] = [new Set(stand.said), stand.before];
      draft.value = stand.draft;
      place.value = stand.place;
    },
    /** The preset whose settings stand in the fields; undefined where they are the visitor's own. */
    preset,
    /** The settings of a preset into the fields; the seed stays. */
    takePreset(wanted: string): void {
      const found = PRESETS.find(({ name }) => name === wanted);
      if (found === undefined) return;
      const config = presetConfig(found, ground.peek(), parsed.peek().config.seed);
      load(config);
      said = new Set(OPTION_NAMES.filter((name) => config[name] !== defaultsIn(config.world)[name]));
    },
    resetSettings(): void {
      refused.value = null;
      said.clear();
      forget();
      worldless.value = false;
      draft.value = draftOf(defaultsIn(draft.value.world));
      before = null;
      suit(model.peek());
    },
  };
}
