/** Questions of every kind in its share of a set. Knows no world. */
import { AppError } from '../errors.ts';
import type { Random } from '../random.ts';

/** How much of a set each kind has; the sum may be anything. */
export type Shares<K extends string> = Readonly<Record<K, number>>;

/** `n` divided over kinds by their shares, largest remainders first. */
function quotas<K extends string>(n: number, kinds: readonly K[], shares: Shares<K>): ReadonlyMap<K, number> {
  const total = kinds.reduce((sum, kind) => sum + shares[kind], 0);
  const exact = kinds.map((kind) => ({ kind, share: (n * shares[kind]) / total }));
  const counts = new Map(exact.map(({ kind, share }) => [kind, Math.floor(share)]));
  const left = n - [...counts.values()].reduce((sum, count) => sum + count, 0);
  const byRemainder = [...exact].sort((x, y) => (y.share % 1) - (x.share % 1));
  for (const { kind } of byRemainder.slice(0, left)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** `n` different questions out of `all` of each kind, in random order; a kind without questions has no share. Throws WORLD_EXHAUSTED. */
export function drawShares<K extends string, Q>(
  n: number,
  all: ReadonlyMap<K, readonly Q[]>,
  { shares, random, set }: { readonly shares: Shares<K>; readonly random: Random; readonly set: string },
): readonly Q[] {
  const kinds = [...all.keys()].filter((kind) => (all.get(kind) ?? []).length > 0);
  const chosen = [...quotas(n, kinds, shares)].flatMap(([kind, count]) => {
    const there = all.get(kind) ?? [];
    if (count > there.length)
      throw new AppError('WORLD_EXHAUSTED', `${n} ${set} questions need ${count} of kind ${kind}; there are ${there.length}`);
    return random.fork(kind).sample(there, count);
  });
  return random.fork('order').shuffle(chosen);
}
