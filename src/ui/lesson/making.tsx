/**
 * Runs on their way in a chapter: how far they are, how long they still take, a button that stops them, and one that goes on. And what every chapter
 * with runs asks first: a bundled model that is not busy. Knows no chapter.
 */
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { roundsOf } from '../../run/recipe.ts';
import { percent } from '../../shares.ts';
import { say } from '../language/language.ts';
import { resting } from '../page/focus.ts';
import { ProgressBar } from '../page/progress.tsx';
import type { Guessed } from '../session/lesson.ts';
import type { LessonArm, Made } from '../session/lesson-runs.ts';
import type { Session } from '../session/session.ts';
import type { Activity } from '../session/view.ts';
import { clock } from '../words.ts';
import { type Labels, labelsOf } from './findings.ts';

export function allMade(made: readonly Made[]): boolean {
  return made.every(({ state }) => state === 'made');
}

/**
 * Is what happened to be shown? After the guess; and to a reader who comes back to a chapter that they did on an earlier visit, unless it was begun
 * again. That its runs are stored says nothing: another reader may have made them.
 */
export function isSeen(session: Session, chapter: number, guessed: ReadonlySignal<Guessed>, made: readonly Made[]): boolean {
  return guessed.value.shown || (session.lesson.knows(chapter) && allMade(made));
}

/** Can runs begin now? */
export function canRun({ engine, busy, models }: Session): boolean {
  return engine.value !== null && !busy.value && models.opened.value?.world != null;
}

/** A chapter with runs, where a bundled model is open; else the way to one. */
export function Bundled({ session, children }: { readonly session: Session; readonly children: ComponentChildren }) {
  const open = session.models.opened.value;
  // what was made stays in view while the model of another world takes the place of this one
  const shown = useRef(false);
  shown.current = open === null ? shown.current : open.world !== null;
  if (open === null && !shown.current)
    return <p class="empty">{session.failure.value === null ? say('The model is being opened…') : say('No model is open.')}</p>;
  if (shown.current) return <>{children}</>;
  return (
    <div class="empty">
      <p>{say('This chapter trains the bundled model, and another one is open.')}</p>
      <button type="button" {...resting(session.busy.value, () => void session.models.openBundled())} data-testid="open-bundled">
        {say('Open the bundled model')}
      </button>
    </div>
  );
}

/** Where a run of a chapter is that is being made, by what it is doing. */
export function atText(
  { arm, base, rounds: { length } }: Made,
  rounds: number,
  activity: Pick<Activity, 'phase' | 'round'> | null,
): string {
  const begun = activity?.round ?? 0;
  // the base is measured when the first round is answered already
  if (begun === 0 && base === null && activity?.phase !== 'measure') return say('{arm}: before round 1', { arm: say(arm) });
  return say('{arm}: round {round} of {rounds}', { arm: say(arm), round: Math.min(begun === 0 ? length + 1 : begun, rounds), rounds });
}

/** How far the runs of a chapter are; nothing when all are made. */
export function Making({ session, arms }: { readonly session: Session; readonly arms: readonly LessonArm[] }) {
  const { running, outlook, at, start, made } = session.lessonRuns;
  const runs = made(arms);
  if (allMade(runs)) return null;
  const now = runs.find(({ state }) => state === 'running');
  if (!running.value)
    return (
      <p class="making" data-testid="making-rests">
        {say('Not all of it is made. What is made is kept.')}{' '}
        <button type="button" {...resting(!canRun(session), () => void start(arms))} data-testid="making-go-on" data-next="making-stop">
          {say('Go on')}
        </button>
      </p>
    );
  const { share, leftMs } = outlook.value;
  const left = leftMs === null ? say('estimating the rest') : say('about {time} left', { time: clock(leftMs) });
  const where =
    now === undefined
      ? at.value === null
        ? say('starting')
        : say(at.value)
      : atText(now, arms.find(({ name }) => name === now.arm)?.until ?? roundsOf(now.config), session.view.value.activity);
  return (
    <div class="making" data-testid="making">
      <ProgressBar label={say('Runs of this chapter')} share={share} text={`${percent(share)}, ${left}`} />
      <p>
        {where} · {left}
      </p>
      <button type="button" id="making-stop" onClick={() => void session.lessonRuns.stop()} data-testid="making-stop">
        {say('Stop')}
      </button>
    </div>
  );
}

/** How many labels of each round were right, by kind, from the first round on; rounds whose answers were not read yet are left out. */
export function useLabels(session: Session, { run, rounds }: Pick<Made, 'run' | 'rounds'>): readonly Labels[] {
  const [found, keep] = useState<{ readonly run: string; readonly labels: readonly Labels[] } | null>(null);
  const { length } = rounds;
  useEffect(() => {
    let current = true;
    if (run !== null)
      void (async () => {
        const labels: Labels[] = [];
        for (let round = 1; round <= length; round++) {
          const samples = await session.lessonRuns.samples(run, round);
          if (samples === undefined || !current) return;
          labels.push(labelsOf(samples));
        }
        if (current) keep({ run, labels });
      })();
    return () => void (current = false);
  }, [session, run, length]);
  return found !== null && found.run === run ? found.labels.slice(0, length) : [];
}
