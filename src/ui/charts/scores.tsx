/** How good is each arm? Every seed a faint point, the mean with its interval above them. */
import { useCallback } from 'preact/hooks';
import type { Comparison } from '../../comparison/compare.ts';
import { lookOf, meanText, scoresTable, scoresText } from '../compare/comparison.ts';
import { share1 } from '../../comparison/text.ts';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';

const ROW = 56;

function drawScores(plot: PlotLibrary, width: number, comparison: Comparison): Element {
  const rows = comparison.arms.map(({ name, score, seeds, values }, index) => ({ name, ...score, seeds, values, ...lookOf(index) }));
  const seeds = rows.flatMap(({ name, seeds, values, colour }) => values.map((value, i) => ({ name, value, seed: seeds[i] ?? 0, colour })));
  const shares = [...rows.flatMap(({ low, high }) => [low, high]), ...seeds.map(({ value }) => value)];
  const least = shares.length === 0 ? 0.5 : Math.floor(Math.min(...shares) * 20) / 20;
  const most = shares.length === 0 ? 1 : Math.max(Math.ceil(Math.max(...shares) * 20) / 20, least + 0.1);
  const narrow = width < 420;
  return plot.plot({
    width,
    height: Math.max(240, 44 + rows.length * ROW),
    marginLeft: 8,
    marginRight: 8,
    marginTop: 12,
    marginBottom: 32,
    ariaLabel: 'Score of each arm, every seed and the mean with its 95 % interval',
    ariaDescription: scoresText(comparison),
    className: 'plot',
    x: {
      domain: [least, most],
      ticks: narrow ? 3 : 5,
      tickFormat: (x: number) => `${Math.round(x * 100)}%`,
      tickSize: 0,
      label: null,
      inset: 10,
    },
    y: { type: 'point', domain: rows.map(({ name }) => name), padding: 0.5, axis: null },
    marks: [
      plot.gridX({ ticks: narrow ? 3 : 5, stroke: 'var(--rule)', strokeOpacity: 1 }),
      plot.text(rows, {
        y: 'name',
        text: 'name',
        frameAnchor: 'left',
        dy: -16,
        fontWeight: 600,
        fill: 'var(--ink)',
        lineWidth: (width - 120) / 13,
        textOverflow: 'ellipsis',
      }),
      plot.text(rows, {
        y: 'name',
        text: (row: (typeof rows)[number]) => `${share1(row.mean)}, n ${row.n}`,
        frameAnchor: 'right',
        dy: -16,
        fill: 'var(--ink)',
      }),
      plot.dot(seeds, {
        x: 'value',
        y: 'name',
        dy: 13,
        r: 3.5,
        fill: 'colour',
        fillOpacity: 0.45,
        title: (point: (typeof seeds)[number]) => `${point.name}, seed ${point.seed}: ${share1(point.value)}`,
      }),
      plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', stroke: 'colour', strokeWidth: 2.5, dy: 1 }),
      plot.dot(rows, {
        x: 'mean',
        y: 'name',
        r: 6,
        dy: 1,
        symbol: 'symbol',
        fill: 'colour',
        stroke: 'var(--paper)',
        strokeWidth: 1.5,
        title: (row: (typeof rows)[number]) => `${row.name}: ${meanText(row, share1)}`,
      }),
    ],
  });
}

export function ScoresChart({ comparison }: { readonly comparison: Comparison }) {
  const draw = useCallback((plot: PlotLibrary, width: number) => drawScores(plot, width, comparison), [comparison]);
  return (
    <Figure
      nested
      testid="chart-scores"
      title="How good is each arm?"
      summary={scoresText(comparison)}
      table={scoresTable(comparison)}
      draw={draw}
    />
  );
}
