/**
 * The life of one run: from its name and lock over the events of the method to its result, with everything written down on the way.
 * Errors become events with a code. Knows neither tensors nor the page: the method comes in as a generator.
 */
import { AppError, type Failure, isFinal, toFailure } from '../errors.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Outcome } from '../align/method.ts';
import type { MethodEvent } from '../contracts/events.ts';
import { hasSameWeights, isSameModel, isWrittenAlike, type OpenedEngine, type RunModel, type RunResult } from '../run/records.ts';
import type { Gauges } from '../contracts/engine.ts';
import type { RunConfig } from '../run/config.ts';
import type { RunEvent } from '../run/events.ts';
import { breathe } from '../engine/work.ts';
import { secondsOf } from '../run/sessions.ts';
import { lockRun } from '../store/lock.ts';
import { worldText } from '../run/worlds.ts';
import type { RunStore, Spent } from '../run/run-store.ts';
import type { Control, Turns } from './control.ts';
import { createRace } from './race.ts';
import { Clock, SessionLog } from './session-log.ts';

/** What runs are made on: a model of the user's, or, where that is null, the bundled one of a world. */
export type Ground = { readonly model: RunModel | null; readonly world: RunConfig['world'] };

/** What a run needs of its worker. */
export type RunHost = {
  readonly store: RunStore;
  readonly engine: OpenedEngine;
  readonly control: Control;
  readonly turns: Turns;
  /** Never resolves; rejects when the engine fails, because then even the step under way may never end. */
  readonly failure: Promise<never>;
  /** What the user should know though the run goes on, oldest first; emptied as it is told. */
  readonly warnings: Failure[];
  readonly open: Ground;
  readonly gauges: () => Gauges;
  /** Seconds of a clock that only runs forward. */
  readonly now: () => number;
  /** The method on its own model; `date` is the one that the prompts of the run tell, where they tell one. */
  readonly begin: (run: string, config: RunConfig, ledger: Ledger, date?: string) => AsyncGenerator<MethodEvent, Outcome>;
};

/** Is this progress worth telling? Another phase, another percent, or the end; one in a phase of a thousand questions is not. */
function createProgressFilter(): (event: MethodEvent) => boolean {
  let last = '';
  return (event) => {
    if (event.type !== 'progress') return true;
    const { phase, round, done, total } = event;
    const now = `${phase} ${round} ${done === total ? 'end' : Math.floor((100 * done) / total)}`;
    const fresh = now !== last;
    last = now;
    return fresh;
  };
}

/** How a run ended. */
export type End = Extract<RunEvent, { readonly type: 'finished' | 'stopped' | 'failed' }>;

/**
 * A new run of `config`, or the stored one called `resume`, to its end. The end is returned, not yielded: by then the lock and the
 * model are free, so whoever hears of it may start the next run.
 */
