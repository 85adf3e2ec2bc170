/** The open bundled model follows the world of the settings. Knows no model and no component. */
import { effect } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

type Host = {
  readonly world: ReadonlySignal<string>;
  /** The world of the open model; null while none is open, or where it is one of the user's. */
  readonly open: ReadonlySignal<string | null>;
  readonly busy: ReadonlySignal<boolean>;
  readonly openBundled: () => void;
};

export function followWorld({ world, open, busy, openBundled }: Host): void {
  /** The world that was tried last: one whose model does not open is not tried without end. */
  let tried: string | null = null;
  effect(() => {
    const [wanted, here] = [world.value, open.value];
    if (busy.value || here === null) return;
    if (wanted === here) tried = null;
    else if (wanted !== tried) {
      tried = wanted;
      openBundled();
    }
  });
}
