/** How does each arm learn? The mean zero-shot score by round; what does not train is a line to beat. */
import { useCallback } from 'preact/hooks';
import type { Comparison } from '../../comparison/compare.ts';
import type { Interval } from '../../comparison/statistics.ts';
import { curvesTable, curvesText, lookOf, meanText, trains } from '../compare/comparison.ts';
import { share1 } from '../../comparison/text.ts';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';
import { spread } from './labels.ts';

const LINE = 17;
/** More curves than this have no bands: they would only hide each other. */
const MOST_BANDS = 4;

/** A mean by round; not `whole` where some of the arm's runs had stopped. */
type Point = Interval & { readonly round: number; readonly whole: boolean; readonly of: number };

function drawCurves(plot: PlotLibrary, width: number, comparison: Comparison): Element {
  const arms = comparison.arms.map((row, index) => {
    const { name, curve, score, seeds } = row;
    const points: readonly Point[] = curve.map(({ round, zeroShot }) => ({
      round,
      whole: zeroShot.n === seeds.length,
      of: seeds.length,
      ...zeroShot,
    }));
    // Where some runs stopped early, a mean of the others says nothing of the arm: its end is the last round that all runs made.
    const end = points.findLast(({ whole }) => whole)?.mean ?? score.mean;
    return { name, points, moves: trains(row), end, ...lookOf(index) };
  });
  const trained = arms.filter(({ moves }) => moves);
  const still = arms.filter(({ moves }) => !moves);
  const rounds = Math.max(1, ...trained.map(({ points }) => points.at(-1)?.round ?? 0));
  const narrow = width < 560;
  const height = Math.max(320, 64 + arms.length * LINE);
  const longest = Math.max(...arms.map(({ name }) => name.length), 0);
  const room = Math.min(narrow ? 140 : 250, 50 + longest * 7);
  const shares =
    arms.length === 0
      ? [0.5, 1]
      : [
          ...trained.flatMap(({ points }) => points.flatMap(({ whole, mean, low, high }) => (whole ? [low, high] : [mean]))),
          ...still.map(({ end }) => end),
        ];
  const least = Math.max(0, Math.floor(Math.min(...shares) * 10) / 10);
  const most = Math.max(least + 0.1, Math.ceil(Math.max(...shares) * 10) / 10);
  const gap = (LINE * (most - least)) / (height - 48);
  const places = spread(
    arms.map(({ end }) => end),
    gap,
    most + gap / 2,
  );
  const labels = arms.map(({ name, end, colour }, index) => ({ text: `${(100 * end).toFixed(0)} ${name}`, y: places[index] ?? 0, colour }));
  return plot.plot({
    width,
    height,
    marginLeft: 40,
    marginRight: room,
    marginTop: 16,
    marginBottom: 32,
    ariaLabel: 'Zero-shot score of each arm by round',
    ariaDescription: curvesText(comparison),
    className: 'plot',
    x: {
      domain: [-0.15, rounds + 0.1],
      ticks: Array.from({ length: rounds + 1 }, (_, round) => round),
      tickFormat: (round: number) => (round === 0 ? 'base' : narrow ? `${round}` : `round ${round}`),
      tickSize: 0,
      label: null,
    },
    y: { domain: [least, most], ticks: 5, tickFormat: (share: number) => `${Math.round(share * 100)}%`, tickSize: 0, label: null },
    marks: [
      plot.gridY({ ticks: 5, stroke: 'var(--rule)', strokeOpacity: 1 }),
      ...(trained.length > MOST_BANDS ? [] : trained).map(({ points, colour }) =>
        plot.areaY(
          points.filter(({ whole }) => whole),
          { x: 'round', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.12 },
        ),
      ),
      ...still.map(({ end, colour, dash }) =>
        plot.ruleY([end], { stroke: colour, strokeWidth: 2, strokeDasharray: dash === '' ? '1 3' : dash }),
      ),
      // From the last round that all runs made to the label.
      ...trained.map(({ end, points, colour }) =>
        plot.ruleY([end], { x1: points.findLast(({ whole }) => whole)?.round ?? 0, x2: rounds, stroke: colour, strokeDasharray: '1 5' }),
      ),
      ...trained.map(({ points, colour }) => plot.line(points, { x: 'round', y: 'mean', stroke: colour, strokeOpacity: 0.4 })),
      ...trained.map(({ points, colour, dash }) =>
        plot.line(
          points.filter(({ whole }) => whole),
          { x: 'round', y: 'mean', stroke: colour, strokeWidth: 2, strokeDasharray: dash },
        ),
      ),
      ...trained.map(({ name, points, colour, symbol }) =>
        plot.dot(points, {
          x: 'round',
          y: 'mean',
          r: 4.5,
          symbol,
          fill: (p: Point) => (p.whole ? colour : 'var(--paper)'),
          stroke: (p: Point) => (p.whole ? 'var(--paper)' : colour),
          strokeWidth: 1.5,
          title: (p: Point) =>
            `${name}, ${p.round === 0 ? 'base' : `round ${p.round}`}: ${meanText(p, share1)}${p.whole ? '' : ` of ${p.of}; the others stopped early`}`,
        }),
      ),
      ...(trained.length > MOST_BANDS ? [] : trained).map(({ points, colour }) =>
        plot.text(
          points.filter(({ whole }) => !whole),
          {
            x: 'round',
            y: 'mean',
            text: (p: Point) => `${p.n} of ${p.of}`,
            textAnchor: 'end',
            dx: -8,
            dy: -8,
            fill: colour,
            stroke: 'var(--paper)',
            strokeWidth: 3,
          },
        ),
      ),
      plot.text(labels, {
        x: rounds,
        y: 'y',
        text: 'text',
        fill: 'colour',
        textAnchor: 'start',
        dx: 14,
        fontWeight: 600,
        lineWidth: (room - 14) / 12,
        textOverflow: 'ellipsis',
      }),
    ],
  });
}

export function CurvesChart({ comparison }: { readonly comparison: Comparison }) {
  const draw = useCallback((plot: PlotLibrary, width: number) => drawCurves(plot, width, comparison), [comparison]);
  return (
    <Figure
      nested
      testid="chart-curves"
      title="How does each arm learn?"
      summary={curvesText(comparison)}
      table={curvesTable(comparison)}
      draw={draw}
    />
  );
}
