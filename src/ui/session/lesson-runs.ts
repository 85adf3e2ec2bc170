/**
 * The runs of a chapter: arms with one seed, made one after the other as ordinary stored runs. One with the same options that is stored already
 * is taken as it is, an unfinished one goes on. Knows no chapter, no component and no worker, only how to follow a run.
 */
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { Measured, RoundResult, Sample } from '../../contracts/records.ts';
import type { Arm } from '../../run/arm.ts';
import type { RunConfig } from '../../run/config.ts';
import { formatOptions } from '../../run/options.ts';
import type { RunSummary } from '../../run/records.ts';
import { roundsOf } from '../../run/recipe.ts';
import { type Entry, entriesOf, type Outlook, outlookOf } from './experiment-plan.ts';
import { createRising, forecast } from './forecast.ts';
import { isBusy } from './view.ts';
import type { RunView } from './view.ts';

/** What the runs of a chapter need of the page. */
type Host = {
  readonly view: ReadonlySignal<RunView>;
  /** Runs of bundled models that this engine made. */
  readonly runs: ReadonlySignal<readonly RunSummary[] | null>;
  readonly now: ReadonlySignal<number>;
  readonly refresh: () => Promise<void>;
  /** Follows a new run, or a stored one, to its end. */
  readonly follow: (config: RunConfig, stored: RunSummary | null) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The answers of a round that was made; undefined where they cannot be read, which the host has shown. */
  readonly samples: (run: string, round: number) => Promise<readonly Sample[] | undefined>;
};

/** A run that a chapter asks for. */
export type LessonArm = Arm & {
  readonly seed: number;
  /** So many rounds are enough for now, and a later chapter goes on from there; absent: all. */
  readonly until?: number;
};

/** What is there of such a run. */
export type Made = {
  readonly arm: string;
  readonly config: RunConfig;
  readonly run: string | null;
  readonly base: Measured | null;
  /** No more than the chapter asks for. */
  readonly rounds: readonly RoundResult[];
  readonly state: 'waiting' | 'running' | 'made';
};

type Planned = Entry & { readonly until: number };

/** Are there as many rounds of it as are asked for? */
function isMade({ stored, until }: Planned): boolean {
  return stored !== null && (stored.status === 'finished' || stored.rounds.length >= until);
}

/** The runs of some arms, with what is stored of each. */
function plannedOf(arms: readonly LessonArm[], runs: readonly RunSummary[]): readonly Planned[] {
  return arms.flatMap((arm) =>
    entriesOf([arm], [arm.seed], runs).map((entry) => ({ ...entry, until: arm.until ?? roundsOf(entry.config) })),
  );
}

/** A run as the forecast and the time left should see it: it ends after the rounds that are asked for. */
function shortened(config: RunConfig, until: number): RunConfig {
  const rounds = roundsOf(config);
  return until >= rounds ? config : { ...config, rounds: until, prompts: Math.round((config.prompts * until) / rounds) };
}

const isOf = (view: RunView, config: RunConfig): boolean => view.config !== null && formatOptions(view.config) === formatOptions(config);

/** The runs of the lesson in one visit. */
export function createLessonRuns({ view, runs, now, refresh, follow, stop, samples }: Host) {
  const asked = signal<readonly LessonArm[]>([]);
  const at = signal<Planned | null>(null);
  const running = signal(false);
  let stopping = false;

  const planned = (arms: readonly LessonArm[]): readonly Planned[] => plannedOf(arms, runs.value ?? []);

  /** What is there of each arm, the one on its way as far as it is. */
  function made(arms: readonly LessonArm[]): readonly Made[] {
    return planned(arms).map((entry) => {
      const { arm, config, stored, until } = entry;
      const live = at.value !== null && isOf(view.value, config) && formatOptions(at.value.config) === formatOptions(config);
      const { run, base, rounds } = live ? view.value : (stored ?? { run: null, base: null, rounds: [] });
      const state = isMade(entry) || rounds.length >= until ? 'made' : live ? 'running' : 'waiting';
      return { arm: arm.name, config, run, base, rounds: rounds.slice(0, until), state };
    });
  }

  const rise = createRising();
  /** How far the arms that were asked for last are, and how long they still take. */
  const outlook = computed((): Outlook => {
    const plan = planned(asked.value).map((entry) =>
      isMade(entry) && entry.stored !== null ? { ...entry, stored: { ...entry.stored, status: 'finished' as const } } : entry,
    );
    const here = at.value;
    if (here === null || !isBusy(view.value.status)) return outlookOf(plan, [], here, null);
    const cast = forecast({ ...view.value, config: shortened(here.config, here.until) }, now.value);
    // a run that a later chapter goes on with is a longer one
    return outlookOf(plan, [], here, cast, rise(cast, `${view.value.run} ${here.until}`).share);
  });

  /** Follows a run until it has as many rounds as are asked for. */
  async function followUntil({ config, stored, until }: Planned): Promise<boolean> {
    const done = follow(config, stored);
    const unwatch = effect(() => {
      if (isOf(view.value, config) && view.value.rounds.length >= until && until < roundsOf(config)) void stop();
    });
    await done;
    unwatch();
    return view.value.status === 'finished' || view.value.rounds.length >= until;
  }

  /** Makes what is missing of some arms, in their order; does nothing while others are made. */
  async function start(arms: readonly LessonArm[]): Promise<void> {
    if (running.value) return;
    stopping = false;
    running.value = true;
    asked.value = arms;
    try {
      await refresh();
      for (const index of arms.keys()) {
        // what was made for one arm may be what the next one asks for
        const entry = planned(arms)[index];
        if (stopping || entry === undefined) break;
        if (isMade(entry)) continue;
        at.value = entry;
        if (!(await followUntil(entry))) break;
      }
    } finally {
      at.value = null;
      running.value = false;
    }
  }

  return {
    made,
    start,
    samples,
    /** Are runs of a chapter on their way? */
    running: running as ReadonlySignal<boolean>,
    outlook,
    /** The name of the arm that is being made; null where none is. */
    at: computed(() => at.value?.arm.name ?? null),
    /** Ends the run on its way; `start` goes on from there. */
    async stop(): Promise<void> {
      stopping = true;
      await stop();
    },
  };
}
