/**
 * What a screen reader hears of a run, wherever on the page one is: its state at once, and while it moves, every ten seconds where it is, with
 * the score of a round that ended since. Nothing of a page that rests. Knows no layout.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { percent } from '../../shares.ts';
import { language, say } from '../language/language.ts';
import { doingShown } from '../lesson/shown-run.ts';
import { scoresShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';

export const SPEAK_MS = 10_000;

/** The line of the run, behind the newest score where more than `told` rounds have one. */
function spokenText(session: Session, told: number): string {
  const view = session.view.value;
  const line = doingShown(session);
  if (view.status === 'finished') {
    const scores = scoresShown(view);
    return scores === null ? line : say('{line} Asked cold, {score} are right.', { line, score: percent(scores.zeroShot) });
  }
  const last = view.rounds.at(-1);
  if (last === undefined || view.rounds.length <= told) return line;
  const score = percent(last.zeroShot);
  return say('After round {round}, asked cold, {score} are right. {line}', { round: last.round, score, line });
}

export function Speaker({ session }: { readonly session: Session }) {
  const [spoken, speak] = useState('');
  const { status, rounds, run } = session.view.value;
  const newest = useRef(session);
  newest.current = session;
  const told = useRef({ run, rounds: rounds.length });
  const begun = useRef(false);
  // a visit begins with loading
  if (status === 'running' || status === 'paused') begun.current = true;
  useEffect(() => {
    const tell = (): void => {
      if (!begun.current) return;
      const view = newest.current.view.peek();
      const before = told.current.run === view.run ? told.current.rounds : 0;
      speak(spokenText(newest.current, before));
      told.current = { run: view.run, rounds: view.rounds.length };
    };
    tell();
    if (status !== 'running') return;
    const timer = setInterval(tell, SPEAK_MS);
    return () => clearInterval(timer);
  }, [status, language()]);
  return (
    <p class="unseen" role="status" data-testid="spoken">
      {spoken}
    </p>
  );
}
