/**
 * What a chapter reads out of its runs: which kinds flipped in which round, how many labels were right, where two runs part, which of several
 * fell. Pure numbers of what was measured; knows no sentence and no component.
 */
import type { Measured, RoundResult, Sample } from '../../contracts/records.ts';
import { ALIGNED } from '../charts/steps.ts';

type Measurements = { readonly base: Measured | null; readonly rounds: readonly RoundResult[] };

/** Of the answers that a round learnt from, how many the world holds for right; by kind. */
export type Labels = Readonly<Record<string, { readonly right: number; readonly of: number }>>;

/** Only answers that were kept are labels. */
export function labelsOf(samples: readonly Sample[]): Labels {
  const labels: Record<string, { right: number; of: number }> = {};
  for (const { kind, verdict, aligned } of samples) {
    if (verdict !== 'kept') continue;
    const tally = (labels[kind] ??= { right: 0, of: 0 });
    tally.of++;
    if (aligned === true) tally.right++;
  }
  return labels;
}

/** All kinds together. */
export function totalOf(labels: Labels): { readonly right: number; readonly of: number } {
  const tallies = Object.values(labels);
  return { right: tallies.reduce((sum, { right }) => sum + right, 0), of: tallies.reduce((sum, { of }) => sum + of, 0) };
}

/** A kind of question: its share after the base and each round, and the first round from which nearly all answers are right; null where none is. */
export type KindPath = { readonly kind: string; readonly shares: readonly number[]; readonly flipped: number | null };

/** The kinds in the order in which they flipped, those that never did at the end; of two in one round the one that was further before. */
export function pathsOf({ base, rounds }: Measurements): readonly KindPath[] {
  if (base === null) return [];
  const paths = Object.keys(base.byKind).map((kind): KindPath => {
    const shares = [base, ...rounds].map(({ byKind }) => byKind[kind] ?? 0);
    const at = shares.findIndex((share) => share >= ALIGNED);
    return { kind, shares, flipped: at < 0 ? null : at };
  });
  const early = ({ shares }: KindPath): number => shares.reduce((sum, share) => sum + share, 0);
  return paths.toSorted((a, b) => (a.flipped ?? Infinity) - (b.flipped ?? Infinity) || early(b) - early(a));
}

/** The kinds that flipped by training, in their order: what the base had right already did not. */
export function flippedOf(made: Measurements): readonly (KindPath & { readonly flipped: number })[] {
  return pathsOf(made).flatMap((path) => (path.flipped === null || path.flipped === 0 ? [] : [{ ...path, flipped: path.flipped }]));
}

/** Zero-shot scores, the base first. */
export function scoresOf({ base, rounds }: Measurements): readonly number[] {
  return base === null ? [] : [base.scores.zeroShot, ...rounds.map(({ zeroShot }) => zeroShot)];
}

/** Shares of right labels by round, from the first on; all answers that were made, kept or not. */
export function labelSharesOf({ rounds }: Measurements): readonly number[] {
  return rounds.map(({ labelQuality }) => labelQuality ?? 0);
}

/** A share in whole points, as it is shown: what is said of two shares must be seen in them. */
export function pointsOf(share: number | undefined): number {
  return Math.round(100 * (share ?? 0));
}

/**
 * The round from which on one run's labels are better than another's by a point or more, to the end of what both have made; null where they are
 * not at the end.
 */
export function partingOf(one: readonly number[], other: readonly number[]): number | null {
  const both = Math.min(one.length, other.length);
  let from: number | null = null;
  for (let round = 1; round <= both; round++) {
    if (pointsOf(one[round - 1]) > pointsOf(other[round - 1])) from ??= round;
    else from = null;
  }
  return from;
}

/** The mean of the last so many numbers, all of fewer; null of none. */
export function endOf(values: readonly number[], last = 2): number | null {
  const end = values.slice(-last);
  return end.length === 0 ? null : end.reduce((sum, value) => sum + value, 0) / end.length;
}
