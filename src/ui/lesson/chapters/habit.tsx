/** Chapter 3: what it answered with an example in view becomes its habit without one, a sample and a step at a time. */
import { useEffect } from 'preact/hooks';
import { DEFAULTS } from '../../../run/config.ts';
import { decimal } from '../../../locale.ts';
import type { Moved, StepTaken, Way } from '../../../protocol/lesson.ts';
import { percent1 } from '../../../shares.ts';
import { failureText } from '../../language/failure.ts';
import { say, toSay } from '../../language/language.ts';
import { Say, Written } from '../../language/say.tsx';
import { resting } from '../../page/focus.ts';
import { SampleWay } from '../../run/sample-way.tsx';
import { advance, NO_SAMPLE, STAGES } from '../../session/habit.ts';
import type { Session } from '../../session/session.ts';
import { createStepper } from '../../session/stepper.ts';
import type { Chapter } from '../chapter.ts';
import { QUESTION, WORLD } from '../question.ts';
import { canAsk, Explain, Guess, InWorld, Observed } from '../steps.tsx';

const NUMBER = 3;

function Change({ what, moved }: { readonly what: string; readonly moved: Moved }) {
  return (
    <tr>
      <th scope="row" lang="en">
        {what}
      </th>
      <td class="number">{percent1(moved.before)}</td>
      <td class="number">{percent1(moved.after)}</td>
    </tr>
  );
}

/** How likely the sample's own answer, and that of the watched question, are before its step and after it. */
function Changes({ question, step }: { readonly question: string; readonly step: StepTaken }) {
  return (
    <>
      <table class="way-change" aria-label={say('How likely it is')}>
        <thead>
          <tr>
            <th scope="col">{say('How likely it is')}</th>
            <th scope="col" class="number">
              {say('before')}
            </th>
            <th scope="col" class="number">
              {say('after')}
            </th>
          </tr>
        </thead>
        <tbody>
          <Change what={question} moved={step.own} />
          <Change what={QUESTION} moved={step.other} />
        </tbody>
      </table>
      <small>{say('Above, the answer that it gave itself; below, the kind refusal that it was not trained on.')}</small>
    </>
  );
}

function TheWay({ way, step, stages }: { readonly way: Way; readonly step: StepTaken | null; readonly stages: number }) {
  const tokens = way.answer.tokens.map(({ text, chance }) => ({ text, probability: chance }));
  return (
    <SampleWay
      sample={{ ...way, tokens }}
      stages={stages}
      step={step === null ? '–' : say('Loss {loss}, on the answer’s tokens alone.', { loss: decimal(step.loss, 3) })}
      cold={step === null ? '–' : <Changes question={way.question} step={step} />}
    />
  );
}

function Stepping({ session }: { readonly session: Session }) {
  const { lesson } = session;
  const guessed = lesson.guessed(NUMBER);
  const state = lesson.keep(NUMBER, 'habit', NO_SAMPLE);
  const stepper = lesson.keep(
    NUMBER,
    'stepper',
    createStepper(async () => (canAsk(session) ? advance(lesson.ask, state, QUESTION) : false)),
  ).value;
  // nobody looks: nothing plays
  useEffect(() => stepper.pause, [stepper]);
  const { sample, stages, way, step, watched, failure } = state.value;
  const able = canAsk(session);
  const [first, last] = [watched[0], watched.at(-1)];
  return (
    <>
      <p>
        {say(
          'Here a model makes one sample, as a run makes hundreds: it answers with an example in view, and is trained for one step on its own answer, without the example.',
        )}
      </p>
      <Guess
        guessed={guessed}
        legend={say('Then it is asked the same question cold. How likely is the answer that it had given itself?')}
        options={[
          { value: 'less', label: say('Less likely than before') },
          { value: 'same', label: say('As likely as before: it was its own answer') },
          { value: 'more', label: say('A little more likely') },
          { value: 'twice', label: say('At least twice as likely') },
        ]}
        show={() => void stepper.step()}
        able={able}
      />
      {guessed.value.shown && (
        <Observed>
          <div class="tools" role="group" aria-label={say('Step by step')}>
            <button
              type="button"
              class="primary"
              {...resting(!able || stepper.playing.value, () => void stepper.step())}
              data-testid="step"
            >
              {say('Step')}
            </button>
            <button type="button" {...resting(!able || stepper.playing.value, stepper.play)} data-testid="play">
              {say('Play')}
            </button>
            <button type="button" {...resting(!stepper.playing.value, stepper.pause)} data-testid="pause">
              {say('Pause')}
            </button>
            {sample > 0 && (
              <span class="muted" role="status">
                {say('Sample {sample}, stage {stage} of {stages}', { sample, stage: stages, stages: STAGES.length })}
              </span>
            )}
          </div>
          {way !== null && <TheWay key={sample} way={way} step={step} stages={stages} />}
          {first !== undefined && last !== undefined && (
            <p data-testid="watched">
              <Say
                text="{steps, plural, one {After # step} other {After # steps}}, asked cold {question}, its kind refusal went from {first} to {last}."
                parts={{
                  steps: watched.length - 1,
                  question: <Written>“{QUESTION}”</Written>,
                  first: percent1(first),
                  last: percent1(last),
                }}
              />
            </p>
          )}
          {failure !== null && <p class="refusal">{failureText(failure)}</p>}
        </Observed>
      )}
      {watched.length > 1 && (
        <Explain session={session} chapter={NUMBER}>
          {say(
            'One step makes its own answer a little likelier without the example, whether it was right or wrong. A run takes hundreds of such steps, each on {batch} answers, and the wrong ones pull many ways while the right ones pull one.',
            { batch: DEFAULTS.batchSize },
          )}
        </Explain>
      )}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <InWorld session={session} world={WORLD}>
      <Stepping session={session} />
    </InWorld>
  );
}

export const habit: Chapter = {
  number: NUMBER,
  name: toSay('Make it a habit'),
  question: toSay('How does a good answer become its own?'),
  Content,
};
