/** A failure about models: what to do, and the fact behind it. Knows no model. */
import type { Failure } from '../../errors.ts';

/** What to do, then the detail as it came. */
export function Trouble({ failure, close }: { readonly failure: Failure; readonly close: () => void }) {
  const stopped = failure.code === 'STOPPED';
  const text = stopped ? 'The download was stopped. Start it again, and it goes on from there.' : failure.message;
  return (
    <div class="notice" data-grave={!stopped} role="alert" data-testid="model-problem">
      <p>
        {text}
        <br />
        <small class="detail" dir="auto">
          {failure.code}: {failure.detail}
        </small>
      </p>
      <p class="notice-actions">
        <button type="button" class="link" onClick={close}>
          close
        </button>
      </p>
    </div>
  );
}
