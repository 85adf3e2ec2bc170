/** What went wrong and what to do about it: one sentence, the details to copy, a button that closes it. And the offer to resume. */
import { say } from '../language/language.ts';
import { failureText } from '../language/failure.ts';
import { valueText } from '../option-text.ts';
import { useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { isFinal, type ErrorCode, type Failure } from '../../errors.ts';
import { isMadeBy } from '../../run/sessions.ts';
import { worldText } from '../../run/worlds.ts';
import { chapterShown } from '../lesson/shown-run.ts';
import { Opening } from '../models/opening.tsx';
import { BringKit, BringModel } from '../models/bring.tsx';
import { OtherModel } from '../run/other-model.tsx';
import { copyText } from './clipboard.ts';
import { roundsOf } from '../../run/recipe.ts';
import { differenceText } from '../session/link.ts';
import { isShown } from '../session/place.ts';
import type { Session } from '../session/session.ts';
import { ViewLink } from './view-link.tsx';

/** Failures whose detail tells the user something to act on. */
export const TELLING: readonly ErrorCode[] = [
  'MODEL_OTHER',
  'MODEL_PARTS',
  'MODEL_MISSING',
  'MODEL_SEVERAL',
  'PAGE_FILE',
  'KEPT_UNFIT',
  'GGUF_UNFIT',
  'MODEL_TRUNCATED',
  'MODEL_UNSUPPORTED',
  'MODEL_MISMATCH',
  'MODEL_FORMAT',
  'TOKENIZER_FORMAT',
  'FILE_OTHER',
  'FILE_EMPTY',
  'NET_FILE',
  'NET_NAME',
  'NET_STATUS',
  'KIT_OTHER',
  'FOLDER_REFUSED',
  'FOLDER_GONE',
  'ADAPTER_UNFIT',
  'EXPORT_RANGE',
  'RUN_UNFIT',
  'PLAN_TOO_LARGE',
  'CHAT_TEMPLATE',
  'GGUF_TEMPLATE',
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
  lead = grave ? say('Something went wrong.') : say('Please note.'),
  close,
}: {
  readonly failure: Failure;
  readonly session: Session;
  readonly grave: boolean;
  readonly lead?: string;
  readonly close?: () => void;
}) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const { run } = session.view.value;
  const model = session.runs.value?.find((other) => other.run === run)?.model;
  const text = details(failure, session);
  const copy = async () => setCopied((await copyText(text)) ? 'yes' : 'refused');
  return (
    <div class="notice" data-grave={grave} role={grave ? 'alert' : undefined} data-testid={grave ? 'error' : 'warning'}>
      <p>
        <strong>{lead}</strong> {failureText(failure)}
        {TELLING.includes(failure.code) && (
          <small class="detail" dir="auto">
            {' '}
            {say('In detail:')} <span lang="en">{failure.detail.replace(/\.$/, '')}.</span>
          </small>
        )}
      </p>
      <p class="notice-actions">
        <code>{failure.code}</code>
        <button type="button" class="link" onClick={() => void copy()}>
          {copied === 'yes' ? say('copied') : say(CONTROLS.copyDetails)}
        </button>
        {run !== null && model !== undefined && failure.code === 'MODEL_OTHER' && <BringModel session={session} run={run} model={model} />}
        {failure.code === 'KIT_OTHER' && <BringKit session={session} />}
        {close !== undefined && (
          <button type="button" class="link" onClick={close}>
            {say('close')}
          </button>
        )}
      </p>
      {copied === 'refused' && <pre>{text}</pre>}
    </div>
  );
}

/** The newest run, shown by the page itself, beside settings that are others. */
function BroughtUp({ session }: { readonly session: Session }) {
  const { status, run, config } = session.view.value;
  if (!session.broughtUp.value || status !== 'finished' || run === null || config === null) return null;
  // a chapter's charts are its own
  if (session.place.value.view === 'learn' || chapterShown(session) !== null) return null;
  const difference = differenceText(config, session.parsed.value.config);
  if (difference === '') return null;
  return (
    <div class="notice" data-testid="brought-up">
      <p>
        <strong>{say('The charts show an earlier run of this browser.')}</strong>{' '}
        {say('The settings are not its own; it had {difference}.', { difference })}
      </p>
      <p class="notice-actions">
        <button type="button" data-next="run" onClick={() => session.takeSettings()}>
          {say('Take its settings')}
        </button>
        <button type="button" data-next="run" onClick={() => session.clear()}>
          {say('Hide it')}
        </button>
      </p>
    </div>
  );
}

/** A run that a chapter made, shown outside of the lesson. */
function OfLesson({ session }: { readonly session: Session }) {
  const { config } = session.view.value;
  const chapter = chapterShown(session);
  if (chapter === null || config === null || session.busy.value || session.place.value.view === 'learn') return null;
  const difference = differenceText(config, session.parsed.value.config);
  return (
    <div class="notice" data-testid="of-lesson">
      <p>
        <strong>{say('What is shown is a run of the lesson, from chapter {chapter}.', { chapter })}</strong>{' '}
        {difference !== '' && say('The settings are not its own; it had {difference}.', { difference })}
      </p>
      <p class="notice-actions">
        {isShown('learn', session.place.value.hide) && (
          <ViewLink session={session} to={{ view: 'learn', chapter }} testId="to-its-chapter">
            {say('To chapter {chapter}', { chapter })}
          </ViewLink>
        )}
        <button type="button" data-next="run" onClick={() => session.clear()}>
          {say('Hide it')}
        </button>
      </p>
    </div>
  );
}

