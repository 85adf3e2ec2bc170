/** The network as a state, not an error: whether there is one, whether the page starts without it, and a newer version that waits for a click. */
import { say, toSay } from '../language/language.ts';
import type { Offline as Network } from '../session/offline.ts';
import type { Session } from '../session/session.ts';
import { Explain } from './term.tsx';

/** In the top: there is no network, and what that means. */
export function Offline({ offline }: { readonly offline: Network }) {
  if (offline.online.value) return null;
  const text = offline.works.value
    ? say('Everything on this page works without one, except for asking a hub for a model. It starts again without one, too.')
    : say(
        'Everything on this page works without one, except for asking a hub for a model. Keep this tab open: the page was not kept yet, so it cannot be loaded again before there is a network.',
      );
  return (
    <span class="badge" data-testid="offline">
      <Explain title={say('No network')} text={text}>
        {say('offline')}
      </Explain>
    </span>
  );
}

/** At the foot: the page is kept. */
export function Kept({ offline }: { readonly offline: Network }) {
  if (!offline.works.value) return null;
  return <p data-testid="kept">{say('The page and its models are kept in this browser: from now on it starts without a network.')}</p>;
}

const SENTENCES = {
  ready: toSay('A newer version of this page is ready. Runs and models stay as they are.'),
  wanted: toSay('The newer version is loaded as soon as no run is on its way and no model is being opened, in this tab or in another.'),
  elsewhere: toSay('Another tab has changed to a newer version. This one goes on as it is until it is loaded again.'),
} as const;

/** A newer version: it never comes by itself while the page is open. */
export function Newer({ session: { offline, busy } }: { readonly session: Session }) {
  const update = offline.update.value;
  if (update === 'none') return null;
  const rests = update === 'wanted' || (update === 'elsewhere' && busy.value);
  return (
    <div class="notice" role="status" data-testid="newer">
      <p>
        <strong>{say('Update ready.')}</strong> {say(SENTENCES[update])}
      </p>
      <p class="notice-actions">
        <button type="button" disabled={rests} onClick={() => void offline.take()} data-testid="take-newer">
          {say('Load the newer version')}
        </button>
      </p>
    </div>
  );
}
