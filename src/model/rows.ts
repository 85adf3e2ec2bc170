/**
 * How many texts are answered at a time where nobody tells how much memory there is: a few at first, and twice as many as long as the device
 * was found to have room for what they take. Knows no device and no text.
 */

/** So many rows, and the bytes that only they take. */
export type RowStep = { readonly rows: number; readonly bytes: number };

export class GrowingRows {
  #steps: readonly RowStep[];
  readonly #fits: (bytes: number) => Promise<boolean>;
  #at = 0;
  #begun = false;

  /** `steps` from the smallest on; `fits` is whether the device has room for so many bytes beside what it holds. */
  constructor(steps: readonly RowStep[], fits: (bytes: number) => Promise<boolean>) {
    this.#steps = steps;
    this.#fits = fits;
  }

  /** As many as were found to fit so far. */
  get now(): number {
    return this.#steps[this.#at]?.rows ?? 1;
  }

  /** The rows of the next batch, of `wanted` that wait: one step more, once a batch of this size was answered and where more are wanted. */
  async next(wanted: number): Promise<number> {
    const larger = this.#steps[this.#at + 1];
    if (this.#begun && larger !== undefined && wanted > this.now) {
      if (await this.#fits(larger.bytes)) this.#at += 1;
      else this.#steps = this.#steps.slice(0, this.#at + 1); // it will have no more later
    }
    this.#begun = true;
    return this.now;
  }
}
