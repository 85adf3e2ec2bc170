/** Keeps the screen on while a run can be watched: the browser lets go of it when the page is hidden, so it is taken again. Knows no run. */

/** What of the browser is used. */
type Locks = { request(type: 'screen'): Promise<{ release(): Promise<void> }> };

/** Call it whenever `wanted` may have changed; a browser that has no such lock, or refuses one, changes nothing. */
export function createWakeLock(locks: Locks | undefined): (wanted: boolean) => Promise<void> {
  let held: Promise<{ release(): Promise<void> } | null> = Promise.resolve(null);
  let on = false;
  return async (wanted) => {
    if (locks === undefined || wanted === on) return;
    on = wanted;
    held = held.then(async (lock) => {
      await lock?.release().catch(() => {});
      // a hidden page is refused, and asks again when it is seen
      return on ? await locks.request('screen').catch(() => null) : null;
    });
    await held;
  };
}
