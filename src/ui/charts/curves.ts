/** How does each arm learn? The mean zero-shot score by round; what does not train is a line to beat. */
import { say, sayName } from '../language/language.ts';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import type { Interval } from '../../comparison/statistics.ts';
import type { Expected } from '../../run/expected.ts';
import { hundredths, percent1, rangeText } from '../../shares.ts';
import { listing, lookOf, meanText, seedsText, trains } from './arms.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { endLabels, GRID, LEFT, LINE, roundLabel, roundsAxis, SHARES, sharesDomain } from './parts.ts';

const LEAST_HEIGHT = 320;
/** More curves than this have no bands: they would only hide each other. */
const MOST_BANDS = 4;
/** The axis ends at multiples of 10 %. */
const STEPS = 10;

/** A mean by round; not `whole` where some of the arm's runs had stopped. */
type Point = Interval & { readonly round: number; readonly whole: boolean; readonly of: number };

/** Where the curves begin and end, in one sentence. */
function textOf({ arms }: Comparison): string {
  const last = ({ last, score }: ArmRow) => (last ?? score).mean;
  const trained = arms.filter(trains).toSorted((a, b) => last(b) - last(a));
  const base = trained[0]?.curve[0]?.zeroShot ?? arms.find(({ measure }) => measure === 'zero-shot')?.score;
  if (base === undefined) return say('Appears after the first run.');
  const ends = listing(
    say('after the last round that each run made'),
    trained.map((row) => `${sayName(row.name)} ${percent1(last(row))}`),
  );
  const stopped = trained.reduce((sum, row) => sum + (row.last?.stopped ?? 0), 0);
  const runs = trained.reduce((sum, row) => sum + row.score.n, 0);
  const early =
    stopped === 0 ? '' : ` ${say('{stopped} of {runs} runs stopped early: hollow points are of those that went on.', { stopped, runs })}`;
  const start = say('Asked cold, the base model starts at {mean} ({seeds})', { mean: percent1(base.mean), seeds: seedsText(base.n) });
  const theory =
    trained.some(({ expected }) => expected !== null) && trained.length <= MOST_BANDS ? ` ${say('Thin dots: an exact reader.')}` : '';
  return `${start}; ${ends[0] ?? say('no arm here trains')}.${early}${theory}`;
}

/** "83.2%, labels 78.1%" */
function expectedCell(expected: Expected | undefined): string {
  if (expected === undefined) return '–';
  const { zeroShot, labelQuality } = expected;
  return labelQuality === null
    ? percent1(zeroShot)
    : say('{zeroShot}, labels {labelQuality}', { zeroShot: percent1(zeroShot), labelQuality: percent1(labelQuality) });
}

function tableOf({ arms }: Comparison): Table {
  const cell = (interval: Interval | null) => (interval === null ? '–' : rangeText(interval, percent1));
  const theory = arms.some(({ expected }) => expected !== null);
  const rows = arms.flatMap(({ name, seeds, curve, expected }) =>
    curve.map(({ round, zeroShot, fewShot, labelQuality, sampled, retained }) => [
      sayName(name),
      round === 0 ? say('base') : String(round),
      say('{n} of {seeds}', { n: zeroShot.n, seeds: seeds.length }),
      ...[zeroShot, sampled, fewShot, labelQuality, retained].map(cell),
      ...(theory ? [expectedCell(expected?.[round])] : []),
    ]),
  );
  const head = [
    say('arm'),
    say('round'),
    say('runs'),
    say('zero-shot'),
    say('sampled'),
    say('few-shot'),
    say('label quality'),
    say('facts kept'),
  ];
  return { head: theory ? [...head, say('zero-shot and labels, exact reader')] : head, rows };
}

/** An arm as it is drawn. */
function drawn(row: ArmRow, index: number) {
  const { name, curve, score, seeds, expected } = row;
  const points = curve.map(({ round, zeroShot }): Point => ({ round, whole: zeroShot.n === seeds.length, of: seeds.length, ...zeroShot }));
  const whole = points.filter(({ whole }) => whole);
  // Where some runs stopped early, a mean of the others says nothing of the arm: its end is the last round that all runs made.
  const end = whole.at(-1)?.mean ?? score.mean;
  return {
    name,
    points,
    whole,
    expected: expected ?? [],
    moves: trains(row),
    end,
    label: `${hundredths(end, 0)} ${name}`,
    ...lookOf(index),
  };
}

