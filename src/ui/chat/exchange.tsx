/** One question with the answers of the models that were asked, side by side. */
import { say } from '../language/language.ts';
import { useMemo } from 'preact/hooks';
import { LOADED } from '../../protocol/models.ts';
import { DRAWN } from '../../protocol/chat.ts';
import type { Exchange as Asked, Side } from '../session/chat.ts';
import { Reply, type View } from './answer.tsx';
import { wordDiff } from './word-diff.ts';

/** A model as people call it; `shown` is the run whose rounds the page shows. */
export function sideName({ asked: { run, round } }: Pick<Side, 'asked'>, shown: string): string {
  if (round === LOADED) return say('model with the loaded adapter');
  if (round === 0) return say('base model');
  return run === shown ? say('model after round {round}', { round }) : say('model after round {round} of another run', { round });
}

const testIdOf = ({ asked: { round } }: Side): string =>
  round === 0 ? 'answer-base' : round === LOADED ? 'answer-loaded' : 'answer-round';

/** How the answers were made, where it is not the usual way. */
function seedText(seed: number): string {
  return say('Drawn with seed {seed} at temperature {temperature}, top-p {topP}.', {
    seed: String(seed),
    temperature: DRAWN.temperature,
    topP: DRAWN.topP,
  });
}

type Props = {
  readonly exchange: Asked;
  readonly view: View;
  readonly run: string;
  readonly look: ((place: number) => void) | null;
};

export function Exchange({ exchange: { question, seed, sides }, view, run, look }: Props) {
  const texts = sides.map(({ end }) => end?.text ?? '');
  const differences = useMemo(() => texts.slice(1).map((text) => wordDiff(texts[0] ?? '', text)), [texts.join('\u0000')]);
  const read = sides.reduce((left, { reading, failure }) => Math.max(left, failure === null ? (reading?.left ?? 0) : 0), 0);
  return (
    <li>
      <p class="asked">
        <span class="unseen">{say('You asked:')} </span>
        <span dir="auto">{question}</span>
      </p>
      {(read > 0 || seed > 0) && (
        <p class="exchange-note">
          {seed > 0 && <span>{seedText(seed)} </span>}
          {read > 0 && (
            <span data-testid="chat-left">
              {say(
                '{read, plural, one {The first question} other {The first # questions}} of the conversation and what was answered no longer fit into what the model reads, so it has forgotten them.',
                { read },
              )}
            </span>
          )}
        </p>
      )}
      <div class="sides" data-sides={sides.length}>
        {sides.map((side, place) => {
          const name = sideName(side, run);
          // of several the first is laid beside no other in particular
          const pieces = place > 0 ? (differences[place - 1]?.[1] ?? null) : sides.length === 2 ? (differences[0]?.[0] ?? null) : null;
          return (
            <div key={place} class="side">
              <h3>{name}</h3>
              <Reply
                side={side}
                name={name}
                testId={testIdOf(side)}
                view={view}
                pieces={pieces}
                added={place > 0}
                look={look === null ? null : () => look(place)}
              />
            </div>
          );
        })}
      </div>
    </li>
  );
}
