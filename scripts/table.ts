/** Tables for a terminal and for Markdown, and the one that puts the arms of an experiment side by side. Measures nothing. */
import type { Comparison } from '../src/comparison/compare.ts';
import type { Difference, Interval } from '../src/comparison/statistics.ts';

/** Cells as people read them, row by row. */
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** A share as a number of percent. */
export const percent = (share: number): string => (100 * share).toFixed(1);

/** A difference of shares in percentage points, with its sign; what rounds to zero has none. */
export function points(difference: number): string {
  const text = (100 * difference).toFixed(1);
  return Number(text) === 0 ? '0.0' : difference > 0 ? `+${text}` : text.replace('-', '−');
}

/** A mean with its interval where its values show one. */
export function between({ mean, low, high }: Interval, number: (share: number) => string): string {
  return high > low ? `${number(mean)} [${number(low)}, ${number(high)}]` : number(mean);
}

/** What may be said of a difference; nothing where it has no test. */
export function verdict(difference: Difference | null): string {
  const words = { 'too few': 'too few seeds', alike: 'the same on every seed', unclear: 'not clear', better: 'better', worse: 'worse' };
  return difference === null ? '' : words[difference.verdict];
}

/** One row for each measure of an arm: scores in percent, differences in points, both with their 95 % interval over `n` seeds. */
export function comparisonTable({ reference, against, arms }: Comparison): Table {
  return {
    head: [
      'arm',
      'measure',
      'n',
      'score, %',
      `difference to ${against ?? reference}`,
      'verdict',
      'last round made, %',
      'stopped early',
      'out of distribution, %',
      's a run',
    ],
    rows: arms.map(({ arm, measure, score, difference, last, outOfDistribution, seconds }) => {
      const cell = (interval: Interval | null, number: (share: number) => string): string =>
        interval === null ? '' : `${between(interval, number)}${interval.n === score.n ? '' : ` (n ${interval.n})`}`;
      return [
        arm,
        measure,
        String(score.n),
        cell(score, percent),
        cell(difference, points),
        verdict(difference),
        cell(last, percent),
        last === null ? '' : `${last.stopped} of ${last.n}`,
        cell(outOfDistribution, percent),
        seconds.toFixed(1),
      ];
    }),
  };
}

export function markdown({ head, rows }: Table): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Columns side by side, the first flush left and the others flush right. */
export function plain({ head, rows }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0));
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}
