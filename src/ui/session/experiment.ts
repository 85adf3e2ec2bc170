/**
 * An experiment in the tab: arms times seeds, one run after the other. Every run is an ordinary stored one: a finished run with the
 * same options is taken as it is, an unfinished one is resumed. Knows no component and no worker, only how to follow a run.
 */
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { armsFor } from '../../run/arms.ts';
import { configOf, type Arm } from '../../run/arm.ts';
import { readExperiment } from '../../run/experiment-file.ts';
import { FEWEST_SEEDS } from '../../comparison/statistics.ts';
import { AppError, isFinal, toFailure } from '../../errors.ts';
import type { Failure } from '../../errors.ts';
import { formatOptions, parseOption } from '../../run/options.ts';
import type { Comparison } from '../../comparison/compare.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import { type RunConfig, DEFAULTS, OPTIONS } from '../../run/config.ts';
import type { RunSummary } from '../../run/records.ts';
import { forecast } from './forecast.ts';
import type { Forecast } from './forecast.ts';
import { isBusy } from './view.ts';
import type { RunView } from './view.ts';

/** What an experiment needs of the page. */
type Host = {
  readonly view: ReadonlySignal<RunView>;
  /** Runs of the open model that can be compared with what this engine makes. */
  readonly runs: ReadonlySignal<readonly RunSummary[] | null>;
  /** The other runs of that model: another backend or version made them, or a part of them. */
  readonly others: ReadonlySignal<readonly RunSummary[]>;
  readonly now: ReadonlySignal<number>;
  /** Options with which runs of the open model begin, where they are not the usual ones. */
  readonly standard: ReadonlySignal<Partial<RunConfig>>;
  /** Reads the list of runs anew. */
  readonly refresh: () => Promise<void>;
  /** Follows a new run, or a stored one, to its end; `view` and `runs` know of it then. */
  readonly follow: (config: RunConfig, stored: RunSummary | null) => Promise<void>;
  /** Ends the run on its way. */
  readonly stop: () => Promise<void>;
  /** The library's answer; undefined when it failed, which the host has shown. */
  readonly compare: (...question: Parameters<LibraryWorker['compare']>) => Promise<Comparison | undefined>;
};

/** One run of an experiment, with what is stored of it. */
export type Entry = { readonly arm: Arm; readonly seed: number; readonly config: RunConfig; readonly stored: RunSummary | null };

/** How far an experiment is; `leftMs` is null while too little is known to promise anything. */
export type Outlook = { readonly done: number; readonly total: number; readonly share: number; readonly leftMs: number | null };

/** A run that cannot succeed, so that the experiment goes on without it. */
export type LeftOut = { readonly arm: string; readonly seed: number; readonly failure: Failure };

/** More seeds than this only from a file. */
export const MOST_SEEDS = 20;

const CHOSEN = ['Single round', 'SOFT', 'SOFT+'];
const REFERENCE = 'Single round';

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

/** Progress and time left: the run at hand by its own forecast, the others by the mean seconds of their arm's runs, else of all. */
export function outlookOf(plan: readonly Entry[], leftOut: readonly LeftOut[], at: Entry | null, cast: Forecast | null): Outlook {
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
  const share = plan.length === 0 ? 0 : (done + (running ? (cast?.share ?? 0) : 0)) / plan.length;
  return { done, total: plan.length, share, leftMs };
}

function secondsOf(entries: readonly Entry[]): readonly number[] {
  return entries.flatMap(({ stored }) => (stored?.result == null ? [] : [stored.result.seconds]));
}

function isSame(a: Entry, b: Entry): boolean {
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
      refusal: `The number of seeds must be a whole number from 1 to ${MOST_SEEDS}; “${count.slice(0, 40)}” is not.`,
    };
  const parsed = parseOption('seed', first);
  if ('refusal' in parsed) return { field: 'first', refusal: `First seed: ${parsed.refusal.message}` };
  const from = Number(parsed.value);
  if (from + number - 1 > OPTIONS.seed.max)
    return { field: 'first', refusal: `The last seed would be above ${OPTIONS.seed.max}; begin with a lower one.` };
  return { seeds: Array.from({ length: number }, (_, index) => from + index) };
}