export async function* follow(config: RunConfig, resume: string | null, host: RunHost): AsyncGenerator<RunEvent, End> {
  let free = async (): Promise<void> => {};
  let events: AsyncGenerator<MethodEvent, Outcome> | null = null;
  let log: SessionLog | null = null;
  let named: string | null = null;
  const orFailure = createRace(host.failure);
  const passes = createProgressFilter();
  try {
    const started = host.now();
    const { store, control, engine } = host;
    if (resume !== null) free = await lockRun(resume);
    const run = resume ?? (await store.createRun(config, host.open.model));
    named = run;
    if (resume === null) free = await lockRun(run);
    const record = await store.run(run);
    if (record.problem !== null) throw new AppError('RUN_UNFIT', record.problem);
    const ground = { model: record.model ?? null, world: record.config.world };
    if (!isSameGround(ground, host.open)) throw otherModel(ground, host.open);
    if (!isWrittenAlike(ground.model ?? {}, host.open.model ?? {}))
      throw new AppError(
        'MODEL_OTHER',
        `the files of ${ground.model?.name} write a prompt otherwise than when this run began: its chat template, tokenizer or stop tokens are others, or its template writes the date and an early version of this page did not write down which; with the files of then it goes on`,
      );
    const ledger = await store.openLedger(run);
    yield { type: 'started', run, config: record.config, engine, resumed: resume !== null };
    yield* drained(host.warnings);

    const clock = new Clock(host.now, host.now() - started);
    const { backend, device, commit, workers } = engine;
    const sessionLog = new SessionLog(store, run, record.spent, () => ({ backend, device, commit, workers, seconds: clock.seconds }));
    log = sessionLog;
    events = host.begin(run, record.config, ledger, record.model?.date);
    const pause = async function* (): AsyncGenerator<RunEvent, void> {
      clock.hold();
      yield { type: 'paused' };
      await orFailure(control.opened());
      clock.go();
      if (!control.stopped) yield { type: 'resumed' };
    };
    for (;;) {
      await breathe();
      if (control.paused) yield* pause();
      if (control.stopped) return { type: 'stopped' };
      const going = events;
      const next = host.turns.take(() => going.next());
      next.catch(() => {}); // the engine may fail first
      let step: IteratorResult<MethodEvent, Outcome> | null = null;
      while (step === null) {
        // a pause may hold the work in the middle of a step
        step = await orFailure(Promise.race([next, control.held().then(() => null)]));
        if (step === null && control.paused) yield* pause();
      }
      if (step.done === true) {
        const result = resultOf(record, step.value, await sessionLog.close(), engine);
        await store.finishRun(run, result);
        return { type: 'finished', result };
      }
      const event = step.value;
      await sessionLog.heard(event);
      if (event.type === 'step') await store.putLosses(run, [{ round: event.round, step: event.step, loss: event.loss }]);
      control.made(event.type);
      if (passes(event)) yield event.type === 'round' ? { ...event, gauges: host.gauges() } : event;
      yield* drained(host.warnings);
    }
  } catch (error) {
    if (host.control.stopped && error instanceof AppError && error.code === 'STOPPED') return { type: 'stopped' };
    const failure = toFailure(error);
    if (named === null || log === null || !isFinal(failure)) return { type: 'failed', failure };
    if (log.any) {
      // what cannot be written down is found out again by whoever resumes it
      await host.store.failRun(named, failure).catch(() => {});
      return { type: 'failed', failure };
    }
    const removed = await host.store.deleteRun(named).then(
      () => true,
      () => false,
    );
    return { type: 'failed', failure, removed };
  } finally {
    // the step under way ends first; after a failure of the engine it may never
    if (events !== null) await orFailure(end(events, host.turns)).catch(() => {});
    await log?.end();
    await free();
  }
}

/** Is it the same model, with the same kit? */
export function isSameGround(a: Ground, b: Ground): boolean {
  if (a.model === null || b.model === null) return a.model === b.model && a.world === b.world;
  return isSameModel(a.model, b.model);
}

/** The error of a run whose model or kit is not the open one. */
export function otherModel(mine: Ground, open: Ground): AppError {
  const [kit, here] = [mine.model?.kit, open.model?.kit];
  const isKit = mine.model !== null && open.model !== null && hasSameWeights(mine.model, open.model);
  if (kit !== undefined && here !== undefined && isKit)
    return new AppError('KIT_OTHER', `the run belongs to the kit ${kit.name} (${kit.hash}), open is ${here.name} (${here.hash})`);
  const name = ({ model, world }: Ground): string =>
    model === null
      ? `the bundled model of the world “${worldText(world)}”`
      : `${model.name} (${[model.fingerprint, model.weights ?? ''].join(' ').trim()})`;
  return new AppError('MODEL_OTHER', `the run belongs to ${name(mine)}, open is ${name(open)}`);
}

function* drained(warnings: Failure[]): Generator<RunEvent, void> {
  for (const failure of warnings.splice(0)) yield { type: 'warning', failure };
}

async function end(events: AsyncGenerator<MethodEvent, Outcome>, turns: Turns): Promise<void> {
  await turns.take(() => events.return(undefined as never));
}

function resultOf(
  { config, model }: { readonly config: RunConfig; readonly model?: RunModel },
  outcome: Outcome,
  { sessions, firstSampleSeconds }: Spent,
  engine: OpenedEngine,
): RunResult {
  const { base, rounds, bestRound, adapter, probes } = outcome;
  const { seed, method } = config;
  const { backend, device, commit } = engine;
  const seconds = secondsOf(sessions);
  const times = { sessions, seconds, firstSampleSeconds: firstSampleSeconds ?? seconds };
  // M_0 has no adapter, so no hash
  const best = { base: base.scores, rounds, bestRound, adapterHash: adapter?.hash ?? '', baseMeasured: base, config };
  return {
    seed,
    method,
    backend,
    device,
    commit,
    ...times,
    ...best,
    ...(probes === null ? {} : { probes }),
    ...(model === undefined ? {} : { model }),
  };
}
