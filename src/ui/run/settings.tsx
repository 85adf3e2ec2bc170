/**
 * The settings, made from the option table: label, range, default, help. What was typed stays; a value out of range is refused with
 * a sentence, never changed.
 */
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { useEffect, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { GROUPS, type OptionName, optionOf, OPTIONS } from '../../run/config.ts';
import { PRESETS } from '../../run/presets.ts';
import type { ChoiceOption } from '../../settings/option.ts';
import { fieldText, helpText, rangeText, refusedText, typedText, valueText } from '../option-text.ts';
import { CopyLink } from '../page/copy-link.tsx';
import { fieldId } from '../session/link.ts';
import type { Session } from '../session/session.ts';
import { Explain } from '../page/term.tsx';

type FieldProps = { readonly session: Session; readonly name: OptionName };

function Control({ session, name }: FieldProps) {
  const option = optionOf(name);
  const text = session.draft.value[name];
  const set = (value: string) => session.edit(name, value);
  const refused = session.parsed.value.refusals.some((refusal) => refusal.name === name);
  const shared = {
    id: fieldId(name),
    // “back to …” is gone once it was pressed
    'data-heir': true,
    'aria-describedby': `${fieldId(name)}-range ${fieldId(name)}-note`,
    'aria-invalid': refused,
  };
  switch (option.type) {
    case 'number':
      return (
        <input
          {...shared}
          type="text"
          inputMode={option.whole ? 'numeric' : 'decimal'}
          autocomplete="off"
          value={fieldText(text)}
          onInput={(event) => set(typedText(event.currentTarget.value))}
        />
      );
    case 'choice':
      return (
        <select {...shared} value={text} onChange={(event) => set(event.currentTarget.value)}>
          {option.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {say(choice.label)}
            </option>
          ))}
        </select>
      );
    case 'switch':
      return <input {...shared} type="checkbox" checked={text === 'true'} onChange={(event) => set(String(event.currentTarget.checked))} />;
    default:
      return option satisfies never;
  }
}

function Note({ session, name }: FieldProps) {
  const refusal = session.parsed.value.refusals.find((other) => other.name === name);
  const usual = session.usual.value[name];
  const standard = String(usual);
  const changed = session.draft.value[name] !== standard;
  return (
    <p class="field-note" id={`${fieldId(name)}-note`} data-refused={refusal !== undefined}>
      {refusal !== undefined && refusedText(name, session.draft.value[name])}
      {changed && (
        <button type="button" class="link" onClick={() => session.edit(name, standard)}>
          {say('back to {value}', { value: valueText(name, usual) })}
        </button>
      )}
    </p>
  );
}

function Field({ session, name }: FieldProps) {
  const option = optionOf(name);
  return (
    <div class="field" data-type={option.type}>
      <div class="field-label">
        <label for={fieldId(name)}>
          <Say text={option.label} />
        </label>
        <span class="range" id={`${fieldId(name)}-range`}>
          {rangeText(option)}
        </span>
        <Explain
          title={say(option.label)}
          text={helpText(option)}
          label={say('What is {label}?', { label: say(option.label) })}
          class="help"
        >
          ?
        </Explain>
      </div>
      <Control session={session} name={name} />
      <Note session={session} name={name} />
    </div>
  );
}

/** Named settings to begin with. What is chosen is what stands in the fields, so any change of a field leaves it. */
function PresetField({ session }: { readonly session: Session }) {
  const preset = session.preset.value;
  return (
    <div class="field" data-type="choice">
      <label for="preset">{say('Preset')}</label>
      <select
        id="preset"
        data-testid="preset"
        aria-describedby="preset-note"
        value={preset?.name ?? ''}
        onChange={(event) => session.takePreset(event.currentTarget.value)}
      >
        {preset === undefined && <option value="">{say('your own {@settings}')}</option>}
        {PRESETS.map(({ name }) => (
          <option key={name} value={name}>
            {say(name)}
          </option>
        ))}
      </select>
      <p class="field-note" id="preset-note">
        {preset !== undefined && (
          <>
            <Say text={preset.help} /> {preset.source !== '' && <small>({say(preset.source)})</small>}
          </>
        )}
      </p>
    </div>
  );
}

