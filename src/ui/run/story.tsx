/** The idea in three pictures, from the model that is open: many writers, one example, a habit. Each picture is a table with bars in it. */
import { useEffect, useRef } from 'preact/hooks';
import { aboutWorld, voicesOf } from '../../run/worlds.ts';
import { percent } from '../../shares.ts';
import { Voices } from '../charts/voices.tsx';
import type { KindShares } from '../../protocol/voices.ts';
import { roundName, roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';

type Bars = readonly number[] | null;

export function Story({ session }: { readonly session: Session }) {
  const place = useRef<HTMLElement>(null);
  const told = session.models.opened.value?.world ?? '';
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) session.story.look();
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [session, told]);
  const writers = aboutWorld(told)?.writers;
  if (writers === undefined) return null;
  const { base, after } = session.story;
  const of = (shares: KindShares | undefined): Bars => (shares === undefined ? null : voicesOf(writers, shares));
  const [cold, shown, then] = [of(base.value?.cold), of(base.value?.shown), of(after.value?.cold)];
  const name = roundName(roundShown(session.view.value));
  const { names } = writers;
  return (
    <section ref={place} class="section story" aria-labelledby="story-title" data-testid="story">
      <div class="section-head">
        <h2 id="story-title">The idea in three pictures</h2>
        <p class="summary">Who speaks, measured on the open model with 200 questions.</p>
      </div>
      <ol>
        <li>
          <h3>Many writers</h3>
          <p>
            What the model read was written by {names.length} hidden writers, from a {names[0]} to a {names.at(-1)}. Asked cold, it answers
            like any of them.
          </p>
          <Voices say={percent} names={names} bars={cold} ghost={null} label="Who speaks, asked cold" />
        </li>
        <li>
          <h3>One example picks a voice</h3>
          <p>Shown one good answer first, it goes on like somebody who would have written that. The outline is the cold model.</p>
          <Voices say={percent} names={names} bars={shown} ghost={cold} label="Who speaks with one example in view" />
        </li>
        <li>
          <h3>Habit</h3>
          {then === null ? (
            <p>
              What it answers with an example in view becomes what it is trained on, without the example. So the bars should move to the
              outline, and the next round starts from there. Press Run.
            </p>
          ) : (
            <p>
              Trained on its own answers, it speaks so without any example after {name}. The outline is the cold model before. The next
              round starts from here.
            </p>
          )}
          <Voices
            say={percent}
            names={names}
            bars={then ?? cold}
            ghost={then === null ? shown : cold}
            label={then === null ? 'Who speaks before the run, and where training leads' : `Who speaks after ${name}, asked cold`}
          />
        </li>
      </ol>
    </section>
  );
}
