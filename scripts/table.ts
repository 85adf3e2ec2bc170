/** Tables for a terminal and for Markdown, and the one that puts the arms of an experiment side by side. Measures nothing. */
import type { Comparison, Interval } from '../src/protocol.ts';

/** Cells as people read them, row by row. */
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** A share as a number of percent. */
export const percent = (share: number): string => (100 * share).toFixed(1);

/** A difference of shares in percentage points, with its sign; what rounds to zero has none. */
export function points(difference: number): string {
  const text = (100 * difference).toFixed(1);
  return Number(text) === 0 ? '0.0' : difference > 0 ? `+${text}` : text.replace('-', '−');
}

const interval = ({ mean, low, high }: Interval, number: (share: number) => string): string =>
  `${number(mean)} [${number(low)}, ${number(high)}]`;

/** One row an arm: scores in percent, differences in points, both with their 95 % interval over seeds. */
export function comparisonTable({ reference, arms }: Comparison): Table {
  return {
    head: ['arm', 'n', 'score, %', `difference to ${reference}`, 'last round, %', 'out of distribution, %', 's a run'],
    rows: arms.map(({ name, values, score, difference, last, outOfDistribution, seconds }) => [
      name,
      String(values.length),
      interval(score, percent),
      difference === null ? '' : interval(difference, points),
      interval(last, percent),
      outOfDistribution === null ? '' : interval(outOfDistribution, percent),
      seconds.toFixed(1),
    ]),
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
