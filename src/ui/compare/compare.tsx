/**
 * Compare: several recipes with the same seeds, one run after the other, and what came out side by side. Shows the experiment of
 * the session; knows no worker.
 */
import { say } from '../language/language.ts';
import { CONTROLS } from '../../controls.ts';
import { leftText, standText } from './experiment-text.ts';
import { Name } from './experiments.tsx';
import { Missing, Outcome, PassedOver } from './outcome.tsx';
import { Arms, Fields, Files } from './set-up.tsx';
import { ProgressBar } from '../page/progress.tsx';
import { resting } from '../page/focus.ts';
import { Icon } from '../run/run-bar.tsx';
import type { Session } from '../session/session.ts';
import { percent } from '../../shares.ts';

type Props = { readonly session: Session };

/** All three always there, so that nothing moves when one of them is pressed. */
function Buttons({ session }: Props) {
  const { experiment } = session;
  const { running, started, outlook, refusal } = experiment;
  const { status } = session.view.value;
  const pending = session.pending.value;
  const paused = running.value && status === 'paused';
  const going = running.value && (status === 'running' || paused);
  const { done, total } = outlook.value;
  const label = paused
    ? say('Paused')
    : running.value
      ? say('Running')
      : done < total && (started.value || done > 0)
        ? say('Continue')
        : say(CONTROLS.start);
  return (
    <div class="buttons compare-buttons">
      <button
        type="button"
        class="primary"
        {...resting(session.busy.value || session.engine.value === null || refusal.value !== null || done === total, () => {
          if (session.experiments.current.value === null) void session.experiments.keep(null);
          void experiment.start();
        })}
        data-testid="compare-start"
      >
        <Icon name="run" /> {label}
      </button>
      <button
        type="button"
        {...resting(!going || pending !== null, () => void session.play(paused ? 'end' : 'now'))}
        data-testid="compare-pause"
      >
        <Icon name={paused ? 'run' : 'pause'} /> {paused ? say(CONTROLS.resume) : say('Pause')}
      </button>
      <button type="button" {...resting(!going || pending === 'stop', () => void experiment.stop())} data-testid="compare-stop">
        <Icon name="stop" /> {say('Stop')}
      </button>
    </div>
  );
}

function Progress({ session }: Props) {
  const { running, started, outlook, at, refusal } = session.experiment;
  const { status } = session.view.value;
  const paused = running.value && status === 'paused';
  const stand = { running: running.value, paused, at: at.value, started: started.value };
  const waits = session.busy.value && !running.value && status !== 'loading';
  const { share } = outlook.value;
  const left = leftText(outlook.value, running.value);
  return (
    <div class="compare-progress">
      <p class="runbar-text" id="compare-note">
        <span role="status" data-refused={refusal.value !== null}>
          {refusal.value ?? (waits ? say('Another run is on its way; it must end first.') : standText(outlook.value, stand))}
        </span>
        <span class="times">{refusal.value === null && !waits ? left : ''}</span>
      </p>
      <ProgressBar
        label={say('Progress of the experiment')}
        share={share}
        text={`${percent(share)}${left === '' ? '' : `, ${left}`}`}
        status={paused ? 'paused' : 'running'}
      />
    </div>
  );
}

/** A comparison before its first run is done. */
const NOTHING = { against: null, tests: { last: 0, scores: 0, kinds: 0 }, arms: [] } as const;

export function Compare({ session }: Props) {
  const { comparison, started } = session.experiment;
  const found = comparison.value;
  const shown = started.value || (found !== null && found.arms.length > 1);
  return (
    <section class="section compare" id="compare" aria-labelledby="compare-title" data-testid="compare">
      <div class="section-head">
        <h2 id="compare-title">{say(CONTROLS.compare)}</h2>
        <p class="summary">
          {say(
            'Which recipe is better, and by more than luck? Every arm runs with the same seeds. An arm is its own settings over the defaults; the settings in the view “{run}” do not count here.',
            { run: say('Run {@view}') },
          )}
        </p>
      </div>
      <Name session={session} />
      <div class="compare-set-up">
        <Arms session={session} />
        <div class="compare-run">
          <Fields session={session} />
          <Buttons session={session} />
          <Progress session={session} />
          <Files session={session} />
          <p class="field-note">
            {session.blocked.value === null
              ? say('Every run is kept in this browser, so Stop loses nothing: finished runs count, and the last one is resumed.')
              : say('Every run is kept until this tab is closed, so Stop loses nothing: finished runs count, and the last one is resumed.')}
          </p>
        </div>
      </div>
      <PassedOver count={session.experiment.passedOver.value} />
      <Missing leftOut={session.experiment.leftOut.value} />
      {shown ? (
        <Outcome comparison={found ?? { ...NOTHING, reference: session.experiment.reference.value }} />
      ) : (
        <p class="empty">
          {say('Press {start}: the scores of each arm, its distance to the reference and its learning curve will stand here.', {
            start: say(CONTROLS.start),
          })}
        </p>
      )}
    </section>
  );
}
