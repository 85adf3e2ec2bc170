/**
 * The mastery gate: which prompts a round asks when that depends on what the rounds before it have learnt. Sorted prompts stand in blocks, each
 * with a part for every round that may be spent on it; a gate opens when enough validation questions as hard as its block are answered right.
 * Parts that were left out are asked at the end, so a run asks as many prompts as one without gates. The idea is Lee et al.'s
 * (arXiv 2502.01612), who go on to longer problems step by step. Pure functions over numbers.
 */
import type { RoundResult } from '../contracts/records.ts';
import type { Question } from '../contracts/task.ts';
import { unpackMarks } from '../marks.ts';
import { mean } from '../numbers.ts';
import { split } from './difficulty.ts';

/** The prompts of a block, a part for each round. */
export type Block = readonly (readonly Question[])[];

/** Cuts sorted prompts for `count` rounds into blocks of `most` rounds, the last perhaps of fewer. No part of a block is harder than another. */
export function blocksOf(sorted: readonly Question[], count: number, most: number): readonly Block[] {
  const cut = split(sorted, count);
  return Array.from({ length: Math.ceil(count / most) }, (_, block) => {
    const parts = cut.slice(block * most, (block + 1) * most);
    const all = parts.flat();
    // Dealt out like cards, so that the first part is not the easiest.
    return parts.map((_part, i) => all.filter((_question, at) => at % parts.length === i));
  });
}

/** Share of the validation questions as hard as a block that the model of a round answered right; 1 where there is none to tell by. */
export function mastery(
  block: Block,
  { marks }: Pick<RoundResult, 'marks'>,
  { validation, hardness }: { readonly validation: readonly Question[]; readonly hardness: (question: Question) => number },
): number {
  const hard = block.flat().map(hardness);
  const [least, most] = [Math.min(...hard), Math.max(...hard)];
  const asHard = (question: Question): boolean => hardness(question) >= least && hardness(question) <= most;
  const held = unpackMarks(marks?.validation ?? '').filter((_, i) => validation[i] !== undefined && asHard(validation[i]));
  return held.length === 0 ? 1 : mean(held);
}

/** The part that the round after the committed ones asks. `mastered` says whether the model of a round, from 1, had learnt a block, from 0. */
export function nextPart<T>(
  blocks: readonly (readonly T[])[],
  rounds: number,
  mastered: (block: number, round: number) => boolean,
): T | null {
  const left = blocks.map((parts) => [...parts]);
  let block = 0;
  let next: T | null = null;
  for (let round = 1; round <= rounds + 1; round++) {
    if (round > 1 && block < blocks.length && (left[block]?.length === 0 || mastered(block, round - 1))) block++;
    // Behind the last gate comes what was left out, the hardest first.
    const from = left[block] ?? left.findLast((parts) => parts.length > 0);
    next = from?.shift() ?? null;
  }
  return next;
}
