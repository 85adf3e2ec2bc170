/**
 * Difficulty, as perplexity unless a run says otherwise, and the order that SOFT+ makes of it. Pure functions over numbers.
 */
import type { Settings } from '../settings/settings.ts';
import { Random } from '../random.ts';

/** exp of the mean negative log-likelihood per token (natural log, raw logits at temperature 1); 1 for an empty answer. */
export function perplexity(logProbs: readonly number[]): number {
  if (logProbs.length === 0) return 1;
  return Math.exp(-logProbs.reduce((sum, logProb) => sum + logProb, 0) / logProbs.length);
}

/** The same of a summed score. */
export function perplexityOf(score: { readonly nll: number; readonly tokens: number } | undefined): number {
  return score === undefined || score.tokens === 0 ? 1 : Math.exp(score.nll / score.tokens);
}

export type Order = 'none' | 'easy-to-hard' | 'hard-to-easy';

/** In which order prompts come across the rounds, and pairs within a round; `own` is the method's own order. */
export function orderOf(
  { order: asked, orderScope: scope }: Pick<Settings, 'order' | 'orderScope'>,
  own: Order,
): { readonly across: Order; readonly within: Order } {
  const order = asked === 'method' ? own : asked;
  return { across: scope === 'within' ? 'none' : order, within: scope === 'across' ? 'none' : order };
}

/** Are the prompts' difficulties asked for before the first round? Pairs within a round have perplexities of their own. */
export function needsDifficulty(
  { difficulty }: Pick<Settings, 'difficulty'>,
  { across, within }: { readonly across: Order; readonly within: Order },
): boolean {
  return across !== 'none' || (within !== 'none' && difficulty !== 'perplexity');
}

/** A copy in order of difficulty; equal difficulties keep their order. */
export function sorted<T>(items: readonly T[], difficulty: (item: T) => number, order: Order): readonly T[] {
  const sign = { none: 0, 'easy-to-hard': 1, 'hard-to-easy': -1 }[order];
  return items.toSorted((a, b) => sign * (difficulty(a) - difficulty(b)));
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
