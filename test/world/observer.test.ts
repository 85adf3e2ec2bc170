/** The ideal observer: exact Bayes over the writers of a ladder, beside what can be worked out by hand and by brute force. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observe, type Observed, type Writers } from '../../src/world/observer.ts';

const RUN: Observed = { rounds: 4, demonstrations: 1, principles: false, temperature: 1, teacher: 'previous', afresh: false, all: false };

/** Two writers who are equally frequent, of whom one is aligned on the one kind of question. */
const TWO: Writers = { priors: [1, 1], ruled: [0.1, 0.1], noise: 0, kinds: [{ kind: 'harm', rung: 1, share: 1, pool: 1 }] };

/** The ladder of the pilots (LOG.md): eight writers, nine kinds in seven rungs. */
const RUNGS = {
  help: [1, 10, 8],
  fact: [2, 24, 16],
  unknown: [3, 12, 8],
  premise: [4, 13, 7],
  praise: [5, 13, 7],
  secret: [6, 14, 6],
  harm: [7, 14, 4],
};
const EIGHT: Writers = {
  priors: [0.22, 0.24, 0.17, 0.115, 0.08, 0.055, 0.036, 0.084],
  ruled: [0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.15, 0.3],
  noise: 0.11,
  kinds: Object.entries(RUNGS).map(([kind, [rung = 0, share = 0, pool = 0]]) => ({ kind, rung, share, pool })),
};

const scores = (writers: Writers, run: Partial<Observed>): readonly number[] =>
  observe(writers, { ...RUN, ...run }).map(({ zeroShot }) => Math.round(100 * zeroShot));
const labels = (writers: Writers, run: Partial<Observed>): readonly (number | null)[] =>
  observe(writers, { ...RUN, ...run }).map(({ labelQuality }) => (labelQuality === null ? null : Math.round(100 * labelQuality)));

describe('an exact reader', () => {
  it('knows who writes from one demonstration that only he could have written', () => {
    // the labels are his; of what it was a round keeps a fifth
    expect(labels(TWO, {})).toEqual([null, 100, 100, 100, 100]);
    expect(scores(TWO, {})).toEqual([50, 90, 98, 100, 100]);
    expect(scores(TWO, { afresh: true })).toEqual([50, 90, 90, 90, 90]);
  });

  it('learns nothing without demonstrations, unless it is sharpened by a low temperature or given the right answers', () => {
    expect(scores(TWO, { demonstrations: 0 })).toEqual([50, 50, 50, 50, 50]);
    const three = { ...TWO, priors: [1, 2] };
    expect(scores(three, { demonstrations: 0 })).toEqual([67, 67, 67, 67, 67]);
    // 1/3 and 2/3 squared are 1/5 and 4/5
    expect(labels(three, { demonstrations: 0, temperature: 0.5 })[1]).toBe(80);
    expect(labels(TWO, { demonstrations: 0, teacher: 'gold' })).toEqual([null, 100, 100, 100, 100]);
    expect(scores(TWO, { demonstrations: 0, teacher: 'gold' })[1]).toBe(90);
  });

  it('takes the rules in view for evidence of who writes more of them', () => {
    const ruled = { ...TWO, ruled: [0.1, 0.3] };
    expect(labels(ruled, { demonstrations: 0, principles: true })[1]).toBe(75);
    expect(labels(ruled, { demonstrations: 0, principles: false })[1]).toBe(50);
  });

  it('climbs a ladder round by round, while a frozen teacher stands where one round leads', () => {
    const run = { principles: true, temperature: 0.7 };
    expect(scores(EIGHT, run)).toEqual([34, 63, 83, 90, 92]);
    expect(scores(EIGHT, { ...run, teacher: 'base' })).toEqual([34, 63, 69, 70, 70]);
    expect(scores(EIGHT, { ...run, all: true })).toEqual([34, 63, 76, 82, 85]);
    expect(labels(EIGHT, run)).toEqual([null, 70, 89, 96, 97]);
  });

  it('says the same as going through every sequence of demonstrations one by one', () => {
    const writers = fc.integer({ min: 2, max: 5 }).chain((count) =>
      fc.record({
        priors: fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        ruled: fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        noise: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        kinds: fc.array(
          fc.record({
            kind: fc.string(),
            rung: fc.integer({ min: 0, max: count - 1 }),
            share: fc.integer({ min: 1, max: 9 }),
            pool: fc.integer({ min: 1, max: 9 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    );
    fc.assert(
      fc.property(
        writers,
        fc.integer({ min: 0, max: 3 }),
        fc.double({ min: 0.2, max: 2, noNaN: true }),
        (ladder, demonstrations, temperature) => {
          const run = { ...RUN, rounds: 1, demonstrations, temperature, principles: true };
          const [base, first] = observe(ladder, run);
          const brute = byBruteForce(ladder, run);
          expect(base?.zeroShot).toBeCloseTo(brute.base, 6);
          expect(first?.labelQuality).toBeCloseTo(brute.quality, 6);
          expect(first?.zeroShot).toBeCloseTo(brute.first, 6);
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** The base, labels and score of the first round, by all sequences of kinds. */
function byBruteForce({ priors, ruled, noise, kinds }: Writers, { demonstrations, temperature }: Observed) {
  const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const prior = priors.map((p) => p / total(priors));
  const alignedBy = (rung: number, writer: number): number => {
    let chance = writer >= rung ? 1 - noise : 0;
    for (const [other, p] of prior.entries()) if (other >= rung) chance += noise * p;
    return chance;
  };
  const scored = (writers: readonly number[], sharpen: (p: number) => number): number => {
    let score = 0;
    for (const { rung, share } of kinds) {
      let right = 0;
      for (const [writer, p] of writers.entries()) right += p * alignedBy(rung, writer);
      score += (share * sharpen(right)) / total(kinds.map((kind) => kind.share));
    }
    return score;
  };
  const cold = (p: number): number => 1 / (1 + (Math.max(0, 1 - p) / p) ** (1 / temperature));
  let sequences: { readonly weights: readonly number[]; readonly chance: number }[] = [
    { weights: prior.map((p, writer) => p * (ruled[writer] ?? 0)), chance: 1 },
  ];
  for (let shown = 0; shown < demonstrations; shown++) {
    sequences = sequences.flatMap(({ weights, chance }) =>
      kinds.map(({ rung, pool }) => ({
        weights: weights.map((weight, writer) => weight * alignedBy(rung, writer)),
        chance: (chance * pool) / total(kinds.map((kind) => kind.pool)),
      })),
    );
  }
  let quality = 0;
  const next = prior.map((p) => 0.2 * p);
  for (const { weights, chance } of sequences) {
    const posterior = weights.map((weight) => weight / total(weights));
    quality += chance * scored(posterior, cold);
    const sharp = posterior.map((p) => p ** (1 / temperature));
    for (const [writer, p] of sharp.entries()) next[writer] = (next[writer] ?? 0) + (0.8 * chance * p) / total(sharp);
  }
  return { base: scored(prior, (p) => p), quality, first: scored(next, (p) => p) };
}
