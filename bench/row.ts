/** What a benchmark measured, and the table of it. Knows no operation and no subject. */
import { OURS, type Row } from '../scripts/speed.ts';
import type { Clock } from '../src/lab/measure/clock.ts';

/** A row without what is the same for a whole runtime. */
export type RowOfJob = Omit<Row, 'ratio' | 'runtime' | 'device' | 'software'>;

/** A row without what is the same for a whole worker. */
export type Measured = Pick<Row, 'name' | 'shape' | 'value' | 'unit'> & { readonly note?: string; readonly threads?: number };

/** The processor's time for this process, for a busy machine; Node only. */
export const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Units of which less is better. */
const LESS_IS_BETTER: ReadonlySet<string> = new Set(['us', 'dispatches', 'MB']);

/** Rows with `ratio`: every subject against ours of the same name, shape, backend, device and number of threads. */
export function withRatios(rows: readonly Omit<Row, 'ratio'>[]): readonly Row[] {
  return rows.map((row) => {
    const same = (other: Omit<Row, 'ratio'>): boolean =>
      (['name', 'shape', 'runtime', 'backend', 'device', 'threads', 'unit'] as const).every((key) => other[key] === row[key]);
    const ours = rows.find((other) => other.subject === OURS && same(other))?.value ?? null;
    if (row.subject === OURS || ours === null || row.value === null) return { ...row, ratio: null };
    return { ...row, ratio: LESS_IS_BETTER.has(row.unit) ? row.value / ours : ours / row.value };
  });
}

const number = (value: number): string => (value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));

/** A table with aligned columns for each backend and adapter, with what must be known about its numbers below it. */
export function tableOf(rows: readonly Row[]): string {
  const devices = [...new Set(rows.map(deviceOf))];
  return devices.map((device) => `${device}\n\n${tableOfDevice(rows.filter((row) => deviceOf(row) === device))}`).join('\n\n');
}

/** The device of a row in words; a software adapter is never named without saying that it is one. */
export function deviceOf({ runtime, backend, device, software }: Pick<Row, 'runtime' | 'backend' | 'device' | 'software'>): string {
  return `${runtime}, ${backend} (${device})${backend === 'webgpu' && software ? ': SOFTWARE ADAPTER, not a GPU' : ''}`;
}

/** The most that was measured of a unit: a copy of memory, and the best matrix product of any subject. */
function ceilingOf(rows: readonly Row[], unit: string): Row | undefined {
  const name = { 'GB/s': 'copy', 'GFLOP/s': 'matrix product' }[unit];
  return rows.filter((row) => row.name === name && row.value !== null).toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))[0];
}

function tableOfDevice(rows: readonly Row[]): string {
  const shareOf = ({ value, unit }: Row): string => {
    const ceiling = ceilingOf(rows, unit)?.value ?? null;
    return value === null || ceiling === null ? '' : `${Math.round((100 * value) / ceiling)} %`;
  };
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))];
  const cells = rows.map((row) => {
    const { name, shape, subject, threads, value, unit, ratio, note } = row;
    const who = threads === 1 ? subject : `${subject}, ${threads} threads`;
    return [
      name,
      shape,
      note === null ? who : `${who} [${notes.indexOf(note) + 1}]`,
      value === null ? 'failed' : `${number(value)} ${unit}`,
      shareOf(row),
      ratio === null ? '' : `${ratio.toPrecision(ratio < 10 ? 2 : 3)}x`,
    ];
  });
  const all = [['what', 'shape', 'subject', 'measured', 'of ceiling', 'ours is'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 3 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const ceilings = ['GB/s', 'GFLOP/s'].flatMap((unit) => {
    const ceiling = ceilingOf(rows, unit);
    return ceiling === undefined
      ? []
      : `Ceiling: ${number(ceiling.value ?? NaN)} ${unit}, ${ceiling.name} ${ceiling.shape}, ${ceiling.subject}`;
  });
  const below = [...ceilings, ...notes.map((note, i) => `[${i + 1}] ${note}`)];
  return [line(all[0] ?? []), rule, ...all.slice(1).map(line), ...below].join('\n');
}
