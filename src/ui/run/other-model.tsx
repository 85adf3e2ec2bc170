/** A run that is shown while the model or the kit of another is open: whose it is, wherever its numbers stand. Knows no chart. */
import { hasSameWeights } from '../../run/records.ts';
import { worldText } from '../../run/worlds.ts';
import { say, sayName } from '../language/language.ts';
import { chapterShown } from '../lesson/shown-run.ts';
import type { Session } from '../session/session.ts';

type Props = { readonly session: Session };

/** What differs, and what it is called of the run and of what is open; two picks may have one name. */
type Difference = { readonly isKit: boolean; readonly other: string; readonly here: string };

/** Where the run that is shown was made of something else; null while what is open is that, and where no run is shown. */
function differenceOf(session: Session): Difference | null {
  const summary = session.runs.value?.find(({ run }) => run === session.view.value.run);
  const open = session.models.opened.value;
  if (summary === undefined || open === null || session.unasked.value === null) return null;
  const { model, config } = summary;
  if (model?.kit !== undefined && open.kit !== undefined && hasSameWeights(model, open))
    return { isKit: true, other: sayName(model.kit.name), here: sayName(open.kit.name) };
  return {
    isKit: false,
    other: model === undefined ? say(worldText(config.world)) : sayName(model.name),
    here: open.world === null ? sayName(open.name) : say(worldText(open.world)),
  };
}

function otherText({ isKit, other, here }: Difference): string {
  if (other !== here) return say('of {model}', { model: other });
  return isKit ? say('of another kit') : say('of another model');
}

function differenceText({ isKit, other, here }: Difference): string {
  if (isKit)
    return other === here
      ? say('The run that is shown is of another kit than the open one; both are called {name}.', { name: here })
      : say('The run that is shown is of the kit {other}, and the kit {open} is open.', { other, open: here });
  return other === here
    ? say('The run that is shown is of another model than the open one; both are called {name}.', { name: here })
    : say('The run that is shown is of {other}, and {open} is open.', { other, open: here });
}

/** Behind the main number of a run: whose it is. */
export function OfOther({ session }: Props) {
  const difference = differenceOf(session);
  return difference === null ? null : <span class="headline-round" dir="auto">{` ${otherText(difference)}`}</span>;
}

/** What on the page is of which model. */
export function OtherModel({ session }: Props) {
  const difference = differenceOf(session);
  // one that does not rest begins with its own; one that waits says for what; a chapter's charts are its own
  if (difference === null || session.view.value.status !== 'finished' || session.place.value.view === 'learn') return null;
  // of such a run it is said that it is the lesson's
  if (chapterShown(session) !== null) return null;
  const { isKit, other, here } = difference;
  return (
    <div class="notice" data-testid="other-model">
      <p>
        <strong>{differenceText(difference)}</strong>{' '}
        {isKit || other === here
          ? say('Charts, tables and samples are the run’s; the chat, the plan and the next run are of what is open.')
          : say('Charts, tables and samples are the run’s; the chat, the plan and the next run are of {open}.', { open: here })}
      </p>
      <p class="notice-actions">
        <button type="button" data-next="run" onClick={() => session.clear()}>
          {say('Hide the run')}
        </button>
      </p>
    </div>
  );
}
