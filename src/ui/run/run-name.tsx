/** What a run is called and what its owner has written about it; where nobody has, what it is: its method, its experiments, how it differs. */
import { useState } from 'preact/hooks';
import { defaultsIn } from '../../run/config.ts';
import type { RunSummary } from '../../run/records.ts';
import { worldText } from '../../run/worlds.ts';
import { say } from '../language/language.ts';
import { valueText } from '../option-text.ts';
import { inRow } from '../page/row-actions.tsx';
import { differenceText } from '../session/link.ts';
import type { Session } from '../session/session.ts';

type Props = { readonly session: Session; readonly summary: RunSummary };

/** Name and note, to be edited. */
function Edit({ session, summary, close }: Props & { readonly close: () => void }) {
  const { run, name = '', note = '' } = summary;
  const [[newName, newNote], set] = useState([name, note] as const);
  const submit = (event: Event): void => {
    event.preventDefault();
    void session.describeRun(run, newName.trim(), newNote.trim());
    close();
  };
  return (
    <form class="run-edit" onSubmit={submit}>
      <label>
        {say('Name')}
        <input
          type="text"
          autocomplete="off"
          dir="auto"
          maxLength={80}
          value={newName}
          ref={(field) => {
            if (field !== null && document.activeElement?.closest('form') !== field.form) field.focus();
          }}
          onInput={(event) => set([event.currentTarget.value, newNote])}
          data-testid="run-name"
        />
      </label>
      <label>
        {say('Note')}
        <textarea
          rows={2}
          dir="auto"
          maxLength={1000}
          value={newNote}
          onInput={(event) => set([newName, event.currentTarget.value])}
          data-testid="run-note"
        />
      </label>
      <button type="submit" data-testid="run-describe">
        {say('Keep')}
      </button>{' '}
      <button type="button" onClick={close}>
        {say('Cancel')}
      </button>
    </form>
  );
}

/** How its settings differ from those that its method begins with; empty where they do not. */
const differing = ({ config }: RunSummary): string =>
  differenceText(config, { ...defaultsIn(config.world), seed: config.seed, method: config.method });

/** What it aligned: the model of its world, or one of its owner’s. */
const modelText = ({ config, model }: RunSummary): string =>
  model === undefined ? say('in {world}', { world: say(worldText(config.world)) }) : say('on {model}', { model: model.name });

/** A run in words, for whoever hears a button of its row: many have one method and one seed. */
export function runText(summary: RunSummary): string {
  const { config, name = '' } = summary;
  if (name !== '') return name;
  const text = say('the run {method}, seed {seed}', { method: valueText('method', config.method), seed: String(config.seed) });
  return [text, modelText(summary), differing(summary)].filter((part) => part !== '').join(', ');
}

export function RunName({ session, summary }: Props) {
  const [editing, edit] = useState(false);
  const { config, name = '', note = '' } = summary;
  const method = valueText('method', config.method);
  const difference = differing(summary);
  const verb = name === '' && note === '' ? say('Name it') : say('Rename');
  if (editing) return <Edit session={session} summary={summary} close={() => edit(false)} />;
  return (
    <>
      <span dir="auto">{name === '' ? method : name}</span>{' '}
      <span class="run-model">
        {name === '' ? '' : `${method} `}
        {modelText(summary)}
      </span>{' '}
      <button
        type="button"
        class="link run-rename"
        aria-label={inRow(verb, runText(summary))}
        onClick={() => edit(true)}
        data-testid="run-rename"
      >
        {verb}
      </button>
      <small class="run-notes">
        {session.experiments.partOf(config).map(({ experiment, arm }) => (
          <span key={experiment} dir="auto" data-testid="run-experiment">
            {say('arm “{arm}” of {experiment}', { arm, experiment })}.{' '}
          </span>
        ))}
        {difference !== '' && <span data-testid="run-difference">{difference}. </span>}
        {note !== '' && (
          <em dir="auto" data-testid="run-noted">
            {note}
          </em>
        )}
      </small>
    </>
  );
}