/** The experiment of one visit: what is chosen, what is running, what came out. */
export function createExperiment(host: Host) {
  /** The arms of a file; null where there is none. */
  const brought = signal<readonly Arm[] | null>(null);
  const arms = computed(() => brought.value ?? armsFor(host.standard.value));
  const chosen = signal<readonly string[]>(CHOSEN);
  const count = signal(String(FEWEST_SEEDS));
  const first = signal(String(DEFAULTS.seed));
  /** The seeds of a file, where they are not simply one after the other. */
  const listed = signal<readonly number[] | null>(null);
  const wanted = signal(REFERENCE);
  const file = signal<string | null>(null);
  const started = signal(false);
  const at = signal<Entry | null>(null);
  const running = signal(false);
  const leftOut = signal<readonly LeftOut[]>([]);
  const comparison = signal<Comparison | null>(null);

  const picked = computed(() => arms.value.filter(({ name }) => chosen.value.includes(name)));
  const typed = computed(() => (listed.value === null ? seedsOf(count.value, first.value) : { seeds: listed.value }));
  const reference = computed(() => (picked.value.find(({ name }) => name === wanted.value) ?? picked.value[0])?.name ?? '');
  const refusal = computed(() => {
    if ('refusal' in typed.value) return typed.value.refusal;
    return picked.value.length === 0 ? 'Choose at least one arm.' : null;
  });
  const plan = computed(() =>
    'refusal' in typed.value ? [] : entriesOf(picked.value, typed.value.seeds, host.runs.value ?? [], host.standard.value),
  );
  /** Runs of the plan that are stored only as another engine or version made them: they are not mixed in, but made anew. */
  const passedOver = computed(() => {
    const known = new Set(host.others.value.flatMap(({ config }) => [formatOptions(config), formatOptions({ ...config, questions: 0 })]));
    return plan.value.filter(({ stored, config }) => stored === null && known.has(formatOptions(config))).length;
  });
  const outlook = computed(() => {
    const view = host.view.value;
    const cast = at.value === null || !isBusy(view.status) ? null : forecast(view, host.now.value);
    return outlookOf(plan.value, leftOut.value, at.value, cast);
  });

  let asked = '';
  let asking = 0;
  effect(() => {
    const question = picked.value.map(({ name }) => ({
      name,
      runs: plan.value.flatMap((entry) => (entry.arm.name === name && entry.stored !== null && isDone(entry) ? [entry.stored.run] : [])),
    }));
    const key = JSON.stringify([question, reference.value]);
    if (key === asked) return;
    asked = key;
    void ask(question, reference.value);
  });

  /** Compares what is finished so far; an answer that a newer question has overtaken is dropped. */
  async function ask(...question: Parameters<LibraryWorker['compare']>): Promise<void> {
    const mine = ++asking;
    const answer = question[0].some(({ runs }) => runs.length > 0) ? await host.compare(...question) : null;
    if (mine !== asking) return;
    if (answer === undefined) asked = '';
    else comparison.value = answer;
  }

  let stopping = false;

  /** Runs what is missing, and goes on with what is not finished. */
  async function start(): Promise<void> {
    if (running.value || refusal.value !== null) return;
    stopping = false;
    running.value = true;
    started.value = true;
    leftOut.value = [];
    try {
      await host.refresh();
      for (const planned of plan.value) {
        // Another tab may have stored it in the meantime, and an arm may be the same run as one before.
        const entry = plan.value.find((other) => isSame(other, planned)) ?? planned;
        if (stopping) break;
        if (isDone(entry)) continue;
        const leave = (failure: Failure): void => {
          leftOut.value = [...leftOut.value, { arm: entry.arm.name, seed: entry.seed, failure }];
        };
        if (entry.stored?.failure !== undefined) {
          leave(entry.stored.failure);
          continue;
        }
        at.value = entry;
        await host.follow(entry.config, entry.stored);
        const { status, failure } = host.view.value;
        if (status === 'failed' && failure !== null && (isFinal(failure) || failure.code === 'PLAN_TOO_LARGE')) leave(failure);
        else if (status !== 'finished') break;
      }
    } finally {
      at.value = null;
      running.value = false;
    }
  }

  /** Takes arms and seeds from the text of a file; what is wrong with it is said in `file`. */
  function load(text: string): void {
    if (running.value) return;
    try {
      const experiment = readExperiment(text);
      const { seeds, reference: named } = experiment;
      const inRow = seeds.length <= MOST_SEEDS && seeds.every((seed, index) => seed === (seeds[0] ?? 0) + index);
      brought.value = experiment.arms;
      if (named !== undefined) wanted.value = named;
      chosen.value = experiment.arms.map(({ name }) => name);
      listed.value = inRow ? null : seeds;
      if (inRow) {
        count.value = String(seeds.length);
        first.value = String(seeds[0]);
      }
      file.value = null;
    } catch (error) {
      file.value = error instanceof AppError ? error.detail : toFailure(error).message;
    }
  }

  return {
    arms,
    /** Are they those on offer, not those of a file? */
    offered: computed(() => brought.value === null),
    picked,
    count: count as ReadonlySignal<string>,
    first: first as ReadonlySignal<string>,
    listed: listed as ReadonlySignal<readonly number[] | null>,
    reference,
    refusal,
    /** The field of the seeds that is wrong. */
    refusedField: computed(() => ('refusal' in typed.value ? typed.value.field : null)),
    /** The sentence why a file was refused. */
    file: file as ReadonlySignal<string | null>,
    plan,
    outlook,
    /** Was it started in this visit? */
    started: started as ReadonlySignal<boolean>,
    running: running as ReadonlySignal<boolean>,
    /** The run on its way. */
    at: at as ReadonlySignal<Entry | null>,
    leftOut: leftOut as ReadonlySignal<readonly LeftOut[]>,
    passedOver,
    comparison: comparison as ReadonlySignal<Comparison | null>,
    choose(name: string, on: boolean): void {
      chosen.value = on ? [...chosen.value, name] : chosen.value.filter((other) => other !== name);
    },
    setCount: (text: string): void => void (count.value = text),
    setFirst: (text: string): void => void (first.value = text),
    /** Back from the seeds of a file to the two fields. */
    forgetListed: (): void => void (listed.value = null),
    setReference: (name: string): void => void (wanted.value = name),
    /** Back from the arms of a file to those on offer. */
    offer(): void {
      brought.value = null;
      chosen.value = CHOSEN;
      listed.value = null;
    },
    load,
    refuseFile: (sentence: string): void => void (file.value = sentence),
    start,
    /** Ends the run on its way, and the experiment with it; `start` goes on from there. */
    async stop(): Promise<void> {
      stopping = true;
      await host.stop();
    },
  };
}
