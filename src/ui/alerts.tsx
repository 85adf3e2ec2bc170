/** What went wrong and what to do about it: one sentence, the details to copy, a button that closes it. And the offer to resume. */
import { useState } from 'preact/hooks';
import { CONTROLS } from '../controls.ts';
import type { ErrorCode, Failure } from '../errors.ts';
import { roundsOf } from './forecast.ts';
import { Icon } from './run-bar.tsx';
import type { Session } from './session.ts';
import { METHODS } from './words.ts';

/** Failures whose detail tells the user something to act on. */
export const TELLING: readonly ErrorCode[] = [
  'MODEL_OTHER',
  'RUN_UNFIT',
  'PLAN_TOO_LARGE',
  'CHAT_TEMPLATE',
  'PROMPT_TOO_LONG',
  'OPTION_RANGE',
  'IMPORT_FORMAT',
  'WORLD_EXHAUSTED',
  'KEPT_TOO_FEW',
];

function details(failure: Failure, session: Session): string {
  const { engine, config, run } = session.view.value;
  return JSON.stringify({ ...failure, run, config, engine: engine ?? session.engine.value, browser: navigator.userAgent }, null, 2);
}

function Problem({
  failure,
  session,
  grave,
  close,
}: {
  readonly failure: Failure;
  readonly session: Session;
  readonly grave: boolean;
  readonly close?: () => void;
}) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const text = details(failure, session);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    );
  };
  return (
    <div class="notice" data-grave={grave} role={grave ? 'alert' : undefined} data-testid={grave ? 'error' : 'warning'}>
      <p>
        <strong>{grave ? 'Something went wrong.' : 'Please note.'}</strong> {failure.message}
        {TELLING.includes(failure.code) && (
          <small class="detail" dir="auto">
            {' '}
            In detail: {failure.detail}.
          </small>
        )}
      </p>
      <p class="notice-actions">
        <code>{failure.code}</code>
        <button type="button" class="link" onClick={copy}>
          {copied === 'yes' ? 'copied' : CONTROLS.copyDetails}
        </button>
        {close !== undefined && (
          <button type="button" class="link" onClick={close}>
            close
          </button>
        )}
      </p>
      {copied === 'refused' && <pre>{text}</pre>}
    </div>
  );
}

/** A stored run that did not come to its end. */
function Interrupted({ session }: { readonly session: Session }) {
  const { status, run, config, rounds, startedAt } = session.view.value;
  if (status !== 'stopped' || startedAt !== null || run === null || config === null) return null;
  const summary = session.runs.value?.find((other) => other.run === run);
  const model = summary?.model ?? null;
  const problem = summary?.problem ?? null;
  const early = roundsOf(config) === 0 ? 'before it was measured' : 'before its first round was done';
  const where = rounds.length === 0 ? early : `after round ${rounds.length} of ${roundsOf(config)}`;
  return (
    <div class="notice" data-testid="interrupted">
      <p>
        <strong>A run is not finished.</strong> {METHODS[config.method]}, seed {config.seed}
        {model === null ? '' : `, on ${model.name}`}, was interrupted {where}. Everything it had saved is here
        {problem === null ? ', and it ends with the same result as an unbroken run.' : `, but it cannot go on. ${problem}`}
      </p>
      <p class="notice-actions">
        {problem === null && (
          <button
            type="button"
            class="primary"
            onClick={() => void session.continueRun(run)}
            disabled={session.engine.value === null}
            data-testid="resume"
          >
            <Icon name="run" /> {CONTROLS.resume}
          </button>
        )}
        <button type="button" onClick={() => session.clear()}>
          Not now
        </button>
      </p>
    </div>
  );
}

export function Alerts({ session }: { readonly session: Session }) {
  const { failure, warnings } = session.view.value;
  const own = session.failure.value;
  const { refused, unknown } = session;
  return (
    <div class="alerts">
      {own !== null && <Problem failure={own} session={session} grave close={() => (session.failure.value = null)} />}
      {failure !== null && <Problem failure={failure} session={session} grave />}
      {warnings.map((warning) => (
        <Problem key={warning.code} failure={warning} session={session} grave={false} />
      ))}
      {refused.value !== null && (
        <div class="notice" data-grave={true} role="alert" data-testid="refused">
          <p>
            <strong>The run did not start.</strong> {refused.value}
          </p>
        </div>
      )}
      {unknown.value.length > 0 && (
        <div class="notice" role="status">
          <p>The link has settings that this version does not know: {unknown.value.join(', ')}. They were ignored.</p>
          <p class="notice-actions">
            <button type="button" class="link" onClick={() => (unknown.value = [])}>
              close
            </button>
          </p>
        </div>
      )}
      <Interrupted session={session} />
    </div>
  );
}
