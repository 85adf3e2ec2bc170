/** Where the low-rank pairs of a stack of linear layers lie in the arena (see linear.ts). Knows no tensor. */

/** Where the pairs of one stack of layers lie in the arena. `ends` are the ends of the blocks of columns, the last is `out`. */
export type Placement = {
  readonly a: number;
  readonly b: number;
  readonly rank: number;
  readonly scale: number;
  readonly ends: readonly number[];
};

/** The blocks as [first column, columns]. */
export function blocksOf({ ends }: Pick<Placement, 'ends'>): readonly (readonly [from: number, width: number])[] {
  return ends.map((end, g) => [ends[g - 1] ?? 0, end - (ends[g - 1] ?? 0)] as const);
}
