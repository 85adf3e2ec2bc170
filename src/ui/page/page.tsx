/** The frame of the page: top, run bar, what the user should know, and the view that is open. */
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { useEffect, useRef } from 'preact/hooks';
import { DropSheet } from '../models/drop.tsx';
import { RunBar } from '../run/run-bar.tsx';
import { Speaker } from '../run/speaker.tsx';
import type { Session } from '../session/session.ts';
import { viewOf } from '../views/list.ts';
import { Alerts } from './alerts.tsx';
import { focusOn, keepFocus } from './focus.ts';
import { atFront } from './front.ts';
import { Header, Lead } from './header.tsx';
import { watchEnds } from './end-notice.ts';
import { listenToKeys } from './keys.ts';
import { KeysList } from './keys-list.tsx';
import { Kept, Newer } from './offline.tsx';
import { Showing } from './showing.tsx';

/** A view that was gone to begins at its top, with the focus on its heading; the one that the page began with is where the browser left it. */
function useArrival(view: string): { readonly current: HTMLHeadingElement | null } {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(view);
  useEffect(() => {
    if (before.current === view) return;
    before.current = view;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [view]);
  return heading;
}

export function Page({ session }: { readonly session: Session }) {
  useEffect(() => keepFocus(document.body), []);
  useEffect(() => listenToKeys(session), [session]);
  useEffect(() => watchEnds(session), [session]);
  // a run on a kept model can go on from every view
  useEffect(() => atFront(() => void session.models.lookForKept()), [session]);
  const { view, present } = session.place.value;
  const { title, Content, name } = viewOf(view);
  const heading = useArrival(name);
  useEffect(() => void (document.documentElement.dataset['present'] = String(present)), [present]);
  // a chapter begins its own runs
  const bar = name !== 'learn' || session.busy.value || session.tabs.followed.value !== null;
  // what is behind the # is the experiment, so this link leaves it alone
  const skip = (event: Event) => {
    event.preventDefault();
    focusOn(bar ? 'run' : 'lead');
  };
  return (
    <>
      <a class="skip" href={bar ? '#run' : '#lead'} onClick={skip}>
        {bar ? say('Skip to the run') : say('Skip to the chapter')}
      </a>
      <Header session={session} />
      <main data-view={name}>
        <Lead heading={heading} title={say(title)} told={name === 'run'} />
        {bar && <RunBar session={session} />}
        <Speaker session={session} />
        <Alerts session={session} />
        <Newer session={session} />
        <Content key={session.visitor.value} session={session} />
      </main>
      <footer>
        <Showing key={session.visitor.value} session={session} />
        <p>
          <KeysList session={session} />
        </p>
        <p>
          <Say
            text="A reconstruction of SOFT and SOFT+ ({title}, arXiv 2402.07610) for a model of a small invented world. The scores belong to that world and to no published result."
            parts={{ title: <cite lang="en">Step-On-Feet Tuning</cite> }}
          />
        </p>
        <Kept offline={session.offline} />
      </footer>
      <DropSheet session={session} />
    </>
  );
}
