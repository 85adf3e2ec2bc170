/** Zero-shot score of each question kind: an open circle for the base model, a filled one for the round that is shown, a line between. */
import { listed, say, sayName } from '../language/language.ts';
import { roundsOf } from '../../run/recipe.ts';
import { percent } from '../../shares.ts';
import { markOf, roundShown, scoresShown, shownText, standing } from '../session/outcome.ts';
import type { RunView } from '../session/view.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { BARE, GRID, roundLabel, SHARES } from './parts.ts';

const ROW = 26;
const LEAST_HEIGHT = 240;
/** A change that counts as one, as a share. */
const CHANGE = 0.01;

type Kind = { readonly kind: string; readonly base: number; readonly shown: number };

function kindsOf(view: RunView): readonly Kind[] {
  const { base } = view;
  if (base === null) return [];
  const shown = scoresShown(view)?.byKind ?? base.byKind;
  return Object.entries(base.byKind).map(([kind, share]) => ({ kind: sayName(kind), base: share, shown: shown[kind] ?? share }));
}

/** Which question kinds gained and which lost, in one sentence. */
function textOf(view: RunView): string {
  const { config, base, rounds } = view;
  if (config !== null && roundsOf(config) === 0 && base !== null) return say('The base model alone: nothing is trained in this run.');
  if (base === null || rounds.length === 0) return say('Appears after the first round.');
  const shown = roundShown(view);
  if (shown === 0)
    return standing(view) === 'returned'
      ? say('The base model is returned: nothing gained, nothing lost.')
      : say('The base model is the best so far: nothing gained, nothing lost.');
  const gains = kindsOf(view).map(({ kind, base, shown }) => ({ kind, gain: shown - base }));
  const points = (gain: number): number => Math.round(gain * 100);
  const most = Math.max(...gains.map(({ gain }) => gain));
  // as many points as are said, not a hair more
  const [best, ...alike] = gains.filter(({ gain }) => points(gain) === points(most)).map(({ kind }) => kind);
  const lost = gains.filter(({ gain }) => gain <= -CHANGE).map(({ kind }) => kind);
  const gained =
    best === undefined || most < CHANGE
      ? say('no kind gained')
      : alike.length === 0
        ? say('“{kind}” gained most, {gain} points', { kind: best, gain: points(most) })
        : say('{kinds} gained most, {gain} points each', {
            kinds: listed([best, ...alike].map((kind) => say('“{kind}”', { kind }))),
            gain: points(most),
          });
  const less = lost.length === 0 ? say('none lost') : say('lost: {kinds}', { kinds: listed(lost) });
  return say('Round {shown}: {gained}; {less}.', { shown, gained, less });
}

function tableOf(view: RunView): Table {
  const { base, rounds } = view;
  if (base === null) return { head: [], rows: [] };
  return {
    head: [say('kind'), say('base'), ...rounds.map(({ round }) => `${roundLabel(round)}${markOf(round, view)}`)],
    rows: Object.keys(base.byKind).map((kind) => [sayName(kind), ...[base, ...rounds].map(({ byKind }) => percent(byKind[kind] ?? 0))]),
  };
}

export const KINDS: Chart<RunView> = {
  name: 'kinds',
  title: () => say('On which questions?'),
  label: (view) => say('Zero-shot score by question kind, base model and {shown}', { shown: shownText(view) }),
  text: textOf,
  table: tableOf,
  picture: (plot, view) => {
    const kinds = kindsOf(view);
    const at = { y: 'kind', r: 5, stroke: 'var(--curve-1)', strokeWidth: 2 };
    return {
      height: Math.max(LEAST_HEIGHT, 54 + kinds.length * ROW),
      marginLeft: 84,
      marginRight: 60,
      marginTop: 24,
      marginBottom: 30,
      x: { ...SHARES, domain: [0, 1], ticks: [0, 0.5, 1] },
      y: { ...BARE, domain: kinds.map(({ kind }) => kind) },
      marks: [
        plot.gridX({ ...GRID, ticks: [0, 0.25, 0.5, 0.75, 1] }),
        plot.link(kinds, { x1: 'base', x2: 'shown', y: 'kind', stroke: 'var(--curve-1)', strokeWidth: 2 }),
        plot.dot(kinds, {
          ...at,
          x: 'base',
          fill: 'var(--paper)',
          title: (k: Kind) => say('{kind}, base: {base}', { kind: k.kind, base: percent(k.base) }),
        }),
        ...(roundShown(view) === 0
          ? []
          : [plot.dot(kinds, { ...at, x: 'shown', fill: 'var(--curve-1)', title: (k: Kind) => `${k.kind}: ${percent(k.shown)}` })]),
        plot.text(kinds, {
          y: 'kind',
          frameAnchor: 'right',
          dx: 56,
          textAnchor: 'end',
          text: (k: Kind) => percent(k.shown),
          fill: 'var(--ink)',
        }),
      ],
    };
  },
};
