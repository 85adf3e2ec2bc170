/** A model that takes long to open: how far it is, and the way back. */
import { say, toSay } from '../language/language.ts';
import { percent } from '../../shares.ts';
import { ProgressBar } from '../page/progress.tsx';
import { secondsText } from '../plan-text.ts';
import type { Loading, Models } from '../session/models.ts';

const PARTS = {
  reading: toSay('reading and checking the weights'),
  sending: toSay('sending them to where they are computed with'),
} as const;

const shareOf = ({ done, total }: Loading): number => (total === 0 ? 0 : done / total);

/** "Step 1 of 2, reading and checking the weights: 40%, about 3 s left". */
export function loadingText(loading: Loading): string {
  const { part, since, now } = loading;
  if (part === null) return say('Getting ready…');
  const share = shareOf(loading);
  const seconds = (now - since) / 1000;
  const left =
    share > 0 && share < 1 && seconds > 0.5 ? say(', about {time} left', { time: secondsText((seconds / share) * (1 - share)) }) : '';
  return say('Step {step} of 2, {part}: {share}{left}', {
    step: part === 'reading' ? 1 : 2,
    part: say(PARTS[part]),
    share: percent(Math.floor(100 * share) / 100),
    left,
  });
}

export function Opening({ models }: { readonly models: Models }) {
  const loading = models.loading.value;
  const name = models.opening.value;
  if (loading === null || name === null) return null;
  const called = name === '' ? say('the model') : name;
  const text = loadingText(loading);
  return (
    <div class="notice opening" data-testid="opening">
      <div>
        <p>
          <strong dir="auto">{say('Opening {name}…', { name: called })}</strong> {text}
        </p>
        <ProgressBar label={say('Opening {name}…', { name: called })} share={shareOf(loading)} text={text} />
      </div>
      {loading.canCancel && (
        <p class="notice-actions">
          <button type="button" onClick={models.cancelOpening} data-testid="opening-cancel">
            {say('Cancel')}
          </button>
        </p>
      )}
    </div>
  );
}
