/** A question of the reader's own, asked ten times too; what lies outside of the world is said before. Knows no chapter. */
import type { Signal } from '@preact/signals';
import type { LessonWorker } from '../../protocol/lesson.ts';
import { Outside } from '../chat/outside.tsx';
import { say } from '../language/language.ts';
import { askTen, lookUp, type TenAnswers } from '../session/ten-answers.ts';
import { WORLD } from './question.ts';
import { TenAnswersShown } from './ten-answers.tsx';

type Props = {
  readonly ask: LessonWorker;
  /** What stands in the field. */
  readonly written: Signal<string>;
  readonly ten: Signal<TenAnswers>;
  readonly names: readonly string[];
  readonly able: boolean;
  readonly goesOn: () => boolean;
};

export function OwnQuestion({ ask, written, ten, names, able, goesOn }: Props) {
  const question = written.value.trim();
  const { asking, answers, voices } = ten.value;
  const goOn = (): void => void askTen(ask, ten, goesOn);
  const begin = async (): Promise<void> => {
    if (question === '' || asking || !able) return;
    await lookUp(ask, ten, question);
    goOn();
  };
  return (
    <div class="own-question">
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <label for="own-question">{say('Ask it something of your own')}</label>
        <input
          id="own-question"
          type="text"
          autocomplete="off"
          maxLength={200}
          value={written.value}
          onInput={(event) => (written.value = event.currentTarget.value)}
        />
        <button type="submit" aria-disabled={!able || asking || question === ''} data-testid="ask-own">
          {say('Ask it ten times')}
        </button>
      </form>
      <Outside world={WORLD} question={written.value} />
      {answers.length > 0 && voices?.length === 0 && (
        <p class="muted">{say('Nobody who wrote what it read was ever asked this, so no answer has a writer.')}</p>
      )}
      {(asking || answers.length > 0) && (
        <TenAnswersShown ten={ten.value} names={names} stop={() => (ten.value = { ...ten.value, asking: false })} goOn={goOn} />
      )}
    </div>
  );
}
