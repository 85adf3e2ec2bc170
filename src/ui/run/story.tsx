/** The idea in three pictures, from the model that is open: many writers, one example, a habit. Each picture is a table with bars in it. */
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { useRef } from 'preact/hooks';
import { aboutWorld, voicesOf } from '../../run/worlds.ts';
import { percent } from '../../shares.ts';
import { WriterName } from '../page/named.tsx';
import { useSeen } from '../page/seen.ts';
import { Voices } from '../charts/voices.tsx';
import { CONTROLS } from '../../controls.ts';
import type { KindShares } from '../../protocol/voices.ts';
import { roundName, roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';

type Bars = readonly number[] | null;

export function Story({ session }: { readonly session: Session }) {
  const place = useRef<HTMLElement>(null);
  const told = session.models.opened.value?.world ?? '';
  useSeen(place, session.story.look, [session, told]);
  const writers = aboutWorld(told)?.writers;
  if (writers === undefined) return null;
  const { base, after } = session.story;
  const of = (shares: KindShares | undefined): Bars => (shares === undefined ? null : voicesOf(writers, shares));
  const [cold, shown, then] = [of(base.value?.cold), of(base.value?.shown), of(after.value?.cold)];
  const name = roundName(roundShown(session.view.value));
  const { names } = writers;
  /** The three pictures name the same: whoever goes by keyboard comes to each name once. */
  const named = (again: boolean) => names.map((writer) => <WriterName key={writer} world={told} name={writer} again={again} />);
  const [lowest = '', highest = ''] = [names[0], names.at(-1)];
  return (
    <section ref={place} class="section story" aria-labelledby="story-title" data-testid="story">
      <div class="section-head">
        <h2 id="story-title">{say('The idea in three pictures')}</h2>
        <p class="summary">{say('Who speaks, measured on the open model with 200 questions.')}</p>
      </div>
      <ol>
        <li>
          <h3>{say('Many writers')}</h3>
          <p>
            <Say
              text="What the model read was written by {names} hidden writers, from a {lowest} to a {highest}. Asked cold, it answers like any of them."
              parts={{
                names: names.length,
                lowest: <WriterName world={told} name={lowest} again />,
                highest: <WriterName world={told} name={highest} again />,
              }}
            />
          </p>
          <Voices say={percent} names={named(false)} bars={cold} ghost={null} label={say('Who speaks, asked cold')} />
        </li>
        <li>
          <h3>{say('One example picks a voice')}</h3>
          <p>{say('Shown one good answer first, it goes on like somebody who would have written that. The outline is the cold model.')}</p>
          <Voices say={percent} names={named(true)} bars={shown} ghost={cold} label={say('Who speaks with one example in view')} />
        </li>
        <li>
          <h3>{say('Habit')}</h3>
          {then === null ? (
            <p>
              {say(
                'What it answers with an example in view becomes what it is trained on, without the example. So the bars should move to the outline, and the next round starts from there. Press {run}.',
                { run: say(CONTROLS.run) },
              )}
            </p>
          ) : (
            <p>
              {say(
                'Trained on its own answers, it speaks so without any example after {name}. The outline is the cold model before. The next round starts from here.',
                { name },
              )}
            </p>
          )}
          <Voices
            say={percent}
            names={named(true)}
            bars={then ?? cold}
            ghost={then === null ? shown : cold}
            label={
              then === null
                ? say('Who speaks before the run, and where training leads')
                : say('Who speaks after {name}, asked cold', { name })
            }
          />
        </li>
      </ol>
    </section>
  );
}
