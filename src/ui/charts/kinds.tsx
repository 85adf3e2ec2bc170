/** Zero-shot score of each question kind: an open circle for the base model, a filled one for the round that is shown, a line between. */
import { useCallback } from 'preact/hooks';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';
import type { Table } from '../../comparison/columns.ts';
import { markOf, roundShown, scoresShown, shownText } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import type { RunView } from '../session/view.ts';
import { kindsText, percent } from '../words.ts';

type Kind = { readonly kind: string; readonly base: number; readonly shown: number };

const ROW = 26;

function kindsOf(view: RunView): readonly Kind[] {
  const { base } = view;
  if (base === null) return [];
  const shown = scoresShown(view)?.byKind ?? base.byKind;
  return Object.entries(base.byKind).map(([kind, share]) => ({ kind, base: share, shown: shown[kind] ?? share }));
}

function tableOf(view: RunView): Table {
  const { base } = view;
  if (base === null) return { head: [], rows: [] };
  const head = ['kind', 'base', ...view.rounds.map(({ round }) => `round ${round}${markOf(round, view)}`)];
  const rows = Object.keys(base.byKind).map((kind) => [
    kind,
    percent(base.byKind[kind] ?? 0),
    ...view.rounds.map((result) => percent(result.byKind[kind] ?? 0)),
  ]);
  return { head, rows };
}

function drawKinds(plot: PlotLibrary, width: number, view: RunView): Element {
  const kinds = kindsOf(view);
  return plot.plot({
    width,
    height: Math.max(240, 54 + kinds.length * ROW),
    marginLeft: 84,
    marginRight: 60,
    marginTop: 24,
    marginBottom: 30,
    ariaLabel: `Zero-shot score by question kind, base model and ${shownText(view)}`,
    ariaDescription: kindsText(view),
    className: 'plot',
    x: { domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: (share: number) => `${share * 100}%`, tickSize: 0, label: null },
    y: { domain: kinds.map(({ kind }) => kind), tickSize: 0, label: null },
    marks: [
      plot.gridX({ ticks: [0, 0.25, 0.5, 0.75, 1], stroke: 'var(--rule)', strokeOpacity: 1 }),
      plot.link(kinds, { x1: 'base', x2: 'shown', y: 'kind', stroke: 'var(--curve-1)', strokeWidth: 2 }),
      plot.dot(kinds, {
        x: 'base',
        y: 'kind',
        r: 5,
        fill: 'var(--paper)',
        stroke: 'var(--curve-1)',
        strokeWidth: 2,
        title: (k: Kind) => `${k.kind}, base: ${percent(k.base)}`,
      }),
      ...(roundShown(view) === 0
        ? []
        : [
            plot.dot(kinds, {
              x: 'shown',
              y: 'kind',
              r: 5,
              fill: 'var(--curve-1)',
              stroke: 'var(--curve-1)',
              strokeWidth: 2,
              title: (k: Kind) => `${k.kind}: ${percent(k.shown)}`,
            }),
          ]),
      plot.text(kinds, {
        y: 'kind',
        frameAnchor: 'right',
        dx: 56,
        textAnchor: 'end',
        text: (k: Kind) => percent(k.shown),
        fill: 'var(--ink)',
      }),
    ],
  });
}

export function KindsChart({ session }: { readonly session: Session }) {
  const view = session.plotted.value;
  const draw = useCallback((plot: PlotLibrary, width: number) => drawKinds(plot, width, view), [view]);
  return (
    <Figure testid="chart-kinds" title="On which questions?" summary={kindsText(view)} table={tableOf(view)} draw={draw}>
      <p class="legend-text">
        <span class="ring" aria-hidden="true" /> base model
        {roundShown(view) > 0 && (
          <>
            {' '}
            <span class="disc" aria-hidden="true" /> {shownText(view)}
          </>
        )}
        , zero-shot
      </p>
    </Figure>
  );
}
