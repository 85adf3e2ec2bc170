/** What “everything” measures beside the scores: the base model, and the round that is shown. */
import { say } from '../language/language.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Extras } from '../../contracts/records.ts';
import { MEASURES } from '../../run/measures.ts';
import { percent } from '../../shares.ts';
import { markOf, roundShown, shownText } from '../session/outcome.ts';
import type { RunView } from '../session/view.ts';
import { numberText } from '../words.ts';
import type { Chart } from './chart.ts';
import { BARE, GRID, roundLabel, SHARES } from './parts.ts';

const ROW = 26;
/** From this width on the names have their explanations beside them. */
const WIDE = 720;
/** Room for names, without and with their explanations, and where these begin. */
const ROOM = { names: 92, both: 330, help: 236 };

/** Shares are drawn; what has another unit stands in the sentence and in the table. */
const DRAWN = MEASURES.filter(({ unit }) => typeof unit === 'string');
const OTHERS = MEASURES.filter(({ unit }) => typeof unit !== 'string');

type Stage = { readonly round: number; readonly name: string; readonly extras: Extras };
type Row = { readonly name: string; readonly help: string; readonly base: number; readonly shown: number };

/** The base model and every round that was measured so. */
function stagesOf(view: RunView): readonly Stage[] {
  const rounds = view.rounds.map(({ round, extras }) => ({ round, name: `${roundLabel(round)}${markOf(round, view)}`, extras }));
  const all = [{ round: 0, name: say('base'), extras: view.base?.extras ?? null }, ...rounds];
  return all.flatMap(({ round, name, extras }) => (extras === null ? [] : [{ round, name, extras }]));
}

/** Was anything measured so? */
export function hasGauges(view: RunView): boolean {
  return stagesOf(view).length > 0;
}

/** The base model, and the round that is shown where it is another. */
function ends(view: RunView): readonly [Stage | undefined, Stage | undefined] {
  const stages = stagesOf(view);
  return [stages[0], stages.find(({ round }) => round === roundShown(view)) ?? stages[0]];
}

/** What is no share, before and after. */
function textOf(view: RunView): string {
  const [first, last] = ends(view);
  if (first === undefined || last === undefined) return '';
  const changes = OTHERS.map((measure) => {
    const [before = '', after = ''] = [first, last].map(({ extras }) => numberText(measure, extras[measure.name]));
    return first === last
      ? `${say(measure.label)} ${before}`
      : say('{measure} {before}, then {after}', { measure: say(measure.label), before, after });
  });
  const text = changes.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function tableOf(view: RunView): Table {
  const stages = stagesOf(view);
  const rows = [...DRAWN, ...OTHERS].map((measure) => [
    `${say(measure.label)}: ${say(measure.help)}`,
    ...stages.map(({ extras }) => numberText(measure, extras[measure.name])),
  ]);
  return { head: ['', ...stages.map(({ name }) => name)], rows };
}

export const GAUGES: Chart<RunView> = {
  name: 'gauges',
  title: () => say('Gauges'),
  label: (view) => say('Choices, samples and collapse gauges, base model and {shown}', { shown: shownText(view) }),
  text: textOf,
  table: tableOf,
  picture: (plot, view, { width }) => {
    const [first, last] = ends(view);
    // What cannot be known has no row; the table says so with a dash.
    const rows = DRAWN.flatMap(({ name: key, label, help }): Row[] => {
      const [base, shown] = [first, last].map((stage) => (stage === undefined ? 0 : stage.extras[key]));
      return typeof base !== 'number' || typeof shown !== 'number' ? [] : [{ name: say(label), help: say(help), base, shown }];
    });
    const wide = width > WIDE;
    const left = wide ? ROOM.both : ROOM.names;
    const at = { y: 'name', r: 5, stroke: 'var(--curve-1)', strokeWidth: 2 };
    return {
      height: 54 + rows.length * ROW,
      marginLeft: left,
      marginRight: 60,
      marginTop: 24,
      marginBottom: 30,
      x: { ...SHARES, domain: [Math.min(0, ...rows.flatMap(({ base, shown }) => [base, shown])), 1], ticks: [0, 0.5, 1] },
      y: { ...BARE, domain: rows.map(({ name }) => name), axis: null },
      marks: [
        plot.gridX({ ...GRID, ticks: [0, 0.25, 0.5, 0.75, 1] }),
        plot.text(rows, { y: 'name', text: 'name', frameAnchor: 'left', dx: -left, fill: 'var(--ink)' }),
        ...(wide ? [plot.text(rows, { y: 'name', text: 'help', frameAnchor: 'left', dx: -ROOM.help, fill: 'var(--ink-2)' })] : []),
        plot.link(rows, { x1: 'base', x2: 'shown', y: 'name', stroke: 'var(--curve-1)', strokeWidth: 2 }),
        plot.dot(rows, { ...at, x: 'base', fill: 'var(--paper)' }),
        ...(first === last ? [] : [plot.dot(rows, { ...at, x: 'shown', fill: 'var(--curve-1)' })]),
        plot.text(rows, {
          y: 'name',
          frameAnchor: 'right',
          dx: 56,
          textAnchor: 'end',
          text: ({ shown }: Row) => percent(shown),
          fill: 'var(--ink)',
        }),
      ],
    };
  },
};
