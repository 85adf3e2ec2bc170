/** How the page is shown: large for a projector, without some parts for a class, or as a stand that begins again by itself. All of it is in the link. */
import { say, toSay } from '../language/language.ts';
import { CopyLink } from './copy-link.tsx';
import { classNamed, HIDEABLE, type Hideable, LONGEST_CLASS } from '../session/place.ts';
import type { Session } from '../session/session.ts';

const NAMES: Readonly<Record<Hideable, string>> = {
  settings: toSay('Settings'),
  learn: toSay('Learn'),
  models: toSay('Models'),
  compare: toSay('Compare'),
  samples: toSay('Samples'),
  chat: toSay('Chat'),
};

export function Showing({ session }: { readonly session: Session }) {
  const { hide, present, booth, class: group } = session.place.value;
  const toggle = (name: Hideable): void =>
    session.go({ hide: hide.includes(name) ? hide.filter((other) => other !== name) : [...hide, name] });
  return (
    <details class="showing" data-testid="showing">
      <summary>{say('For a class or a stand')}</summary>
      <div class="showing-body">
        <label>
          <input type="checkbox" checked={present} onChange={() => session.go({ present: !present })} data-testid="present" />{' '}
          {say('Large, for a projector')}
        </label>
        <fieldset class="plain">
          <legend>{say('Leave out')}</legend>
          {HIDEABLE.map((name) => (
            <label key={name}>
              <input type="checkbox" checked={hide.includes(name)} onChange={() => toggle(name)} data-testid={`hide-${name}`} />{' '}
              {say(NAMES[name])}
            </label>
          ))}
        </fieldset>
        <label>
          {say('Name of the class, for the saved answers')}{' '}
          <input
            type="text"
            maxLength={LONGEST_CLASS}
            value={group ?? ''}
            onChange={({ currentTarget: field }) => {
              session.go({ class: classNamed(field.value) });
              field.value = session.place.peek().class ?? '';
            }}
            data-testid="class-name"
          />
        </label>
        {/* below all that it keeps: what is set after it goes with the visitor */}
        <label>
          <input type="checkbox" checked={booth} onChange={() => session.go({ booth: !booth })} data-testid="booth" />{' '}
          {say('A stand: begins again after two minutes of rest, with what was open when this was ticked')}
        </label>
        <p>
          <CopyLink session={session} testId="copy-shown" />
        </p>
      </div>
    </details>
  );
}

/** The way back to the whole page, where parts are left out. */
export function ShowAll({ session }: { readonly session: Session }) {
  const { hide } = session.place.value;
  if (hide.length === 0) return null;
  return (
    <button type="button" class="quiet" onClick={() => session.go({ hide: [] })} data-testid="show-all">
      {say('Show all')}
    </button>
  );
}
