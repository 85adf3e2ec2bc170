/**
 * How far a run is and how long it will still take. Time per unit comes from the median of finished phases of the same kind and from the phase at
 * hand, that of answers from their tokens; of phases not seen yet from the plan where speeds were measured, else from their usual share. What is
 * done is what has passed, so both numbers say the same. Pure; knows nothing but the view.
 */
import { countsOf } from '../../settings/counts.ts';
import type { Phase } from '../../contracts/events.ts';
import type { RunConfig } from '../../run/config.ts';
import { draftsPrompts, roundsOf, writesPrompts } from '../../run/recipe.ts';
import { answeringLeft, rowsOf } from './answering.ts';
import type { Activity, Lap, RunView } from './view.ts';

export type Forecast = {
  /** Share of the whole run that is done, 0 to 1. */
  readonly share: number;
  readonly elapsedMs: number;
  /** Null while too little is known to promise anything. */
  readonly leftMs: number | null;
};

/** Phases that take time. */
type Timed = Exclude<Phase, 'load'>;
type Piece = { readonly phase: Timed; readonly round: number };

/** Usual milliseconds a unit on two CPU cores; only their proportions matter once one phase was timed. */
const USUAL_MS: Readonly<Record<Timed, number>> = {
  write: 15,
  measure: 8,
  draft: 15,
  answer: 15,
  train: 250,
  validate: 8,
  probe: 8,
};
const USUAL_TESTS = 700;
/** Answers made together in a run of another tab that does not say. */
const TOGETHER = 64;
/** The time left stays hidden before this share, where it is not planned. */
const PROMISE_FROM = 0.1;
/** Of a phase that nothing is seen of so much is left at least, however long it takes. */
const LEAST = 0.1;

/** The forecast for a view at time `now`. */
export function forecast(view: RunView, now: number): Forecast {
  const end = view.endedAt ?? view.pausedAt ?? now;
  const elapsedMs = view.startedAt === null ? 0 : Math.max(0, end - view.startedAt);
  if (view.status === 'finished') return { share: 1, elapsedMs, leftMs: 0 };
  if (view.config === null) return { share: 0, elapsedMs, leftMs: null };
  const { activity } = view;
  const answers = answering(view, end);
  const { pace, timed } = paceOf(view, end, answers);
  // of a model that nothing was seen of, nothing can be said; what a stored run has done counts by the usual proportions
  if (!timed && view.base === null && view.rounds.length === 0) return { share: 0, elapsedMs, leftMs: null };
  let before = 0;
  let left = 0;
  for (const piece of plan(view.config)) {
    const each = pace(piece.phase);
    if (activity !== null && isHere(piece, activity)) {
      // training never goes on in the middle of a round: what it begins with is its first step
      if (piece.phase !== 'train') before += activity.from * each;
      const whole = (activity.total - activity.done) * each;
      if (answers !== null) left += answers.left;
      else left += activity.done > activity.from ? whole : Math.max(whole - (end - activity.since), whole * LEAST);
      continue;
    }
    const units = unitsOf(piece.phase, view.config, view.laps, activity);
    if (!isPast(piece, view)) left += units * each;
    else if (isEarlier(piece, view)) before += units * each;
  }
  const done = before + elapsedMs;
  const share = done + left === 0 ? 0 : done / (done + left);
  const promised = timed && (share >= PROMISE_FROM || view.engine?.seconds !== undefined);
  return { share, elapsedMs, leftMs: promised ? left : null };
}

/** A share that never falls while one run is looked at: what is foretold changes, what is done does not. */
export function createRising(): (cast: Forecast, run: string | null) => Forecast {
  let highest: { readonly run: string | null; readonly share: number } = { run: null, share: 0 };
  return (cast, run) => {
    highest = { run, share: highest.run === run ? Math.max(highest.share, cast.share) : cast.share };
    return { ...cast, share: highest.share };
  };
}

/** Pieces of work in the order in which they come; the base model is measured while the first answers can already be read. */
function plan(config: RunConfig): readonly Piece[] {
  const pieces: Piece[] = [];
  if (writesPrompts(config)) pieces.push({ phase: 'write', round: 0 });
  if (draftsPrompts(config)) pieces.push({ phase: 'draft', round: 0 });
  if (roundsOf(config) === 0) pieces.push({ phase: 'measure', round: 0 });
  for (let round = 1; round <= roundsOf(config); round++) {
    pieces.push({ phase: 'answer', round });
    if (round === 1) pieces.push({ phase: 'measure', round: 0 });
    pieces.push({ phase: 'train', round }, { phase: 'validate', round });
  }
  // only a kit has probes, and only its runs name their questions
  if (config.questions > 0 && config.probes + config.probeAnswers > 0) pieces.push({ phase: 'probe', round: roundsOf(config) });
  return pieces;
}

const isHere = ({ phase, round }: Piece, activity: Activity): boolean =>
  activity.phase === phase && (activity.round === round || phase === 'probe');

/** Was a piece that is past done before this stretch of the run? A round that is gone on with is trained and measured in this one. */
function isEarlier({ phase, round }: Piece, { laps, activity }: RunView): boolean {
  if (laps.some((lap) => lap.phase === phase && lap.round === round)) return false;
  const rounds = [...laps, ...(activity === null ? [] : [activity])].map((part) => part.round).filter((part) => part > 0);
  return round < Math.min(...rounds) || (phase !== 'train' && phase !== 'validate');
}

