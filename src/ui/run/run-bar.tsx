/** Run, pause, resume, stop; what is happening, how far it is and how long it will take. */
import { say } from '../language/language.ts';
import { useEffect, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { chapterShown, doingShown } from '../lesson/shown-run.ts';
import { askForNotice, canNotice, noticeFailed, willNotice } from '../page/end-notice.ts';
import { focusField, resting } from '../page/focus.ts';
import { ProgressBar } from '../page/progress.tsx';
import { fieldId } from '../session/link.ts';
import type { Session } from '../session/session.ts';
import { isBusy, isUnfinished } from '../session/view.ts';
import { percent } from '../../shares.ts';
import { wholeText } from '../plan-text.ts';
import { clock, times } from '../words.ts';
import { Steps } from './steps.tsx';

/** Why Resume or Take over rests, by its id. */
const RESTS = 'resume-rests';

const ICONS = {
  run: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9.5 2.5h3v11h-3z',
  stop: 'M3.5 3.5h9v9h-9z',
} as const;

export function Icon({ name }: { readonly name: keyof typeof ICONS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[name]} fill="currentColor" />
    </svg>
  );
}

function Buttons({ session }: { readonly session: Session }) {
  const view = session.view.value;
  const { status, run } = view;
  const busy = session.busy.value;
  /** The refused setting, until its field can take the focus: fields rest while the model is loaded. */
  const [wanted, want] = useState<string | null>(null);
  useEffect(() => {
    if (wanted === null || busy) return;
    want(null);
    // not where somebody has gone on elsewhere
    const { activeElement } = document;
    if (activeElement === null || activeElement.matches('body, .runbar *')) focusField(fieldId(wanted));
  }, [wanted, busy]);
  const pending = session.pending.value;
  /** A run is watched where runs are, and a refused setting stands there too. Were we elsewhere? */
  const watch = (): boolean => {
    const away = session.place.peek().view !== 'run';
    session.go({ view: 'run' });
    return away;
  };
  const start = () => {
    const away = watch();
    const refusal = session.parsed.value.refusals[0];
    if (refusal !== undefined && !busy) {
      const focus = (): void => focusField(fieldId(refusal.name));
      // the field is there when the view is drawn
      if (away) setTimeout(focus);
      else focus();
    }
    want(busy ? (refusal?.name ?? null) : null);
    void session.start();
  };
  const followed = session.tabs.followed.value;
  const hindered = session.hindrance.value !== null;
  if (followed !== null)
    return (
      <div class="buttons">
        <button
          key="take-over"
          type="button"
          class="primary"
          {...resting(followed.taking || hindered || session.engine.value === null, () => void session.takeOver())}
          aria-describedby={hindered ? RESTS : undefined}
          title={say('The other tab saves and lets go; the run goes on here')}
          data-testid="take-over"
        >
          {followed.taking ? say('Taking over…') : say(CONTROLS.takeOver)}
        </button>
        <button key="run" type="button" {...resting(followed.taking || session.engine.value === null, start)} data-testid="run">
          <Icon name="run" /> {say(CONTROLS.newRun)}
        </button>
      </div>
    );
  // Between two runs of an experiment or of a chapter there is nothing to pause, and nothing else may begin.
  const between = busy && !isBusy(status);
  if (status === 'running' || status === 'paused' || (status === 'loading' && pending !== null) || between) {
    return (
      <div class="buttons">
        {status === 'paused' ? (
          <button
            key="go-on"
            type="button"
            class="primary"
            {...resting(pending !== null, () => void session.play('end'))}
            title={say('Go on (Space)')}
            data-testid="resume"
          >
            <Icon name="run" /> {say(CONTROLS.resume)}
          </button>
        ) : (
          <button
            key="pause"
            type="button"
            {...resting(pending !== null || between, () => void session.play('now'))}
            title={say('Pause (Space)')}
            data-testid="pause"
          >
            <Icon name="pause" /> {pending === 'pause' ? say('Pausing…') : say('Pause')}
          </button>
        )}
        <button
          key="stop"
          type="button"
          {...resting(pending === 'stop' || pending === 'start' || between, () => void session.stop())}
          data-testid="stop"
        >
          <Icon name="stop" /> {pending === 'stop' ? say('Stopping…') : say('Stop')}
        </button>
        <Steps key="steps" session={session} />
      </div>
    );
  }
  // while the first model is on its way Run waits for it
  const ready = session.engine.value !== null || status === 'loading';
  // the lesson goes on with its own
  const unfinished = run !== null && isUnfinished(view, session.runs.value) && chapterShown(session) === null;
  return (
    <div class="buttons">
      {unfinished && (
        <button
          key="resume"
          type="button"
          class="primary"
          {...resting(hindered, () => {
            watch();
            void session.continueRun(run);
          })}
          disabled={!ready}
          aria-describedby={hindered ? RESTS : undefined}
          data-testid="resume"
        >
          <Icon name="run" /> {say(CONTROLS.resume)}
        </button>
      )}
      <button key="run" type="button" class={unfinished ? '' : 'primary'} onClick={start} disabled={!ready} data-testid="run">
        <Icon name="run" /> {unfinished ? say(CONTROLS.newRun) : say(CONTROLS.run)}
      </button>
    </div>
  );
}