export const CURVES: Chart<Comparison> = {
  name: 'curves',
  title: () => say('How does each arm learn?'),
  label: () => say('Zero-shot score of each arm by round'),
  text: textOf,
  table: tableOf,
  picture: (plot, comparison, { width }) => {
    const arms = comparison.arms.map(drawn);
    const trained = arms.filter(({ moves }) => moves);
    const still = arms.filter(({ moves }) => !moves);
    const banded = trained.length > MOST_BANDS ? [] : trained;
    const rounds = Math.max(1, ...trained.map(({ points }) => points.at(-1)?.round ?? 0));
    const narrow = width < 560;
    const height = Math.max(LEAST_HEIGHT, 64 + arms.length * LINE);
    const longest = Math.max(...arms.map(({ name }) => name.length), 0);
    const room = Math.min(narrow ? 140 : 250, 50 + longest * 7);
    const [least, most] = sharesDomain(
      [
        ...trained.flatMap(({ points }) => points.flatMap(({ whole, mean, low, high }) => (whole ? [low, high] : [mean]))),
        ...still.map(({ end }) => end),
        ...banded.flatMap(({ expected }) => expected.map(({ zeroShot }) => zeroShot)),
      ],
      STEPS,
    );
    return {
      height,
      marginLeft: LEFT,
      marginRight: room,
      marginTop: 16,
      marginBottom: 32,
      x: roundsAxis(rounds, width - LEFT - room),
      y: { ...SHARES, domain: [least, most], ticks: 5 },
      marks: [
        plot.gridY({ ...GRID, ticks: 5 }),
        ...banded.map(({ whole, colour }) => plot.areaY(whole, { x: 'round', y1: 'low', y2: 'high', fill: colour, fillOpacity: 0.12 })),
        ...still.map(({ end, colour, dash }) =>
          plot.ruleY([end], { stroke: colour, strokeWidth: 2, strokeDasharray: dash === '' ? '1 3' : dash }),
        ),
        ...banded.map(({ expected, colour }) =>
          plot.line(expected, { x: 'round', y: 'zeroShot', stroke: colour, strokeWidth: 1.5, strokeDasharray: '1 3' }),
        ),
        // From the last round that all runs made to the label.
        ...trained.map(({ end, whole, colour }) =>
          plot.ruleY([end], { x1: whole.at(-1)?.round ?? 0, x2: rounds, stroke: colour, strokeDasharray: '1 5' }),
        ),
        ...trained.map(({ points, colour }) => plot.line(points, { x: 'round', y: 'mean', stroke: colour, strokeOpacity: 0.4 })),
        ...trained.map(({ whole, colour, dash }) =>
          plot.line(whole, { x: 'round', y: 'mean', stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
        ),
        ...trained.map(({ name, points, colour, symbol }) =>
          plot.dot(points, {
            x: 'round',
            y: 'mean',
            r: 4.5,
            symbol,
            fill: (p: Point) => (p.whole ? colour : 'var(--paper)'),
            stroke: (p: Point) => (p.whole ? 'var(--paper)' : colour),
            strokeWidth: 1.5,
            title: (p: Point) =>
              `${name}, ${roundLabel(p.round)}: ${meanText(p, percent1)}${p.whole ? '' : ` ${say('of {of}; the others stopped early', { of: p.of })}`}`,
          }),
        ),
        ...banded.map(({ points, colour }) =>
          plot.text(
            points.filter(({ whole }) => !whole),
            {
              x: 'round',
              y: 'mean',
              text: (p: Point) => say('{n} of {of}', { n: p.n, of: p.of }),
              textAnchor: 'end',
              dx: -8,
              dy: -8,
              fill: colour,
              stroke: 'var(--paper)',
              strokeWidth: 3,
            },
          ),
        ),
        endLabels(plot, arms, { x: rounds, least, most, high: height - 48, room }),
      ],
    };
  },
};
