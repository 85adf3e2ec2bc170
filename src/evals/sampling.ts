/**
 * What several answers to the same question tell: pass@k, and the gauges by which a collapse shows early. Pure functions over
 * answers that are already graded; knows no model.
 */
import { mean } from '../numbers.ts';

/**
 * Chance that one of `k` answers is right, estimated without bias from `n` answers of which `c` are right: 1 - C(n-c, k) / C(n, k)
 * (arXiv 2107.03374).
 */
export function passAtK(n: number, c: number, k: number): number {
  if (c === 0) return 0;
  if (n - c < k) return 1;
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

/** Mean chance over questions that one of `k` of their answers is right; null where answers are not graded. */
export function passOf(
  sampled: readonly { readonly answers: readonly unknown[]; readonly right: number | null }[],
  k: number,
): number | null {
  const rights = sampled.map(({ right }) => right);
  return rights.includes(null) ? null : mean(sampled.map(({ answers, right }) => passAtK(answers.length, right ?? 0, k)));
}

/** Share that holds; 0 of nothing. */
export function share(held: readonly boolean[]): number {
  return mean(held.map(Number));
}

/** Different answers / answers to one question. */
export function distinctShare(answers: readonly string[]): number {
  return answers.length === 0 ? 0 : new Set(answers).size / answers.length;
}

/** Mean -log p over all sampled tokens of all answers: in nats, and an estimate of the entropy if they were sampled at temperature 1. */
export function entropyEstimate(answers: readonly (readonly number[])[]): number {
  return mean(answers.flatMap((logProbs) => logProbs.map((logProb) => -logProb)));
}

/** An answer, that of the demonstration that it was shown, and that of one that it was not shown. */
export type Copy = { readonly said: string; readonly shown: string; readonly other: string };

/**
 * Share of answers that say what was shown, less the share that say what was not: the same words may be right by themselves, and that
 * falls out.
 */
export function copyRate(answers: readonly Copy[]): number {
  return share(answers.map(({ said, shown }) => said === shown)) - share(answers.map(({ said, other }) => said === other));
}
