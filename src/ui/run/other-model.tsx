/** A run that is shown while the model of another is open: whose it is, wherever its numbers stand. Knows no chart. */
import { worldText } from '../../run/worlds.ts';
import { say, sayName } from '../language/language.ts';
import type { Session } from '../session/session.ts';

type Props = { readonly session: Session };

/** What the run that is shown was made of; null while the open model is that, and where no run is shown. */
function otherOf(session: Session): string | null {
  const summary = session.runs.value?.find(({ run }) => run === session.view.value.run);
  if (summary === undefined || session.unasked.value === null) return null;
  return summary.model === undefined ? say(worldText(summary.config.world)) : sayName(summary.model.name);
}

/** Behind the main number of a run: whose it is. */
export function OfOther({ session }: Props) {
  const other = otherOf(session);
  return other === null ? null : <span class="headline-round" dir="auto">{` ${say('of {model}', { model: other })}`}</span>;
}

/** What on the page is of which model. */
export function OtherModel({ session }: Props) {
  const [other, open] = [otherOf(session), session.models.opened.value];
  // one that does not rest begins with its own; one that waits says for what; a chapter's charts are its own
  if (other === null || open === null || session.view.value.status !== 'finished' || session.place.value.view === 'learn') return null;
  const name = open.world === null ? sayName(open.name) : say(worldText(open.world));
  return (
    <div class="notice" data-testid="other-model">
      <p>
        <strong>{say('The run that is shown is of {other}, and {open} is open.', { other, open: name })}</strong>{' '}
        {say('Charts, tables and samples are the run’s; the chat, the plan and the next run are of {open}.', { open: name })}
      </p>
      <p class="notice-actions">
        <button type="button" data-next="run" onClick={() => session.clear()}>
          {say('Hide the run')}
        </button>
      </p>
    </div>
  );
}
