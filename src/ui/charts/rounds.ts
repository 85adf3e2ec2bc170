/** Every arm that trains in a panel of its own: its mean scores and its label quality by round. For wide paper. */
import { say, sayName } from '../language/language.ts';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import type { Interval } from '../../comparison/statistics.ts';
import { percent1 } from '../../shares.ts';
import { meanText, trains } from './arms.ts';
import type { Chart } from './chart.ts';
import { CURVES } from './curves.ts';
import { SERIES } from './series.ts';
import { GRID, roundLabel, roundsAxis, SHARES, sharesDomain } from './parts.ts';

const COLUMNS = 3;
const PANEL = 190;
/** The axis ends at multiples of 10 %. */
const STEPS = 10;
/** Room below the lowest point for the line of n, as a share. */
const FOOT = 0.1;

/** One-shot is not compared, and a panel has no room for sampled: it is a column of the table. */
export const ROUNDS_SHOWN = SERIES.filter((look) => look.key !== 'oneShot' && look.key !== 'sampled');

/** A mean over the `n` runs that made the round; `of` are all runs of the arm. */
type Point = Interval & { readonly arm: string; readonly key: string; readonly round: number; readonly of: number };

function pointsOf({ name: arm, curve, seeds }: ArmRow): readonly Point[] {
  return curve.flatMap(({ round, ...values }) =>
    ROUNDS_SHOWN.flatMap(({ key }) => {
      const value = values[key];
      return value === null ? [] : [{ arm, key, round, of: seeds.length, ...value }];
    }),
  );
}

/** Is the mean of all the arm's runs? A band or a full line for a part of them would look like one for all. */
function isWhole({ n, of }: Point): boolean {
  return n === of;
}

export const ROUNDS: Chart<Comparison> = {
  name: 'rounds',
  title: () => say('How does each arm learn, round by round?'),
  label: () => say('Scores of each arm by round'),
  text: CURVES.text,
  table: CURVES.table,
  picture: (plot, { arms }) => {
    const trained = arms.filter(trains);
    const place = new Map(trained.map(({ name }, index) => [name, index]));
    const panel = {
      fx: ({ arm }: { readonly arm: string }) => (place.get(arm) ?? 0) % COLUMNS,
      fy: ({ arm }: { readonly arm: string }) => Math.floor((place.get(arm) ?? 0) / COLUMNS),
    };
    const all = trained.flatMap(pointsOf);
    const rounds = Math.max(1, ...all.map(({ round }) => round));
    const names = trained.map(({ name }) => ({ arm: name, label: sayName(name) }));
    const curves = ROUNDS_SHOWN.map((look) => ({ ...look, points: all.filter(({ key }) => key === look.key) }));
    return {
      height: 66 + PANEL * Math.ceil(trained.length / COLUMNS),
      marginTop: 32,
      marginBottom: 34,
      marginLeft: 52,
      marginRight: 16,
      x: roundsAxis(rounds, 0),
      y: { ...SHARES, domain: sharesDomain([1, ...all.map((point) => (isWhole(point) ? point.low : point.mean) - FOOT)], STEPS), ticks: 4 },
      fx: { axis: null, padding: 0.08, domain: Array.from({ length: Math.min(COLUMNS, trained.length) }, (_, column) => column) },
      fy: { axis: null, padding: 0.3 },
      marks: [
        plot.gridY({ ...GRID, ticks: 4 }),
        plot.text(names, {
          ...panel,
          text: 'label',
          frameAnchor: 'top-left',
          lineAnchor: 'bottom',
          lineWidth: 19,
          dy: -6,
          fontWeight: 600,
        }),
        ...curves.flatMap(({ points, label, colour, dash, symbol }) => {
          const whole = points.filter(isWhole);
          const at = { ...panel, x: 'round', y: 'mean' };
          return [
            plot.areaY(whole, { ...panel, x: 'round', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.14 }),
            plot.line(points, { ...at, stroke: colour, strokeOpacity: 0.5 }),
            plot.line(whole, { ...at, stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
            plot.dot(points, {
              ...at,
              fill: (point: Point) => (isWhole(point) ? colour : 'var(--paper)'),
              stroke: (point: Point) => (isWhole(point) ? 'var(--paper)' : colour),
              r: 4,
              symbol,
              title: (point: Point) =>
                say('{arm}, {round}, {label}: {mean} of {of}', {
                  arm: sayName(point.arm),
                  round: roundLabel(point.round),
                  label: say(label),
                  mean: meanText(point, percent1),
                  of: point.of,
                }),
            }),
          ];
        }),
        plot.text(
          all.filter(({ key }) => key === 'zeroShot'),
          {
            ...panel,
            x: 'round',
            text: ({ n, round }: Point) => (round === 0 ? say('n {n}', { n }) : String(n)),
            frameAnchor: 'bottom',
            dy: -3,
            fontSize: 11,
            fill: 'var(--ink-2)',
          },
        ),
      ],
    };
  },
};
