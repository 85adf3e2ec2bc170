/**
 * The settings while they are edited: the text in every field, what is refused, and the link in the address bar that follows them.
 * Knows no run and no component.
 */
import { computed, effect, signal } from '@preact/signals';
import { DEFAULTS, parseOptions } from '../options.ts';
import type { OptionName } from '../options.ts';
import type { RunConfig } from '../protocol.ts';
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
    load(config: RunConfig): void {
      refused.value = null;
      draft.value = draftOf(config);
    },
    resetSettings(): void {
      refused.value = null;
      draft.value = draftOf(DEFAULTS);
    },
  };
}
