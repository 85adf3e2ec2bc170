/** How good is each arm? Every seed a faint point, the mean with its interval above them. */
import { say, sayName } from '../language/language.ts';
import type { Comparison } from '../../comparison/compare.ts';
import { percent1, rangeText } from '../../shares.ts';
import { andList, lookOf, seedsText, trains } from './arms.ts';
import type { Table } from '../../comparison/columns.ts';
import type { Chart } from './chart.ts';
import { GRID, SHARES, sharesDomain } from './parts.ts';
import { armRows } from './rows.ts';

/** The axis ends at multiples of 5 %. */
const STEPS = 20;
/** Means that differ by less are the same: quotients of whole questions. */
const ROUNDING = 1e-9;

/** Which arms stand highest zero-shot, in one sentence; demonstrations in view are another measure, which is not ranked with the others. */
function textOf({ arms }: Comparison): string {
  const cold = arms.filter(({ measure }) => measure === 'zero-shot').toSorted((a, b) => b.score.mean - a.score.mean);
  const best = cold[0];
  if (best === undefined) return say('Appears after the first run.');
  const top = cold.filter(({ score }) => percent1(score.mean) === percent1(best.score.mean));
  const tied = top.filter(({ score }) => best.score.mean - score.mean <= ROUNDING);
  const seeds = [...new Set(tied.map(({ score }) => score.n))];
  const [n] = seeds;
  const names = tied.map(({ arm, score }) => (seeds.length === 1 ? arm : `${arm} (${seedsText(score.n)})`));
  const one = n === 1 && seeds.length === 1;
  const over = n === undefined || seeds.length > 1 ? '' : say('{n, plural, one {, from one seed} other {, over # seeds}}', { n });
  if (tied.length > 1) {
    const given = { arms: andList(names), mean: percent1(best.score.mean), over };
    return one
      ? say('{arms} have the same highest zero-shot score, {mean}{over}.', given)
      : say('{arms} have the same highest zero-shot mean, {mean}{over}.', given);
  }
  const close = top.slice(1).map(({ arm }) => arm);
  const rounded =
    close.length === 0
      ? ''
      : ` ${say('Rounded, {arms} {count, plural, one {comes} other {come}} to the same.', { arms: andList(close), count: close.length })}`;
  const given = { arm: sayName(best.arm), range: rangeText(best.score, percent1), over };
  const said = one
    ? say('{arm} has the highest zero-shot score, {range}{over}.', given)
    : say('{arm} has the highest zero-shot mean, {range}{over}.', given);
  return `${said}${rounded}`;
}

function tableOf({ arms }: Comparison): Table {
  const seeds = [...new Set(arms.flatMap((row) => row.seeds))].toSorted((a, b) => a - b);
  const rows = arms.map((row) => [
    row.name,
    String(row.score.n),
    rangeText(row.score, percent1),
    ...seeds.map((seed) => {
      const value = row.values[row.seeds.indexOf(seed)];
      return value === undefined ? '–' : percent1(value);
    }),
  ]);
  return {
    head: [say('arm'), say('seeds'), say('mean (95 % interval)'), ...seeds.map((seed) => say('seed {seed}', { seed: String(seed) }))],
    rows,
  };
}

/** The base model, asked cold: where the reference began, or else the first arm that trains. */
function baseOf({ arms, reference }: Comparison): readonly number[] {
  const trained = arms.filter(trains);
  const base = (trained.find(({ arm }) => arm === reference) ?? trained[0])?.curve[0];
  return base === undefined ? [] : [base.zeroShot.mean];
}

/** `beside`: names beside the rows; `base`: a dashed line for the base model. */
export const SCORES: Chart<Comparison, { readonly beside?: boolean; readonly base?: boolean }> = {
  name: 'scores',
  title: () => say('How good is each arm?'),
  label: () => say('Score of each arm, every seed and the mean with its 95 % interval'),
  text: textOf,
  table: tableOf,
  picture: (plot, comparison, { width, beside, base = false }) => {
    const rows = comparison.arms.map(({ name, score, seeds, values }, index) => {
      const look = lookOf(index);
      const points = values.map((value, i) => ({ seed: seeds[i] ?? 0, value }));
      return {
        name,
        ...score,
        ...look,
        words: say('{mean}, n {n}', { mean: percent1(score.mean), n: score.n }),
        fill: look.colour,
        seeds: points,
      };
    });
    const ends = comparison.arms.flatMap(({ values, score: { low, high } }) => [low, high, ...values]);
    const bases = base ? baseOf(comparison) : [];
    const { frame, marks } = armRows(plot, rows, { width, beside, write: percent1 });
    const ticks = width < 420 ? 3 : 5;
    return {
      ...frame,
      x: { ...SHARES, ticks, inset: 10, domain: sharesDomain([...bases, ...ends], STEPS) },
      marks: [plot.gridX({ ...GRID, ticks }), plot.ruleX(bases, { stroke: 'var(--ink-2)', strokeDasharray: '4 3' }), ...marks],
    };
  },
};
