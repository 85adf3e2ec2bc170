/**
 * The newest state of the run that is shown, and the signal that components read, which follows at once or a moment later: text changes at most so
 * often, since what the page draws, the model's workers wait for. Says with it how far the run is. Knows no run and no worker.
 */
import { computed, type Signal } from '@preact/signals';
import { createRising, forecast } from './forecast.ts';
import type { RunView } from './view.ts';

/** Text labels change at most this often. */
const TEXT_MS = 250;

/** `now` is set with the view: times on the page are counted from it. */
export function createNewest(view: Signal<RunView>, now: Signal<number>) {
  let newest = view.peek();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const rise = createRising();
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    now.value = performance.now();
    view.value = newest;
  };
  return {
    /** How far the run is, and how long it still takes. */
    cast: computed(() => rise(forecast(view.value, now.value), view.value.run)),
    get value(): RunView {
      return newest;
    },
    show: (next: RunView, at: 'once' | 'soon'): void => {
      newest = next;
      if (at === 'once') flush();
      else timer ??= setTimeout(flush, TEXT_MS);
    },
  };
}
