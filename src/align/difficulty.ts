/**
 * Difficulty as perplexity, and the order that SOFT+ makes of it. Pure functions over numbers.
 */
import { Random } from '../random.ts';

/** exp of the mean negative log-likelihood per token (natural log, raw logits at temperature 1); 1 for an empty answer. */
export function perplexity(logProbs: readonly number[]): number {
  if (logProbs.length === 0) return 1;
  return Math.exp(-logProbs.reduce((sum, logProb) => sum + logProb, 0) / logProbs.length);
}

/** A copy sorted from easy to hard; equal difficulties keep their order. */
export function easyToHard<T>(items: readonly T[], difficulty: (item: T) => number): readonly T[] {
  return items.toSorted((a, b) => difficulty(a) - difficulty(b));
}

/** Cuts a list into `parts` consecutive blocks whose sizes differ by at most one. */
export function split<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  return Array.from({ length: parts }, (_, i) =>
    items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)),
  );
}

/** The order of a round's training pairs in one epoch: a pure function of (seed, round, epoch). */
export function epochOrder<T>(items: readonly T[], { seed, round, epoch }: { seed: number; round: number; epoch: number }): readonly T[] {
  return Random.of(seed, 'order', round, epoch).shuffle(items);
}
