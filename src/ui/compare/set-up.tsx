/** What an experiment is made of, before it runs: its arms, its seeds and reference, and the file that it comes from. */
import { say, sayName } from '../language/language.ts';
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { isDone, MOST_SEEDS } from '../session/experiment-plan.ts';
import { save } from '../page/save.ts';
import type { Session } from '../session/session.ts';
import { Term } from '../page/term.tsx';
import { armText } from './experiment-text.ts';
import { MissingExperiment } from './experiments.tsx';

const LARGEST_FILE = 1e6;

type Props = { readonly session: Session };

export function Arms({ session }: Props) {
  const { experiment } = session;
  const { arms, picked, plan, offered, running } = experiment;
  return (
    <fieldset class="arms" disabled={running.value}>
      <legend>
        <Term name="arm">{say('Arms')}</Term>
      </legend>
      <div class="arm-list">
        {arms.value.map((arm, index) => {
          const own = plan.value.filter((entry) => entry.arm.name === arm.name);
          return (
            <label key={arm.name} class="arm">
              <input
                type="checkbox"
                checked={picked.value.some(({ name }) => name === arm.name)}
                onChange={(event) => experiment.choose(arm.name, event.currentTarget.checked)}
                data-testid={`compare-arm-${index}`}
              />
              <span class="arm-name">{sayName(arm.name)}</span>
              <small>{armText(arm)}</small>
              <small class="arm-runs">
                {own.length === 0 ? '' : say('{done} of {total}', { done: own.filter(isDone).length, total: own.length })}
              </small>
            </label>
          );
        })}
      </div>
      {!offered.value && (
        <button type="button" class="link" onClick={() => experiment.offer()}>
          {say('back to the arms on offer')}
        </button>
      )}
    </fieldset>
  );
}

type SeedFieldProps = Props & {
  readonly label: string;
  readonly name: 'count' | 'first';
  readonly signal: ReadonlySignal<string>;
  readonly set: (text: string) => void;
  readonly testId: string;
  readonly children?: ComponentChildren;
};

function SeedField({ session, label, name, signal, set, testId, children }: SeedFieldProps) {
  const { running, refusedField } = session.experiment;
  return (
    <label>
      <span>{label}</span>
      <input
        type="text"
        inputMode="numeric"
        autocomplete="off"
        value={signal.value}
        disabled={running.value}
        aria-invalid={refusedField.value === name}
        aria-describedby="compare-note"
        onInput={(event) => set(event.currentTarget.value)}
        data-testid={testId}
      />
      {children}
    </label>
  );
}

export function Fields({ session }: Props) {
  const { count, first, listed, setCount, setFirst, forgetListed, picked, reference, setReference, running } = session.experiment;
  return (
    <div class="compare-fields">
      {listed.value === null ? (
        <>
          <SeedField session={session} label={say('Seeds')} name="count" signal={count} set={setCount} testId="compare-seeds">
            <small>1–{MOST_SEEDS}</small>
          </SeedField>
          <SeedField session={session} label={say('First seed')} name="first" signal={first} set={setFirst} testId="compare-first" />
        </>
      ) : (
        <p>
          {say('Seeds of the file: {seeds}', { seeds: listed.value.join(', ') })}{' '}
          <button type="button" class="link" disabled={running.value} onClick={forgetListed}>
            {say('choose others')}
          </button>
        </p>
      )}
      <label>
        <span>{say('Reference')}</span>
        <select value={reference.value} onChange={(event) => setReference(event.currentTarget.value)} data-testid="compare-reference">
          {picked.value.map(({ name }) => (
            <option key={name} value={name}>
              {sayName(name)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function Files({ session }: Props) {
  const { file, running, comparison, refuseFile, setUp } = session.experiment;
  const { experiments } = session;
  const input = useRef<HTMLInputElement>(null);
  const read = async (chosen: File | undefined) => {
    if (input.current !== null) input.current.value = '';
    if (chosen === undefined) return;
    if (chosen.size > LARGEST_FILE) refuseFile(() => say('The file is larger than 1 MB; that is no experiment.'));
    else await experiments.load(await chosen.text(), chosen.name);
  };
  const keep = () => save('comparison.json', [JSON.stringify(comparison.value, null, 2)], 'application/json');
  const keepFile = () => {
    const { arms = [], chosen = [], seeds, reference } = setUp.value ?? {};
    const file = { arms: arms.filter(({ name }) => chosen.includes(name)), seeds, reference };
    const name = experiments.current.value?.name.replace(/[^\p{L}\p{N}._-]+/gu, '-') ?? 'experiment';
    save(`${name}.json`, [JSON.stringify(file, null, 2)], 'application/json');
  };
  return (
    <>
      <MissingExperiment session={session} choose={() => input.current?.click()} />
      <p class="keep">
        <button type="button" class="link" disabled={running.value} onClick={() => input.current?.click()}>
          {say('Load experiment (JSON)')}
        </button>
        <input
          ref={input}
          type="file"
          accept=".json,application/json"
          hidden
          onChange={(event) => void read(event.currentTarget.files?.[0])}
          data-testid="compare-file"
        />
        <button
          type="button"
          class="link"
          disabled={setUp.value === null || setUp.value.chosen.length === 0}
          onClick={keepFile}
          data-testid="experiment-save"
        >
          {say('Save experiment (JSON)')}
        </button>
        <button type="button" class="link" disabled={comparison.value === null} onClick={keep} data-testid="compare-save">
          {say('Save table (JSON)')}
        </button>
      </p>
      {file.value !== null && (
        <div class="notice" data-grave={true} role="alert" data-testid="compare-refused">
          <p>
            <strong>{say('The file was not taken.')}</strong> {file.value}
          </p>
        </div>
      )}
    </>
  );
}
