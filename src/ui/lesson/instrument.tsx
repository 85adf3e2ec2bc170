/**
 * The four questions on the page, before the lesson and after it: fields to write in, or not to, a table to save, and a button that forgets all.
 * Knows no chapter.
 */
import { useState } from 'preact/hooks';
import { say } from '../language/language.ts';
import { resting } from '../page/focus.ts';
import { saveTable } from '../page/save.ts';
import { CODES, csvName, csvOf, isEmpty, LONGEST, QUESTIONS, type When } from '../session/four-questions.ts';
import type { Session } from '../session/session.ts';

function Fields({ session: { instrument }, when }: { readonly session: Session; readonly when: When }) {
  const given = instrument.answers.value[when];
  return (
    <div class="instrument-fields">
      {QUESTIONS.map(({ id, text }) => (
        <label key={id}>
          <span>{say(text)}</span>
          <textarea
            rows={2}
            maxLength={LONGEST}
            value={given[id] ?? ''}
            onInput={({ currentTarget: { value } }) => instrument.write(when, id, value)}
            data-testid={`instrument-${when}-${id}`}
          />
        </label>
      ))}
    </div>
  );
}

/** What can be done with all that was written. */
function Actions({ session: { instrument, place } }: { readonly session: Session }) {
  const [asking, ask] = useState(false);
  const empty = isEmpty(instrument.answers.value);
  const { class: group } = place.value;
  const keep = (): void => saveTable(csvName(new Date(), group), csvOf(instrument.answers.value, new Date(), group));
  const forget = (): void => {
    instrument.forget();
    ask(false);
  };
  return (
    <>
      <p class="instrument-actions">
        <button type="button" {...resting(empty, keep)} data-testid="instrument-csv">
          {say('Save as CSV')}
        </button>
        {asking ? (
          <>
            <span>{say('Delete all that was written here?')}</span>
            <button type="button" class="danger" onClick={forget} data-testid="instrument-forget-all" data-next="instrument-forget">
              {say('Delete')}
            </button>
            <button type="button" data-heir onClick={() => ask(false)}>
              {say('Keep')}
            </button>
          </>
        ) : (
          <button type="button" id="instrument-forget" {...resting(empty, () => ask(true))} data-testid="instrument-forget">
            {say('Delete the answers')}
          </button>
        )}
      </p>
      <p class="field-note">
        {say('The table has a row for each answer, before and after, and an empty column for whoever codes it by hand: {codes}.', {
          codes: CODES.map((code) => say(code)).join(', '),
        })}
        {group !== null && ` ${say('It names the class “{name}”, as the link does.', { name: group })}`}
      </p>
    </>
  );
}

/** The questions at one end of the lesson. */
export function Instrument({ session, when }: { readonly session: Session; readonly when: When }) {
  return (
    <details class="instrument" data-testid={`instrument-${when}`}>
      <summary>{when === 'before' ? say('Four questions before you begin, if you like') : say('The same four questions, now')}</summary>
      <p>
        {say('Write what you think; there is no right length. What you write stays in this browser, on this device, and is sent nowhere.')}
        {!session.instrument.kept.value && ` ${say('This browser keeps nothing for the page: it is gone when you close it.')}`}
      </p>
      <Fields session={session} when={when} />
      <Actions session={session} />
    </details>
  );
}
