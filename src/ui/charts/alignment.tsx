/** How aligned is it? Zero-, one- and few-shot scores and label quality by round, the base model as round 0. */
import { useCallback } from 'preact/hooks';
import { Figure } from './figure.tsx';
import type { PlotLibrary } from './figure.tsx';
import type { Table } from '../../comparison/columns.ts';
import { roundsOf } from '../../run/recipe.ts';
import { spread } from './labels.ts';
import { markOf, roundShown, roundsDrawn, scoresShown, shownText, standing } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import type { RunView } from '../session/view.ts';
import { Term } from '../page/term.tsx';
import { alignmentText, percent, shareText } from '../words.ts';

type Point = { readonly round: number; readonly share: number };

/** Told apart by hue, dash, marker and the label at the end. */
const CURVES = [
  { key: 'fewShot', label: 'few-shot', short: 'few', colour: 'var(--curve-2)', dash: '7 4', symbol: 'square' },
  { key: 'oneShot', label: 'one-shot', short: 'one', colour: 'var(--curve-4)', dash: '2 3', symbol: 'triangle' },
  { key: 'zeroShot', label: 'zero-shot', short: 'zero', colour: 'var(--curve-1)', dash: '', symbol: 'circle' },
  { key: 'labelQuality', label: 'label quality', short: 'labels', colour: 'var(--curve-3)', dash: '10 3 2 3', symbol: 'diamond' },
] as const;

function pointsOf(view: RunView, key: (typeof CURVES)[number]['key']): readonly Point[] {
  const points = view.rounds.flatMap((result) => {
    const share = result[key];
    return share === null ? [] : [{ round: result.round, share }];
  });
  if (key === 'labelQuality' || view.base === null) return points;
  const share = view.base.scores[key];
  return share === null ? points : [{ round: 0, share }, ...points];
}

/** Label quality of the round that is being answered now, before it counts. */
function soFar(view: RunView): Point | null {
  const round = view.rounds.length + 1;
  const samples = view.samples.get(round);
  if (samples === undefined || samples.length < 5 || samples.some(({ aligned }) => aligned === null)) return null;
  return { round, share: samples.filter((sample) => sample.aligned).length / samples.length };
}

function tableOf(view: RunView): Table {
  const base =
    view.base === null
      ? []
      : [
          [
            'base',
            percent(view.base.scores.zeroShot),
            shareText(view.base.scores.oneShot),
            shareText(view.base.scores.fewShot),
            '–',
            percent(view.base.validation),
            shareText(view.base.outOfDistribution),
          ],
        ];
  const rows = view.rounds.map((r) => [
    `round ${r.round}${markOf(r.round, view)}`,
    percent(r.zeroShot),
    shareText(r.oneShot),
    shareText(r.fewShot),
    shareText(r.labelQuality),
    percent(r.validation),
    shareText(r.outOfDistribution),
  ]);
  return {
    head: ['', 'zero-shot', 'one-shot', 'few-shot', 'label quality', 'validation', 'out of distribution'],
    rows: [...base, ...rows],
  };
}

