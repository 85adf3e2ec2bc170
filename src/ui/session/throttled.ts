/** A signal at a slower pace, for what costs much to draw. Knows no view. */
import { effect, signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';

/** A signal that follows another one at most every `ms`, and never while `rests` says so. */
export function throttled<T>(source: ReadonlySignal<T>, ms: number, rests: () => boolean): ReadonlySignal<T> {
  const slow: Signal<T> = signal(source.peek());
  let timer: ReturnType<typeof setTimeout> | null = null;
  let last = -Infinity;
  const copy = () => {
    timer = null;
    if (rests()) return;
    last = performance.now();
    slow.value = source.peek();
  };
  effect(() => {
    void source.value;
    if (rests() || timer !== null) return;
    timer = setTimeout(copy, Math.max(0, last + ms - performance.now()));
  });
  return slow;
}
