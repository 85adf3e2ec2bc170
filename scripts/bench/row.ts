/** What a benchmark measured, and the clock that it is measured by. Knows no operation. */
import process from 'node:process';

/** One measured number; `ratio` compares it with `ours` where the subject is another program, and is 1 for ours. */
export type Row = {
  readonly name: string;
  readonly shape: string;
  readonly runtime: string;
  readonly backend: string;
  readonly adapter: string;
  readonly software: boolean;
  readonly subject: string;
  readonly value: number;
  readonly unit: string;
  /** How many times faster ours is than the subject; null for ours, or where there is nothing to compare. */
  readonly ratio: number | null;
};

/** A row without what is the same for a whole benchmark. */
export type Measured = Pick<Row, 'name' | 'shape' | 'subject' | 'value' | 'unit'>;

/** Milliseconds since some moment, of the wall clock or of this process's time on the processor. */
export type Clock = () => number;

export const wallClock: Clock = () => performance.now();

/** The processor's time for this process: for a busy machine. */
export const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Seconds of the fastest of the calls that fit into `seconds`, after two to warm up: other programs only ever slow a call down. */
export async function best(clock: Clock, seconds: number, run: () => void | Promise<void>): Promise<number> {
  for (let i = 0; i < 2; i++) await run();
  let fastest = Infinity;
  for (const start = performance.now(); performance.now() - start < 1000 * seconds;) {
    const before = clock();
    await run();
    fastest = Math.min(fastest, clock() - before);
  }
  return fastest / 1000;
}

/** Rows with `ratio`: every subject against ours of the same name and shape. Larger values are better. */
export function withRatios(rows: readonly Omit<Row, 'ratio'>[]): readonly Row[] {
  return rows.map((row) => {
    const ours = rows.find(({ name, shape, subject }) => subject === 'ours' && name === row.name && shape === row.shape);
    return { ...row, ratio: row.subject === 'ours' || ours === undefined ? null : ours.value / row.value };
  });
}

/** A table with aligned columns. */
export function tableOf(rows: readonly Row[]): string {
  const number = (value: number) => (value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  const cells = rows.map(({ name, shape, subject, value, unit, ratio }) => [
    name,
    shape,
    subject,
    `${number(value)} ${unit}`,
    ratio === null ? '' : `${ratio.toFixed(1)}x`,
  ]);
  const all = [['what', 'shape', 'subject', 'measured', 'ours is'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 3 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(all[0] ?? []), rule, ...all.slice(1).map(line)].join('\n');
}
