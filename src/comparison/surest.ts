/**
 * When to stop where nobody can grade: a model that learns from itself grows surer of its answers round by round, and when it goes astray it
 * grows less sure. Tells of a run where it would have stopped by that alone; nothing is ever chosen by it. After the stop rules from data alone of
 * arXiv 2602.14029, whose own is another. Pure arithmetic over what rounds stored.
 */
import type { RoundResult } from '../contracts/records.ts';
import type { RunConfig } from '../run/config.ts';
import { ordersOf, partsOf } from '../run/recipe.ts';

/** Does every round's model answer prompts that are as hard as those of the round before? Else sureness says nothing of the model. */
function isTold(config: RunConfig): boolean {
  const { answersFrom, promptsOfRound } = config;
  return answersFrom === 'previous' && promptsOfRound === 'new' && partsOf(config) > 1 && ordersOf(config).across === 'none';
}

/**
 * The round at which it would have stopped, with that round's model; the last of all if its answers grew surer throughout. Null where that cannot
 * be told. The answers of round t are M_{t-1}'s: where they are less sure than those of round t - 1, nothing more is trained and M_{t-1} is kept.
 */
export function surestRound(config: RunConfig, rounds: readonly RoundResult[]): number | null {
  const surprises = rounds.flatMap(({ surprise }) => surprise ?? []);
  if (!isTold(config) || surprises.length < rounds.length || rounds.length < 2) return null;
  const less = surprises.findIndex((surprise, i) => i > 0 && surprise > (surprises[i - 1] ?? Infinity));
  return less === -1 ? rounds.length : less;
}
