/** Which model learns: the one that is open, and where another can be taken from. */
import { say, toSay } from '../language/language.ts';
import { refusedText } from '../option-text.ts';
import { useEffect, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { Facts } from './facts.tsx';
import { FromFiles, Keep } from './from-files.tsx';
import { Hub, StoredModels } from './hub.tsx';
import { Kit } from './kit.tsx';
import type { Session } from '../session/session.ts';
import { Trouble } from '../page/trouble.tsx';
import { OPTIONS } from '../../run/config.ts';
import type { Option } from '../../settings/option.ts';
import { fieldId } from '../session/link.ts';

const PLACES = { bundled: toSay('Bundled'), files: CONTROLS.fromFiles, hub: toSay('From a hub'), stored: toSay('Kept here') } as const;
type Place = keyof typeof PLACES;

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
        {say(
          'Tiny models that come with the page. Each knows a small world by heart, so every answer can be graded. A world begins with settings of its own.',
        )}
      </p>
      <div class="field" data-type="choice">
        <div class="field-label">
          <label for={fieldId('world')}>{say(option.label)}</label>
        </div>
        <select id={fieldId('world')} value={wanted} onChange={(event) => session.edit('world', event.currentTarget.value)}>
          {option.choices.map(({ value, label }) => (
            <option key={value} value={value}>
              {say(label)}
            </option>
          ))}
        </select>
        <p class="field-note" data-refused={refusal !== undefined}>
          {refusal === undefined ? say(option.choices.find(({ value }) => value === wanted)?.help ?? '') : refusedText('world', wanted)}
        </p>
      </div>
      {!isOpen && (
        <button type="button" onClick={() => void models.openBundled()} data-testid="model-bundled">
          {say('Open it')}
        </button>
      )}
    </div>
  );
}

export function Model({ session }: { readonly session: Session }) {
  const { models } = session;
  const open = models.opened.value;
  // whoever comes back finds the choice where the open model came from
  const [place, choose] = useState<Place>(() => models.source.peek().kind);
  const busy = session.busy.value || models.opening.value !== null;
  const offered = models.offered.value;
  // what was dropped and waits for a choice is where the choice is
  useEffect(() => {
    if (offered !== null) choose('files');
  }, [offered]);
  const kept = (models.stored.value?.length ?? 0) + models.remembered.value.length;
  return (
    <section class="section model" aria-labelledby="model-title" data-testid="model" data-bundled={open === null || open.world !== null}>
      <div class="section-head">
        <h2 id="model-title">{say(CONTROLS.model)}</h2>
        <p class="model-facts">
          <Facts models={models} />
        </p>
      </div>
      <fieldset class="plain" disabled={busy}>
        <legend class="unseen">{say('Where the model comes from')}</legend>
        <div class="segments">
          {(Object.keys(PLACES) as Place[]).map((name) => (
            <label key={name}>
              <input type="radio" name="model-place" value={name} checked={name === place} onChange={() => choose(name)} />
              <span>
                {say(PLACES[name])}
                {name === 'stored' && kept > 0 ? ` (${kept})` : ''}
              </span>
            </label>
          ))}
        </div>
        <div class="model-place">
          {place === 'bundled' && <Worlds session={session} />}
          {place === 'files' && <FromFiles models={models} busy={busy} />}
          {place === 'hub' && <Hub models={models} online={session.offline.online.value} />}
          {place === 'stored' && <StoredModels models={models} busy={busy} />}
        </div>
      </fieldset>
      {session.busy.value && <p class="field-note">{say('The model can be changed when no run is on its way.')}</p>}
      {/* what rests during a run is the choice: a copy changes nothing about it, and is what a run that waits may need. Hub and Kept here say themselves how far one is */}
      {(place === 'files' || (session.busy.value && (place === 'bundled' || models.fetching.value === null))) && <Keep models={models} />}
      {/* it is of the open model: under the refusal of another it would read as what became of that one */}
      {open !== null && open.note !== null && models.problem.value === null && (
        <p class="field-note model-note" data-testid="model-note">
          {open.note}
        </p>
      )}
      {models.problem.value !== null && <Trouble failure={models.problem.value} close={() => (models.problem.value = null)} />}
      <Kit models={models} busy={busy} />
    </section>
  );
}
