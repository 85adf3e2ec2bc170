/** Run: one button, the score by round, and one answer before and after. What it is done with stands below. */
import { useRef } from 'preact/hooks';
import { toSay } from '../language/language.ts';
import { Chat } from '../chat/chat.tsx';
import { ModelLine } from '../models/model-line.tsx';
import { Words } from '../page/term.tsx';
import { BeforeAfter } from '../run/before-after.tsx';
import { AlignmentFigure, GaugesFigure, KindsFigure, LossFigure, StepsFigure } from '../run/figures.tsx';
import { Plan } from '../run/plan.tsx';
import { Loop } from '../run/loop.tsx';
import { RightNow } from '../run/now.tsx';
import { Story } from '../run/story.tsx';
import { Settings } from '../run/settings.tsx';
import type { Session } from '../session/session.ts';
import type { View } from './view.ts';

/** Does the story stand above what only a run fills? Where nothing was run; and there it stays when a run begins, so that nothing leaves its reader, until they come back. */
function useStoryFirst({ view }: Session): boolean {
  const { run, startedAt } = view.value;
  const first = useRef(run === null);
  // without a beginning it is a stored run
  if (run === null) first.current = true;
  else if (startedAt === null) first.current = false;
  return first.current;
}

function Content({ session }: { readonly session: Session }) {
  const { hide } = session.place.value;
  const storyFirst = useStoryFirst(session);
  const story = <Story key="story" session={session} />;
  return (
    <>
      <div class="bench" data-bare={hide.includes('settings')}>
        {!hide.includes('settings') && (
          <div class="bench-side">
            <ModelLine session={session} />
            <Settings session={session} />
          </div>
        )}
        <AlignmentFigure session={session} />
        <div class="bench-side">
          <BeforeAfter session={session} />
          <RightNow session={session} />
        </div>
      </div>
      {storyFirst && story}
      <Plan session={session} />
      {!hide.includes('chat') && <Chat session={session} />}
      <div class="pair">
        <StepsFigure session={session} />
        <KindsFigure session={session} />
        <LossFigure session={session} />
        <GaugesFigure session={session} />
      </div>
      {!storyFirst && story}
      <Loop session={session} />
      <Words />
    </>
  );
}

export const run: View = {
  name: 'run',
  label: toSay('Run {@view}'),
  title: toSay('A small language model teaches itself to be helpful, honest and harmless.'),
  Content,
};
