/** How far from the reference? The paired difference of each arm with its interval, beside the line of no difference. */
import { say } from '../language/language.ts';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import { type Difference, FEWEST_SEEDS } from '../../comparison/statistics.ts';
import { hasSpread, points, wholePoints } from '../../shares.ts';
import { isClear, isNothing, listing, lookOf, verdictText } from './arms.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { BARE, GRID } from './parts.ts';
import { armRows, type Row } from './rows.ts';

/** The axis reaches as far at least, to both sides. */
const LEAST = 0.02;

/** Which arms differ from the reference, in one sentence, and how many comparisons that allows for in another. */
function textOf({ arms, reference, against, tests }: Comparison): string {
  const others = arms
    .filter(({ difference }) => difference !== null)
    .toSorted((a, b) => Math.abs(b.difference?.mean ?? 0) - Math.abs(a.difference?.mean ?? 0));
  if (others.length === 0) return say('Appears when “{reference}” and another arm share a seed.', { reference });
  const named = (wanted: Difference['verdict']) => others.filter(({ difference }) => difference?.verdict === wanted);
  const write = ({ name, difference }: ArmRow) => `${name} (${points(difference?.mean ?? 0)})`;
  const parts = [
    ...listing(say('better'), named('better').map(write)),
    ...listing(say('worse'), named('worse').map(write)),
    ...listing(
      say('no clear difference'),
      named('unclear').map(({ name }) => name),
    ),
    ...listing(
      say('the same on every seed'),
      named('alike').flatMap(({ name, difference }) => (isNothing(difference) ? [name] : [])),
    ),
    ...listing(
      say('the same difference on every seed'),
      named('alike').flatMap((row) => (isNothing(row.difference) ? [] : [write(row)])),
    ),
    ...listing(say('fewer than {seeds} seeds, so no verdict', { seeds: FEWEST_SEEDS }), named('too few').map(write)),
  ];
  const family = tests.scores > 1 ? ` ${say('{scores} comparisons are tested together.', { scores: tests.scores })}` : '';
  const given = { reference: against ?? reference, parts: parts.join('; ') };
  const mixed = new Set(others.map(({ measure }) => measure)).size > 1;
  const all = mixed
    ? say('Against {reference}, each measure with its like, same seeds: {parts}.', given)
    : say('Against {reference}, same seeds: {parts}.', given);
  return `${all}${family}`;
}

function tableOf({ arms }: Comparison): Table {
  const rows = arms.flatMap(({ name, difference }) => {
    if (difference === null) return [];
    const { mean, low, high, n, p } = difference;
    const ends = hasSpread(difference) ? [points(low), points(high)] : ['–', '–'];
    return [[name, points(mean), ...ends, String(n), p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3), verdictText(difference)]];
  });
  return { head: [say('arm'), say('points'), say('low'), say('high'), say('common seeds'), say('p (Holm)'), say('in words')], rows };
}

/** The difference on each seed that the arm and the reference have in common. */
function pairs({ arms, reference }: Comparison, row: ArmRow): Row['seeds'] {
  const like = arms.find(({ arm, measure }) => arm === reference && measure === row.measure);
  return row.seeds.flatMap((seed, index) => {
    const [own, other] = [row.values[index], like?.values[like.seeds.indexOf(seed)]];
    return own === undefined || other === undefined ? [] : [{ seed, value: own - other }];
  });
}

/** `beside`: names beside the rows; `seeds`: every seed a faint point. */
export const DIFFERENCES: Chart<Comparison, { readonly beside?: boolean; readonly seeds?: boolean }> = {
  name: 'differences',
  title: ({ against, reference }) => say('How far from {reference}?', { reference: against ?? reference }),
  label: ({ against, reference }) =>
    say('Difference of each arm to {reference}, with its 95 % interval', { reference: against ?? reference }),
  text: textOf,
  table: tableOf,
  picture: (plot, comparison, { width, beside, seeds = false }) => {
    const rows = comparison.arms.flatMap((arm, index) => {
      const { name, difference } = arm;
      if (difference === null) return [];
      const look = lookOf(index);
      const words =
        difference.p === null ? verdictText(difference) : say('{verdict}, n {n}', { verdict: verdictText(difference), n: difference.n });
      const fill = isClear(difference) ? look.colour : 'var(--paper)';
      return [{ name, ...difference, ...look, words, fill, seeds: seeds ? pairs(comparison, arm) : [] }];
    });
    const all = rows.flatMap(({ low, high, seeds }) => [low, high, ...seeds.map(({ value }) => value)]);
    const { frame, marks } = armRows(plot, rows, { width, beside, write: points });
    const ticks = width < 420 ? 3 : 5;
    return {
      ...frame,
      x: { ...BARE, domain: [Math.min(-LEAST, ...all), Math.max(LEAST, ...all)], nice: true, ticks, tickFormat: wholePoints, inset: 14 },
      marks: [plot.gridX({ ...GRID, ticks }), plot.ruleX([0], { stroke: 'var(--ink-2)', strokeWidth: 1.5 }), ...marks],
    };
  },
};
