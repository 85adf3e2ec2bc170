/** A model from a hub, with one honest bar for the whole download; and the models that this browser keeps. */
import { failureText } from '../language/failure.ts';
import { say } from '../language/language.ts';
import { useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import type { Failure } from '../../errors.ts';
import type { StoredModel } from '../../protocol/models.ts';
import type { Remembered } from '../session/folders.ts';
import type { Fetching, Models } from '../session/models.ts';
import { ProgressBar } from '../page/progress.tsx';
import { inRow, RowActions } from '../page/row-actions.tsx';
import { bytesText, secondsText } from '../plan-text.ts';

/** Bytes, time left and the file at hand, in one line. */
export function fetchingText({ file, done, total, from, since, now, wait }: Fetching): string {
  if (wait !== undefined) return say('The hub asks to wait {time}; it goes on by itself.', { time: secondsText(Math.ceil(wait / 1000)) });
  if (total === 0) return say('Asking the hub which files there are…');
  const got = done - Math.max(0, from);
  const seconds = (now - since) / 1000;
  const left = got > 0 && seconds > 0.5 ? say(', about {time} left', { time: secondsText((total - done) / (got / seconds)) }) : '';
  return say('{done} of {total}{left} · {file}', { done: bytesText(done), total: bytesText(total), left, file });
}

/** A download on its way, or a copy. */
export function Fetch({
  fetching,
  cancel,
  copies = false,
}: {
  readonly fetching: Fetching;
  readonly cancel: () => void;
  readonly copies?: boolean;
}) {
  const share = fetching.total === 0 ? 0 : fetching.done / fetching.total;
  return (
    <div class="download" data-testid="download">
      <p>
        <b>{fetching.id}</b> <span class="muted">{fetchingText(fetching)}</span>
      </p>
      <ProgressBar label={copies ? say('Copy of {id}', { id: fetching.id }) : say('Download of {id}', { id: fetching.id })} share={share} />
      <button type="button" onClick={cancel} data-testid="download-cancel">
        {say('Cancel')}
      </button>
      {!copies && <span class="muted"> {say('What is there is kept, and a later try goes on from it.')}</span>}
    </div>
  );
}

/** Where the browser has no place for a model there is nothing to fetch or to open. */
function NoDisk({ failure }: { readonly failure: Failure }) {
  return (
    <p class="empty" data-testid="no-disk">
      {failureText(failure)}
    </p>
  );
}

/** The id and the host of a model, and its download. */
export function Hub({ models, online }: { readonly models: Models; readonly online: boolean }) {
  const [id, setId] = useState('');
  const [host, setHost] = useState('');
  const fetching = models.fetching.value;
  if (fetching !== null) return <Fetch fetching={fetching} cancel={models.cancelDownload} />;
  if (models.noDisk.value !== null) return <NoDisk failure={models.noDisk.value} />;
  return (
    <form
      class="hub"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() !== '') void models.download(id.trim(), host.trim());
      }}
    >
      <p>{say('The only part of this page that uses the network. The files come straight from the hub and are kept in this browser.')}</p>
      {!online && (
        <p class="field-note" role="status" data-testid="hub-offline">
          {say(
            'You are offline: a hub can be asked when there is a network again, unless it runs on this machine. Models that are kept here open without one.',
          )}
        </p>
      )}
      <div class="hub-row">
        <label for="hub-id">{say('Name')}</label>
        <input
          id="hub-id"
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="HuggingFaceTB/SmolLM2-135M-Instruct"
          value={id}
          onInput={(event) => setId(event.currentTarget.value)}
          data-testid="hub-id"
        />
        <button type="submit" class="primary" disabled={id.trim() === ''} data-testid="hub-start">
          {say(CONTROLS.download)}
        </button>
      </div>
      <details class="more">
        <summary>{say('Advanced')}</summary>
        <div class="hub-row">
          <label for="hub-host">{say('Host')}</label>
          <input
            id="hub-host"
            type="text"
            inputMode="url"
            autocomplete="off"
            spellcheck={false}
            placeholder="https://huggingface.co"
            value={host}
            onInput={(event) => setHost(event.currentTarget.value)}
            data-testid="hub-host"
          />
        </div>
        <p class="field-note">{say('A mirror, or a hub of your own. A revision goes after the name: owner/name@revision.')}</p>
      </details>
    </form>
  );
}