function drawAlignment(plot: PlotLibrary, width: number, view: RunView, rounds: number): Element {
  const narrow = width < 560;
  const height = 300;
  const now = soFar(view);
  const curves = CURVES.map((curve) => ({ ...curve, points: pointsOf(view, curve.key) })).filter(({ points }) => points.length > 0);
  const heights = spread(
    curves.map(({ points }) => points.at(-1)?.share ?? 0),
    18 / (height - 60),
    1.02,
  );
  const ends = curves.map((curve, index) => ({ ...curve, y: heights[index] ?? 0, last: curve.points.at(-1) ?? { round: 0, share: 0 } }));
  const lastRound = Math.max(0, ...ends.map(({ last }) => last.round));
  const rests = view.rounds.length > 0 && standing(view) !== 'latest';
  const best = roundShown(view);
  const bestPoint = rests ? pointsOf(view, 'zeroShot').find((point) => point.round === best) : undefined;
  return plot.plot({
    width,
    height,
    marginLeft: 40,
    marginRight: narrow ? 58 : 104,
    marginTop: 16,
    marginBottom: rests ? 44 : 30,
    ariaLabel: 'How aligned is it, by round',
    ariaDescription: alignmentText(view),
    className: 'plot',
    x: {
      domain: [-0.15, Math.max(1, rounds) + 0.1],
      ticks: Array.from({ length: rounds + 1 }, (_, round) => round),
      tickFormat: (round: number) => {
        const name = round === 0 ? 'base' : narrow ? `${round}` : `round ${round}`;
        return rests && round === best ? `${name}\n${standing(view)}` : name;
      },
      tickSize: 0,
      label: null,
    },
    y: {
      domain: [0, 1],
      ticks: [0, 0.25, 0.5, 0.75, 1],
      tickFormat: (share: number) => `${Math.round(share * 100)}%`,
      tickSize: 0,
      label: null,
    },
    marks: [
      plot.gridY({ ticks: [0, 0.25, 0.5, 0.75, 1], stroke: 'var(--rule)', strokeOpacity: 1 }),
      ...(now === null ? [] : [plot.ruleX([now.round], { stroke: 'var(--rule-strong)', strokeDasharray: '1 3' })]),
      ...curves.map(({ points, colour, dash }) =>
        plot.line(points, { x: 'round', y: 'share', stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
      ),
      ...curves.map(({ points, colour, symbol, label }) =>
        plot.dot(points, {
          x: 'round',
          y: 'share',
          fill: colour,
          stroke: 'var(--paper)',
          strokeWidth: 1.5,
          r: 5,
          symbol,
          title: (p: Point) => `${label}, ${p.round === 0 ? 'base' : `round ${p.round}`}: ${percent(p.share)}`,
        }),
      ),
      ...(bestPoint === undefined
        ? []
        : [
            plot.dot([bestPoint], {
              x: 'round',
              y: 'share',
              r: 10,
              stroke: 'var(--curve-1)',
              strokeWidth: 1.5,
              title: () => shownText(view),
            }),
          ]),
      ...(now === null
        ? []
        : [
            plot.dot([now], {
              x: 'round',
              y: 'share',
              r: 5,
              symbol: 'diamond',
              stroke: 'var(--curve-3)',
              strokeWidth: 2,
              fill: 'var(--paper)',
            }),
            // Low on the dotted line, where no curve and no label stands.
            plot.text([now], {
              x: 'round',
              y: 0.05,
              text: (p: Point) => `${percent(p.share)} so far`,
              fill: 'var(--ink-2)',
              dx: -6,
              textAnchor: 'end',
            }),
          ]),
      plot.text(ends, {
        x: lastRound,
        y: 'y',
        text: (end: (typeof ends)[number]) => `${narrow ? end.short : end.label} ${Math.round(end.last.share * 100)}`,
        fill: 'colour',
        textAnchor: 'start',
        dx: 12,
        fontWeight: 600,
      }),
    ],
  });
}

/** Zero-shot before and after, large enough for the back row. */
function Headline({ view }: { readonly view: RunView }) {
  const { base } = view;
  if (base === null) return null;
  const after = roundShown(view) === 0 ? null : scoresShown(view);
  const name = shownText(view);
  return (
    <p class="headline" data-testid="headline">
      <span class="unseen">zero-shot </span>
      {percent(base.scores.zeroShot)}
      {after !== null && (
        <>
          <span class="headline-arrow"> → </span>
          <b>{percent(after.zeroShot)}</b>
        </>
      )}
      {name !== '' && <span class="headline-round"> {name}</span>}
    </p>
  );
}

export function AlignmentChart({ session }: { readonly session: Session }) {
  const view = session.plotted.value;
  const rounds = roundsDrawn(view, roundsOf(view.config ?? session.parsed.value.config));
  const draw = useCallback((plot: PlotLibrary, width: number) => drawAlignment(plot, width, view, rounds), [view, rounds]);
  return (
    <Figure
      testid="chart-alignment"
      title="How aligned is it?"
      summary={alignmentText(view)}
      table={tableOf(view)}
      draw={draw}
      headline={<Headline view={view} />}
    >
      <ul class="legend" aria-label="Curves">
        {CURVES.map(({ key, label, colour, dash }) => (
          <li key={key}>
            <svg viewBox="0 0 30 10" aria-hidden="true">
              <line x1="0" y1="5" x2="30" y2="5" stroke={colour} stroke-width="2.5" stroke-dasharray={dash} />
            </svg>
            {key === 'labelQuality' ? (
              <Term name="label quality">{label}</Term>
            ) : key === 'zeroShot' ? (
              <Term name="zero-shot">{label}</Term>
            ) : (
              <Term name="few-shot">{label}</Term>
            )}
          </li>
        ))}
      </ul>
    </Figure>
  );
}
