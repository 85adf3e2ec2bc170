/** What can be done with a row of a list, with Delete at the end, which asks first. Knows no list. */
import { say } from '../language/language.ts';
import { type ComponentChildren, Fragment } from 'preact';
import { useId, useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';
import { resting } from './focus.ts';

/** What a button is called that other rows have too: "Show: the run SOFT, seed 3". */
export const inRow = (action: string, what: string): string => say('{action}: {what}', { action, what });

type Props = {
  /** The row in words: what Delete deletes. */
  readonly what: string;
  /** Why nothing can be deleted now, said at the button; null where it can. */
  readonly rests: string | null;
  readonly remove: () => void;
  readonly children: ComponentChildren;
};

export function RowActions({ what, rests, remove, children }: Props) {
  const [asking, ask] = useState(false);
  const why = useId();
  return (
    <div class="row-actions">
      {asking ? (
        <Fragment key="asking">
          <span>{say('Delete for good?')}</span>
          <button type="button" class="danger" onClick={remove}>
            {say(CONTROLS.delete)}
          </button>
          <button type="button" data-heir onClick={() => ask(false)}>
            {say('Keep')}
          </button>
        </Fragment>
      ) : (
        <Fragment key="verbs">
          {children}
          <button
            type="button"
            data-heir
            {...resting(rests !== null, () => ask(true))}
            aria-label={say('Delete {what}', { what })}
            aria-describedby={rests === null ? undefined : why}
          >
            {say(CONTROLS.delete)}
          </button>
          {rests !== null && (
            <small class="row-rests" id={why}>
              {rests}
            </small>
          )}
        </Fragment>
      )}
    </div>
  );
}
