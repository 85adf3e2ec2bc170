/** Which model learns: the one that is open, and where another can be taken from. One line for the bundled model, opened on request. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { FromFiles } from './from-files.tsx';
import { Hub, StoredModels } from './hub.tsx';
import { Kit } from './kit.tsx';
import type { Models } from '../session/models.ts';
import { entriesOfDrop } from './picked.ts';
import { Plan } from '../run/plan.tsx';
import type { Session } from '../session/session.ts';
import { Trouble } from '../page/trouble.tsx';
import { OPTIONS } from '../../run/config.ts';
import type { Option } from '../../settings/option.ts';
import { fieldId } from '../session/link.ts';

const COUNT = new Intl.NumberFormat('en');
const FAMILIES: Readonly<Record<string, string>> = { llama: 'Llama', qwen2: 'Qwen2', qwen3: 'Qwen3', smollm3: 'SmolLM3' };
const PLACES = { bundled: 'Bundled', files: CONTROLS.fromFiles, hub: 'From a hub', stored: 'Kept here' } as const;
type Place = keyof typeof PLACES;

function Facts({ models }: { readonly models: Models }) {
  const open = models.opened.value;
  if (models.opening.value !== null && open === null)
    return <span class="muted">Opening {models.opening.value === '' ? 'the model' : models.opening.value}…</span>;
  if (open === null) return <span class="muted">No model is open.</span>;
  return (
    <>
      <b data-testid="model-name">{open.name}</b>{' '}
      <span class="muted">
        {open.world === null ? '' : 'world, bundled with its model, '}
        {FAMILIES[open.family] ?? open.family}, {COUNT.format(open.parameters)} parameters
        {open.quantisation === undefined ? '' : ` from ${open.quantisation}`}, reads {COUNT.format(open.context)} tokens
      </span>
    </>
  );
}

/** The worlds, each with a bundled model. Where such a model is open a choice opens the other at once. */
function Worlds({ session }: { readonly session: Session }) {
  const { models } = session;
  const option: Option = OPTIONS.world;
  const open = models.opened.value;
  const wanted = session.draft.value.world;
  const refusal = session.parsed.value.refusals.find(({ name }) => name === 'world');
  const isOpen = open !== null && open.world === session.world.value;
  if (option.type !== 'choice') return null;
  return (
    <div class="worlds">
      <p>
        Tiny models that come with the page. Each knows a small world by heart, so every answer can be graded. A world begins with settings
        of its own.
      </p>
      <div class="field" data-type="choice">
        <div class="field-label">
          <label for={fieldId('world')}>{option.label}</label>
        </div>
        <select id={fieldId('world')} value={wanted} onChange={(event) => session.edit('world', event.currentTarget.value)}>
          {option.choices.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <p class="field-note" data-refused={refusal !== undefined}>
          {refusal?.message ?? option.choices.find(({ value }) => value === wanted)?.help}
        </p>
      </div>
      {!isOpen && (
        <button type="button" onClick={() => void models.openBundled()} data-testid="model-bundled">
          Open it
        </button>
      )}
    </div>
  );
}

/** Files that are dropped anywhere on the page; a sheet says so while they hover. */
function useDrop(models: Models, busy: boolean): boolean {
  const [hovering, hover] = useState(false);
  useEffect(() => {
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      hover(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) hover(false);
    };
    const drop = (event: DragEvent) => {
      if (!carries(event) || event.dataTransfer === null) return;
      event.preventDefault();
      hover(false);
      // a field of the page may have taken the file for itself
      if (!busy) void entriesOfDrop(event.dataTransfer).then(({ entries, handle }) => models.take(entries, handle));
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [models, busy]);
  return hovering;
}

export function Model({ session }: { readonly session: Session }) {
  const { models } = session;
  const open = models.opened.value;
  const [place, choose] = useState<Place>('bundled');
  const busy = session.busy.value || models.opening.value !== null;
  const hovering = useDrop(models, busy);
  useEffect(() => {
    void models.refreshKept();
    void models.refreshRemembered();
  }, [models]);
  const panel = useRef<HTMLDetailsElement>(null);
  const offered = models.offered.value;
  // what was dropped and waits for a choice is where the choice is
  useEffect(() => {
    if (offered === null) return;
    choose('files');
    if (offered.chosen === null && panel.current !== null) panel.current.open = true;
  }, [offered]);
  const kept = (models.stored.value?.length ?? 0) + models.remembered.value.length;
  return (
    <section class="model" aria-labelledby="model-title" data-testid="model" data-bundled={open === null || open.world !== null}>
      {hovering && (
        <div class="drop-sheet" aria-hidden="true">
          {busy ? 'A run is on its way; a model can be opened when it rests.' : 'Drop a model or an adapter here.'}
        </div>
      )}
      <details ref={panel} data-testid="model-panel">
        <summary>
          <h2 id="model-title">{CONTROLS.model}</h2>
          <span class="model-facts">
            <Facts models={models} />
          </span>
        </summary>
        <fieldset class="plain" disabled={busy}>
          <legend class="unseen">Where the model comes from</legend>
          <div class="segments">
            {(Object.keys(PLACES) as Place[]).map((name) => (
              <label key={name}>
                <input type="radio" name="model-place" value={name} checked={name === place} onChange={() => choose(name)} />
                <span>
                  {PLACES[name]}
                  {name === 'stored' && kept > 0 ? ` (${kept})` : ''}
                </span>
              </label>
            ))}
          </div>
          <div class="model-place">
            {place === 'bundled' && <Worlds session={session} />}
            {place === 'files' && <FromFiles models={models} busy={busy} />}
            {place === 'hub' && <Hub models={models} />}
            {place === 'stored' && <StoredModels models={models} busy={busy} />}
          </div>
        </fieldset>
        {session.busy.value && <p class="field-note">The model can be changed when no run is on its way.</p>}
      </details>
      {open?.note !== null && open !== null && (
        <p class="field-note model-note" data-testid="model-note">
          {open.note}
        </p>
      )}
      {models.problem.value !== null && <Trouble failure={models.problem.value} close={() => (models.problem.value = null)} />}
      <Kit models={models} busy={busy} />
      <Plan session={session} />
    </section>
  );
}
