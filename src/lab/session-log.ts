/**
 * The clock of a session of a run, and the notes of it in the store: what it ran on, and for how long. Knows no event but by its name.
 */
import type { MethodEvent } from '../contracts/events.ts';
import type { RunSession } from '../run/records.ts';
import { secondsOf } from '../run/sessions.ts';
import type { RunStore, Spent } from '../run/run-store.ts';

/** Seconds of work between two notes of how long a session is: what a killed one loses of its clock. */
const NOTE_EVERY = 5;

/** Working time, without pauses. */
export class Clock {
  readonly #now: () => number;
  #before: number;
  #since: number;

  constructor(now: () => number, before: number) {
    this.#now = now;
    this.#before = before;
    this.#since = now();
  }

  get seconds(): number {
    return this.#before + this.#now() - this.#since;
  }

  hold(): void {
    this.#before = this.seconds;
  }

  go(): void {
    this.#since = this.#now();
  }
}

/** Writes down the clock of a session, from the first thing that it made on. */
export class SessionLog {
  readonly #store: RunStore;
  readonly #run: string;
  readonly #before: Spent;
  readonly #session: () => RunSession;
  #first: number | null;
  #noted = -Infinity;
  #closed = false;

  constructor(store: RunStore, run: string, before: Spent, session: () => RunSession) {
    [this.#store, this.#run, this.#before, this.#session, this.#first] = [store, run, before, session, before.firstSampleSeconds];
  }

  /** Has this run, in any session, made anything? */
  get any(): boolean {
    return this.#before.sessions.length > 0 || this.#noted >= 0;
  }

  async heard(event: MethodEvent): Promise<void> {
    if (event.type === 'progress') return;
    const session = this.#session();
    if (event.type === 'sample') this.#first ??= secondsOf([...this.#before.sessions, session]);
    if (event.type === 'round' || session.seconds - this.#noted >= NOTE_EVERY) await this.#write(session);
  }

  async #write(session: RunSession): Promise<void> {
    this.#noted = session.seconds;
    await this.#store.putSession(this.#run, this.#before.sessions.length, session, this.#first);
  }

  /** The last note of a run that came to its end, and all its sessions. */
  async close(): Promise<Spent> {
    const session = this.#session();
    await this.#write(session);
    this.#closed = true;
    return { sessions: [...this.#before.sessions, session], firstSampleSeconds: this.#first };
  }

  /** The last note of one that did not; what cannot be saved any more is lost. */
  async end(): Promise<void> {
    if (this.#noted >= 0 && !this.#closed) await this.#write(this.#session()).catch(() => {});
  }
}
