/**
 * The plan of an experiment: which runs its arms and seeds make, what is stored of each, how far it is and how long it takes. Arithmetic; knows
 * no signal and no worker.
 */
import { configOf, type Arm } from '../../run/arm.ts';
import type { Failure } from '../../errors.ts';
import { formatOptions, parseOption } from '../../run/options.ts';
import { type RunConfig, OPTIONS } from '../../run/config.ts';
import type { RunSummary } from '../../run/records.ts';
import { say } from '../language/language.ts';
import { refusedText } from '../option-text.ts';
import type { Forecast } from './forecast.ts';

/** One run of an experiment, with what is stored of it. */
export type Entry = { readonly arm: Arm; readonly seed: number; readonly config: RunConfig; readonly stored: RunSummary | null };

/** How far an experiment is; `leftMs` is null while too little is known to promise anything. */
export type Outlook = { readonly done: number; readonly total: number; readonly share: number; readonly leftMs: number | null };

/** A run that cannot succeed, so that the experiment goes on without it. */
export type LeftOut = { readonly arm: string; readonly seed: number; readonly failure: Failure };

/** More seeds than this only from a file. */
export const MOST_SEEDS = 20;

/** The runs of an experiment in their order, seed by seed so that arms can be compared early; of equal runs a finished one counts. */
export function entriesOf(
  arms: readonly Arm[],
  seeds: readonly number[],
  runs: readonly RunSummary[],
  standard: Partial<RunConfig> = {},
): readonly Entry[] {
  const known = new Map<string, RunSummary>();
  for (const summary of runs) {
    // where an arm leaves the number of questions to the plan, a run of it has the number that the plan chose
    for (const key of new Set([formatOptions(summary.config), formatOptions({ ...summary.config, questions: 0 })])) {
      const before = known.get(key);
      if (before === undefined || (before.status !== 'finished' && summary.status === 'finished')) known.set(key, summary);
    }
  }
  return seeds.flatMap((seed) =>
    arms.map((arm) => {
      const config = configOf(arm, seed, standard);
      return { arm, seed, config, stored: known.get(formatOptions(config)) ?? null };
    }),
  );
}

export function isDone({ stored }: Entry): boolean {
  return stored?.status === 'finished';
}

/**
 * Progress and time left: the run at hand by its own forecast, the others by the mean seconds of their arm's runs, else of all. `shown` is the share
 * of the run at hand that the page shows; only the forecast's own belongs to its time left.
 */
export function outlookOf(
  plan: readonly Entry[],
  leftOut: readonly LeftOut[],
  at: Entry | null,
  cast: Forecast | null,
  shown: number = cast?.share ?? 0,
): Outlook {
  const gone = (entry: Entry) => isDone(entry) || leftOut.some(({ arm, seed }) => arm === entry.arm.name && seed === entry.seed);
  const done = plan.filter(gone).length;
  const running = at !== null && plan.some((entry) => isSame(entry, at) && !gone(entry));
  const usual = (arm: string) => {
    const alike = secondsOf(plan.filter((entry) => entry.arm.name === arm));
    const seconds = alike.length > 0 ? alike : secondsOf(plan);
    if (seconds.length > 0) return (1000 * seconds.reduce((sum, value) => sum + value, 0)) / seconds.length;
    return running && cast !== null && cast.leftMs !== null && cast.share < 1 ? cast.leftMs / (1 - cast.share) : null;
  };
  let leftMs: number | null = 0;
  for (const entry of plan) {
    if (gone(entry)) continue;
    const whole = usual(entry.arm.name);
    const here = running && at !== null && isSame(entry, at) ? cast : null;
    const left: number | null = here === null ? whole : (here.leftMs ?? (whole === null ? null : whole * (1 - here.share)));
    leftMs = leftMs === null || left === null ? null : leftMs + left;
  }
  const share = plan.length === 0 ? 0 : (done + (running ? shown : 0)) / plan.length;
  return { done, total: plan.length, share, leftMs };
}

function secondsOf(entries: readonly Entry[]): readonly number[] {
  return entries.flatMap(({ stored }) => (stored?.result == null ? [] : [stored.result.seconds]));
}

export function isSame(a: Entry, b: Entry): boolean {
  return a.arm.name === b.arm.name && a.seed === b.seed;
}

/** Which field is wrong, and the sentence that says how. */
type SeedsRefused = { readonly field: 'count' | 'first'; readonly refusal: string };

/** Seeds as two fields say them, one after the other from the first; or the sentence why not. */
export function seedsOf(count: string, first: string): { readonly seeds: readonly number[] } | SeedsRefused {
  const number = Number(count);
  if (count.trim() === '' || !Number.isInteger(number) || number < 1 || number > MOST_SEEDS)
    return {
      field: 'count',
      refusal: say('The number of seeds must be a whole number from 1 to {most}; “{count}” is not.', {
        most: MOST_SEEDS,
        count: count.slice(0, 40),
      }),
    };
  const parsed = parseOption('seed', first);
  if ('refusal' in parsed) return { field: 'first', refusal: say('First seed: {message}', { message: refusedText('seed', first) }) };
  const from = Number(parsed.value);
  if (from + number - 1 > OPTIONS.seed.max)
    return {
      field: 'first',
      refusal: say('The last seed would be above {max}; begin with a lower one.', { max: String(OPTIONS.seed.max) }),
    };
  return { seeds: Array.from({ length: number }, (_, index) => from + index) };
}