export function RunBar({ session }: { readonly session: Session }) {
  const view = session.view.value;
  const cast = session.cast.value;
  const followed = session.tabs.followed.value;
  const rests = followed === null && view.run !== null && !session.busy.value && chapterShown(session) === null;
  const unfinished = rests && isUnfinished(view, session.runs.value);
  const moving = view.status === 'running' || view.status === 'paused';
  const shown = moving || view.status === 'finished' || view.status === 'stopped' ? cast.share : 0;
  const plan = session.models.plan.value;
  const waits = followed === null && !session.busy.value && !moving && chapterShown(session) === null;
  const whole = plan === null || !waits ? '' : wholeText(plan, session.models.opened.value?.world === null);
  return (
    <section class="runbar" id="run" aria-label={say('The run')} tabIndex={-1}>
      <Buttons session={session} />
      <div class="runbar-text">
        <p class="status" data-testid="status">
          {followed !== null && (
            <strong class="live">{followed.answers ? say('Live in another tab.') : say('In another tab, which is silent.')}</strong>
          )}{' '}
          {doingShown(session)}
        </p>
        {(unfinished || followed !== null) && session.hindrance.value !== null && (
          <p class="resume-rests" id={RESTS} dir="auto">
            {say('{control} waits: {why}', {
              control: followed === null ? say(CONTROLS.resume) : say(CONTROLS.takeOver),
              why: session.hindrance.value,
            })}
          </p>
        )}
        {whole !== '' && (
          <p class="next-time" data-testid="next-time">
            {whole}
          </p>
        )}
        <p class="times">
          {moving && <span class="times-share">{percent(cast.share)}</span>} {times(view, cast)}
        </p>
      </div>
      {moving && (
        <div class="freeze">
          <label title={say('Charts and the example stand still; the run goes on')}>
            <input
              type="checkbox"
              checked={session.frozen.value}
              onChange={(event) => (session.frozen.value = event.currentTarget.checked)}
            />{' '}
            {say('freeze the charts')}
          </label>
          {canNotice() && (
            <label title={say('A notice of your browser, without a sound')}>
              <input
                type="checkbox"
                checked={willNotice()}
                onChange={(event) => void askForNotice(event.currentTarget.checked, !session.place.peek().booth)}
                data-testid="end-notice"
              />{' '}
              {say('tell me at its end')}
            </label>
          )}
        </div>
      )}
      {noticeFailed() && (
        <p class="muted" data-testid="no-notice">
          {say('This browser gave no notice at the end of the run, so that is off.')}
        </p>
      )}
      <ProgressBar
        label={say('Progress of the run')}
        share={shown}
        text={`${percent(shown)}${cast.leftMs === null || !moving ? '' : say(', about {time} left', { time: clock(cast.leftMs) })}`}
        status={view.status}
      />
    </section>
  );
}
