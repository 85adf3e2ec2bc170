/**
 * Pause, stop and turns. A run asks `Control` between two events whether it may go on; run and chat take turns on the one device, so
 * that neither starts in the middle of the other's step. Knows no model.
 */

/** What the page's buttons do to one run. */
export class Control {
  #paused = false;
  #stopped = false;
  #changed: () => void = () => {};

  get paused(): boolean {
    return this.#paused && !this.#stopped;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#changed();
  }

  stop(): void {
    this.#stopped = true;
    this.#changed();
  }

  /** Waits until the run may go on, or must end. */
  async opened(): Promise<void> {
    while (this.paused) await new Promise<void>((resolve) => (this.#changed = resolve));
  }
}

/** One piece of work at a time, first come, first served. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
let breathed = -Infinity;
channel.port1.addEventListener('message', () => waiting.shift()?.());
channel.port1.start();

/**
 * Lets waiting messages and timers in, at most every 10 ms. On the CPU every await of a tensor is a microtask, so without this the
 * worker would hear neither Pause nor Stop.
 */
export async function breathe(): Promise<void> {
  if (performance.now() - breathed < 10) return;
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
  breathed = performance.now();
}
