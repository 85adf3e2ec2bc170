/**
 * An experiment in the tab: arms times seeds, one run after the other. Every run is an ordinary stored one: a finished run with the
 * same options is taken as it is, an unfinished one is resumed. Knows no component and no worker, only how to follow a run.
 */
import { say } from '../language/language.ts';
import { batch, computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { armsFor } from '../../run/arms.ts';
import type { Arm } from '../../run/arm.ts';
import { type KeptExperiment, readExperiment } from '../../run/experiment-file.ts';
import { FEWEST_SEEDS } from '../../comparison/statistics.ts';
import { AppError, isFinal, toFailure } from '../../errors.ts';
import type { Failure } from '../../errors.ts';
import { formatOptions } from '../../run/options.ts';
import type { Comparison } from '../../comparison/compare.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import { type RunConfig, DEFAULTS } from '../../run/config.ts';
import type { RunSummary } from '../../run/records.ts';
import { createRising, forecast } from './forecast.ts';
import { type Entry, entriesOf, isDone, isSame, type LeftOut, MOST_SEEDS, outlookOf, seedsOf } from './experiment-plan.ts';
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

const CHOSEN = ['Single round', 'SOFT', 'SOFT+'];
const REFERENCE = 'Single round';

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
  const file = signal<(() => string) | null>(null);
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
    return picked.value.length === 0 ? say('Choose at least one arm.') : null;
  });
  const plan = computed(() =>
    'refusal' in typed.value ? [] : entriesOf(picked.value, typed.value.seeds, host.runs.value ?? [], host.standard.value),
  );
  /** Runs of the plan that are stored only as another engine or version made them: they are not mixed in, but made anew. */
  const passedOver = computed(() => {
    const known = new Set(host.others.value.flatMap(({ config }) => [formatOptions(config), formatOptions({ ...config, questions: 0 })]));
    return plan.value.filter(({ stored, config }) => stored === null && known.has(formatOptions(config))).length;
  });
  const rise = createRising();
  const outlook = computed(() => {
    const view = host.view.value;
    const cast = at.value === null || !isBusy(view.status) ? null : forecast(view, host.now.value);
    return outlookOf(plan.value, leftOut.value, at.value, cast, cast === null ? 0 : rise(cast, view.run).share);
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

  function take({
    arms: taken,
    seeds,
    chosen: picks,
    reference: against,
  }: Pick<KeptExperiment, 'arms' | 'seeds' | 'chosen' | 'reference'>): void {
    const inRow = seeds.length <= MOST_SEEDS && seeds.every((seed, index) => seed === (seeds[0] ?? 0) + index);
    batch(() => {
      brought.value = taken;
      chosen.value = picks;
      wanted.value = against;
      listed.value = inRow ? null : seeds;
      if (inRow) {
        count.value = String(seeds.length);
        first.value = String(seeds[0]);
      }
      file.value = null;
      started.value = false;
      leftOut.value = [];
    });
  }

  /** Takes arms and seeds from the text of a file, and says whether it could; what is wrong with it is said in `file`. */
  function load(text: string): boolean {
    if (running.value) return false;
    try {
      const experiment = readExperiment(text);
      const names = experiment.arms.map(({ name }) => name);
      const usual = names.includes(wanted.peek()) ? wanted.peek() : (names[0] ?? '');
      take({ ...experiment, chosen: names, reference: experiment.reference ?? usual });
      return true;
    } catch (error) {
      const text = error instanceof AppError ? error.detail : toFailure(error).message;
      file.value = () => text;
      return false;
    }
  }

  return {
    arms,
    /** All that it takes to set it up again; null where its seeds are refused. */
    setUp: computed(() =>
      'refusal' in typed.value
        ? null
        : {
            arms: brought.value ?? picked.value,
            chosen: picked.value.map(({ name }) => name),
            seeds: typed.value.seeds,
            reference: reference.value,
          },
    ),
    take,
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
    file: computed(() => file.value?.() ?? null),
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
    refuseFile: (why: () => string): void => void (file.value = why),
    start,
    /** Ends the run on its way, and the experiment with it; `start` goes on from there. */
    async stop(): Promise<void> {
      stopping = true;
      await host.stop();
    },
  };
}
