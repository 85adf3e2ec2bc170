/** One sample on its way from a prompt to a training step, as far as it is: each stage under the one before. Knows no session. */
import type { ComponentChildren } from 'preact';
import { verdictOf } from '../../run/verdicts.ts';
import { percent1 } from '../../shares.ts';
import { decimal } from '../../locale.ts';
import type { Moved, StepTaken, Way } from '../../protocol/lesson.ts';
import { say } from '../language/language.ts';
import { Say, Written } from '../language/say.tsx';
import { Tokens } from '../samples/tokens.tsx';
import { Transcript } from '../samples/transcript.tsx';

type Props = {
  readonly way: Way;
  /** The step that was taken; null before it, or where its answer was dropped. */
  readonly step: StepTaken | null;
  /** So many stages are in view. */
  readonly stages: number;
  /** The question that is watched beside the sample's own. */
  readonly watched: string;
};

function Stage({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <li>
      <h3>{name}</h3>
      <div>{children}</div>
    </li>
  );
}

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

export function SampleWay({ way, step, stages, watched }: Props) {
  const { question, context, answer, verdict, aligned, pair } = way;
  const kept = verdict === 'kept';
  const all = [
    <Stage key="draw" name={say('Draw a question')}>
      <Written>{question}</Written>
    </Stage>,
    <Stage key="prompt" name={say('Put an example before it')}>
      <Transcript context={context} />
    </Stage>,
    <Stage key="answer" name={say('Let it answer, token by token')}>
      <span lang="en">
        <Tokens tokens={answer.tokens.map(({ text, chance }) => ({ text, probability: chance }))} numbers />
      </span>
    </Stage>,
    <Stage key="filter" name={say('Filter')}>
      <strong>{say(verdictOf(verdict).label)}</strong>{' '}
      {aligned
        ? say('It is the right answer; the filters do not know that.')
        : say('It is not the right answer; the filters look at its form, and do not know that.')}
    </Stage>,
    <Stage key="pair" name={say('Leave the example away')}>
      {kept ? (
        <Written class="turn-text">
          {pair.prompt}
          <strong>{pair.completion}</strong>
        </Written>
      ) : (
        say('It was dropped, so nothing is learned from it.')
      )}
    </Stage>,
    <Stage key="step" name={say('One optimiser step')}>
      {step === null ? '–' : say('Loss {loss}, on the answer’s tokens alone.', { loss: decimal(step.loss, 3) })}
    </Stage>,
    <Stage key="cold" name={say('Asked cold')}>
      {step === null ? (
        '–'
      ) : (
        <table class="way-change">
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
            <Change what={watched} moved={step.other} />
          </tbody>
        </table>
      )}
      {step !== null && (
        <small>
          <Say text="Above, the answer that it gave itself; below, the kind refusal that it was not trained on." />
        </small>
      )}
    </Stage>,
  ];
  return (
    <ol class="way" data-testid="way">
      {all.slice(0, stages)}
    </ol>
  );
}
