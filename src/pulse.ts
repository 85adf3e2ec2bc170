/**
 * Signs of life out of the middle of long work. A worker tells its page that it lives by a timer, which waits while something is computed in one
 * go; on a machine with a tenth of a core that takes tens of seconds. What computes says here that it goes on. Knows nobody who works.
 */

/** Milliseconds between two signs: a little less than a second, as timers are not exact. */
const BETWEEN = 900;

let tell: (() => void) | null = null;
let last = 0;

/** Who hears the signs; one at a time. */
export function onPulse(heard: (() => void) | null): void {
  tell = heard;
  last = performance.now();
}

/** The work goes on: told where the last sign is long enough ago. */
export function pulse(): void {
  if (tell === null) return;
  const now = performance.now();
  if (now - last < BETWEEN) return;
  last = now;
  tell();
}
