/**
 * What the page knows of a run: `reduce` folds one event of the run's stream into a `RunView`, `viewOfStored` builds the same view
 * from what the library kept. Pure: the clock is passed in. Knows no component, no signal and no worker.
 */
import { isFinal, type Failure } from '../../errors.ts';
import type { OpenedEngine, RunResult, RunSummary } from '../../run/records.ts';
import type { Gauges } from '../../contracts/engine.ts';
import type { Measured, RoundResult, Sample } from '../../contracts/records.ts';
import type { Phase } from '../../contracts/events.ts';
import type { RunConfig } from '../../run/config.ts';
import type { RunEvent } from '../../run/events.ts';
import { type Arrival, tokensOf } from './answering.ts';

export type RunStatus = 'idle' | 'loading' | 'running' | 'paused' | 'finished' | 'failed' | 'stopped';

export type LossPoint = { readonly round: number; readonly step: number; readonly loss: number };

/** The piece of work at hand. Times are milliseconds of the caller's clock; `since` is moved forward by pauses. */
export type Activity = {
  readonly phase: Phase;
  readonly round: number;
  readonly done: number;
  readonly total: number;
  /** Units that were there when it began (a resumed round starts in the middle). */
  readonly from: number;
  readonly since: number;
  /** Answers that came since; none in another phase. */
  readonly made: readonly Arrival[];
};

/** A phase that ended, for the forecast. */
export type Lap = { readonly phase: Phase; readonly round: number; readonly units: number; readonly total: number; readonly ms: number };

export type RunView = {
  readonly status: RunStatus;
  readonly run: string | null;
  readonly config: RunConfig | null;
  readonly engine: OpenedEngine | null;
  readonly base: Measured | null;
  readonly rounds: readonly RoundResult[];
  readonly losses: readonly LossPoint[];
  /** Samples of each round, in the order of their index. */
  readonly samples: ReadonlyMap<number, readonly Sample[]>;
  readonly latest: Sample | null;
  readonly activity: Activity | null;
  readonly laps: readonly Lap[];
  readonly gauges: Gauges | null;
  readonly warnings: readonly Failure[];
  readonly failure: Failure | null;
  readonly result: RunResult | null;
  /** When this stretch of the run began; moved forward by pauses. */
  readonly startedAt: number | null;
  readonly pausedAt: number | null;
  readonly endedAt: number | null;
  /** When something was last written to the browser's storage. */
  readonly savedAt: number | null;
};

export const EMPTY_VIEW: RunView = {
  status: 'idle',
  run: null,
  config: null,
  engine: null,
  base: null,
  rounds: [],
  losses: [],
  samples: new Map(),
  latest: null,
  activity: null,
  laps: [],
  gauges: null,
  warnings: [],
  failure: null,
  result: null,
  startedAt: null,
  pausedAt: null,
  endedAt: null,
  savedAt: null,
};

/** The view after one more event; `at` is the time in milliseconds at which the page received it. */
export function reduce(view: RunView, event: RunEvent, at: number): RunView {
  switch (event.type) {
    case 'started': {
      const kept = event.resumed && view.run === event.run ? view : EMPTY_VIEW;
      return {
        ...kept,
        status: 'running',
        run: event.run,
        config: event.config,
        engine: event.engine,
        activity: null,
        laps: [],
        failure: null,
        result: null,
        startedAt: at,
        pausedAt: null,
        endedAt: null,
      };
    }
    case 'progress':
      return { ...advance(view, event.phase, event.round, event.done, event.total, at), status: active(view) };
    case 'base':
      return { ...whole(view, 'measure'), base: measuredOf(event), savedAt: at };
    case 'sample':
      return { ...counted(view, event.sample, at), latest: event.sample, savedAt: at };
    case 'ordered':
      return { ...view, samples: withSamples(view.samples, event.round, event.samples), savedAt: at };
    case 'step': {
      const earlier = view.losses.filter((point) => point.round < event.round || (point.round === event.round && point.step < event.step));
      const losses = [...earlier, { round: event.round, step: event.step, loss: event.loss }];
      return { ...advance(view, 'train', event.round, event.step, event.steps, at), status: active(view), losses };
    }
    case 'round': {
      const rounds = [...view.rounds.filter((result) => result.round < event.result.round), event.result];
      return { ...whole(view, 'validate'), rounds, gauges: event.gauges, savedAt: at };
    }
    case 'paused':
      return { ...view, status: 'paused', pausedAt: at };
    case 'resumed':
      return { ...skipPause(view, at), status: 'running' };
    case 'warning': {
      const others = view.warnings.filter((warning) => warning.code !== event.failure.code);
      return { ...view, warnings: [...others, event.failure] };
    }
    case 'finished':
      return { ...skipPause(view, at), status: 'finished', result: event.result, activity: null, endedAt: at, savedAt: at };
    case 'stopped':
      return { ...skipPause(view, at), status: 'stopped', activity: null, endedAt: at };
    case 'failed':
      return {
        ...skipPause(view, at),
        status: 'failed',
        run: event.removed === true ? null : view.run,
        failure: event.failure,
        activity: null,
        endedAt: at,
      };
    default:
      event satisfies never;
      return view;
  }
}

