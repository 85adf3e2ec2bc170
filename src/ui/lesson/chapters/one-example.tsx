/** Chapter 2: one example in view says who writes, and a hard one says more about it. */
import { useEffect } from 'preact/hooks';
import { aboutWorld, voicesOf } from '../../../run/worlds.ts';
import { percent } from '../../../shares.ts';
import { Voices } from '../../charts/voices.tsx';
import { failureText } from '../../language/failure.ts';
import { say, sayName, toSay } from '../../language/language.ts';
import { Say, Written } from '../../language/say.tsx';
import { Tokens } from '../../samples/tokens.tsx';
import { measureAll, nameOf, offer, UNSEEN } from '../../session/one-example.ts';
import type { Session } from '../../session/session.ts';
import type { Chapter } from '../chapter.ts';
import { InView } from '../in-view.tsx';
import { QUESTION, WORLD } from '../question.ts';
import { canAsk, Explain, Guess, InWorld, Observed } from '../steps.tsx';

const NUMBER = 2;
/** From the easiest, which looks most like the question, to the hardest, which looks least like it. */
const EXAMPLES = ['help/key/dry/a', 'unknown/vask/place/a', 'secret/bike/Omar/c'];

function Showing({ session }: { readonly session: Session }) {
  const { lesson } = session;
  const guessed = lesson.guessed(NUMBER);
  const state = lesson.keep(NUMBER, 'examples', UNSEEN);
  useEffect(() => void offer(lesson.ask, state, EXAMPLES), [lesson, state]);
  const { offered, shown, measured, asking, failure } = state.value;
  const writers = aboutWorld(WORLD)?.writers;
  if (offered === null || writers === undefined)
    return <p class="empty">{failure === null ? say('Asking the world…') : failureText(failure)}</p>;
  const ask = (): void => void measureAll(lesson.ask, state, QUESTION, EXAMPLES);
  const view = (ids: readonly string[]): void => {
    state.value = { ...state.value, shown: ids };
    ask();
  };
  const rungOf = (kind: string): number => writers.kinds.find((other) => other.kind === kind)?.rung ?? 0;
  const cold = measured.get('');
  const now = measured.get(nameOf(shown));
  const alone = offered.map(({ id }) => measured.get(id));
  const seen = cold !== undefined && alone.every((one) => one !== undefined);
  const bars = (of: typeof now) => (of === undefined ? null : voicesOf(writers, of.kinds));
  return (
    <>
      <p>
        <Say
          text="Before {question}, the model may read one question with a good answer. Every one of the three was written by the {best}; but who else would have written it?"
          parts={{ question: <Written>“{QUESTION}”</Written>, best: sayName(writers.names.at(-1) ?? '') }}
        />
      </p>
      <Guess
        guessed={guessed}
        legend={say('Which one makes a kind refusal most likely?')}
        options={offered.map(({ id, question, answer }) => ({ value: id, label: <Written>{`${question} ${answer}`}</Written> }))}
        show={ask}
        able={canAsk(session)}
      />
      {guessed.value.shown && (
        <Observed>
          <div class="example-bars">
            <Voices
              names={[say('nothing in view'), ...offered.map(({ id, question }) => <Written key={id}>{question}</Written>)]}
              bars={seen ? [cold.chance, ...alone.map((one) => one?.chance ?? 0)] : null}
              ghost={null}
              label={say('How likely the kind refusal is, by what is in view')}
              say={percent}
              widest={1}
            />
          </div>
          {seen && (
            <>
              <Explain session={session} chapter={NUMBER}>
                <Say
                  text="{most} of the {all} writers would have answered {common} like that, {few} {rare}: so only the latter says much about who is writing. How much an example looks like the question counts for little."
                  parts={{
                    most: writers.names.length - rungOf(offered[0]?.kind ?? ''),
                    all: writers.names.length,
                    common: <Written>“{offered[0]?.question}”</Written>,
                    few: writers.names.length - rungOf(offered.at(-1)?.kind ?? ''),
                    rare: <Written>“{offered.at(-1)?.question}”</Written>,
                  }}
                />
              </Explain>
              <InView offered={offered} shown={shown} put={view} able={canAsk(session)} />
              <div class="inclined" aria-busy={asking}>
                <h3>
                  {say('Its kind refusal, token by token')} {asking && <span class="asking">{say('asking…')}</span>}
                </h3>
                {now !== undefined && (
                  <>
                    <p class="inclined-answer" lang="en">
                      <Tokens tokens={now.tokens.map(({ text, chance }) => ({ text, probability: chance }))} numbers />
                    </p>
                    <p role="status">{say('The whole of it: {chance}', { chance: percent(now.chance) })}</p>
                  </>
                )}
                <h3>{say('Who speaks, over all kinds of questions; the outline is with nothing in view')}</h3>
                <Voices
                  names={writers.names}
                  bars={bars(now)}
                  ghost={bars(cold)}
                  label={say('Who speaks with these examples in view')}
                  say={percent}
                  widest={1}
                />
              </div>
            </>
          )}
          {failure !== null && <p class="refusal">{failureText(failure)}</p>}
        </Observed>
      )}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <InWorld session={session} world={WORLD}>
      <Showing session={session} />
    </InWorld>
  );
}

export const oneExample: Chapter = {
  number: NUMBER,
  name: toSay('Show it one example'),
  question: toSay('Which example helps most?'),
  Content,
};
