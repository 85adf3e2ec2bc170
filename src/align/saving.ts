/**
 * Writes samples down while the next ones are made: a full group is on its way to the ledger, another is filled. A crash loses these
 * two at most, and they are made again. Knows no model.
 */
import type { Sample } from '../contracts/records.ts';
import type { Ledger } from '../contracts/ledger.ts';

/** Samples are saved in groups of this many. */
const GROUP = 16;

export class Saving {
  readonly #ledger: Ledger;
  #group: Sample[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Takes a sample; waits only while the group before is still being written. Throws what writing that one threw. */
  async add(sample: Sample): Promise<void> {
    this.#group.push(sample);
    if (this.#group.length >= GROUP) await this.#write();
  }

  /** Saves what is left and waits until everything is saved. */
  async finish(): Promise<void> {
    if (this.#group.length > 0) await this.#write();
    await this.#writing;
  }

  async #write(): Promise<void> {
    await this.#writing;
    const group = this.#group;
    this.#group = [];
    this.#writing = this.#ledger.putSamples(group);
    this.#writing.catch(() => {}); // thrown where it is waited for
  }
}
