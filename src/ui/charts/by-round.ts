/** Some curves by round, told apart by look and by the name at their end: runs of one seed, what somebody drew, what is expected. */
import type { Table } from '../../comparison/columns.ts';
import { percent, shareText } from '../../shares.ts';
import { lookOf } from './arms.ts';
import { say } from '../language/language.ts';
import type { Chart } from './chart.ts';
import { endLabels, GRID, LEFT, LINE, roundLabel, roundsAxis, SHARES } from './parts.ts';
import { EXPECTED } from './series.ts';

/** Shares from the base on; null where there is none. */
export type Curve = {
  readonly name: string;
  readonly shares: readonly (number | null)[];
  /** Measured, as the arm at a place looks; drawn by hand; or expected by an exact reader. */
  readonly look: number | 'drawn' | 'expected';
};

export type ByRound = {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly rounds: number;
  readonly curves: readonly Curve[];
};

const HEIGHT = 300;
const DRAWN = { colour: 'var(--ink)', dash: '5 4', symbol: 'times' } as const;
const READER = { ...EXPECTED, symbol: null } as const;

type Point = { readonly round: number; readonly share: number };

const styleOf = ({ look }: Curve) => (look === 'drawn' ? DRAWN : look === 'expected' ? READER : lookOf(look));

const pointsOf = ({ shares }: Curve): readonly Point[] => shares.flatMap((share, round) => (share === null ? [] : [{ round, share }]));

function tableOf({ curves, rounds }: ByRound): Table {
  const measured = Math.max(0, ...curves.map(({ shares }) => shares.length));
  const rows = Array.from({ length: Math.min(rounds + 1, measured) }, (_, round) => [
    roundLabel(round),
    ...curves.map(({ shares }) => shareText(shares[round] ?? null)),
  ]);
  return { head: [say('round'), ...curves.map(({ name }) => name)], rows };
}

export const BY_ROUND: Chart<ByRound> = {
  name: 'by-round',
  title: ({ title }) => title,
  label: ({ label }) => label,
  text: ({ text }) => text,
  table: tableOf,
  picture: (plot, { curves, rounds }, { width }) => {
    const drawn = curves
      .map((curve) => ({ name: curve.name, points: pointsOf(curve), ...styleOf(curve) }))
      .filter(({ points }) => points.length > 0);
    const longest = Math.max(0, ...drawn.map(({ name }) => name.length));
    const room = Math.min(width < 560 ? 130 : 220, 40 + longest * 7);
    const height = Math.max(HEIGHT, 64 + drawn.length * LINE);
    const ends = drawn.map(({ name, points, colour }) => ({ end: points.at(-1)?.share ?? 0, label: name, colour }));
    return {
      height,
      marginLeft: LEFT,
      marginRight: room,
      marginTop: 12,
      marginBottom: 30,
      x: roundsAxis(rounds, width - LEFT - room),
      y: { ...SHARES, domain: [0, 1], ticks: 5 },
      marks: [
        plot.gridY({ ...GRID, ticks: 5 }),
        ...drawn.map(({ points, colour, dash }) =>
          plot.line(points, { x: 'round', y: 'share', stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
        ),
        ...drawn.flatMap(({ name, points, colour, symbol }) =>
          symbol === null
            ? []
            : [
                plot.dot(points, {
                  x: 'round',
                  y: 'share',
                  r: 4.5,
                  symbol,
                  ...(symbol === 'times' ? { stroke: colour, strokeWidth: 2 } : { fill: colour, stroke: 'var(--paper)' }),
                  title: ({ round, share }: Point) => `${name}, ${roundLabel(round)}: ${percent(share)}`,
                }),
              ],
        ),
        endLabels(plot, ends, { x: rounds, least: 0, most: 1, high: height - 42, room }),
      ],
    };
  },
};
