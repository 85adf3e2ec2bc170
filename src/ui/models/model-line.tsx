/** The open model in one line, with the way to another. */
import { say } from '../language/language.ts';
import { CONTROLS } from '../../controls.ts';
import { ViewLink } from '../page/view-link.tsx';
import type { Session } from '../session/session.ts';
import { Facts } from './facts.tsx';

export function ModelLine({ session }: { readonly session: Session }) {
  const open = session.models.opened.value;
  const kit = open?.kit;
  return (
    <>
      <p class="model-line" data-testid="model-line">
        <span class="muted">{say(CONTROLS.model)}</span> <Facts models={session.models} />
        {kit != null && <span class="muted">{say(', kit: {name}', { name: kit.name })}</span>}{' '}
        {!session.place.value.hide.includes('models') && (
          <ViewLink session={session} to={{ view: 'models' }} testId="change-model">
            {say('change')}
          </ViewLink>
        )}
      </p>
      {open != null && open.note !== null && (
        <p class="field-note model-note" data-testid="model-note">
          {open.note}
        </p>
      )}
    </>
  );
}
