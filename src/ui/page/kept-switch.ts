/** A switch of the page that stays in this browser; where that is not allowed it lasts for the visit. Knows not what it is for. */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

export type KeptSwitch = {
  readonly on: ReadonlySignal<boolean>;
  /** The visitor of a stand sets it for the visit, which is not `kept`. */
  readonly set: (on: boolean, kept?: boolean) => void;
  /** As it is kept. */
  readonly again: () => void;
};

export function keptSwitch(name: string, usual: boolean): KeptSwitch {
  const on = signal(usual);
  const again = (): void => {
    on.value = usual;
    try {
      const stored = localStorage.getItem(name);
      if (stored !== null) on.value = stored === 'on';
    } catch {
      // nothing is kept for this page
    }
  };
  again();
  return {
    on,
    again,
    set(next, kept = true) {
      on.value = next;
      if (!kept) return;
      try {
        localStorage.setItem(name, next ? 'on' : 'off');
      } catch {
        // it lasts for the visit
      }
    },
  };
}
