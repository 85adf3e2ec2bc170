/** Something that takes long: how far it is, how long it will still take, and Cancel. Knows nothing of what is made. */
import { percent } from '../../shares.ts';
import { say } from '../language/language.ts';
import { secondsText } from '../plan-text.ts';
import type { UnderWay } from '../session/under-way.ts';
import { ProgressBar } from './progress.tsx';

const shareOf = ({ done, total }: UnderWay): number => (total === 0 ? 0 : done / total);

/** Seconds: nothing is promised from fewer, and fewer are not worth a word. */
const WORD_S = 0.5;

/** ", about 3 s left"; how long it has taken while nobody knows; empty at its beginning and at its end. */
function timeText(way: UnderWay): string {
  const share = shareOf(way);
  const gone = (way.now - way.since) / 1000;
  const known = (way.told - way.since) / 1000;
  if (share === 1 || gone <= WORD_S) return '';
  if (share === 0 || known <= WORD_S) return say(', {time} so far', { time: secondsText(gone) });
  const left = (known / share) * (1 - share) - (gone - known);
  return left <= WORD_S ? '' : say(', about {time} left', { time: secondsText(left) });
}

/** "Step 1 of 2, reading and checking the weights: 40%, about 3 s left"; `parts` are named where there are several. */
export function underWayText(way: UnderWay, parts: Readonly<Record<string, string>> = {}): string {
  const { part } = way;
  if (part === null) return say('Getting ready…');
  const share = percent(Math.floor(100 * shareOf(way)) / 100);
  const left = timeText(way);
  const name = parts[part];
  if (name === undefined) return `${share}${left}`;
  const steps = Object.keys(parts);
  return say('Step {step} of {steps}, {part}: {share}{left}', {
    step: steps.indexOf(part) + 1,
    steps: steps.length,
    part: say(name),
    share,
    left,
  });
}

type Props = {
  /** What is made: "Opening large…". */
  readonly title: string;
  readonly way: UnderWay;
  readonly text: string;
  readonly cancel: () => void;
  readonly id: string;
};

export function UnderWayNotice({ title, way, text, cancel, id }: Props) {
  return (
    <div class="notice under-way" data-testid={id}>
      <div>
        <p>
          <strong dir="auto">{title}</strong> {text}
        </p>
        <ProgressBar label={title} share={shareOf(way)} text={text} />
      </div>
      {way.canCancel && (
        <p class="notice-actions">
          <button type="button" onClick={cancel} data-testid={`${id}-cancel`}>
            {say('Cancel')}
          </button>
        </p>
      )}
    </div>
  );
}
