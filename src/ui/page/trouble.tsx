/** A failure about models: what to do, and the fact behind it. Knows no model. */
import { failureText } from '../language/failure.ts';
import { say } from '../language/language.ts';
import type { Failure } from '../../errors.ts';

/** What to do, then the detail as it came. */
export function Trouble({ failure, close }: { readonly failure: Failure; readonly close: () => void }) {
  const stopped = failure.code === 'STOPPED';
  const text = stopped ? say('The download was stopped. Start it again, and it goes on from there.') : failureText(failure);
  return (
    <div class="notice" data-grave={!stopped} role="alert" data-testid="model-problem">
      <p>
        {text}
        <br />
        <small class="detail" dir="auto">
          {failure.code}: <span lang="en">{failure.detail}</span>
        </small>
      </p>
      <p class="notice-actions">
        <button type="button" class="link" onClick={close}>
          {say('close')}
        </button>
      </p>
    </div>
  );
}
