/** Chapter 1: a base model asked cold answers like any of those who wrote what it read. */
import { useEffect } from 'preact/hooks';
import { aboutWorld } from '../../../run/worlds.ts';
import { failureText } from '../../language/failure.ts';
import { say, sayName, toSay } from '../../language/language.ts';
import { Say, Written } from '../../language/say.tsx';
import type { Session } from '../../session/session.ts';
import { askTen, lookUp, TEN, UNASKED } from '../../session/ten-answers.ts';
import type { Chapter } from '../chapter.ts';
import { OwnQuestion } from '../own-question.tsx';
import { QUESTION, WORLD } from '../question.ts';
import { canAsk, Explain, Guess, InWorld, Observed } from '../steps.tsx';
import { TenAnswersShown, voiceName } from '../ten-answers.tsx';

const NUMBER = 1;

/** What somebody would say, in a few words. */
function Saying({ answers: [first, second] }: { readonly answers: readonly string[] }) {
  const one = <Written>“{first}”</Written>;
  return second === undefined ? one : <Say text="{first} or {second}" parts={{ first: one, second: <Written>“{second}”</Written> }} />;
}

function Asking({ session }: { readonly session: Session }) {
  const { lesson } = session;
  const names = aboutWorld(WORLD)?.writers?.names ?? [];
  const guessed = lesson.guessed(NUMBER);
  const ten = lesson.keep(NUMBER, 'ten', UNASKED);
  useEffect(() => void lookUp(lesson.ask, ten, QUESTION), [lesson, ten]);
  const [written, own] = [lesson.keep(NUMBER, 'written', ''), lesson.keep(NUMBER, 'own', UNASKED)];
  const times = lesson.times(NUMBER);
  const goesOn = (): boolean => lesson.times(NUMBER) === times;
  const ask = (): void => void askTen(lesson.ask, ten, goesOn);
  const { voices, answers, failure } = ten.value;
  if (voices === null) return <p class="empty">{failure === null ? say('Asking the world…') : failureText(failure)}</p>;
  return (
    <>
      <p>
        <Say
          text="What this model read was written by {writers} hidden writers, from the {first}, who insults, to the {last}, who is kind and honest. It is asked {question}, ten times, with nothing before the question."
          parts={{
            writers: names.length,
            first: sayName(names[0] ?? ''),
            last: sayName(names.at(-1) ?? ''),
            question: <Written>“{QUESTION}”</Written>,
          }}
        />
      </p>
      <Guess
        guessed={guessed}
        legend={say('Whom do most of the ten answers sound like?')}
        options={voices.map((voice, i) => ({
          value: String(i),
          label: (
            <>
              {voiceName(voice, names)}: <Saying answers={voice.answers} />
            </>
          ),
        }))}
        show={ask}
        able={canAsk(session)}
        label={say('Ask it ten times')}
      />
      {guessed.value.shown && (
        <Observed>
          <TenAnswersShown ten={ten.value} names={names} stop={() => (ten.value = { ...ten.value, asking: false })} goOn={ask} />
        </Observed>
      )}
      {answers.length === TEN && (
        <Explain session={session} chapter={NUMBER}>
          {say(
            'Nobody told it whom to be, so each answer begins by drawing one of those who wrote what it read, the common ones more often. It is able to answer like the kindest of them; it only has no reason to.',
          )}
        </Explain>
      )}
      {answers.length === TEN && <OwnQuestion {...{ ask: lesson.ask, written, ten: own, names, able: canAsk(session), goesOn }} />}
    </>
  );
}

function Content({ session }: { readonly session: Session }) {
  return (
    <InWorld session={session} world={WORLD}>
      <Asking session={session} />
    </InWorld>
  );
}

export const askCold: Chapter = {
  number: NUMBER,
  name: toSay('Ask it cold'),
  question: toSay('How does a model answer that has only read?'),
  Content,
};
