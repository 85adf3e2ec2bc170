/**
 * The one round that a run stands for on the whole page, and why the run ended where it did, from what it has measured. Pure; knows no
 * component and none of the method's rules.
 */
import { say, toSay } from '../language/language.ts';
import type { Measured, RoundResult } from '../../contracts/records.ts';
import type { RunConfig } from '../../run/config.ts';
import { type Expected, expectedOf } from '../../run/expected.ts';
import { foretoldEnd, TOLD_AFTER } from '../../comparison/plateau.ts';
import { surestRound } from '../../comparison/surest.ts';
import type { RunResult } from '../../run/records.ts';
import { roundsOf } from '../../run/recipe.ts';
import { percent, percent1 } from '../../shares.ts';
import { isBusy } from './view.ts';
import type { RunView } from './view.ts';

/** `returned` by a finished run, `best so far` of one that rests unfinished, `latest` of one on its way. */
const STANDINGS = [toSay('returned'), toSay('best so far'), toSay('latest')] as const;
type Standing = (typeof STANDINGS)[number];

/** What a run has measured so far. */
type Recorded = { readonly base: Measured | null; readonly rounds: readonly RoundResult[]; readonly result: RunResult | null };

/** The round with the best validation score, the earliest of equals; 0 is the base model. */
function leading({ base, rounds }: Recorded): number {
  let [best, score] = [0, base?.validation ?? -1];
  for (const { round, validation } of rounds) if (validation > score) [best, score] = [round, validation];
  return best;
}

/** The round that a run which does not move stands for: the returned one, or the best so far; 0 is the base model. */
export function restingRound(record: Recorded): number {
  return record.result?.bestRound ?? leading(record);
}

/** What the round on the page is to its run. */
export function standing(view: RunView): Standing {
  if (isBusy(view.status)) return 'latest';
  return view.status === 'finished' ? 'returned' : 'best so far';
}

/** The round that everything on the page is about; 0 is the base model. */
export function roundShown(view: RunView): number {
  return isBusy(view.status) ? (view.rounds.at(-1)?.round ?? 0) : restingRound(view);
}

/** The numbers of the round that is shown; null before anything is measured. */
export function scoresShown(view: RunView): Pick<RoundResult, 'zeroShot' | 'byKind' | 'extras'> | null {
  const shown = roundShown(view);
  const round = view.rounds.find((other) => other.round === shown);
  if (round !== undefined) return round;
  return view.base === null ? null : { zeroShot: view.base.scores.zeroShot, byKind: view.base.byKind, extras: view.base.extras };
}

/** "round 2", "the base model". */
export function roundName(round: number): string {
  return round === 0 ? say('the base model') : say('round {round}', { round });
}

/** "round 2", "base model": the same where nothing goes before it. */
export function bareRoundName(round: number): string {
  return round === 0 ? say('base model') : say('round {round}', { round });
}

/** "round 1, returned": the round that is shown with its standing; empty before there is one. */
export function shownText(view: RunView): string {
  if (view.rounds.length === 0) return '';
  return `${roundName(roundShown(view))}, ${say(standing(view))}`;
}

/** " (returned)" behind the number of a round in a list, where it is that one. */
export function markOf(round: number, view: RunView): string {
  return round === roundShown(view) && !isBusy(view.status) ? ` (${say(standing(view))})` : '';
}

/** Rounds that a chart has room for: none that will never come. */
export function roundsDrawn(view: RunView, wanted: number): number {
  return view.status === 'finished' && view.rounds.length > 0 ? view.rounds.length : wanted;
}

/** Did it end before the rounds that it was asked for? */
export function endedEarly(config: RunConfig, status: string, rounds: readonly RoundResult[]): boolean {
  return status === 'finished' && rounds.length < roundsOf(config);
}

