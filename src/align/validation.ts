/**
 * The held-out questions V decide which round is returned and when to stop. Pure functions over scores and marks.
 */
import { unpackMarks } from '../marks.ts';
import type { Marks } from '../contracts/records.ts';

/** The round with the best validation score; 0 is the base model. The earliest wins a tie: it took the least training. */
export function bestRound(scores: readonly number[]): number {
  return scores.reduce((best, score, round) => (score > (scores[best] ?? -1) ? round : best), 0);
}

/** Standard error of a mean difference of marks on the same questions; unbounded for fewer than two of them. */
export function pairedError(a: readonly number[], b: readonly number[]): number {
  const differences = a.map((mark, i) => mark - (b[i] ?? 0));
  const n = differences.length;
  if (n < 2) return Infinity;
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / n;
  return Math.sqrt(differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0) / (n * (n - 1)));
}

/**
 * Standard error of a difference of two shares over `n` questions each, as if they were not the same questions: too large rather than
 * too small. Two right and two wrong answers are added to each share (Agresti and Coull 1998), so that it is not 0 at a share of 1.
 */
export function unpairedError(a: number, b: number, n: number): number {
  const variance = (share: number): number => {
    const shrunk = (share * n + 2) / (n + 4);
    return (shrunk * (1 - shrunk)) / (n + 4);
  };
  return Math.sqrt(variance(a) + variance(b));
}

/** Less than any fall that questions can show: a fall that equals the error up to rounding is not above it. */
const ROUNDING = 1e-9;

/**
 * Did the last round fall clearly below the best, by more than one standard error of their difference? `scores[0]` is the base model.
 * The error is paired over the questions where both rounds have marks; rounds stored before marks were kept have none, and are compared
 * as independent. Rounds that merely stand still go on: with a hundred questions a plateau cannot be told from a small gain.
 */
export function shouldStop(scores: readonly number[], questions: number, marks: readonly (Marks | undefined)[] = []): boolean {
  const best = bestRound(scores);
  const [most, last] = [scores[best], scores.at(-1)];
  if (most === undefined || last === undefined) return false;
  const [mostMarks, lastMarks] = [marks[best], marks[scores.length - 1]].map((found) => (found === undefined ? [] : unpackMarks(found)));
  const paired = mostMarks !== undefined && lastMarks !== undefined && mostMarks.length > 0 && mostMarks.length === lastMarks.length;
  const error = paired ? pairedError(lastMarks, mostMarks) : unpairedError(last, most, questions);
  return most - last > error + ROUNDING;
}
