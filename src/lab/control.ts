/**
 * Pause, step, stop and turns. A run asks `Control` between two events, and between two parts of its work, whether it may go on; run and chat
 * take turns on the one device, and the run leaves its turn to a question as soon as a part is done. Knows no model.
 */
import type { Until } from '../protocol/lm.ts';
import { turn } from '../engine/work.ts';
import { AppError } from '../errors.ts';

/** What the page's buttons do to one run. */
export class Control {
  #until: Until = 'end';
  #stopped = false;
  readonly #waiting: (() => void)[] = [];
  #held: () => void = () => {};
  /** Whether the work waits at its gate. */
  #waits = false;

  get paused(): boolean {
    return this.#until === 'now' && !this.#stopped;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** So far the run may go on; `now` pauses it. */
  allow(until: Until): void {
    this.#until = until;
    this.#change();
  }

  /** Something was made: it may be what the run was to go on to. A step goes over no end of a round. */
  made(what: string): void {
    if (this.#until !== 'end' && (what === this.#until || what === 'round')) this.#until = 'now';
  }

  stop(): void {
    this.#stopped = true;
    this.#change();
  }

  /** Waits until the run may go on, or must end. */
  async opened(): Promise<void> {
    while (this.paused) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #change(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when the run is held by a pause in the middle of its work; of several calls only the last one is told. */
  held(): Promise<void> {
    // paused again before anybody asked
    if (this.#waits && this.paused) return Promise.resolve();
    return new Promise<void>((resolve) => (this.#held = resolve));
  }

  /**
   * What a run's work asks between its parts: messages are heard, a waiting question goes first, a pause holds the work here, and a stop
   * ends it. Errors: STOPPED.
   */
  async gate(turns: Turns): Promise<void> {
    await turn();
    this.#waits = this.paused;
    if (this.#waits) this.#held();
    if (this.paused || turns.wanted) await turns.leave(() => this.opened());
    this.#waits = false;
    this.orStop();
  }

  /** What work asks that keeps its turn to its end: messages are heard, and a stop ends it. Errors: STOPPED. */
  async heard(): Promise<void> {
    await turn();
    this.orStop();
  }

  /** Errors: STOPPED. */
  orStop(): void {
    if (this.#stopped) throw new AppError('STOPPED', 'in the middle of its work');
  }
}

/** One piece of work at a time, first come, first served. */
export class Turns {
  readonly #queue: (() => void)[] = [];
  #taken = false;

  /** Whether anybody waits. */
  get wanted(): boolean {
    return this.#queue.length > 0;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#exit();
    }
  }

  /** The same for work that comes piece by piece; the turn ends with the last piece, or when nobody wants another. */
  async *during<T>(work: () => AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    await this.#enter();
    try {
      yield* work();
    } finally {
      this.#exit();
    }
  }

  /** Lets others in during `meanwhile`; for the one whose turn it is. */
  async leave(meanwhile: () => Promise<void>): Promise<void> {
    this.#exit();
    try {
      await meanwhile();
    } finally {
      await this.#enter();
    }
  }

  async #enter(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#taken = true;
  }

  #exit(): void {
    const next = this.#queue.shift();
    // handed over, so that nobody comes in between
    if (next === undefined) this.#taken = false;
    else next();
  }
}
