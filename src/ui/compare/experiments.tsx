/** The experiments that this browser keeps: open, rename, duplicate, delete, link; and what to do about a link to one that it has not got. */
import { useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import type { KeptExperiment } from '../../run/experiment-file.ts';
import { say } from '../language/language.ts';
import { CopyLink } from '../page/copy-link.tsx';
import { resting } from '../page/focus.ts';
import { inRow, RowActions } from '../page/row-actions.tsx';
import type { Session } from '../session/session.ts';

type Props = { readonly session: Session };

/** The name of the open experiment, in a field; of one that is not kept, the button that keeps it. */
export function Name({ session }: Props) {
  const { experiments, experiment } = session;
  const current = experiments.current.value;
  if (current === null)
    return (
      <p class="experiment-name">
        <button
          type="button"
          {...resting(experiment.refusal.value !== null, () => void experiments.keep(null))}
          title={say('Gives it a name and a link, and lists it below')}
          data-testid="experiment-keep"
        >
          {say('Keep this experiment')}
        </button>
      </p>
    );
  return (
    <p class="experiment-name">
      <label>
        <span>{say('Name')}</span>
        <input
          type="text"
          autocomplete="off"
          dir="auto"
          value={current.name}
          onChange={(event) => void experiments.rename(current.id, event.currentTarget.value)}
          data-testid="experiment-name"
        />
      </label>
      <CopyLink session={session} testId="experiment-link" />
      <button
        type="button"
        class="link"
        {...resting(experiment.running.value, () => session.go({ experiment: null }))}
        data-testid="experiment-close"
      >
        {say('Set up another')}
      </button>
    </p>
  );
}

/** A link to an experiment of another browser. */
export function MissingExperiment({ session, choose }: Props & { readonly choose: () => void }) {
  const { missing } = session.experiments;
  if (missing.value === null) return null;
  return (
    <div class="notice" role="status" data-testid="experiment-missing">
      <p>
        <strong>{say('This browser does not have the experiment of the link.')}</strong>{' '}
        {say('Who shared it can save it as a file, under {save}; load that file here, and the link opens it.', {
          save: say('Save experiment (JSON)'),
        })}
      </p>
      <p class="notice-actions">
        <button type="button" onClick={choose}>
          {say('Load experiment (JSON)')}
        </button>
        <button type="button" class="link" onClick={() => session.go({ experiment: null })}>
          {say('Close')}
        </button>
      </p>
    </div>
  );
}

function Row({ session, kept }: Props & { readonly kept: KeptExperiment }) {
  const { experiments, experiment } = session;
  const { id, name, chosen, seeds } = kept;
  const [renaming, rename] = useState(false);
  const here = experiments.current.value?.id === id;
  const busy = experiment.running.value;
  const what = say('the experiment {name}', { name });
  const open = here ? say('Open {@this is open}') : say('Open {@a button}');
  return (
    <tr data-here={here} {...(here ? { 'aria-current': 'true' as const } : {})} data-testid="experiment-row">
      <th scope="row" dir="auto">
        {renaming ? (
          <input
            type="text"
            aria-label={say('Name')}
            autocomplete="off"
            value={name}
            ref={(field) => field?.focus()}
            onChange={(event) => void experiments.rename(id, event.currentTarget.value)}
            onBlur={() => rename(false)}
            onKeyDown={(event) => {
              if (event.key.toLowerCase() === 'enter') event.currentTarget.blur();
            }}
          />
        ) : (
          name
        )}
      </th>
      <td dir="auto">{chosen.join(', ')}</td>
      <td class="number">{say('{count, plural, one {# seed} other {# seeds}}', { count: seeds.length })}</td>
      <td>
        <RowActions
          what={what}
          rests={busy && here ? say('It can be deleted when it has stopped.') : null}
          remove={() => void experiments.remove(id)}
        >
          <button
            type="button"
            aria-label={inRow(open, what)}
            {...resting(busy || here, () => session.go({ view: 'compare', experiment: id }))}
          >
            {open}
          </button>
          <button type="button" aria-label={inRow(say('Rename'), what)} onClick={() => rename(true)}>
            {say('Rename')}
          </button>
          <button type="button" aria-label={inRow(say('Duplicate'), what)} {...resting(busy, () => void experiments.duplicate(id))}>
            {say('Duplicate')}
          </button>
        </RowActions>
      </td>
    </tr>
  );
}

export function Experiments({ session }: Props) {
  const list = session.experiments.list.value ?? [];
  if (list.length === 0) return null;
  return (
    <section class="section runs" aria-labelledby="experiments-title" data-testid="experiments">
      <div class="section-head">
        <h2 id="experiments-title">{say(CONTROLS.experiments)}</h2>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={say(CONTROLS.experiments)}>
        <table class="run-table" aria-label={say(CONTROLS.experiments)}>
          <thead>
            <tr>
              <th scope="col">{say('name')}</th>
              <th scope="col">{say('arms')}</th>
              <th scope="col" class="number">
                {say('seeds')}
              </th>
              <th scope="col">
                <span class="unseen">{say('what to do')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((kept) => (
              <Row key={kept.id} session={session} kept={kept} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
