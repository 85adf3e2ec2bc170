/** How far from the reference? The paired difference of each arm with its interval, beside the line of no difference. */
import { useCallback } from 'preact/hooks';
import type { Comparison } from '../../comparison/compare.ts';
import { differencesTable, differencesText, isClear, lookOf, meanText, tick, verdictText } from '../compare/comparison.ts';
import { points } from '../../comparison/text.ts';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';

const ROW = 56;

function drawDifferences(plot: PlotLibrary, width: number, comparison: Comparison): Element {
  const rows = comparison.arms.flatMap(({ name, difference }, index) => {
    if (difference === null) return [];
    const look = lookOf(index);
    const words = difference.p === null ? verdictText(difference) : `${verdictText(difference)}, n ${difference.n}`;
    return [{ name, ...difference, words, fill: isClear(difference) ? look.colour : 'var(--paper)', ...look }];
  });
  const all = [0, ...rows.flatMap(({ low, high }) => [low, high])];
  const [least, most] = [Math.min(...all, -0.02), Math.max(...all, 0.02)];
  const narrow = width < 420;
  return plot.plot({
    width,
    height: Math.max(240, 44 + rows.length * ROW),
    marginLeft: 8,
    marginRight: 8,
    marginTop: 12,
    marginBottom: 32,
    ariaLabel: `Difference of each arm to ${comparison.against ?? comparison.reference}, with its 95 % interval`,
    ariaDescription: differencesText(comparison),
    className: 'plot',
    x: { domain: [least, most], nice: true, ticks: narrow ? 3 : 5, tickFormat: tick, tickSize: 0, label: null, inset: 14 },
    y: { type: 'point', domain: rows.map(({ name }) => name), padding: 0.5, axis: null },
    marks: [
      plot.gridX({ ticks: narrow ? 3 : 5, stroke: 'var(--rule)', strokeOpacity: 1 }),
      plot.ruleX([0], { stroke: 'var(--ink-2)', strokeWidth: 1.5 }),
      plot.text(rows, {
        y: 'name',
        text: 'name',
        frameAnchor: 'left',
        dy: -15,
        fontWeight: 600,
        fill: 'var(--ink)',
        stroke: 'var(--paper)',
        strokeWidth: 4,
        lineWidth: (width - 200) / 13,
        textOverflow: 'ellipsis',
      }),
      plot.text(rows, {
        y: 'name',
        text: 'words',
        frameAnchor: 'right',
        dy: -15,
        fill: 'var(--ink)',
        stroke: 'var(--paper)',
        strokeWidth: 4,
      }),
      plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', stroke: 'colour', strokeWidth: 2.5, dy: 6 }),
      plot.dot(rows, {
        x: 'mean',
        y: 'name',
        r: 6,
        dy: 6,
        symbol: 'symbol',
        fill: 'fill',
        stroke: 'colour',
        strokeWidth: 2,
        title: (row: (typeof rows)[number]) => `${row.name}, points: ${meanText(row, points)}`,
      }),
    ],
  });
}

export function DifferencesChart({ comparison }: { readonly comparison: Comparison }) {
  const draw = useCallback((plot: PlotLibrary, width: number) => drawDifferences(plot, width, comparison), [comparison]);
  return (
    <Figure
      nested
      testid="chart-differences"
      title={`How far from ${comparison.against ?? comparison.reference}?`}
      summary={differencesText(comparison)}
      table={differencesTable(comparison)}
      draw={draw}
    />
  );
}
