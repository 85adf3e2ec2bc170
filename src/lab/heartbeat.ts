/**
 * Tells the page once a second that this worker lives: that its event loop turns, or that what it computes in one go goes on. A worker that dies
 * or hangs falls silent.
 */
import { onPulse, pulse } from '../pulse.ts';

type Beat = { readonly beat: true };

export function startHeartbeat(): void {
  const beat: Beat = { beat: true };
  onPulse(() => postMessage(beat));
  setInterval(pulse, 1000);
}
