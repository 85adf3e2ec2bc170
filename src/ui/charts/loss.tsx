/** The loss of fine-tuning by step over all rounds, with a thin rule where a round begins. */
import { useCallback } from 'preact/hooks';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';
import type { Table } from '../../comparison/columns.ts';
import type { Session } from '../session/session.ts';
import type { LossPoint, RunView } from '../session/view.ts';
import { lossText } from '../words.ts';

/** An SVG line gets slow beyond this many points. */
const MOST_POINTS = 1000;

type Placed = LossPoint & { readonly x: number };

function placed(losses: readonly LossPoint[]): readonly Placed[] {
  const every = Math.ceil(losses.length / MOST_POINTS);
  return losses
    .map((point, index) => ({ ...point, x: index + 1 }))
    .filter((_, index) => index % every === 0 || index === losses.length - 1);
}

function starts(points: readonly Placed[]): readonly Placed[] {
  return points.filter((point, index) => point.round !== points[index - 1]?.round);
}

function tableOf(view: RunView): Table {
  const rows = view.losses.map((point) => [`round ${point.round}`, String(point.step), point.loss.toFixed(3)]);
  return { head: ['round', 'step', 'loss'], rows };
}

function drawLoss(plot: PlotLibrary, width: number, view: RunView): Element {
  const points = placed(view.losses);
  const top = Math.max(0.5, ...points.map((point) => point.loss)) * 1.08;
  return plot.plot({
    width,
    height: 240,
    marginLeft: 40,
    marginRight: 16,
    marginTop: 24,
    marginBottom: 30,
    ariaLabel: 'Loss by step',
    ariaDescription: lossText(view),
    className: 'plot',
    x: {
      domain: [0, Math.max(20, points.at(-1)?.x ?? 0)],
      ticks: 5,
      tickSize: 0,
      label: null,
      tickFormat: (x: number) => (x === 0 ? '' : `step ${x}`),
    },
    y: { domain: [0, top], ticks: 4, tickSize: 0, label: null },
    marks: [
      plot.gridY({ ticks: 4, stroke: 'var(--rule)', strokeOpacity: 1 }),
      plot.ruleX(starts(points), { x: 'x', stroke: 'var(--rule-strong)', strokeDasharray: '1 3' }),
      plot.text(starts(points), {
        x: 'x',
        text: (point: Placed) => `round ${point.round}`,
        frameAnchor: 'top',
        textAnchor: 'start',
        dx: 4,
        dy: -14,
        fill: 'var(--ink-2)',
      }),
      plot.line(points, { x: 'x', y: 'loss', z: 'round', stroke: 'var(--curve-1)', strokeWidth: 2 }),
      plot.dot(points.slice(-1), { x: 'x', y: 'loss', r: 4, fill: 'var(--curve-1)', stroke: 'var(--paper)', strokeWidth: 1.5 }),
    ],
  });
}

export function LossChart({ session }: { readonly session: Session }) {
  const view = session.plotted.value;
  const draw = useCallback((plot: PlotLibrary, width: number) => drawLoss(plot, width, view), [view]);
  return <Figure testid="chart-loss" title="Is it learning its own answers?" summary={lossText(view)} table={tableOf(view)} draw={draw} />;
}
