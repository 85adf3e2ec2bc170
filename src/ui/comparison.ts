/**
 * A comparison in words and numbers: sentences, tables, and how an arm looks in its charts. Pure; knows no component and no run.
 */
import { OPTIONS } from '../options.ts';
import type { Option, OptionName } from '../options.ts';
import type { Arm, ArmRow, Comparison, Interval } from '../protocol.ts';
import type { Table } from './figure.tsx';
import type { Entry, Outlook } from './experiment.ts';
import { METHODS, clock } from './words.ts';

/** Told apart by hue and marker, from the fifth arm on by dash too; no two of sixteen look the same. */
const COLOURS = ['var(--curve-1)', 'var(--curve-2)', 'var(--curve-3)', 'var(--curve-4)'] as const;
const DASHES = ['', '7 4', '2 3', '10 3 2 3'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

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

/** 0.9314 as "93.1%". */
export function share1(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** 0.031 as "+3.1", in points of a hundred. */
export function points(difference: number): string {
  const rounded = (100 * difference).toFixed(1);
  return Number(rounded) === 0 ? '0.0' : difference > 0 ? `+${rounded}` : rounded.replace('-', '−');
}

/** A tick of an axis of differences: whole points without their zero. */
export function tick(difference: number): string {
  return points(difference).replace(/\.0$/, '');
}

/** Does the arm train? Demonstrations alone are judged with them in view: their zero-shot numbers are those of the base model. */
export function trains({ curve }: ArmRow): boolean {
  return curve.length > 1;
}

/** What a difference allows one to say. One seed allows nothing. */
export function verdictOf(difference: ArmRow['difference']): 'none' | 'one seed' | 'unclear' | 'better' | 'worse' {
  if (difference === null) return 'none';
  if (difference.seeds < 2) return 'one seed';
  if (difference.low <= 0 && difference.high >= 0) return 'unclear';
  return difference.mean > 0 ? 'better' : 'worse';
}

/** The same in words. */
export function verdictText(difference: ArmRow['difference']): string {
  const verdict = verdictOf(difference);
  if (difference === null || verdict === 'none') return 'no common seed yet';
  if (verdict === 'one seed') return `${points(difference.mean)}, one seed only`;
  return verdict === 'unclear' ? 'no clear difference' : `${points(difference.mean)} points, ${verdict}`;
}

/** Settings that an arm changes, as they are called on the page. */
export function armText({ name, options }: Arm): string {
  const { method, ...others } = options;
  const parts = Object.entries(others).map(([key, value]) => {
    const option: Option = OPTIONS[key as OptionName];
    if (option.type === 'switch') return `${option.label.toLowerCase()} ${value === true ? 'on' : 'off'}`;
    const shown = option.type === 'choice' ? option.choices.find((choice) => choice.value === value)?.label : value;
    return `${small(option.label)} ${small(String(shown))}`;
  });
  const called = method === undefined || METHODS[method] === name ? [] : [METHODS[method]];
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

/** Which arm stands highest, in one sentence. */
export function scoresText({ arms }: Comparison): string {
  const best = arms.toSorted((a, b) => b.score.mean - a.score.mean)[0];
  if (best === undefined) return 'Appears after the first run.';
  const { name, score, seeds } = best;
  if (seeds.length === 1) return `${name} stands highest with ${share1(score.mean)}, from one seed.`;
  return `${name} has the highest mean, ${share1(score.mean)} (${range(score, share1)}), over ${seeds.length} seeds.`;
}

/** Which arms differ from the reference, in one sentence. */
export function differencesText({ arms, reference }: Comparison): string {
  const others = arms
    .filter(({ difference }) => difference !== null)
    .toSorted((a, b) => Math.abs(b.difference?.mean ?? 0) - Math.abs(a.difference?.mean ?? 0));
  if (others.length === 0) return `Appears when “${reference}” and another arm share a seed.`;
  const named = (wanted: string) => others.filter(({ difference }) => verdictOf(difference) === wanted);
  const say = ({ name, difference }: ArmRow) => `${name} (${points(difference?.mean ?? 0)})`;
  const parts = [
    ...listing('better', named('better').map(say)),
    ...listing('worse', named('worse').map(say)),
    ...listing(
      'no clear difference',
      named('unclear').map(({ name }) => name),
    ),
    ...listing('one seed only', named('one seed').map(say)),
  ];
  return `Against ${reference}, same seeds: ${parts.join('; ')}.`;
}

/** A sentence names so many arms; the table has them all. */
const MOST_NAMES = 3;

function listing(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMES;
  return [`${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/** Where the curves end, in one sentence. */
export function curvesText({ arms }: Comparison): string {
  const last = ({ curve }: ArmRow) => curve.at(-1)?.zeroShot.mean ?? 0;
  const trained = arms.filter(trains).toSorted((a, b) => last(b) - last(a));
  const base = arms[0]?.curve[0];
  if (base === undefined) return 'Appears after the first run.';
  const ends = listing(
    'after the last round',
    trained.map((row) => `${row.name} ${share1(last(row))}`),
  );
  const start = `Asked cold, the base model starts at ${share1(base.zeroShot.mean)}`;
  return `${start}; ${ends[0] ?? 'no arm here trains'}.`;
}

/** Which question kind an arm gains or loses most on, in one sentence. */
export function effectsText({ arms, reference }: Comparison): string {
  const effects = arms
    .filter(trains)
    .flatMap(({ name, kinds }) => kinds.map(({ kind, difference }) => ({ name, kind, change: difference?.mean ?? null })));
  const known = effects
    .flatMap(({ change, ...rest }) => (change === null ? [] : [{ ...rest, change }]))
    .toSorted((a, b) => b.change - a.change);
  const [most, least] = [known[0], known.at(-1)];
  const other = baseline({ arms, reference });
  if (most === undefined || least === undefined) return `Appears when ${other} and another arm that trains share a seed.`;
  const gain =
    most.change > 0 ? `Largest gain over ${other}: ${most.name} on “${most.kind}”, ${points(most.change)} points` : 'No kind gained';
  const loss = least.change < 0 ? `; largest loss: ${least.name} on “${least.kind}”, ${points(least.change)} points` : '; none lost';
  return `${gain}${loss}.`;
}

/** The reference as its zero-shot numbers by question kind are: without training, those of the base model. */
export function baseline({ arms, reference }: Comparison): string {
  const row = arms.find(({ name }) => name === reference);
  return row === undefined || trains(row) ? reference : 'the base model';
}

/** The main table: one row an arm. */
export function mainTable({ arms }: Comparison): Table {
  const head = ['arm', 'seeds', 'score', 'difference', 'last round', 'out of distribution', 'time a run'];
  const rows = arms.map((row) => [
    row.name,
    String(row.seeds.length),
    withRange(row.score, share1, row.seeds.length),
    row.difference === null ? '–' : withRange(row.difference, points, row.difference.seeds),
    share1(row.last.mean),
    trains(row) && row.outOfDistribution !== null ? withRange(row.outOfDistribution, share1, row.seeds.length) : '–',
    clock(1000 * row.seconds),
  ]);
  return { head, rows };
}

export function scoresTable({ arms }: Comparison): Table {
  const seeds = [...new Set(arms.flatMap((row) => row.seeds))].toSorted((a, b) => a - b);
  const rows = arms.map((row) => [
    row.name,
    withRange(row.score, share1, row.seeds.length),
    ...seeds.map((seed) => {
      const value = row.values[row.seeds.indexOf(seed)];
      return value === undefined ? '–' : share1(value);
    }),
  ]);
  return { head: ['arm', 'mean (95 % interval)', ...seeds.map((seed) => `seed ${seed}`)], rows };
}

export function differencesTable({ arms }: Comparison): Table {
  const rows = arms.flatMap(({ name, difference }) =>
    difference === null
      ? []
      : [
          [
            name,
            points(difference.mean),
            points(difference.low),
            points(difference.high),
            String(difference.seeds),
            verdictText(difference),
          ],
        ],
  );
  return { head: ['arm', 'points', 'low', 'high', 'seeds', 'in words'], rows };
}

export function curvesTable({ arms }: Comparison): Table {
  const rows = arms.flatMap(({ name, curve }) =>
    curve.map(({ round, zeroShot, fewShot, labelQuality }) => [
      name,
      round === 0 ? 'base' : String(round),
      share1(zeroShot.mean),
      range(zeroShot, share1),
      fewShot === null ? '–' : share1(fewShot.mean),
      labelQuality === null ? '–' : share1(labelQuality.mean),
    ]),
  );
  return { head: ['arm', 'round', 'zero-shot', '95 % interval', 'few-shot', 'label quality'], rows };
}

export function effectsTable({ arms }: Comparison): Table {
  const kinds = [...new Set(arms.flatMap((row) => row.kinds.map(({ kind }) => kind)))];
  const rows = arms.filter(trains).map(({ name, kinds: own }) => [
    name,
    ...kinds.map((kind) => {
      const effect = own.find((other) => other.kind === kind);
      if (effect === undefined) return '–';
      return effect.difference === null ? share1(effect.mean) : `${share1(effect.mean)} (${points(effect.difference.mean)})`;
    }),
  ]);
  return { head: ['arm', ...kinds], rows };
}

function range({ low, high }: Interval, say: (value: number) => string): string {
  return `${say(low)} to ${say(high)}`;
}

function withRange(interval: Interval, say: (value: number) => string, seeds: number): string {
  return seeds < 2 ? say(interval.mean) : `${say(interval.mean)} (${range(interval, say)})`;
}

/** "All weights" in the middle of a sentence; "LoRA" and "SOFT" stay. */
function small(text: string): string {
  return text.replace(/^[A-Z](?=[a-z]+(?:[ -]|$))/, (letter) => letter.toLowerCase());
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