/** The methods as buttons of which one is pressed, with its sentence. */
function MethodField({ session }: { readonly session: Session }) {
  const option: ChoiceOption = OPTIONS.method;
  const chosen = option.choices.find((choice) => choice.value === session.draft.value.method);
  const refusal = session.parsed.value.refusals.find((other) => other.name === 'method');
  return (
    <fieldset class="method">
      <legend>{say(option.label)}</legend>
      <div class="segments">
        {option.choices.map((choice, index) => (
          <label key={choice.value}>
            <input
              type="radio"
              name="method"
              id={index === 0 ? fieldId('method') : `${fieldId('method')}-${index}`}
              value={choice.value}
              checked={choice === chosen}
              onChange={() => session.edit('method', choice.value)}
            />
            <span>{say(choice.label)}</span>
          </label>
        ))}
      </div>
      <p class="field-note" data-refused={refusal !== undefined}>
        {refusal === undefined ? chosen !== undefined && <Say text={chosen.help} /> : refusedText('method', session.draft.value.method)}
      </p>
    </fieldset>
  );
}

/** Where the tensors live; needs a fresh page, because a backend is opened once. */
function BackendField({ backend }: { readonly backend: string }) {
  const choose = (value: string) => {
    const url = new URL(window.location.href);
    if (value === 'auto') url.searchParams.delete('backend');
    else url.searchParams.set('backend', value);
    window.location.assign(url);
  };
  return (
    <div class="field" data-type="choice">
      <div class="field-label">
        <label for="backend">{say(CONTROLS.engine)}</label>
        <Explain
          title={say(CONTROLS.engine)}
          text={say(
            'Where the tensors live. Automatic takes the graphics card where there is one, else the CPU. A change reloads the page.',
          )}
          label={say('What is {engine}?', { engine: say(CONTROLS.engine) })}
          class="help"
        >
          ?
        </Explain>
      </div>
      <select id="backend" value={backend} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="auto">{say('Automatic')}</option>
        <option value="wasm">{say(CONTROLS.cpu)}</option>
        <option value="webgpu">{say('GPU (WebGPU)')}</option>
      </select>
    </div>
  );
}

/** The world is chosen with the model. */
const [, MAIN, ...MORE] = GROUPS.map(({ heading, options }) => ({ heading, names: Object.keys(options) as readonly OptionName[] }));
const MORE_NAMES = MORE.flatMap(({ names }) => names);

export function Settings({ session }: { readonly session: Session }) {
  const busy = session.busy.value;
  const main = (MAIN?.names ?? []).filter((name) => name !== 'method');
  const refusedMore = session.parsed.value.refusals.some(({ name }) => MORE_NAMES.some((other) => other === name));
  const [more, showMore] = useState(refusedMore);
  useEffect(() => {
    if (refusedMore) showMore(true);
  }, [refusedMore]);
  return (
    <section class="settings" aria-labelledby="settings-title">
      <div class="section-head">
        <h2 id="settings-title">{say(CONTROLS.settings)}</h2>
        {session.changed.value && !busy && (
          <button type="button" class="link" onClick={() => session.resetSettings()}>
            {say('all to default')}
          </button>
        )}
        <CopyLink session={session} />
      </div>
      <fieldset class="plain" disabled={busy}>
        <legend class="unseen">{say('Settings of the next run')}</legend>
        <PresetField session={session} />
        <MethodField session={session} />
        {main.map((name) => (
          <Field key={name} session={session} name={name} />
        ))}
        <details class="more" open={more} onToggle={(event) => showMore(event.currentTarget.open)}>
          <summary>{say(CONTROLS.moreSettings)}</summary>
          {MORE.map(({ heading, names }) => (
            <fieldset key={heading} class="field-group">
              <legend>{say(heading)}</legend>
              {names.map((name) => (
                <Field key={name} session={session} name={name} />
              ))}
            </fieldset>
          ))}
          <BackendField backend={session.backend} />
        </details>
      </fieldset>
      <p class="field-note" role="status">
        {busy ? say('Settings rest while a run is on its way.') : say('The settings are in the address of this page.')}
        {session.waits.value && ` ${say('The address is another link now: its settings come here when the run has ended.')}`}
      </p>
    </section>
  );
}
