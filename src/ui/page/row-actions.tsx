/** What can be done with a row of a list, with Delete at the end, which asks first. Knows no list. */
import { say } from '../language/language.ts';
import { type ComponentChildren, Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { CONTROLS } from '../../controls.ts';

type Props = {
  /** The row in words: what Delete deletes. */
  readonly what: string;
  readonly disabled: boolean;
  readonly remove: () => void;
  readonly children: ComponentChildren;
};

export function RowActions({ what, disabled, remove, children }: Props) {
  const [asking, ask] = useState(false);
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
          <button type="button" data-heir disabled={disabled} onClick={() => ask(true)} aria-label={say('Delete {what}', { what })}>
            {say(CONTROLS.delete)}
          </button>
        </Fragment>
      )}
    </div>
  );
}