/** The view of a run that the library kept. An unfinished one is `stopped`: it can be resumed. One that is at its end has `failed`. */
export function viewOfStored(summary: RunSummary, losses: readonly LossPoint[], samples: readonly (readonly Sample[])[]): RunView {
  let rounds: ReadonlyMap<number, readonly Sample[]> = new Map();
  for (const ofRound of samples) {
    const first = ofRound[0];
    if (first !== undefined) rounds = withSamples(rounds, first.round, ofRound);
  }
  return {
    ...EMPTY_VIEW,
    status: summary.status === 'finished' ? 'finished' : summary.failure === undefined ? 'stopped' : 'failed',
    run: summary.run,
    config: summary.config,
    base: summary.base,
    rounds: summary.rounds,
    losses,
    samples: rounds,
    latest: [...rounds.values()].at(-1)?.at(-1) ?? null,
    failure: summary.failure ?? null,
    result: summary.result,
  };
}

/** Is a run on its way, so that settings must wait and a second run cannot begin? */
export function isBusy(status: RunStatus): boolean {
  return status === 'loading' || status === 'running' || status === 'paused';
}

/** Is there more of this run to make, as far as it is known: is it neither finished nor ended by a failure that comes again? */
export function isUnfinished({ status, run, failure }: RunView, runs: readonly RunSummary[] | null): boolean {
  if (run === null || (status !== 'stopped' && status !== 'failed')) return false;
  // unfit is what the page's prompts make it: with those that it began with the run goes on
  if (isFinal(failure) || failure?.code === 'RUN_UNFIT') return false;
  return (runs?.find((other) => other.run === run)?.problem ?? null) === null;
}

/** What was measured, without what makes it an event. */
function measuredOf(event: Measured & { readonly type: 'base' }): Measured {
  const { type: _, ...measured } = event;
  return measured;
}

function active(view: RunView): RunStatus {
  return view.status === 'paused' ? 'paused' : 'running';
}

function advance(view: RunView, phase: Phase, round: number, done: number, total: number, at: number): RunView {
  const before = view.activity;
  if (before !== null && before.phase === phase && before.round === round && done >= before.done) {
    return { ...view, activity: { ...before, done, total } };
  }
  return { ...view, laps: closeLap(view, at), activity: { phase, round, done, total, from: done, since: at, made: [] } };
}

/** With all of a measurement done: its result may come before the count of its last questions. */
function whole(view: RunView, phase: Phase): RunView {
  const { activity } = view;
  return activity?.phase === phase ? { ...view, activity: { ...activity, done: activity.total } } : view;
}

/** With one more sample: the answers of a round are counted one by one, though progress comes more rarely. */
function counted(view: RunView, sample: Sample, at: number): RunView {
  const samples = withSamples(view.samples, sample.round, [sample]);
  const { activity } = view;
  if (activity?.phase !== 'answer') return { ...view, samples };
  const done = Math.max(activity.done, samples.get(activity.round)?.length ?? 0);
  const made = [...activity.made, { ms: at - activity.since, ...tokensOf(sample) }];
  return { ...view, samples, activity: { ...activity, done, made } };
}

function closeLap(view: RunView, at: number): readonly Lap[] {
  const ended = view.activity;
  if (ended === null || ended.done <= ended.from) return view.laps;
  const lap = { phase: ended.phase, round: ended.round, units: ended.done - ended.from, total: ended.total, ms: at - ended.since };
  return [...view.laps, lap];
}

function skipPause(view: RunView, at: number): RunView {
  if (view.pausedAt === null) return view;
  const pause = at - view.pausedAt;
  return {
    ...view,
    pausedAt: null,
    startedAt: view.startedAt === null ? null : view.startedAt + pause,
    activity: view.activity === null ? null : { ...view.activity, since: view.activity.since + pause },
  };
}

function withSamples(
  rounds: ReadonlyMap<number, readonly Sample[]>,
  round: number,
  added: readonly Sample[],
): ReadonlyMap<number, readonly Sample[]> {
  const merged = (rounds.get(round) ?? []).slice();
  for (const sample of added) {
    const last = merged.at(-1);
    if (last === undefined || last.index < sample.index) {
      merged.push(sample);
      continue;
    }
    const place = merged.findIndex((other) => other.index >= sample.index);
    merged.splice(place, merged[place]?.index === sample.index ? 1 : 0, sample);
  }
  return new Map(rounds).set(round, merged);
}
