/**
 * The probes of a run as lines of a table: the base beside what was returned. Pure; knows no store and no page.
 */
import type { Probed, Probes, ProbeScore } from '../contracts/records.ts';
import { stillRight, unpackMarks } from '../marks.ts';
import { mean } from '../numbers.ts';

/** How a number is read: a share 0 to 1, or tokens on average. */
type Unit = 'share' | 'tokens';

/** A line; `note` is what a share alone does not say. */
export type ProbeLine = {
  readonly what: string;
  readonly unit: Unit;
  readonly base: number;
  readonly returned: number;
  /** Questions or answers behind it. */
  readonly n: number;
  readonly note: string | { readonly known: number; readonly still: number } | null;
};

/** Of the questions that `before` had right, how many, and how many of them `after` has right too: what was not forgotten. */
export function stillKnown(before: ProbeScore, after: ProbeScore): { readonly known: number; readonly still: number } {
  // a tie that is half right is not known
  const whole = unpackMarks(after.marks).map((mark) => Math.floor(mark));
  return stillRight(unpackMarks(before.marks), whole);
}

const [LENGTH, CUT, DECLINE] = ['length of an answer', 'answers cut off', 'answers that decline'] as const;
const TOLD = 'told by how they begin; read them below';
/** The lines that are of free answers, and all that a line says beside its numbers. */
export const ANSWER_LINES: readonly string[] = [LENGTH, CUT, DECLINE];
export const PROBE_WORDS: readonly string[] = [...ANSWER_LINES, TOLD];

/** All lines: every set with its MC1 and MC2 where they were told apart, then the free answers. */
export function probeLines({ base, returned }: Probes): readonly ProbeLine[] {
  const sets = Object.entries(base.sets).flatMap(([name, before]): readonly ProbeLine[] => {
    const after = returned.sets[name];
    if (after === undefined) return [];
    const n = before.marks.length;
    const note = stillKnown(before, after);
    const both = (['mc1', 'mc2'] as const).flatMap((measure): readonly ProbeLine[] => {
      const [was, is] = [before[measure], after[measure]];
      if (was === undefined || is === undefined) return [];
      return [{ what: `${name}, ${measure.toUpperCase()}`, unit: 'share', base: was, returned: is, n, note: null }];
    });
    return [{ what: name, unit: 'share', base: before.share, returned: after.share, n, note }, ...both];
  });
  const { length: answers } = base.said;
  if (answers === 0 || returned.said.length !== answers) return sets;
  const of = (what: string, unit: Unit, value: (said: Probed['said'][number]) => number, note: string | null = null): ProbeLine => ({
    what,
    unit,
    base: mean(base.said.map(value)),
    returned: mean(returned.said.map(value)),
    n: answers,
    note,
  });
  const told = [...base.said, ...returned.said].every(({ declines }) => declines !== null);
  return [
    ...sets,
    of(LENGTH, 'tokens', ({ tokens }) => tokens),
    of(CUT, 'share', ({ ended }) => Number(!ended)),
    ...(told ? [of(DECLINE, 'share', ({ declines }) => Number(declines === true), TOLD)] : []),
  ];
}
