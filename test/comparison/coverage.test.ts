/** How often a 95 % interval holds the truth, and how often "better" or "worse" is said where there is nothing: by simulation. */
import { describe, expect, it } from 'vitest';
import { intervalOf, judgeAll, paired } from '../../src/comparison/statistics.ts';
import { mean } from '../../src/numbers.ts';
import { Random } from '../../src/random.ts';
import { percent1 } from '../../src/shares.ts';

const REPETITIONS = 4000;

/** The share of repetitions in which something holds. */
const often = (name: string, n: number, holds: (random: Random) => boolean): number =>
  mean(Array.from({ length: REPETITIONS }, (_, i) => Number(holds(Random.of('coverage', name, n, i)))));
const among = <T>(n: number, make: () => T): readonly T[] => Array.from({ length: n }, make);

/** Draws the share of `questions` that are answered right when each is with probability `p`. */
function shareOf(questions: number, p: number): (random: Random) => number {
  const below: number[] = [];
  let chance = (1 - p) ** questions;
  for (let right = 0, sum = 0; right <= questions; right++) {
    below.push((sum += chance));
    chance *= ((questions - right) / (right + 1)) * (p / (1 - p));
  }
  return (random) => {
    const drawn = random.next();
    const at = below.findIndex((sum) => drawn < sum);
    return (at < 0 ? questions : at) / questions;
  };
}

describe.each([3, 5, 10])('of %i seeds', (n) => {
  it('an interval of normal differences holds the truth in 93 to 97 % of cases', () => {
    const truth = 0.02;
    const covered = often('normal', n, (random) => {
      // What a seed does to both arms is five times as large as what it does to their difference.
      const seeds = among(n, () => ({ common: 0.2 * random.normal(), own: 0.04 * random.normal() }));
      const differences = paired(
        new Map(seeds.map(({ common, own }, seed) => [seed, 0.5 + common + truth + own])),
        new Map(seeds.map(({ common }, seed) => [seed, 0.5 + common])),
      );
      const { low, high } = intervalOf(differences, { least: -Infinity, most: Infinity });
      return low <= truth && truth <= high;
    });
    console.log(`normal differences, n ${n}: ${percent1(covered)}`);
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.97);
  });

  it.each([0.5, 0.97])('an interval of shares of 200 questions at %d holds the truth about as often', (truth) => {
    const share = shareOf(200, truth);
    const covered = often(`share ${truth}`, n, (random) => {
      const { low, high } = intervalOf(among(n, () => share(random)));
      return low <= truth && truth <= high;
    });
    console.log(`shares of 200 questions at ${truth}, n ${n}: ${percent1(covered)}`);
    // Shares near 1 are skewed, and few seeds may happen to agree.
    expect(covered).toBeGreaterThan(0.92);
    expect(covered).toBeLessThan(0.98);
  });

  it.each([1, 4])('with %i arms that do nothing, one is called better or worse in at most 6 % of cases', (arms) => {
    const wrong = often(`family of ${arms}`, n, (random) => {
      const reference = among(n, () => random.normal());
      const lists = among(arms, () => reference.map((value) => 0.1 * (random.normal() - value)));
      return judgeAll(lists).some((found) => found?.verdict === 'better' || found?.verdict === 'worse');
    });
    console.log(`${arms} arms that do nothing, n ${n}: a verdict in ${percent1(wrong)}`);
    expect(wrong).toBeLessThan(n < 5 ? Number.EPSILON : 0.06);
    if (n >= 5) expect(wrong).toBeGreaterThan(0.02);
  });
});
