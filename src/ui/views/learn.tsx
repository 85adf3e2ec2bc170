/** Learn: the lesson, a chapter at a time. */
import { useEffect, useRef } from 'preact/hooks';
import type { Chapter } from '../lesson/chapter.ts';
import { CHAPTERS } from '../lesson/chapters/list.ts';
import { say, toSay } from '../language/language.ts';
import { Instrument } from '../lesson/instrument.tsx';
import { Heard } from '../lesson/steps.tsx';
import { NewPupil } from '../lesson/new-pupil.tsx';
import { ViewLink } from '../page/view-link.tsx';
import type { Session } from '../session/session.ts';
import type { View } from './view.ts';

function Chapters({ session, at }: { readonly session: Session; readonly at: Chapter }) {
  const done = session.lesson.done.value;
  return (
    <nav class="chapters" aria-label={say('Chapters')}>
      <ol>
        {CHAPTERS.map(({ number, name }) => (
          <li key={number} data-done={done.has(number)}>
            <ViewLink session={session} to={{ view: 'learn', chapter: number }} current={number === at.number} testId={`chapter-${number}`}>
              <span class="chapter-number">{number}</span> {say(name)}
              {done.has(number) && <span class="chapter-done"> {say('done')}</span>}
            </ViewLink>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** The way to the chapters before and after. */
function Turn({ session, at }: { readonly session: Session; readonly at: Chapter }) {
  const place = CHAPTERS.indexOf(at);
  const [before, after] = [CHAPTERS[place - 1], CHAPTERS[place + 1]];
  return (
    <div class="chapter-turn">
      {before === undefined ? (
        <span />
      ) : (
        <ViewLink session={session} to={{ view: 'learn', chapter: before.number }} testId="chapter-before">
          {say('← {chapter}', { chapter: say(before.name) })}
        </ViewLink>
      )}
      <button type="button" class="link" onClick={() => session.lesson.again(at.number)} data-testid="chapter-again">
        {say('Begin this chapter again')}
      </button>
      {after === undefined ? (
        <span />
      ) : (
        <ViewLink session={session} to={{ view: 'learn', chapter: after.number }} testId="chapter-after">
          {say('{chapter} →', { chapter: say(after.name) })}
        </ViewLink>
      )}
    </div>
  );
}

function Content({ session }: { readonly session: Session }) {
  const { chapter } = session.place.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(chapter);
  useEffect(() => {
    session.lesson.last.value = chapter;
    if (before.current === chapter) return;
    before.current = chapter;
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: 'nearest' });
  }, [session, chapter]);
  const at = CHAPTERS.find(({ number }) => number === chapter) ?? CHAPTERS[0];
  if (at === undefined) return null;
  const { number, name, question } = at;
  return (
    <div class="lesson">
      <Chapters session={session} at={at} />
      <Heard session={session} />
      <article class="chapter" aria-labelledby="chapter-title" data-testid="chapter">
        <h2 id="chapter-title" ref={heading} tabIndex={-1}>
          {number}. {say(name)}
        </h2>
        <p class="chapter-question">{say(question)}</p>
        {at === CHAPTERS[0] && <Instrument session={session} when="before" />}
        <at.Content key={`${number}/${session.lesson.times(number)}`} session={session} />
        {at === CHAPTERS.at(-1) && <Instrument session={session} when="after" />}
        <Turn session={session} at={at} />
        <NewPupil session={session} />
      </article>
    </div>
  );
}

export const learn: View = {
  name: 'learn',
  label: toSay('Learn'),
  title: toSay('Guess first, then see what it does, then why.'),
  Content,
};
