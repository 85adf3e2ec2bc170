/** On which questions does an arm that trains differ from the reference? The paired difference of each kind with its interval. */
import { useCallback, useState } from 'preact/hooks';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import { baseline, effectsTable, effectsText, isClear, lookOf, meanText, tick, trains } from '../compare/comparison.ts';
import { points } from '../../comparison/text.ts';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';

const ALL = '';
const STEP = 13;
const LEAST_ROW = 34;
/** With more arms than this the picture begins with one of them. */
const MOST_ARMS = 4;

function differs(row: ArmRow): boolean {
  return trains(row) && row.kinds.some(({ difference }) => difference !== null);
}

/** `only` is the arm to draw; null means all. */
function drawEffects(plot: PlotLibrary, width: number, comparison: Comparison, only: string | null): Element {
  const others = comparison.arms.flatMap((row, index) =>
    differs(row) && (only === null || row.name === only) ? [{ name: row.name, kinds: row.kinds, ...lookOf(index) }] : [],
  );
  const kinds = [...new Set(others.flatMap((arm) => arm.kinds.map(({ kind }) => kind)))];
  const row = Math.max(LEAST_ROW, 12 + others.length * STEP);
  // In pixels within the drawing, so that arms stand below each other inside the row of a kind.
  const marks = others.flatMap((arm, place) =>
    arm.kinds.flatMap(({ kind, difference }) => {
      if (difference === null) return [];
      const y = (kinds.indexOf(kind) + 0.5) * row + (place - (others.length - 1) / 2) * STEP;
      return [{ ...arm, kind, ...difference, y, fill: isClear(difference) ? arm.colour : 'var(--paper)' }];
    }),
  );
  const all = marks.flatMap(({ low, high }) => [low, high]);
  const tall = kinds.length * row;
  const ticks = width < 420 ? 3 : 5;
  return plot.plot({
    width,
    height: Math.max(320, tall + 48),
    marginLeft: 84,
    marginRight: 16,
    marginTop: 16,
    marginBottom: 32,
    ariaLabel: `Difference to ${baseline(comparison)} by question kind`,
    ariaDescription: effectsText(comparison),
    className: 'plot',
    x: {
      domain: [Math.min(...all, -0.05), Math.max(...all, 0.05)],
      nice: true,
      ticks,
      tickFormat: tick,
      inset: 8,
      tickSize: 0,
      label: null,
    },
    y: { domain: [0, Math.max(tall, 1)], reverse: true, axis: null },
    marks: [
      plot.gridX({ ticks, stroke: 'var(--rule)', strokeOpacity: 1 }),
      plot.ruleY(
        kinds.slice(1).map((_, index) => (index + 1) * row),
        { stroke: 'var(--rule)' },
      ),
      plot.ruleX([0], { stroke: 'var(--ink-2)', strokeWidth: 1.5 }),
      plot.text(kinds, {
        y: (_, index: number) => (index + 0.5) * row,
        text: (kind: string) => kind,
        frameAnchor: 'left',
        dx: -84,
        fill: 'var(--ink-2)',
      }),
      plot.ruleY(marks, { x1: 'low', x2: 'high', y: 'y', stroke: 'colour', strokeWidth: 2 }),
      plot.dot(marks, {
        x: 'mean',
        y: 'y',
        r: 4.5,
        symbol: 'symbol',
        fill: 'fill',
        stroke: 'colour',
        strokeWidth: 1.75,
        title: (m: (typeof marks)[number]) => `${m.name}, ${m.kind}: ${meanText(m, points)}`,
      }),
    ],
  });
}

export function EffectsChart({ comparison }: { readonly comparison: Comparison }) {
  const [chosen, choose] = useState<string | null>(null);
  const names = comparison.arms.filter(differs).map(({ name }) => name);
  const usual = names.length > MOST_ARMS ? (names[0] ?? ALL) : ALL;
  const shown = chosen !== null && (chosen === ALL || names.includes(chosen)) ? chosen : usual;
  const only = shown === ALL ? null : shown;
  const draw = useCallback((plot: PlotLibrary, width: number) => drawEffects(plot, width, comparison, only), [comparison, only]);
  return (
    <Figure
      nested
      testid="chart-effects"
      title="On which questions?"
      summary={effectsText(comparison)}
      table={effectsTable(comparison)}
      draw={draw}
    >
      {names.length > 1 && (
        <p class="tools">
          <label>
            shown{' '}
            <select value={shown} onChange={(event) => choose(event.currentTarget.value)}>
              <option value={ALL}>all arms</option>
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </p>
      )}
    </Figure>
  );
}
