/**
 * The only source of randomness in the program: Philox4x32-10, a counter-based generator (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). A stream is named by labels, so a resumed run draws what the unbroken run drew.
 * Knows nothing of what the numbers are for.
 */

type Words = readonly [number, number, number, number];

const MASK16 = 0xffff;

/** High and low 32 bits of the product of two unsigned 32-bit integers. */
function multiply(a: number, b: number): [high: number, low: number] {
  const [a0, a1, b0, b1] = [a & MASK16, a >>> 16, b & MASK16, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & MASK16);
  return [(a1 * b1 + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0, Math.imul(a, b) >>> 0];
}

/** Ten Philox rounds: a bijection of the 128-bit counter for each 64-bit key. */
export function philox(counter: Words, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, c0);
    const [high1, low1] = multiply(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A 64-bit FNV-style hash of a label, as two 32-bit words. */
function hash(label: string): [number, number] {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < label.length; i++) {
    const unit = label.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193) >>> 0;
    b = (Math.imul(b ^ unit, 0x5bd1e995) ^ (b >>> 15)) >>> 0;
  }
  return [a, b];
}

/** A named stream of random numbers. Forking does not advance it; two streams with the same labels are the same stream. */
export class Random {
  #key: readonly [number, number];
  #counter = 0;
  #words: Words = [0, 0, 0, 0];

  constructor(key: readonly [number, number]) {
    this.#key = key;
  }

  /** The stream called `labels`, e.g. `Random.of(seed, 'round', 2, promptId)`. */
  static of(...labels: readonly (string | number)[]): Random {
    return new Random([0, 0]).fork(...labels);
  }

  /** A new stream below this one. */
  fork(...labels: readonly (string | number)[]): Random {
    let key = this.#key;
    for (const label of labels) {
      const text = typeof label === 'number' ? `#${label}` : `$${label}`;
      const [a, b] = hash(text);
      const [w0, w1] = philox([a, b, text.length, 0x50f7], key);
      key = [w0, w1];
    }
    return new Random(key);
  }

  /** How many numbers were drawn: with the labels, the whole state of the stream. */
  get position(): number {
    return this.#counter;
  }

  /** Continues at the `position`-th number. */
  seek(position: number): this {
    this.#counter = position;
    this.#words = this.#block(Math.floor(position / 4));
    return this;
  }

  #block(index: number): Words {
    return philox([index >>> 0, Math.floor(index / 2 ** 32), 0, 0], this.#key);
  }

  /** An unsigned 32-bit integer. */
  uint32(): number {
    const lane = this.#counter % 4;
    if (lane === 0) this.#words = this.#block(this.#counter / 4);
    this.#counter++;
    return this.#words[lane as 0 | 1 | 2 | 3];
  }

  /** Uniform in [0, 1), 53 bits; takes two 32-bit numbers. */
  next(): number {
    return (this.uint32() * 2 ** 21 + (this.uint32() >>> 11)) / 2 ** 53;
  }

  /** A whole number from 0 up to, not including, `n`. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** One element of a list that is not empty. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('Random.pick: the list is empty');
    return items[this.int(items.length)] as T;
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  /** The index of one of `weights`, drawn in proportion to them. */
  weighted(weights: readonly number[]): number {
    let rest = this.next() * weights.reduce((sum, w) => sum + w, 0);
    for (const [i, weight] of weights.entries()) if ((rest -= weight) < 0) return i;
    return weights.length - 1;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  /** `k` different elements in random order. */
  sample<T>(items: readonly T[], k: number): T[] {
    return this.shuffle(items).slice(0, k);
  }

  /** A standard normal number (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}
