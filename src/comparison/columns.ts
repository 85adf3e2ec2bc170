/**
 * The columns of the table of arms, wherever it stands: in Compare, in README.md, in a terminal. A column is an entry of the list; every
 * measure has one where it was taken. Knows no page.
 */
import { MEASURES, type ShownMeasure } from '../run/measures.ts';
import type { ArmRow, Comparison } from './compare.ts';
import { TOLD_AFTER } from './plateau.ts';
import { hundredths, percent1, points, rangeText } from '../shares.ts';
import type { Difference, Interval } from './statistics.ts';

/** Cells as people read them, row by row. */
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

type Column = {
  readonly head: string | ((comparison: Comparison) => string);
  readonly cell: (row: ArmRow) => string;
  /** Left out where no row has anything to say. */
  readonly optional?: boolean;
};

const NOTHING = '–';

/** A mean with its interval, and how many seeds it is of where they are fewer than the row's. */
const meanOf = (interval: Interval | null | undefined, { score }: ArmRow, say: (value: number) => string): string =>
  interval == null ? NOTHING : `${rangeText(interval, say)}${interval.n === score.n ? '' : `, n ${interval.n}`}`;

const percentOf = (share: number | undefined): string => (share === undefined ? NOTHING : percent1(share));

/** Scores that were told, and how far they are from those of the returned rounds. */
const besideOf = (told: ArmRow['surest'], row: ArmRow): string =>
  told === null ? NOTHING : `${meanOf(told, row, percent1)}, off by ${hundredths(told.off)}`;

const VERDICTS = { 'too few': 'too few seeds', alike: 'the same on every seed', unclear: 'not clear', better: 'better', worse: 'worse' };

/** What a difference allows one to say, in a cell. */
function verdictWord(difference: Difference | null): string {
  return difference === null ? NOTHING : VERDICTS[difference.verdict];
}

function numberOf({ unit }: ShownMeasure): (value: number) => string {
  return typeof unit === 'string' ? percent1 : (value) => value.toFixed(unit.digits);
}

const measureColumn = (measure: ShownMeasure): Column => ({
  head: typeof measure.unit === 'string' ? measure.label : `${measure.label}, ${measure.unit.of}`,
  cell: (row) => meanOf(row.extras[measure.name], row, numberOf(measure)),
  optional: true,
});

const COLUMNS: readonly Column[] = [
  { head: 'arm', cell: ({ arm }) => arm },
  { head: 'measure', cell: ({ measure }) => measure },
  { head: 'seeds', cell: ({ score }) => String(score.n) },
  { head: 'last round made', cell: (row) => meanOf(row.last, row, percent1) },
  { head: ({ reference }) => `points to ${reference}, last`, cell: (row) => meanOf(row.last?.difference, row, points) },
  { head: 'verdict, last', cell: ({ last }) => verdictWord(last?.difference ?? null) },
  {
    head: 'stopped early',
    cell: ({ last }) => (last === null || last.stopped === 0 ? NOTHING : `${last.stopped} of ${last.n}`),
    optional: true,
  },
  { head: 'returned round', cell: (row) => meanOf(row.score, row, percent1) },
  { head: ({ reference, against }) => `points to ${against ?? reference}, returned`, cell: (row) => meanOf(row.difference, row, points) },
  { head: 'verdict, returned', cell: ({ difference }) => verdictWord(difference) },
  { head: 'out of distribution', cell: (row) => meanOf(row.outOfDistribution, row, percent1) },
  { head: 'sampled', cell: (row) => meanOf(row.sampled, row, percent1), optional: true },
  { head: 'facts kept', cell: (row) => meanOf(row.retained, row, percent1), optional: true },
  { head: 'exact reader', cell: ({ expected }) => percentOf(expected?.at(-1)?.zeroShot), optional: true },
  {
    head: `end foretold after round ${TOLD_AFTER}`,
    cell: (row) => besideOf(row.foretold, row),
    optional: true,
  },
  { head: 'stopped by sureness alone', cell: (row) => besideOf(row.surest, row), optional: true },
  ...MEASURES.map(measureColumn),
  { head: 'seconds a run', cell: ({ seconds }) => seconds.toFixed(1) },
];

/** What stands in heads and cells and is no number; heads that name an arm are not among it. */
export const COLUMN_WORDS: readonly string[] = [
  ...COLUMNS.flatMap(({ head }) => (typeof head === 'string' ? [head] : [])),
  ...Object.values(VERDICTS),
];

/** One row for each measure of an arm: means with their 95 % intervals over seeds, differences in points of a hundred. */
export function tableOf(comparison: Comparison): Table {
  const { arms } = comparison;
  const shown = COLUMNS.filter(({ optional = false, cell }) => !optional || arms.some((row) => cell(row) !== NOTHING));
  return {
    head: shown.map(({ head }) => (typeof head === 'string' ? head : head(comparison))),
    rows: arms.map((row) => shown.map(({ cell }) => cell(row))),
  };
}
