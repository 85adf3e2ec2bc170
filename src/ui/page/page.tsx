/** The whole page, top to bottom, in reading order. */
import { useEffect } from 'preact/hooks';
import { Alerts } from './alerts.tsx';
import { Chat } from '../chat/chat.tsx';
import { Compare } from '../compare/compare.tsx';
import { Flips } from '../samples/flips.tsx';
import { focusOn, keepFocus } from './focus.ts';
import { Header, Lead } from './header.tsx';
import { AlignmentFigure, GaugesFigure, KindsFigure, LossFigure, StepsFigure } from '../run/figures.tsx';
import { Machine } from '../machine/machine.tsx';
import { Loop } from '../run/loop.tsx';
import { Model } from '../models/model.tsx';
import { RightNow } from '../run/now.tsx';
import { RunBar } from '../run/run-bar.tsx';
import { Runs } from '../run/runs.tsx';
import { ProbesSection } from '../samples/probes.tsx';
import { Samples } from '../samples/samples.tsx';
import type { Session } from '../session/session.ts';
import { Settings } from '../run/settings.tsx';
import { TakeHome } from '../run/take-home.tsx';
import { Words } from './term.tsx';

export function Page({ session }: { readonly session: Session }) {
  useEffect(() => keepFocus(document.body), []);
  // what is behind the # is the experiment, so this link leaves it alone
  const skip = (event: Event) => {
    event.preventDefault();
    focusOn('run');
  };
  return (
    <>
      <a class="skip" href="#run" onClick={skip}>
        Skip to the run
      </a>
      <Header session={session} />
      <main>
        <Lead />
        <Loop session={session} />
        <RunBar session={session} />
        <Alerts session={session} />
        <Model session={session} />
        <div class="bench">
          <Settings session={session} />
          <AlignmentFigure session={session} />
          <RightNow session={session} />
        </div>
        <div class="pair">
          <StepsFigure session={session} />
          <KindsFigure session={session} />
          <LossFigure session={session} />
          <GaugesFigure session={session} />
        </div>
        <Samples session={session} />
        <Flips session={session} />
        <ProbesSection session={session} />
        <TakeHome session={session} />
        <Chat session={session} />
        <Compare session={session} />
        <Runs session={session} />
        <Machine session={session} />
        <Words />
      </main>
      <footer>
        <p>
          A reconstruction of SOFT and SOFT+ (<cite>Step-On-Feet Tuning</cite>, arXiv 2402.07610) for a model of a small invented world. The
          scores belong to that world and to no published result.
        </p>
      </footer>
    </>
  );
}