function StoredRow({ model, models, busy }: { readonly model: StoredModel; readonly models: Models; readonly busy: boolean }) {
  const { folder, id, revision, complete, bytes, host, fingerprint } = model;
  const source = models.source.value;
  const here = source.kind === 'stored' && source.folder === folder && models.opened.value !== null;
  const rests = here
    ? say('It can be deleted when another model is open.')
    : models.fetching.value !== null
      ? say('It can be deleted when the download or the copy is done.')
      : null;
  const open = here ? say('It is open') : say('Open');
  return (
    <li data-testid="stored-model">
      <span>
        <b dir="auto">{id}</b>{' '}
        <span class="muted">
          {fingerprint === null ? '' : `${say('a copy of your files,')} `}
          {revision === 'main' || revision === '' ? '' : `@${revision}, `}
          {bytesText(bytes)}
          {complete ? '' : say(', not complete')}
        </span>
      </span>
      <RowActions what={id} rests={rests} remove={() => void models.forget(folder)}>
        {complete ? (
          <button
            type="button"
            aria-label={inRow(open, id)}
            disabled={busy || here}
            onClick={() => void models.open({ kind: 'stored', folder }, id)}
          >
            {open}
          </button>
        ) : (
          <button
            type="button"
            aria-label={inRow(say('Go on'), id)}
            disabled={busy || models.fetching.value !== null || host === ''}
            onClick={() => void models.download(revision === 'main' ? id : `${id}@${revision}`, host)}
          >
            {say('Go on')}
          </button>
        )}
      </RowActions>
    </li>
  );
}

function RememberedRow({ folder, models, busy }: { readonly folder: Remembered; readonly models: Models; readonly busy: boolean }) {
  const { name, fingerprint } = folder;
  const here = models.opened.value?.fingerprint === fingerprint;
  const open = here ? say('It is open') : say('Open');
  return (
    <li data-testid="remembered-folder">
      <span>
        <b dir="auto">{name}</b> <span class="muted">{say('a folder of yours, takes no space here')}</span>
      </span>
      <RowActions what={name} rests={null} remove={() => void models.forgetFolder(fingerprint)}>
        <button
          type="button"
          aria-label={inRow(open, name)}
          disabled={busy || here}
          onClick={() => void models.bring({ name, fingerprint })}
        >
          {open}
        </button>
      </RowActions>
    </li>
  );
}

/** The models on the disk of this browser, and the folders that it remembers. */
export function StoredModels({ models, busy }: { readonly models: Models; readonly busy: boolean }) {
  const stored = models.stored.value;
  const folders = models.remembered.value;
  if (models.noDisk.value !== null && folders.length === 0) return <NoDisk failure={models.noDisk.value} />;
  if (stored === null) return <p class="empty">{say('Looking for kept models…')}</p>;
  if (stored.length === 0 && folders.length === 0)
    return <p class="empty">{say('None yet. A model that you download from a hub is kept here until you delete it.')}</p>;
  return (
    <>
      {models.fetching.value !== null && <Fetch fetching={models.fetching.value} cancel={models.cancelDownload} />}
      <ul class="stored-models">
        {stored.map((model) => (
          <StoredRow key={model.folder} model={model} models={models} busy={busy} />
        ))}
        {folders.map((folder) => (
          <RememberedRow key={folder.fingerprint} folder={folder} models={models} busy={busy} />
        ))}
      </ul>
      <p class="field-note">{say('{bytes} in all.', { bytes: bytesText(stored.reduce((sum, { bytes }) => sum + bytes, 0)) })}</p>
    </>
  );
}
