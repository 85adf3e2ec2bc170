/**
 * Is the run that the page shows one that the lesson made? The lesson stops some on purpose and goes on with them itself, so nothing of it is
 * broken. Knows no component.
 */
import { roundsOf } from '../../run/recipe.ts';
import { say } from '../language/language.ts';
import type { Session } from '../session/session.ts';
import { doing } from '../words.ts';
import { chapterOf } from './lesson-arms.ts';

/** The chapter of the run that rests on the page; null where it is no run of the lesson, or is on its way. */
export function chapterShown({ view, runs, tabs }: Pick<Session, 'view' | 'runs' | 'tabs'>): number | null {
  const { status, run, config, rounds, samples } = view.value;
  if (config === null || run === null || tabs.followed.value !== null || (status !== 'stopped' && status !== 'finished')) return null;
  // the lesson trains bundled models alone
  if (runs.value?.find((other) => other.run === run)?.model !== undefined) return null;
  // an answer of the next round is of the chapter that goes on with it
  const begun = [...samples].flatMap(([round, { length }]) => (length > 0 ? [round] : []));
  return chapterOf(config, Math.max(rounds.length, ...begun));
}

/** What the run that is shown is doing, in one line; of the lesson's own it is not said that something stopped them. */
export function doingShown(session: Pick<Session, 'view' | 'runs' | 'tabs'>): string {
  const view = session.view.value;
  if (view.status !== 'stopped' || view.config === null || chapterShown(session) === null) return doing(view);
  if (view.rounds.length === 0) return say('A run of the lesson; its first round is not done yet.');
  return say('A run of the lesson, made as far as round {done} of {rounds}.', { done: view.rounds.length, rounds: roundsOf(view.config) });
}
