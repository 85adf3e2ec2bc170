/**
 * Who speaks: how much of each hidden writer is in what a model says, from how often it answers each kind of question as it should. A writer is
 * aligned on every kind up to its rung, so the share that is right on a rung's kinds is the share of the writers who reach it. Plain numbers.
 */
import type { Writers } from './observer.ts';

/** Shares of the writers from the lowest rung up, 0 to 1, in all 1; null where a rung has no kind that was asked. */
export function voicesOf({ priors, kinds }: Writers, byKind: Readonly<Record<string, number>>): readonly number[] | null {
  const reaching: number[] = [1];
  for (let rung = 1; rung < priors.length; rung++) {
    const shares = kinds.filter((kind) => kind.rung === rung).flatMap(({ kind }) => byKind[kind] ?? []);
    if (shares.length === 0) return null;
    reaching.push(shares.reduce((sum, share) => sum + share, 0) / shares.length);
  }
  const falling = monotone(reaching);
  return falling.map((share, rung) => share - (falling[rung + 1] ?? 0));
}

/** The nearest numbers (by squares) that never rise: neighbours that do are levelled together. The first one stays as it is where it is largest. */
function monotone(values: readonly number[]): readonly number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (;;) {
      const last = blocks.at(-1);
      if (last === undefined || last.sum / last.count >= block.sum / block.count) break;
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}
