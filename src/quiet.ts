/** When a service worker was last asked for anything, so that it can say when no page is still opening what it opens. Knows no request. */

/** Milliseconds without a request after which nobody is. */
const QUIET_MS = 5000;

type Clock = { readonly now: () => number; readonly wait: (ms: number) => Promise<void> };
const CLOCK: Clock = { now: () => performance.now(), wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

export class Quiet {
  readonly #clock: Clock;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(clock = CLOCK) {
    this.#clock = clock;
  }

  /** Somebody has asked. */
  asked(): void {
    this.#asked = this.#clock.now();
  }

  /** Resolves once nobody has asked for a while: at once where that is so. */
  async until(): Promise<void> {
    const left = (): number => this.#asked + QUIET_MS - this.#clock.now();
    while (left() > 0) await this.#clock.wait(left());
  }
}
