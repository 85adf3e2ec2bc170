/**
 * A comparison in words and numbers: sentences, tables, and how an arm looks in its charts. Pure; knows no component and no run.
 */
import type { Arm } from '../../run/arm.ts';
import { valueText } from '../../run/options.ts';
import { OPTIONS, type OptionName } from '../../run/config.ts';
import type { ArmRow, Comparison } from '../../comparison/compare.ts';
import { type Difference, type Interval, FEWEST_SEEDS } from '../../comparison/statistics.ts';
import type { Table } from '../../comparison/columns.ts';
import { hasSpread, points, seedsText, share1, withRange } from '../../comparison/text.ts';
import type { Entry, Outlook } from '../session/experiment.ts';
import { clock } from '../words.ts';

/** Told apart by hue and marker, from the fifth arm on by dash too; no two of sixteen look the same. */
const COLOURS = ['var(--curve-1)', 'var(--curve-2)', 'var(--curve-3)', 'var(--curve-4)'] as const;
const DASHES = ['', '7 4', '2 3', '10 3 2 3'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

/** Means that differ by less are the same: quotients of whole questions. */
const ROUNDING = 1e-9;

export type ArmLook = { readonly colour: string; readonly dash: string; readonly symbol: (typeof SYMBOLS)[number] };

/** How the arm at a place of the comparison looks in every chart. */
export function lookOf(index: number): ArmLook {
  const [place, turn] = [index % 4, Math.floor(index / 4)];
  return {
    colour: COLOURS[place] ?? COLOURS[0],
    dash: DASHES[(place + turn) % 4] ?? '',
    symbol: SYMBOLS[(place + turn) % 4] ?? 'circle',
  };
}

/** A tick of an axis of differences: whole points without their zero. */
export function tick(difference: number): string {
  return points(difference).replace(/\.0$/, '');
}

/** Does the arm train? Demonstrations alone have no curve. */
export function trains({ curve }: ArmRow): boolean {
  return curve.length > 0;
}

/** Is the difference more than luck, as far as its seeds can tell? */
export function isClear(difference: Difference | null): boolean {
  return difference !== null && (difference.verdict === 'better' || difference.verdict === 'worse');
}

/** Is the difference none at all, as it is shown? */
function isNothing(difference: Difference | null): boolean {
  return difference !== null && points(difference.mean) === '0.0';
}

/** What a difference allows one to say, in words. */
export function verdictText(difference: Difference | null): string {
  if (difference === null) return 'no common seed yet';
  const { mean, n, verdict } = difference;
  if (verdict === 'unclear') return 'no clear difference';
  if (verdict === 'too few') return `${points(mean)}, ${n === 1 ? 'one seed only' : `${n} seeds: too few to tell`}`;
  if (verdict === 'alike') return isNothing(difference) ? `the same on all ${n} seeds` : `${points(mean)} on each of ${n} seeds`;
  return `${points(mean)} points, ${verdict}`;
}

/** A mean with its interval and how many seeds it is of, for the tip of a mark. */
export function meanText(interval: Interval, say: (value: number) => string): string {
  return `${withRange(interval, say)}, ${seedsText(interval.n)}`;
}

/** Settings that an arm changes, as they are called on the page. */
export function armText({ name, options }: Arm): string {
  const { method, ...others } = options;
  const parts = Object.entries(others).map(([key, value]) => {
    const name = key as OptionName;
    const { type, label } = OPTIONS[name];
    return `${type === 'switch' ? label.toLowerCase() : small(label)} ${small(valueText(name, value))}`;
  });
  const called = method === undefined || valueText('method', method) === name ? [] : [valueText('method', method)];
  return [...called, ...parts].join(', ') || (method === undefined ? 'the defaults' : 'only the method differs');
}

/** Where the experiment is, in one line. */
export function standText(
  { done, total }: Outlook,
  {
    running,
    paused,
    at,
    started,
  }: { readonly running: boolean; readonly paused: boolean; readonly at: Entry | null; readonly started: boolean },
): string {
  if (total === 0) return '';
  if (running) {
    const where = at === null ? 'starting' : `run ${Math.min(total, done + 1)} of ${total}: ${at.arm.name}, seed ${at.seed}`;
    return paused ? `Paused in ${where}` : capital(where);
  }
  if (done === total) return total === 1 ? 'The one run is done.' : `All ${total} runs are done.`;
  if (started) return `Stopped: ${done} of ${total} runs are done.`;
  const runs = `${total} ${total === 1 ? 'run' : 'runs'}`;
  return done === 0 ? `${runs} to do.` : `${runs}: ${done} stored already, ${total - done} to do.`;
}

/** Its progress and time left beside the line. */
export function leftText({ done, total, share, leftMs }: Outlook, running: boolean): string {
  if (total === 0 || done === total) return '';
  const left = leftMs === null ? (running ? 'estimating the rest' : '') : `about ${clock(leftMs)} ${running ? 'left' : 'to go'}`;
  return running ? `${Math.round(100 * share)}%, ${left}` : left;
}

/** Which arms stand highest zero-shot, in one sentence; demonstrations in view are another measure, which is not ranked with the others. */
export function scoresText({ arms }: Comparison): string {
  const cold = arms.filter(({ measure }) => measure === 'zero-shot').toSorted((a, b) => b.score.mean - a.score.mean);
  const best = cold[0];
  if (best === undefined) return 'Appears after the first run.';
  const top = cold.filter(({ score }) => share1(score.mean) === share1(best.score.mean));
  const tied = top.filter(({ score }) => best.score.mean - score.mean <= ROUNDING);
  const seeds = [...new Set(tied.map(({ score }) => score.n))];
  const [n] = seeds;
  const names = tied.map(({ arm, score }) => (seeds.length === 1 ? arm : `${arm} (${seedsText(score.n)})`));
  const what = `zero-shot ${n === 1 && seeds.length === 1 ? 'score' : 'mean'}`;
  const over = n === undefined || seeds.length > 1 ? '' : n === 1 ? ', from one seed' : `, over ${n} seeds`;
  if (tied.length > 1) return `${andList(names)} have the same highest ${what}, ${share1(best.score.mean)}${over}.`;
  const close = top.slice(1).map(({ arm }) => arm);
  const rounded = close.length === 0 ? '' : ` Rounded, ${andList(close)} ${close.length === 1 ? 'comes' : 'come'} to the same.`;
  return `${best.arm} has the highest ${what}, ${withRange(best.score, share1)}${over}.${rounded}`;
}

/** Which arms differ from the reference, in one sentence, and how many comparisons that allows for in another. */
export function differencesText({ arms, reference, against, tests }: Comparison): string {
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

/** A sentence names so many arms; the table has them all. */
const MOST_NAMES = 3;

function listing(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMES;
  return [`${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/** "SOFT and SOFT+", in the middle of a sentence. */
function andList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const last = more > 0 ? `${more} more` : names.at(-1);
  const first = more > 0 ? names.slice(0, MOST_NAMES) : names.slice(0, -1);
  return first.length === 0 ? String(last) : `${first.join(', ')} and ${last}`;
}

/** Where the curves begin and end, in one sentence. */
export function curvesText({ arms }: Comparison): string {
  const last = ({ last, score }: ArmRow) => (last ?? score).mean;
  const trained = arms.filter(trains).toSorted((a, b) => last(b) - last(a));
  const base = trained[0]?.curve[0]?.zeroShot ?? arms.find(({ measure }) => measure === 'zero-shot')?.score;
  if (base === undefined) return 'Appears after the first run.';
  const ends = listing(
    'after the last round that each run made',
    trained.map((row) => `${row.name} ${share1(last(row))}`),
  );
  const stopped = trained.reduce((sum, row) => sum + (row.last?.stopped ?? 0), 0);
  const runs = trained.reduce((sum, row) => sum + row.score.n, 0);
  const early = stopped === 0 ? '' : ` ${stopped} of ${runs} runs stopped early: hollow points are of those that went on.`;
  const start = `Asked cold, the base model starts at ${share1(base.mean)} (${seedsText(base.n)})`;
  return `${start}; ${ends[0] ?? 'no arm here trains'}.${early}`;
}

/** Which question kind an arm gains or loses most on, in one sentence. */
export function effectsText(comparison: Comparison): string {
  const known = comparison.arms
    .filter(trains)
    .flatMap(({ name, kinds }) => kinds.flatMap(({ kind, difference }) => (difference === null ? [] : [{ name, kind, difference }])))
    .toSorted((a, b) => b.difference.mean - a.difference.mean);
  const [most, least] = [known[0], known.at(-1)];
  const other = baseline(comparison);
  if (most === undefined || least === undefined) return `Appears when ${other} and another arm that trains share a seed.`;
  const say = ({ name, kind, difference }: typeof most) =>
    `${name} on “${kind}”, ${points(difference.mean)} points, ${seedsText(difference.n)}`;
  const gain = most.difference.mean > 0 ? `Largest gain over ${other}: ${say(most)}` : 'No kind gained';
  const loss = least.difference.mean < 0 ? `; largest loss: ${say(least)}` : '; none lost';
  const { kinds } = comparison.tests;
  const clear = known.filter(({ difference }) => isClear(difference)).length;
  const family = kinds === 0 ? '' : ` ${clear} of ${kinds} differences tested together ${clear === 1 ? 'is' : 'are'} clear.`;
  return `${gain}${loss}.${family}`;
}

/** The reference as its zero-shot numbers by question kind are: without training, those of the base model. */
export function baseline({ arms, reference }: Comparison): string {
  const row = arms.find(({ arm }) => arm === reference);
  return row === undefined || trains(row) ? reference : 'the base model';
}

export function scoresTable({ arms }: Comparison): Table {
  const seeds = [...new Set(arms.flatMap((row) => row.seeds))].toSorted((a, b) => a - b);
  const rows = arms.map((row) => [
    row.name,
    String(row.score.n),
    withRange(row.score, share1),
    ...seeds.map((seed) => {
      const value = row.values[row.seeds.indexOf(seed)];
      return value === undefined ? '–' : share1(value);
    }),
  ]);
  return { head: ['arm', 'seeds', 'mean (95 % interval)', ...seeds.map((seed) => `seed ${seed}`)], rows };
}

export function differencesTable({ arms }: Comparison): Table {
  const rows = arms.flatMap(({ name, difference }) => {
    if (difference === null) return [];
    const { mean, low, high, n, p } = difference;
    const ends = hasSpread(difference) ? [points(low), points(high)] : ['–', '–'];
    return [[name, points(mean), ...ends, String(n), p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3), verdictText(difference)]];
  });
  return { head: ['arm', 'points', 'low', 'high', 'common seeds', 'p (Holm)', 'in words'], rows };
}

export function curvesTable({ arms }: Comparison): Table {
  const rows = arms.flatMap(({ name, seeds, curve }) =>
    curve.map(({ round, zeroShot, fewShot, labelQuality }) => [
      name,
      round === 0 ? 'base' : String(round),
      `${zeroShot.n} of ${seeds.length}`,
      withRange(zeroShot, share1),
      fewShot === null ? '–' : withRange(fewShot, share1),
      labelQuality === null ? '–' : withRange(labelQuality, share1),
    ]),
  );
  return { head: ['arm', 'round', 'runs', 'zero-shot', 'few-shot', 'label quality'], rows };
}

export function effectsTable({ arms }: Comparison): Table {
  const kinds = [...new Set(arms.flatMap((row) => row.kinds.map(({ kind }) => kind)))];
  const rows = arms.filter(trains).map(({ name, seeds, difference, kinds: own }) => [
    name,
    String(seeds.length),
    difference === null ? '–' : String(difference.n),
    ...kinds.map((kind) => {
      const effect = own.find((other) => other.kind === kind);
      if (effect === undefined) return '–';
      return effect.difference === null ? share1(effect.score.mean) : `${share1(effect.score.mean)} (${points(effect.difference.mean)})`;
    }),
  ]);
  return { head: ['arm', 'seeds', 'common seeds', ...kinds], rows };
}

/** "All weights" in the middle of a sentence; "LoRA" and "SOFT" stay. */
function small(text: string): string {
  return text.replace(/^[A-Z](?=[a-z]+(?:[ -]|$))/, (letter) => letter.toLowerCase());
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
