/** How far from the reference? The paired difference of each arm with its interval, beside the line of no difference. */
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
  if (others.length === 0) return `Appears when “${reference}” and another arm share a seed.`;
  const named = (wanted: Difference['verdict']) => others.filter(({ difference }) => difference?.verdict === wanted);
  const say = ({ name, difference }: ArmRow) => `${name} (${points(difference?.mean ?? 0)})`;
  const parts = [
    ...listing('better', named('better').map(say)),
    ...listing('worse', named('worse').map(say)),
    ...listing(
      'no clear difference',
      named('unclear').map(({ name }) => name),
    ),
    ...listing(
      'the same on every seed',
      named('alike').flatMap(({ name, difference }) => (isNothing(difference) ? [name] : [])),
    ),
    ...listing(
      'the same difference on every seed',
      named('alike').flatMap((row) => (isNothing(row.difference) ? [] : [say(row)])),
    ),
    ...listing(`fewer than ${FEWEST_SEEDS} seeds, so no verdict`, named('too few').map(say)),
  ];
  const family = tests.scores > 1 ? ` ${tests.scores} comparisons are tested together.` : '';
  const like = new Set(others.map(({ measure }) => measure)).size > 1 ? ', each measure with its like' : '';
  return `Against ${against ?? reference}${like}, same seeds: ${parts.join('; ')}.${family}`;
}

function tableOf({ arms }: Comparison): Table {
  const rows = arms.flatMap(({ name, difference }) => {
    if (difference === null) return [];
    const { mean, low, high, n, p } = difference;
    const ends = hasSpread(difference) ? [points(low), points(high)] : ['–', '–'];
    return [[name, points(mean), ...ends, String(n), p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3), verdictText(difference)]];
  });
  return { head: ['arm', 'points', 'low', 'high', 'common seeds', 'p (Holm)', 'in words'], rows };
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
  title: ({ against, reference }) => `How far from ${against ?? reference}?`,
  label: ({ against, reference }) => `Difference of each arm to ${against ?? reference}, with its 95 % interval`,
  text: textOf,
  table: tableOf,
  picture: (plot, comparison, { width, beside, seeds = false }) => {
    const rows = comparison.arms.flatMap((arm, index) => {
      const { name, difference } = arm;
      if (difference === null) return [];
      const look = lookOf(index);
      const words = difference.p === null ? verdictText(difference) : `${verdictText(difference)}, n ${difference.n}`;
      const fill = isClear(difference) ? look.colour : 'var(--paper)';
      return [{ name, ...difference, ...look, words, fill, seeds: seeds ? pairs(comparison, arm) : [] }];
    });
    const all = rows.flatMap(({ low, high, seeds }) => [low, high, ...seeds.map(({ value }) => value)]);
    const { frame, marks } = armRows(plot, rows, { width, beside, say: points });
    const ticks = width < 420 ? 3 : 5;
    return {
      ...frame,
      x: { ...BARE, domain: [Math.min(-LEAST, ...all), Math.max(LEAST, ...all)], nice: true, ticks, tickFormat: wholePoints, inset: 14 },
      marks: [plot.gridX({ ...GRID, ticks }), plot.ruleX([0], { stroke: 'var(--ink-2)', strokeWidth: 1.5 }), ...marks],
    };
  },
};
