/**
 * A stand at a fair: when nobody has touched the page for two minutes and nothing moves, it begins again as its link says: the view, the settings,
 * the language. Of a visitor nothing is left but what is stored. Knows no component.
 */

/** Rest after which it begins again, in milliseconds. */
export const REST_MS = 120_000;

type Rest = {
  /** Is this page a stand now? */
  readonly on: () => boolean;
  /** Does anything go on by itself? A run that somebody paused does not, and would wait for ever. */
  readonly moving: () => boolean;
  /** Begins again; told whether nobody has touched the page since, as a model may be long in coming. */
  readonly begin: (untouched: () => boolean) => void;
};

/** What a hand does to a page. */
const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const;

/** Watches `target`; gives back the function that ends it. */
export function createBooth({ on, moving, begin }: Rest, target: EventTarget = document): () => void {
  let [rested, touches] = [0, 0];
  const touched = (): void => {
    rested = 0;
    touches++;
  };
  for (const name of TOUCHES) target.addEventListener(name, touched, { passive: true });
  const TICK = 1000;
  const timer = setInterval(() => {
    if (!on() || moving()) rested = 0;
    else rested += TICK;
    if (rested < REST_MS) return;
    rested = 0;
    const before = touches;
    begin(() => touches === before);
  }, TICK);
  return () => {
    clearInterval(timer);
    for (const name of TOUCHES) target.removeEventListener(name, touched);
  };
}
