/**
 * How far a run is and how long it will still take. Time per unit comes from the median of finished phases of the same kind and
 * from the phase at hand, that of answers from their tokens; phases not seen yet are guessed from their usual share. Pure; knows nothing but the view.
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

type Piece = { readonly phase: Phase; readonly round: number };

/** Usual milliseconds a unit on two CPU cores; only their proportions matter once one phase was timed. */
const USUAL_MS: Readonly<Record<Phase, number>> = {
  load: 1500,
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
/** The time left stays hidden before this share. */
const PROMISE_FROM = 0.1;

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
  let spent = 0;
  let left = 0;
  for (const piece of plan(view.config)) {
    const here = activity !== null && activity.phase === piece.phase && (activity.round === piece.round || piece.phase === 'probe');
    if (here && answers !== null) {
      spent += answers.gone;
      left += answers.left;
      continue;
    }
    const units = here ? activity.total : unitsOf(piece.phase, view.config, view.laps, activity);
    const done = here ? activity.done : isPast(piece, view) ? units : 0;
    spent += done * pace(piece.phase);
    left += Math.max(0, units - done) * pace(piece.phase);
  }
  const share = spent + left === 0 ? 0 : spent / (spent + left);
  return { share, elapsedMs, leftMs: !timed || share < PROMISE_FROM ? null : left };
}

/** Pieces of work in the order in which they come; the base model is measured while the first answers can already be read. */
function plan(config: RunConfig): readonly Piece[] {
  const pieces: Piece[] = [{ phase: 'load', round: 0 }];
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

function isPast({ phase, round }: Piece, view: RunView): boolean {
  // probes are the last thing, however many rounds there were
  if (phase === 'probe') return false;
  if (view.activity?.phase === 'probe') return true;
  if (view.rounds.some((result) => result.round >= Math.max(1, round))) return true;
  if (view.laps.some((lap) => lap.phase === phase && lap.round === round)) return true;
  const { activity } = view;
  if (phase === 'measure') return view.base !== null;
  if (phase === 'load') return activity !== null && activity.phase !== 'load';
  if (phase === 'write' && activity?.phase === 'draft') return true;
  return (phase === 'write' || phase === 'draft') && activity !== null && activity.round > 0;
}

function unitsOf(phase: Phase, config: RunConfig, laps: readonly Lap[], activity: Activity | null): number {
  const alike = (other: Phase) => other === phase || (phase === 'validate' && other === 'measure');
  const seen = laps.findLast((lap) => alike(lap.phase))?.total ?? (activity?.phase === phase ? activity.total : undefined);
  if (seen !== undefined) return seen;
  const perRound = Math.ceil(config.prompts / Math.max(1, roundsOf(config)));
  switch (phase) {
    case 'load':
      return 1;
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

/** Milliseconds a unit of each phase; `timed` is whether any of them but loading was measured. */
function paceOf(
  view: RunView,
  now: number,
  answers: ReturnType<typeof answering>,
): { readonly pace: (phase: Phase) => number; readonly timed: boolean } {
  const known = new Map<Phase, number>();
  for (const phase of Object.keys(USUAL_MS) as Phase[]) {
    const paces = view.laps.filter((lap) => lap.phase === phase).map((lap) => lap.ms / lap.units);
    const { activity } = view;
    if (phase === 'answer' && activity !== null && answers !== null) {
      paces.push((answers.gone + answers.left) / (activity.total - activity.from));
    } else if (activity?.phase === phase && activity.done > activity.from && (activity.done - activity.from) * 10 >= activity.total) {
      paces.push((now - activity.since) / (activity.done - activity.from));
    }
    if (paces.length > 0) known.set(phase, median(paces));
  }
  const speeds = [...known].filter(([phase]) => phase !== 'load').map(([phase, ms]) => ms / USUAL_MS[phase]);
  const speed = speeds.length === 0 ? 1 : median(speeds);
  const answer = known.get('answer');
  const rows = view.engine?.workers === 1 ? rowsOf([...view.samples.values()].at(-1) ?? []) : null;
  // by what both read and write, until a step was timed
  if (!known.has('train') && answer !== undefined && rows !== null) known.set('train', answer * rows * (view.config?.batchSize ?? 1));
  return { pace: (phase) => known.get(phase) ?? USUAL_MS[phase] * speed, timed: speeds.length > 0 };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}
