/** One row for each arm, in two pictures: its name, its numbers, its mean with the interval, its seeds below. Pure; knows no comparison. */
import { say, sayName } from '../language/language.ts';
import type { Markish, PlotOptions } from '@observablehq/plot';
import type { Interval } from '../../comparison/statistics.ts';
import { rangeText } from '../../shares.ts';
import { type ArmLook, meanText } from './arms.ts';
import type { PlotLibrary } from './chart.ts';

/** Names stand above the rows; where there is room (`beside`), at their left, with the intervals in figures at their right. */
const ABOVE = { row: 56, mean: 2, seeds: 14, radius: 6, left: 8, right: 8 };
const BESIDE = { row: 36, mean: -5, seeds: 8, radius: 5, left: 190, right: 200 };
const LEAST_HEIGHT = 240;
/** Names are cut or broken at so many letters' widths (em). */
const NAME = { beside: 13, above: (width: number) => (width - 200) / 13 };

export type Row = Interval &
  ArmLook & {
    readonly name: string;
    /** The numbers in a few words. */
    readonly words: string;
    readonly fill: string;
    readonly seeds: readonly { readonly seed: number; readonly value: number }[];
  };

type Seed = { readonly name: string; readonly colour: string; readonly seed: number; readonly value: number };

/** Height, margins, the axis of names and the marks of the rows; `write` is a value in words. */
export function armRows(
  plot: PlotLibrary,
  rows: readonly Row[],
  {
    width,
    beside = false,
    write,
  }: { readonly width: number; readonly beside?: boolean | undefined; readonly write: (value: number) => string },
): { readonly frame: PlotOptions; readonly marks: readonly Markish[] } {
  const at = beside ? BESIDE : ABOVE;
  const seeds = rows.flatMap(({ name, colour, seeds }) => seeds.map((one): Seed => ({ name, colour, ...one })));
  const text = { y: 'name', fill: 'var(--ink)', stroke: 'var(--paper)', strokeWidth: 4 } as const;
  const texts = beside
    ? [
        plot.text(rows, { ...text, text: 'name', frameAnchor: 'left', textAnchor: 'end', dx: -12, lineWidth: NAME.beside }),
        plot.text(rows, {
          ...text,
          text: (row: Row) => say('{range}, n {n}', { range: rangeText(row, write), n: row.n }),
          frameAnchor: 'right',
          textAnchor: 'start',
          dx: 12,
        }),
      ]
    : [
        plot.text(rows, {
          ...text,
          text: 'name',
          frameAnchor: 'left',
          dy: -16,
          fontWeight: 600,
          lineWidth: NAME.above(width),
          textOverflow: 'ellipsis',
        }),
        plot.text(rows, { ...text, text: 'words', frameAnchor: 'right', dy: -16 }),
      ];
  return {
    frame: {
      height: Math.max(LEAST_HEIGHT, 44 + rows.length * at.row),
      marginLeft: at.left,
      marginRight: at.right,
      marginTop: 12,
      marginBottom: 32,
      y: { type: 'point', domain: rows.map(({ name }) => name), padding: 0.5, axis: null },
    },
    marks: [
      ...texts,
      plot.dot(seeds, {
        x: 'value',
        y: 'name',
        dy: at.seeds,
        r: 3.5,
        fill: 'colour',
        fillOpacity: 0.45,
        title: ({ name, seed, value }: Seed) =>
          say('{name}, seed {seed}: {value}', { name: sayName(name), seed: String(seed), value: write(value) }),
      }),
      plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', stroke: 'colour', strokeWidth: 2.5, dy: at.mean }),
      plot.dot(rows, {
        x: 'mean',
        y: 'name',
        r: at.radius,
        dy: at.mean,
        symbol: 'symbol',
        fill: 'fill',
        stroke: 'colour',
        strokeWidth: 2,
        title: (row: Row) => `${sayName(row.name)}: ${meanText(row, write)}`,
      }),
    ],
  };
}
