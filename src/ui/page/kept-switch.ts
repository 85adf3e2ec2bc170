/** A switch of the page that stays in this browser; where that is not allowed it lasts for the visit. Knows not what it is for. */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

export type KeptSwitch = { readonly on: ReadonlySignal<boolean>; readonly set: (on: boolean) => void };

export function keptSwitch(name: string, usual: boolean): KeptSwitch {
  const on = signal(usual);
  try {
    const stored = localStorage.getItem(name);
    if (stored !== null) on.value = stored === 'on';
  } catch {
    // nothing is kept for this page
  }
  return {
    on,
    set(next) {
      on.value = next;
      try {
        localStorage.setItem(name, next ? 'on' : 'off');
      } catch {
        // it lasts for the visit
      }
    },
  };
}
