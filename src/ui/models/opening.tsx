/** A model that takes long to open: how far it is, and the way back. */
import { say, toSay } from '../language/language.ts';
import { UnderWayNotice, underWayText } from '../page/under-way.tsx';
import type { Models } from '../session/models.ts';
import type { UnderWay } from '../session/under-way.ts';

const PARTS = {
  reading: toSay('reading and checking the weights'),
  sending: toSay('sending them to where they are computed with'),
} as const;

/** "Step 1 of 2, reading and checking the weights: 40%, about 3 s left". */
export function loadingText(loading: UnderWay): string {
  return underWayText(loading, PARTS);
}

export function Opening({ models }: { readonly models: Models }) {
  const loading = models.loading.value;
  const name = models.opening.value;
  if (loading === null || name === null) return null;
  const title = say('Opening {name}…', { name: name === '' ? say('the model') : name });
  return <UnderWayNotice title={title} way={loading} text={loadingText(loading)} cancel={models.cancelOpening} id="opening" />;
}
