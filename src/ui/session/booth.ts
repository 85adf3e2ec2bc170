/**
 * A stand at a fair: when nobody has touched the page for two minutes and nothing is on its way, it begins again from the first view, with the
 * settings that stand in the fields. Knows no component.
 */

/** Rest after which it begins again, in milliseconds. */
export const REST_MS = 120_000;

type Host = {
  /** Is this page a stand now? */
  readonly on: () => boolean;
  readonly busy: () => boolean;
  /** Goes home and starts a run. */
  readonly begin: () => void;
};

/** What a hand does to a page. */
const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const;

/** Watches `target`; gives back the function that ends it. */
export function createBooth({ on, busy, begin }: Host, target: EventTarget = document): () => void {
  let rested = 0;
  const touched = (): void => void (rested = 0);
  for (const name of TOUCHES) target.addEventListener(name, touched, { passive: true });
  const TICK = 1000;
  const timer = setInterval(() => {
    if (!on() || busy()) rested = 0;
    else rested += TICK;
    if (rested < REST_MS) return;
    rested = 0;
    begin();
  }, TICK);
  return () => {
    clearInterval(timer);
    for (const name of TOUCHES) target.removeEventListener(name, touched);
  };
}
