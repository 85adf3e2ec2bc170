/**
 * The held-out score decides which round is returned and when to stop. Pure functions over scores.
 */

/** Standard error of a share over `n` questions (binomial); the bound for a clear fall. */
export function standardError(share: number, n: number): number {
  return Math.sqrt((share * (1 - share)) / n);
}

/** The round with the best validation score; 0 is the base model. The earliest wins a tie: it took the least training. */
export function bestRound(scores: readonly number[]): number {
  return scores.reduce((best, score, round) => (score > (scores[best] ?? -1) ? round : best), 0);
}

/**
 * Did the last round fall clearly below the best, by more than one standard error? `scores[0]` is the base model.
 * Rounds that merely stand still go on: with a hundred questions a plateau cannot be told from a small gain.
 */
export function shouldStop(scores: readonly number[], questions: number): boolean {
  const [best, last] = [scores[bestRound(scores)], scores.at(-1)];
  return best !== undefined && last !== undefined && last < best - standardError(best, questions);
}