/** What in the link cannot be taken as it is. */
function LinkTroubles({ session: { troubles, dismissTroubles } }: { readonly session: Session }) {
  if (troubles.value.length === 0) return null;
  return (
    <div class="notice" role="status" data-testid="link-troubles">
      <p>
        <strong>
          {say('{count, plural, one {One thing} other {Some things}} in the link cannot be taken.', { count: troubles.value.length })}
        </strong>
      </p>
      <ul>
        {troubles.value.map((trouble) => (
          <li key={trouble} dir="auto">
            {trouble}
          </li>
        ))}
      </ul>
      <p class="notice-actions">
        <button type="button" class="link" onClick={dismissTroubles}>
          {say('close')}
        </button>
      </p>
    </div>
  );
}

/** A link from before there was a choice of worlds, or one that somebody has shortened. */
function Worldless({ session: { worldless, world } }: { readonly session: Session }) {
  if (!worldless.value) return null;
  return (
    <div class="notice" role="status" data-testid="worldless">
      <p>
        <strong>{say('This link names no world.')}</strong>{' '}
        {say('It opens today’s, “{world}”; in an earlier world the same settings gave other numbers.', {
          world: say(worldText(world.value)),
        })}
      </p>
      <p class="notice-actions">
        <button type="button" class="link" onClick={() => (worldless.value = false)}>
          {say('close')}
        </button>
      </p>
    </div>
  );
}

/** The run of this tab that another one goes on with. */
function TakenOver({ session: { tabs, view } }: { readonly session: Session }) {
  const { lost } = tabs;
  if (lost.value === null || lost.value !== view.value.run) return null;
  return (
    <div class="notice" role="status" data-testid="taken-over">
      <p>
        <strong>{say('Another tab has taken this run over.')}</strong> {say('Everything was saved first; what is shown here follows it.')}
      </p>
    </div>
  );
}

/** A stored run that did not come to its end. */
function Interrupted({ session }: { readonly session: Session }) {
  const { status, run, config, rounds, startedAt } = session.view.value;
  if (session.tabs.followed.value !== null || status !== 'stopped' || startedAt !== null || run === null || config === null) return null;
  if (session.place.value.view === 'learn' || chapterShown(session) !== null) return null;
  const summary = session.runs.value?.find((other) => other.run === run);
  const model = summary?.model ?? null;
  const engine = session.engine.value;
  const same = engine === null || isMadeBy(summary?.sessions ?? [], engine);
  const hindrance = session.hindrance.value;
  const difference = differenceText(config, session.parsed.value.config);
  const done = { done: rounds.length, rounds: roundsOf(config) };
  const where =
    rounds.length > 0
      ? say('It was interrupted after round {done} of {rounds}.', done)
      : done.rounds === 0
        ? say('It was interrupted before it was measured.')
        : say('It was interrupted before its first round was done.');
  const what = { method: valueText('method', config.method), seed: String(config.seed) };
  const resume = say(CONTROLS.resume);
  return (
    <div class="notice" data-testid="interrupted">
      <p>
        <strong>{say('A run is not finished.')}</strong>{' '}
        {model === null ? say('{method}, seed {seed}.', what) : say('{method}, seed {seed}, on {model}.', { ...what, model: model.name })}{' '}
        {where}{' '}
        {hindrance !== null
          ? `${say('Everything it had saved is here, but it cannot go on.')} ${hindrance}`
          : same
            ? say('Everything it had saved is here, and after {resume} it ends with the same result as an unbroken run.', { resume })
            : say(
                'Everything it had saved is here. Another engine or version made the first part: after {resume} the result may differ from that of an unbroken run.',
                { resume },
              )}
        {hindrance === null && difference !== '' && ` ${say('It goes on with its own settings: {difference}.', { difference })}`}
      </p>
      <p class="notice-actions">
        {session.needs.value === 'model' && model !== null && <BringModel session={session} run={run} model={model} />}
        {session.needs.value === 'kit' && <BringKit session={session} />}
        <button type="button" data-next="run" onClick={() => session.clear()}>
          {say('Not now')}
        </button>
      </p>
    </div>
  );
}

export function Alerts({ session }: { readonly session: Session }) {
  const { failure, warnings } = session.view.value;
  const own = session.failure.value;
  const { refused } = session;
  const { astray } = session.models;
  return (
    <div class="alerts">
      <Opening models={session.models} />
      {own !== null && <Problem failure={own} session={session} grave close={() => (session.failure.value = null)} />}
      {astray.value !== null && (
        <Problem
          failure={astray.value}
          session={session}
          grave
          lead={say('The stand could not open its own model again.')}
          close={() => (astray.value = null)}
        />
      )}
      {failure !== null && (
        <Problem failure={failure} session={session} grave {...(isFinal(failure) ? { close: () => session.clear() } : {})} />
      )}
      {session.blocked.value !== null && !warnings.some(({ code }) => code === 'STORAGE_BLOCKED') && (
        <Problem failure={session.blocked.value} session={session} grave={false} />
      )}
      {warnings.map((warning) => (
        <Problem key={warning.code} failure={warning} session={session} grave={false} />
      ))}
      {refused.value !== null && (
        <div class="notice" data-grave={true} role="alert" data-testid="refused">
          <p>
            <strong>{say('The run did not start.')}</strong> {refused.value}
          </p>
        </div>
      )}
      <LinkTroubles session={session} />
      <Worldless session={session} />
      <OtherModel session={session} />
      <BroughtUp session={session} />
      <OfLesson session={session} />
      <TakenOver session={session} />
      <Interrupted session={session} />
    </div>
  );
}
