/** On which questions does an arm that trains differ from the reference? The paired difference of each kind with its interval. */
import { say, sayName } from '../language/language.ts';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import { percent1, points, wholePoints } from '../../shares.ts';
import { baseline, isClear, lookOf, meanText, seedsText, trains } from './arms.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { BARE, GRID } from './parts.ts';

const LEAST_HEIGHT = 320;
/** Pixels between two arms of a kind, and of a kind's row at least. */
const STEP = 13;
const LEAST_ROW = 34;
/** The axis reaches as far at least, to both sides. */
const LEAST = 0.05;

/** Has the arm a place in the picture? */
export function differs(row: ArmRow): boolean {
  return trains(row) && row.kinds.some(({ difference }) => difference !== null);
}

/** Which question kind an arm gains or loses most on, in one sentence. */
function textOf(comparison: Comparison): string {
  const known = comparison.arms
    .filter(trains)
    .flatMap(({ name, kinds }) => kinds.flatMap(({ kind, difference }) => (difference === null ? [] : [{ name, kind, difference }])))
    .toSorted((a, b) => b.difference.mean - a.difference.mean);
  const [most, least] = [known[0], known.at(-1)];
  const other = baseline(comparison);
  if (most === undefined || least === undefined) return say('Appears when {other} and another arm that trains share a seed.', { other });
  const write = ({ name, kind, difference }: typeof most) =>
    say('{name} on “{kind}”, {mean} points, {seeds}', {
      name,
      kind: sayName(kind),
      mean: points(difference.mean),
      seeds: seedsText(difference.n),
    });
  const gain = most.difference.mean > 0 ? say('Largest gain over {other}: {most}', { other, most: write(most) }) : say('No kind gained');
  const loss = least.difference.mean < 0 ? say('largest loss: {least}', { least: write(least) }) : say('none lost');
  const { kinds } = comparison.tests;
  const clear = known.filter(({ difference }) => isClear(difference)).length;
  const family =
    kinds === 0
      ? ''
      : ` ${say('{clear} of {kinds} differences tested together {clear, plural, one {is} other {are}} clear.', { clear, kinds })}`;
  return `${gain}; ${loss}.${family}`;
}

function tableOf({ arms }: Comparison): Table {
  const kinds = [...new Set(arms.flatMap((row) => row.kinds.map(({ kind }) => kind)))];
  const rows = arms.filter(trains).map(({ name, seeds, difference, kinds: own }) => [
    name,
    String(seeds.length),
    difference === null ? '–' : String(difference.n),
    ...kinds.map((kind) => {
      const effect = own.find((other) => other.kind === kind);
      if (effect === undefined) return '–';
      const score = percent1(effect.score.mean);
      return effect.difference === null ? score : `${score} (${points(effect.difference.mean)})`;
    }),
  ]);
  return { head: [say('arm'), say('seeds'), say('common seeds'), ...kinds.map((kind) => sayName(kind))], rows };
}

/** `only` is the arm to draw; null means all. */
export const EFFECTS: Chart<Comparison, { readonly only?: string | null }> = {
  name: 'effects',
  title: () => say('On which questions?'),
  label: (comparison) => say('Difference to {baseline} by question kind', { baseline: baseline(comparison) }),
  text: textOf,
  table: tableOf,
  picture: (plot, comparison, { width, only = null }) => {
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
    return {
      height: Math.max(LEAST_HEIGHT, tall + 48),
      marginLeft: 84,
      marginRight: 16,
      marginTop: 16,
      marginBottom: 32,
      x: { ...BARE, domain: [Math.min(-LEAST, ...all), Math.max(LEAST, ...all)], nice: true, ticks, tickFormat: wholePoints, inset: 8 },
      y: { domain: [0, Math.max(tall, 1)], reverse: true, axis: null },
      marks: [
        plot.gridX({ ...GRID, ticks }),
        plot.ruleY(
          kinds.slice(1).map((_, index) => (index + 1) * row),
          { stroke: 'var(--rule)' },
        ),
        plot.ruleX([0], { stroke: 'var(--ink-2)', strokeWidth: 1.5 }),
        plot.text(kinds, {
          y: (_, index: number) => (index + 0.5) * row,
          text: (kind: string) => sayName(kind),
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
          title: (m: (typeof marks)[number]) => `${m.name}, ${sayName(m.kind)}: ${meanText(m, points)}`,
        }),
      ],
    };
  },
};
