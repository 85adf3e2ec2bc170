/**
 * Which kinds of questions are aligned after which round? A row of bars for each kind, one a round, strong from where nearly all answers are
 * aligned: the steps of the climb. The last row is what was kept of the base's facts and sums. Knows no kind by name.
 */
import { say, sayName, toSay } from '../language/language.ts';
import { roundsOf } from '../../run/recipe.ts';
import { percent, shareText } from '../../shares.ts';
import { markOf } from '../session/outcome.ts';
import type { RunView } from '../session/view.ts';
import { UNTAKEN } from '../words.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { BARE, roundLabel, roundsAxis } from './parts.ts';

/** A kind counts as aligned from this share on. */
export const ALIGNED = 0.9;
const ROW = 34;
const LEAST_HEIGHT = 240;
const [LEFT, RIGHT] = [92, 52];
/** Half of a bar's width, in rounds. */
const HALF = 0.38;
const KEPT = toSay('facts kept');

/** A kind, and its share after the base (round 0) and each round. */
type Row = { readonly name: string; readonly colour: string; readonly shares: readonly number[] };
type Bar = { readonly name: string; readonly colour: string; readonly round: number; readonly share: number };

/** What came first stands first, so that the climb is a flight of stairs: by the sum of its shares, which is largest where it came early. */
function kindsOf({ base, rounds }: RunView): readonly Row[] {
  if (base === null) return [];
  const kinds = Object.keys(base.byKind).map((name) => ({
    name: sayName(name),
    colour: 'var(--curve-1)',
    shares: [base, ...rounds].map(({ byKind }) => byKind[name] ?? 0),
  }));
  const early = ({ shares }: Row): number => shares.reduce((sum, share) => sum + share, 0);
  return kinds.toSorted((a, b) => early(b) - early(a));
}

/** What was kept after each round; none where it was not taken. */
function keptOf({ rounds }: RunView): readonly Row[] {
  const shares = rounds.flatMap(({ retained }) => retained ?? []);
  return shares.length === 0 || shares.length < rounds.length
    ? []
    : [{ name: say(KEPT), colour: 'var(--curve-3)', shares: [1, ...shares] }];
}

/** Round by round, which kinds came in, which were lost again and which never came. */
function climb(kinds: readonly Row[]): string {
  const first = ({ shares }: Row): number => shares.findIndex((share) => share >= ALIGNED);
  const rounds = Math.max(0, ...kinds.map(({ shares }) => shares.length - 1));
  const came = Array.from({ length: rounds + 1 }, (_, round) => ({
    when: round === 0 ? say('from the start') : say('after {round}', { round: roundLabel(round) }),
    rows: kinds.filter((row) => first(row) === round),
  }));
  const lost = kinds.filter((row) => first(row) >= 0 && (row.shares.at(-1) ?? 0) < ALIGNED);
  const open = kinds.filter((row) => first(row) < 0);
  const parts = [...came, { when: say('lost again'), rows: lost }, { when: say('not yet'), rows: open }]
    .filter(({ rows }) => rows.length > 0)
    .map(({ when, rows }) => `${when} ${rows.map(({ name }) => name).join(', ')}`);
  return say('{share} aligned or more: {parts}.', { share: percent(ALIGNED), parts: parts.join('; ') });
}

function textOf(view: RunView): string {
  const { config, base, rounds } = view;
  if (base === null) return say('Appears when the base model has been measured.');
  if (config !== null && roundsOf(config) === 0) return say('The base model alone: nothing is trained in this run.');
  const kept = rounds.at(-1)?.retained;
  const facts =
    typeof kept === 'number'
      ? ` ${say('Of the everyday questions that the base had right, {kept} still are.', { kept: percent(kept) })}`
      : kept === undefined
        ? ''
        : ` ${base.scores.sampled === null ? say(UNTAKEN) : say('Facts kept have a dash: the base had no everyday question right.')}`;
  return `${climb(kindsOf(view))}${facts}`;
}

function tableOf(view: RunView): Table {
  const { base, rounds } = view;
  if (base === null) return { head: [], rows: [] };
  const kinds = kindsOf(view).map(({ name, shares }) => [name, ...shares.map(percent)]);
  const kept = [say(KEPT), '–', ...rounds.map(({ retained }) => shareText(retained ?? null))];
  return {
    head: [say('kind'), say('base'), ...rounds.map(({ round }) => `${roundLabel(round)}${markOf(round, view)}`)],
    rows: [...kinds, kept],
  };
}

/** A run, and the rounds that there is room for. */
type Steps = { readonly view: RunView; readonly rounds: number };

export const STEPS: Chart<Steps> = {
  name: 'steps',
  title: () => say('Which kinds, after which round?'),
  label: () => say('Zero-shot score of each question kind after each round'),
  text: ({ view }) => textOf(view),
  table: ({ view }) => tableOf(view),
  picture: (plot, { view, rounds }, { width }) => {
    const rows = [...kindsOf(view), ...keptOf(view)];
    const bars = rows.flatMap(({ name, colour, shares }) => shares.map((share, round): Bar => ({ name, colour, round, share })));
    const ends = rows.map(({ name, shares }) => ({ name, share: shares.at(-1) ?? 0 }));
    const row = { fy: 'name' } as const;
    const span = { x1: ({ round }: Bar) => round - HALF, x2: ({ round }: Bar) => round + HALF };
    return {
      height: Math.max(LEAST_HEIGHT, 54 + rows.length * ROW),
      marginLeft: LEFT,
      marginRight: RIGHT,
      marginTop: 12,
      marginBottom: 30,
      x: { ...roundsAxis(rounds, width - LEFT - RIGHT), domain: [-0.5, Math.max(1, rounds) + 0.5] },
      y: { ...BARE, domain: [0, 1], axis: null },
      fy: { ...BARE, domain: rows.map(({ name }) => name), axis: null, padding: 0.22 },
      marks: [
        // as high as a whole row: what is still to come
        plot.rectY(bars, { ...row, ...span, y1: 0, y2: 1, fill: 'var(--rule)', fillOpacity: 0.45 }),
        plot.rectY(bars, {
          ...row,
          ...span,
          y1: 0,
          y2: 'share',
          fill: 'colour',
          fillOpacity: ({ share }: Bar) => (share >= ALIGNED ? 1 : 0.38),
          title: ({ name, round, share }: Bar) => `${name}, ${roundLabel(round)}: ${percent(share)}`,
        }),
        plot.ruleY(rows, { ...row, y: 0, stroke: 'var(--rule-strong)' }),
        plot.text(rows, { ...row, text: 'name', frameAnchor: 'left', textAnchor: 'start', dx: -LEFT, fill: 'var(--ink)' }),
        plot.text(ends, {
          ...row,
          text: ({ share }: { readonly share: number }) => percent(share),
          frameAnchor: 'right',
          textAnchor: 'end',
          dx: RIGHT - 4,
          fill: 'var(--ink)',
        }),
      ],
    };
  },
};
