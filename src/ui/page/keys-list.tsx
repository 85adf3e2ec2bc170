/** The list of keys, and the switch that turns off those that are a character. Opens with its button, or with ?. */
import { useRef } from 'preact/hooks';
import { say } from '../language/language.ts';
import type { Session } from '../session/session.ts';
import { characterKeys, KEYS, KEYS_DIALOG } from './keys.ts';

export function KeysList({ session }: { readonly session: Session }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { on, set } = characterKeys;
  return (
    <>
      <button type="button" class="link" onClick={() => dialog.current?.showModal()} data-testid="keys-open">
        {on.value ? say('Keys (?)') : say('Keys')}
      </button>
      <dialog class="keys" id={KEYS_DIALOG} ref={dialog} aria-labelledby="keys-title" data-testid="keys">
        <h2 id="keys-title">{say('Keys')}</h2>
        <dl>
          {KEYS.map(({ shown, what, character }) => (
            <div key={shown} data-off={character && !on.value}>
              <dt>
                <kbd>{say(shown)}</kbd>
              </dt>
              <dd>{character && !on.value ? say('{what} (off)', { what: say(what) }) : say(what)}</dd>
            </div>
          ))}
        </dl>
        <p>
          <label>
            <input
              type="checkbox"
              checked={on.value}
              onChange={(event) => set(event.currentTarget.checked, !session.place.peek().booth)}
              data-testid="character-keys"
            />{' '}
            {say('Letters, dots and other characters are keys')}
          </label>
        </p>
        <p>
          <button type="button" onClick={() => dialog.current?.close()}>
            {say('Close')}
          </button>
        </p>
      </dialog>
    </>
  );
}
