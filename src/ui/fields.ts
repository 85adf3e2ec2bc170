/**
 * The settings while they are edited: the text in every field, what is refused, and the link in the address bar that follows them.
 * Knows no run and no component.
 */
import { computed, effect, signal } from '@preact/signals';
import { DEFAULTS, parseOptions } from '../options.ts';
import type { OptionName } from '../options.ts';
import type { OpenedModel, RunConfig } from '../protocol.ts';
import { draftOf, readLink, writeLink } from './link.ts';
import type { Draft } from './link.ts';

const LINK_MS = 250;

/** Fields that begin with what the address says and keep it up to date. */
export function createFields() {
  const link = readLink(location.hash);
  const draft = signal<Draft>(link.draft);
  const unknown = signal<readonly string[]>(link.unknown);
  /** The sentence why Run was refused; gone with the next edit. */
  const refused = signal<string | null>(null);
  const parsed = computed(() => parseOptions(Object.entries(draft.value)));
  const linkText = computed(() => writeLink(parsed.value.config));

  /** What was changed for a model, and what stood there. */
  let before: { readonly now: Partial<Draft>; readonly earlier: Partial<Draft> } | null = null;
  /** The model that the settings suit; null for the bundled one. */
  let model: Pick<OpenedModel, 'standard' | 'prompts'> | null = null;
  let first = true;
  effect(() => {
    const text = linkText.value;
    if (first) {
      first = false;
      return;
    }
    const timer = setTimeout(() => history.replaceState(null, '', text === '' ? location.pathname + location.search : text), LINK_MS);
    return () => clearTimeout(timer);
  });
  window.addEventListener('hashchange', () => {
    const next = readLink(location.hash);
    draft.value = next.draft;
    unknown.value = next.unknown;
  });

  /**
   * Settings that suit a model of the user's, where nothing else was asked for: no more prompts than its kit has, and room for whole
   * sentences. What was changed for the model before is taken back; null does no more than that.
   */
  function suit(next: Pick<OpenedModel, 'standard' | 'prompts'> | null): void {
    model = next;
    const values: Record<OptionName, string> = { ...draft.value };
    for (const [name, earlier] of Object.entries(before?.earlier ?? {}) as [OptionName, string][])
      if (values[name] === before?.now[name]) values[name] = earlier;
    const suited: Partial<Record<OptionName, string>> = {};
    for (const name of Object.keys(next?.standard ?? {}) as OptionName[]) {
      const tooMany = name === 'prompts' && Number(values.prompts) > (next?.prompts ?? Infinity);
      // how many questions are asked follows from the other settings as long as nobody names a number
      if (name !== 'questions' && (tooMany || values[name] === String(DEFAULTS[name]))) suited[name] = String(next?.standard[name]);
    }
    const names = Object.keys(suited) as OptionName[];
    before = { now: suited, earlier: Object.fromEntries(names.map((name) => [name, values[name]])) };
    draft.value = { ...values, ...suited };
  }

  return {
    draft,
    unknown,
    refused,
    parsed,
    linkText,
    autorun: link.autorun,
    edit(name: OptionName, text: string): void {
      refused.value = null;
      draft.value = { ...draft.value, [name]: text };
    },
    suit,
    load(config: RunConfig): void {
      refused.value = null;
      draft.value = draftOf(config);
    },
    resetSettings(): void {
      refused.value = null;
      draft.value = draftOf(DEFAULTS);
      before = null;
      suit(model);
    },
  };
}