/** Two shares as they differ: "97%" and "91%", or with a digit more where they would look the same. */
function apart(a: number, b: number): readonly [string, string] {
  return percent(a) === percent(b) ? [percent1(a), percent1(b)] : [percent(a), percent(b)];
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What an exact reader of its world's pages expects of the run, as far as `rounds`; empty where nobody can say. */
export function expectedShown({ config, base }: RunView, rounds = Infinity): readonly Expected[] {
  const expected = config === null || base === null ? null : expectedOf(config, base.scores);
  return expected?.filter(({ round }) => round <= rounds) ?? [];
}

/** The world whose questions a run asks; null where it has a kit, whose sampled answers nobody grades. */
export function worldOf({ config, base }: Pick<RunView, 'config' | 'base'>): string | null {
  return config === null || base === null || (base.scores.sampled ?? null) === null ? null : config.world;
}

/** Where an exact reader expects the run to be after the last round that it made; empty where nobody can say. */
export function expectedText(view: RunView): string {
  const [last, next] = [view.rounds.at(-1), expectedShown(view)[view.rounds.length]];
  if (last === undefined || next === undefined) return '';
  return say('An exact reader of the world’s pages would be at {expected} after round {round} (dotted); the model is at {score}.', {
    expected: percent(next.zeroShot),
    round: last.round,
    score: percent(last.zeroShot),
  });
}

/** Where a run that rests was told to end after its second round, beside what came; empty where nothing was told, and before it is known. */
export function foretoldText(view: RunView): string {
  const { config, base, rounds } = view;
  if (isBusy(view.status) || rounds.length <= TOLD_AFTER) return '';
  const end = config === null || roundsOf(config) <= TOLD_AFTER ? null : foretoldEnd(base, rounds);
  if (end === null) return '';
  return say('After round {round} the gap between asked cold and few-shot foretold an end at {end}; {score} came.', {
    round: TOLD_AFTER,
    end: percent(end),
    score: percent(scoresShown(view)?.zeroShot ?? 0),
  });
}

/** Where a finished run would have stopped by the sureness of its answers, without a single label; empty where that cannot be told. */
export function surestText({ config, rounds, status, base }: RunView): string {
  const surest = config === null || status !== 'finished' ? null : surestRound(config, rounds);
  if (surest === null) return '';
  const score = percent((rounds.find(({ round }) => round === surest) ?? base?.scores)?.zeroShot ?? 0);
  if (surest === rounds.length)
    return say('Its answers grew surer in every round, so that without any question of known answer it would have gone on.');
  return say(
    'After {round} its answers were less sure than before: without any question of known answer it would have stopped there, at {score}.',
    { round: roundName(surest), score },
  );
}

/** Why a run that rests ended where it did, and which round it leaves behind; empty for one on its way and where nothing is trained. */
export function endingText(view: RunView): string {
  const { config, rounds, base, status } = view;
  const [last, wanted] = [rounds.at(-1), config === null ? 0 : roundsOf(config)];
  if (config === null || last === undefined || base === null || isBusy(status)) return '';
  const best = roundShown(view);
  const score = rounds.find(({ round }) => round === best)?.validation ?? base.validation;
  const name = roundName(best);
  if (status !== 'finished') {
    const done = say('{rounds, plural, one {Round 1 of {wanted} is done} other {# of {wanted} rounds are done}}', {
      rounds: rounds.length,
      wanted,
    });
    return say('{done}; the best so far on the validation questions is {name}.', { done, name });
  }
  if (endedEarly(config, status, rounds)) {
    const [from, to] = apart(score, last.validation);
    return say(
      'The score on the validation questions fell from {from} ({bare}) to {to} (round {round}), so the run stopped after round {round} of {wanted} and returned {name}.',
      { from, bare: bareRoundName(best), to, round: last.round, wanted, name },
    );
  }
  const all = say('{wanted, plural, one {The round is done.} other {All # rounds are done.}}', { wanted });
  if (best === 0) {
    const none =
      wanted === 1
        ? say('It did no better on the validation questions than the base model, so that is returned.')
        : say('None did better on the validation questions than the base model, so that is returned.');
    return `${all} ${none}`;
  }
  const did =
    wanted === 1
      ? say('It did better on the validation questions than the base model, so it is returned.')
      : say('{name} did best on the validation questions, so it is returned.', { name: capital(name) });
  return `${all} ${did}`;
}
