/** What “everything” measures beside the scores: choices, samples, and the gauges of collapse, base model and the round that is shown. */
import { useCallback } from 'preact/hooks';
import type { Extras } from '../../contracts/records.ts';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';
import type { Table } from '../../comparison/columns.ts';
import { markOf, roundShown, shownText } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import type { RunView } from '../session/view.ts';
import { MEASURES, measureText } from '../../run/measures.ts';
import { percent } from '../words.ts';

const ROW = 26;

/** Shares are drawn; what has another unit stands in the sentence and in the table. */
const SHARES = MEASURES.filter(({ unit }) => typeof unit === 'string');
const OTHERS = MEASURES.filter(({ unit }) => typeof unit !== 'string');

type Stage = { readonly round: number; readonly name: string; readonly extras: Extras };

/** The base model and every round that was measured so. */
function stagesOf(view: RunView): readonly Stage[] {
  const rounds = view.rounds.map(({ round, extras }) => ({ round, name: `round ${round}${markOf(round, view)}`, extras }));
  const all = [{ round: 0, name: 'base', extras: view.base?.extras ?? null }, ...rounds];
  return all.flatMap(({ round, name, extras }) => (extras === null ? [] : [{ round, name, extras }]));
}

/** The base model, and the round that is shown where it is another. */
function ends(stages: readonly Stage[], view: RunView): readonly [Stage | undefined, Stage | undefined] {
  return [stages[0], stages.find(({ round }) => round === roundShown(view)) ?? stages[0]];
}

function tableOf(stages: readonly Stage[]): Table {
  const rows = [...SHARES, ...OTHERS].map((measure) => [
    `${measure.label}: ${measure.help}`,
    ...stages.map(({ extras }) => measureText(measure, extras[measure.name])),
  ]);
  return { head: ['', ...stages.map(({ name }) => name)], rows };
}

function textOf(stages: readonly Stage[], view: RunView): string {
  const [first, last] = ends(stages, view);
  if (first === undefined || last === undefined) return '';
  const changes = OTHERS.map((measure) => {
    const [before, after] = [first, last].map(({ extras }) => measureText(measure, extras[measure.name]));
    return `${measure.label} ${before}${first === last ? '' : `, then ${after}`}`;
  });
  const text = changes.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function drawGauges(plot: PlotLibrary, width: number, stages: readonly Stage[], view: RunView): Element {
  const [first, last] = ends(stages, view);
  // What cannot be known has no row; the table says so with a dash.
  const rows = SHARES.flatMap(({ name: key, label: name, help }) => {
    const [base, shown] = [first, last].map((stage) => (stage === undefined ? 0 : stage.extras[key]));
    return typeof base !== 'number' || typeof shown !== 'number' ? [] : [{ name, help, base, shown }];
  });
  const least = Math.min(0, ...rows.flatMap(({ base, shown }) => [base, shown]));
  const wide = width > 720;
  return plot.plot({
    width,
    height: 54 + rows.length * ROW,
    marginLeft: wide ? 330 : 92,
    marginRight: 60,
    marginTop: 24,
    marginBottom: 30,
    ariaLabel: `Choices, samples and collapse gauges, base model and ${shownText(view)}`,
    ariaDescription: textOf(stages, view),
    className: 'plot',
    x: { domain: [least, 1], ticks: [0, 0.5, 1], tickFormat: (share: number) => `${share * 100}%`, tickSize: 0, label: null },
    y: { domain: rows.map(({ name }) => name), tickSize: 0, label: null, axis: null },
    marks: [
      plot.gridX({ ticks: [0, 0.25, 0.5, 0.75, 1], stroke: 'var(--rule)', strokeOpacity: 1 }),
      plot.text(rows, { y: 'name', text: 'name', frameAnchor: 'left', dx: wide ? -330 : -92, fill: 'var(--ink)' }),
      ...(wide ? [plot.text(rows, { y: 'name', text: 'help', frameAnchor: 'left', dx: -236, fill: 'var(--ink-2)' })] : []),
      plot.link(rows, { x1: 'base', x2: 'shown', y: 'name', stroke: 'var(--curve-1)', strokeWidth: 2 }),
      plot.dot(rows, { x: 'base', y: 'name', r: 5, fill: 'var(--paper)', stroke: 'var(--curve-1)', strokeWidth: 2 }),
      ...(first === last
        ? []
        : [plot.dot(rows, { x: 'shown', y: 'name', r: 5, fill: 'var(--curve-1)', stroke: 'var(--curve-1)', strokeWidth: 2 })]),
      plot.text(rows, {
        y: 'name',
        frameAnchor: 'right',
        dx: 56,
        textAnchor: 'end',
        text: (row: (typeof rows)[number]) => percent(row.shown),
        fill: 'var(--ink)',
      }),
    ],
  });
}

/** Only there when the run measured everything. */
export function GaugesChart({ session }: { readonly session: Session }) {
  const view = session.plotted.value;
  const draw = useCallback((plot: PlotLibrary, width: number) => drawGauges(plot, width, stagesOf(view), view), [view]);
  const stages = stagesOf(view);
  if (stages.length === 0) return null;
  return (
    <div class="wide">
      <Figure testid="chart-gauges" title="Gauges" summary={textOf(stages, view)} table={tableOf(stages)} draw={draw}>
        <p class="legend-text">
          <span class="ring" aria-hidden="true" /> base model <span class="disc" aria-hidden="true" /> {shownText(view)}, zero-shot
        </p>
      </Figure>
    </div>
  );
}
