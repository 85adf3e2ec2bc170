/**
 * A stand begins again: what is paused ends, what is open closes, language, colours and view are those of its link, and the model is its own.
 * Knows no timer and no component.
 */
import { effect } from '@preact/signals';
import { speakAgain } from '../language/language.ts';
import type { Session } from '../session/session.ts';
import { noticeAgain } from './end-notice.ts';
import { characterKeys } from './keys.ts';
import { themeAgain } from './theme.ts';

/** Does a run go on by itself, or is a model being opened? A run that a visitor has paused does not, and would wait for ever. */
export const moves = ({ busy, view, models }: Pick<Session, 'busy' | 'view' | 'models'>): boolean =>
  (busy.peek() && view.peek().status !== 'paused') || models.opening.peek() !== null;

/** Should the screen stay on: while a run can be watched, and at a stand always, which draws nobody when it is dark? */
export const staysOn = ({ view, place, hidden }: Pick<Session, 'view' | 'place' | 'hidden'>): boolean =>
  (view.value.status === 'running' || place.value.booth) && !hidden.value;

/** Ends what is on its way, and settles when it has. */
async function ended({ busy, experiment, lessonRuns, stop }: Session): Promise<void> {
  if (!busy.peek()) return;
  if (experiment.running.peek()) void experiment.stop();
  else if (lessonRuns.running.peek()) void lessonRuns.stop();
  else void stop();
  await new Promise<void>((resolve) => {
    const unwatch = effect(() => {
      if (busy.value) return;
      resolve();
      queueMicrotask(() => unwatch());
    });
  });
}

/** Closes every dialog and whatever else lies over the page. */
function closeAll(): void {
  for (const dialog of document.querySelectorAll<HTMLDialogElement>('dialog[open]')) dialog.close();
  for (const popover of document.querySelectorAll<HTMLElement>('[popover]:popover-open')) popover.hidePopover();
}

/**
 * For the next visitor: of the one before nothing is left but what is stored. A run begins where the stand shows runs, on no other model than its
 * own, and under nobody's hands.
 */
export async function beginAgain(session: Session, untouched: () => boolean): Promise<void> {
  await ended(session);
  closeAll();
  themeAgain();
  characterKeys.again();
  noticeAgain();
  session.frozen.value = false;
  session.beginAnew();
  window.scrollTo(0, 0);
  await speakAgain(session.place.peek().lang);
  if ((await session.models.comeBack()) && untouched() && session.place.peek().view === 'run') await session.start();
}
