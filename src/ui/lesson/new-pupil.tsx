/** The lesson for the next one at this computer: a button that forgets what its reader guessed, drew, did and wrote. Knows no chapter. */
import { useState } from 'preact/hooks';
import { say } from '../language/language.ts';
import { focusOn } from '../page/focus.ts';
import { isEmpty } from '../session/four-questions.ts';
import type { Session } from '../session/session.ts';

export function NewPupil({ session }: { readonly session: Session }) {
  const [asking, ask] = useState(false);
  const begin = (): void => {
    ask(false);
    // what was asked for last goes on for nobody
    if (session.lessonRuns.running.peek()) void session.lessonRuns.stop();
    for (const part of [session.lesson, session.instrument]) part.forget();
    session.go({ view: 'learn', chapter: 1 });
    // in the first chapter it is where its reader is already
    focusOn('chapter-title');
  };
  if (asking)
    return (
      <p class="new-pupil">
        <span>{say('Answers to the four questions stand here and would be lost. Save them first, or delete them now.')}</span>{' '}
        <button type="button" class="danger" onClick={begin} data-testid="new-pupil-sure">
          {say('Delete')}
        </button>{' '}
        <button type="button" data-heir onClick={() => ask(false)}>
          {say('Keep')}
        </button>
      </p>
    );
  return (
    <p class="new-pupil">
      <button
        type="button"
        class="link"
        onClick={() => (isEmpty(session.instrument.answers.peek()) ? begin() : ask(true))}
        title={say('Forgets what was guessed, drawn and answered in the lesson; the runs stay')}
        data-testid="new-pupil"
      >
        {say('New pupil')}
      </button>
    </p>
  );
}
