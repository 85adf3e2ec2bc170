/** A question that was asked ten times: every answer with the writers who would say it, and a bar that grows for each. Knows no chapter. */
import { useId } from 'preact/hooks';
import type { Voice } from '../../protocol/lesson.ts';
import { counted } from '../../locale.ts';
import { Voices } from '../charts/voices.tsx';
import { failureText } from '../language/failure.ts';
import { say, sayName } from '../language/language.ts';
import { Say, Written } from '../language/say.tsx';
import { TEN, type TenAnswers } from '../session/ten-answers.ts';

/** "the troll", "liar to servant": those of a voice. */
export function voiceName({ writers }: Voice, names: readonly string[]): string {
  const [first = 0, last = first] = [writers[0], writers.at(-1)];
  return first === last
    ? say('the {writer}', { writer: sayName(names[first] ?? '') })
    : say('{first} to {last}', { first: sayName(names[first] ?? ''), last: sayName(names[last] ?? '') });
}

type Props = {
  readonly ten: TenAnswers;
  readonly names: readonly string[];
  readonly stop: () => void;
  readonly goOn: () => void;
};

export function TenAnswersShown({ ten, names, stop, goOn }: Props) {
  const { question, answers, asking, failure } = ten;
  const id = useId();
  const voices = ten.voices ?? [];
  const counts = [null, ...voices.keys()].map((voice) => answers.filter((answer) => answer.voice === voice).length);
  const rows = [say('nobody of them'), ...voices.map((voice) => voiceName(voice, names))];
  // who says nothing that the world knows has a row only where it happened
  const from = counts[0] === 0 ? 1 : 0;
  return (
    <div class="ten">
      <p id={id} class="unseen">
        <Say text="Answers to “{question}”" parts={{ question: <Written>{question}</Written> }} />
      </p>
      <ol class="ten-answers" aria-labelledby={id} data-testid="ten-answers">
        {answers.map(({ text, voice }, i) => (
          <li key={i}>
            <q lang="en">{text}</q> {voices.length > 0 && <small>{rows[voice === null ? 0 : voice + 1]}</small>}
          </li>
        ))}
        {asking && <li class="muted">{say('asking…')}</li>}
      </ol>
      {voices.length > 0 && (
        <div class="ten-bars">
          <Voices
            names={rows.slice(from)}
            bars={counts.slice(from).map((count) => count / TEN)}
            ghost={null}
            label={say('Whom {count} of {all} answers sound like', { count: answers.length, all: TEN })}
            say={(share) => counted(Math.round(share * TEN))}
            widest={1}
          />
          {voices.some(({ writers }) => writers.length > 1) && (
            <p class="muted">{say('Writers who would answer alike are one voice, from the lowest of them to the highest.')}</p>
          )}
        </div>
      )}
      <p class="unseen" role="status">
        {asking || answers.length === 0
          ? ''
          : voices.length === 0
            ? say('{count} answers', { count: answers.length })
            : say('{count} answers: {rows}', {
                count: answers.length,
                rows: rows.map((name, i) => `${name} ${counts[i] ?? 0}`).join(', '),
              })}
      </p>
      {failure !== null && <p class="refusal">{failureText(failure)}</p>}
      {asking ? (
        <button type="button" onClick={stop} data-testid="ten-stop">
          {say('Stop')}
        </button>
      ) : (
        answers.length < TEN && (
          <button type="button" onClick={goOn} data-testid="ten-more">
            {say('Go on')}
          </button>
        )
      )}
    </div>
  );
}