function isPast({ phase, round }: Piece, view: RunView): boolean {
  // probes are the last thing, however many rounds there were
  if (phase === 'probe') return false;
  if (view.activity?.phase === 'probe') return true;
  if (view.rounds.some((result) => result.round >= Math.max(1, round))) return true;
  if (view.laps.some((lap) => lap.phase === phase && lap.round === round)) return true;
  const { activity } = view;
  if (phase === 'measure') return view.base !== null;
  if (phase === 'write' && activity?.phase === 'draft') return true;
  return (phase === 'write' || phase === 'draft') && activity !== null && activity.round > 0;
}

function unitsOf(phase: Timed, config: RunConfig, laps: readonly Lap[], activity: Activity | null): number {
  const alike = (other: Phase): boolean => other === phase || (phase === 'validate' && other === 'measure');
  const seen = laps.findLast((lap) => alike(lap.phase))?.total ?? (activity?.phase === phase ? activity.total : undefined);
  if (seen !== undefined) return seen;
  const perRound = Math.ceil(config.prompts / Math.max(1, roundsOf(config)));
  switch (phase) {
    case 'write':
    case 'draft':
      return config.prompts;
    case 'answer':
      return perRound;
    case 'train':
      return Math.ceil((perRound * config.epochs) / config.batchSize);
    case 'measure':
    case 'validate':
      return asked(config);
    case 'probe':
      return 2 * (config.probes + config.probeAnswers);
    default:
      phase satisfies never;
      return 0;
  }
}

/** Questions of a measurement; a run that names their number is mostly one on a kit. */
function asked({ questions }: RunConfig): number {
  if (!(questions > 0)) return USUAL_TESTS;
  const { validation, test, inContext } = countsOf(questions, false);
  return validation + test + 2 * inContext;
}

/** The answers on their way, in milliseconds; null where they are none, or their tokens do not tell how they are made. */
function answering({ activity, config, engine }: RunView, now: number): { readonly gone: number; readonly left: number } | null {
  if (activity?.phase !== 'answer' || config === null || engine?.workers !== 1 || config.samples > 1) return null;
  const gone = now - activity.since;
  const { rows: together = TOGETHER } = engine;
  const left = answeringLeft(activity.made, { count: activity.total - activity.done, gone, longest: config.maxTokens, together });
  return left === null ? null : { gone, left };
}

/** Milliseconds a unit of each phase; `timed` is whether any of them was measured, in the run or for its plan. */
function paceOf(
  view: RunView,
  now: number,
  answers: ReturnType<typeof answering>,
): { readonly pace: (phase: Timed) => number; readonly timed: boolean } {
  const { activity } = view;
  const phases = Object.keys(USUAL_MS) as Timed[];
  const known = new Map<Timed, number>();
  for (const phase of phases) {
    const paces = view.laps.filter((lap) => lap.phase === phase).map((lap) => lap.ms / lap.units);
    if (phase === 'answer' && activity !== null && answers !== null) {
      paces.push((answers.gone + answers.left) / (activity.total - activity.from));
    } else if (activity?.phase === phase && activity.done > activity.from && (activity.done - activity.from) * 10 >= activity.total) {
      paces.push((now - activity.since) / (activity.done - activity.from));
    }
    if (paces.length > 0) known.set(phase, median(paces));
  }
  const measured = known.get('measure');
  if (!known.has('validate') && measured !== undefined) known.set('validate', measured);
  for (const [phase, ms] of plannedOf(view)) if (!known.has(phase)) known.set(phase, ms);
  const speeds = [...known].map(([phase, ms]) => ms / USUAL_MS[phase]);
  const speed = speeds.length === 0 ? 1 : median(speeds);
  const answer = known.get('answer');
  const rows = view.engine?.workers === 1 ? rowsOf([...view.samples.values()].at(-1) ?? []) : null;
  // by what both read and write, until a step was timed
  if (!known.has('train') && answer !== undefined && rows !== null) known.set('train', answer * rows * (view.config?.batchSize ?? 1));
  return { pace: (phase) => known.get(phase) ?? USUAL_MS[phase] * speed, timed: speeds.length > 0 };
}

/** What the plan expects of a unit of each phase, as much faster or slower as the phases were that have ended; none without measured speeds. */
function plannedOf({ engine, config, laps, activity }: RunView): ReadonlyMap<Timed, number> {
  if (engine?.seconds === undefined || config === null) return new Map();
  const { answering: answer, training: train, measuring: measure, probing: probe } = engine.seconds;
  const seconds = { answer, train, measure, validate: measure, probe } as const;
  const each = new Map<Timed, number>();
  for (const phase of Object.keys(seconds) as (keyof typeof seconds)[]) {
    const units = unitsOf(phase, config, laps, activity);
    if (units > 0 && seconds[phase] > 0) each.set(phase, (1000 * seconds[phase]) / units);
  }
  const ratios = laps.flatMap((lap) => {
    const ms = lap.phase === 'load' ? undefined : each.get(lap.phase);
    return ms === undefined ? [] : [lap.ms / lap.units / ms];
  });
  const ratio = ratios.length === 0 ? 1 : median(ratios);
  return new Map([...each].map(([phase, ms]) => [phase, ms * ratio]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}
