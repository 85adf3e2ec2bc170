/** Copy link: the address of the experiment that stands in the fields, into the clipboard, or shown where nothing may be copied. */
import { say } from '../language/language.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { copyText } from './clipboard.ts';
import type { Session } from '../session/session.ts';

const SAID_MS = 4000;

export function CopyLink({ session, testId = 'copy-link' }: { readonly session: Session; readonly testId?: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'by hand'>('ready');
  const field = useRef<HTMLInputElement>(null);
  const text = session.linkText.value;
  useEffect(() => setState('ready'), [text]);
  useEffect(() => {
    if (state === 'by hand') field.current?.select();
    if (state !== 'copied') return;
    const timer = setTimeout(() => setState('ready'), SAID_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => setState((await copyText(session.address())) ? 'copied' : 'by hand');
  return (
    <>
      <button
        type="button"
        class="link"
        title={say('The address of this page with the settings as they are now')}
        onClick={() => void copy()}
        data-testid={testId}
      >
        {state === 'copied' ? say('Copied') : say('Copy link')}
      </button>
      <span class="unseen" role="status">
        {state === 'copied' && say('The link is copied.')}
      </span>
      {state === 'by hand' && (
        <label class="by-hand">
          {say('This browser lets no page copy. Take the link by hand:')}
          <input ref={field} type="text" readOnly value={session.address()} data-testid="link-by-hand" />
        </label>
      )}
    </>
  );
}
