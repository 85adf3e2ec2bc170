/** A model from files of the user's: the pickers, what else lies in the folder that was picked, and a copy that this browser keeps. */
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { useRef } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import type { Found } from '../../picked-folders.ts';
import { bytesText } from '../plan-text.ts';
import type { Models } from '../session/models.ts';
import { copiesOf } from '../session/copies.ts';
import { Fetch } from './hub.tsx';
import { entriesOf, pickFolder } from './picked.ts';

export function FromFiles({ models, busy }: { readonly models: Models; readonly busy: boolean }) {
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    const entries = entriesOf(input.files);
    input.value = '';
    void models.take(entries);
  };
  const choose = async () => {
    const picked = await pickFolder();
    if (picked !== null) await models.take(picked.entries, picked.handle);
  };
  return (
    <div class="model-files">
      <p>
        <Say
          text="Choose the folder of a small Llama, Qwen2, Qwen3 or SmolLM3 model, or drop it anywhere on this page. It must hold {config}, {tokenizer} and the weights as {weights}. Or choose one {gguf} file, as LM Studio and Ollama keep it. A folder inside it with a {kit} is an alignment kit of your own. Nothing is sent anywhere."
          parts={{
            config: <code>config.json</code>,
            tokenizer: <code>tokenizer.json</code>,
            weights: <code>safetensors</code>,
            gguf: <code>.gguf</code>,
            kit: <code>kit.json</code>,
          }}
        />
      </p>
      <input
        ref={folder}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-label={say('Folder of a model')}
        data-testid="model-folder"
        {...{ webkitdirectory: true }}
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={files}
        type="file"
        multiple
        class="unseen"
        tabIndex={-1}
        aria-label={say('Files of a model')}
        data-testid="model-files"
        onChange={(event) => take(event.currentTarget)}
      />
      <div class="row-actions">
        <button type="button" disabled={busy} onClick={() => void choose()} data-testid="choose-folder">
          {say(CONTROLS.chooseFolder)}
        </button>
        <button type="button" disabled={busy} onClick={() => files.current?.click()}>
          {say(CONTROLS.chooseFiles)}
        </button>
      </div>
      <Others models={models} busy={busy} />
    </div>
  );
}

const nameOf = ({ kind, folder, gguf }: Found): string =>
  `${folder === '' ? say('the files themselves') : folder} (${gguf === true ? 'GGUF' : kind})`;

/** The models and adapters of the folder that was picked. */
function Others({ models, busy }: { readonly models: Models; readonly busy: boolean }) {
  const offered = models.offered.value;
  if (offered === null) return null;
  const { chosen, found } = offered;
  return (
    <div class="offered" data-testid="offered">
      <p>
        {chosen === null
          ? say('Several models or adapters lie there side by side. Which one is it to be?')
          : say('Taken: {name}. There is more in this folder; an adapter is loaded onto the open model.', { name: nameOf(chosen) })}
      </p>
      <div class="row-actions">
        {found
          .filter((other) => other !== chosen)
          .map((other) => (
            <button key={nameOf(other)} type="button" disabled={busy} onClick={() => void models.takeOther(other)} dir="auto">
              {nameOf(other)}
            </button>
          ))}
      </div>
    </div>
  );
}

/** Copies the open model into this browser, with what that takes; a run goes on meanwhile, for it is another worker that copies. */
export function Keep({ models }: { readonly models: Models }) {
  const bytes = models.pickedBytes.value;
  const open = models.opened.value;
  if (models.fetching.value !== null) return <Fetch fetching={models.fetching.value} cancel={models.cancelDownload} copies />;
  if (bytes === null || bytes === 0 || open === null || models.noDisk.value !== null) return null;
  const kept = copiesOf(models.stored.value ?? [], open).find(({ fingerprint }) => fingerprint !== null);
  if (kept !== undefined && models.bringsKit.value && !kept.kit)
    return (
      <div class="keep-model">
        <p class="field-note">{say('A copy of this model is kept in this browser, without the kit that lies beside it here.')}</p>
        <button type="button" onClick={() => void models.keep()} data-testid="keep-model">
          {say('Keep its kit too')}
        </button>
      </div>
    );
  if (kept !== undefined)
    return (
      <p class="field-note">
        {say('A copy of this model is kept in this browser; it is listed under “Kept here”, where it can be deleted.')}
      </p>
    );
  const remembered = models.remembered.value.some(({ fingerprint }) => fingerprint === open.fingerprint);
  return (
    <div class="keep-model">
      <p class="field-note">
        {remembered
          ? say(
              'This browser remembers where the folder is, so {resume} finds the model again after one question. A copy needs no question and no folder.',
              { resume: say(CONTROLS.resume) },
            )
          : say('After a reload this page cannot find picked files by itself. With a copy in this browser {resume} needs one click.', {
              resume: say(CONTROLS.resume),
            })}
      </p>
      <button type="button" onClick={() => void models.keep()} data-testid="keep-model">
        {say('Keep a copy ({bytes})', { bytes: bytesText(bytes) })}
      </button>
    </div>
  );
}
