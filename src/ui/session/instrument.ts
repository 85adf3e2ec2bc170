/** What somebody wrote to the four questions, kept by this browser alone. Knows no component and no lesson. */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { type Answers, answered, NO_ANSWERS, parseAnswers, type QuestionId, type When } from './four-questions.ts';

const KEY = 'lesson-answers';

/** Where texts are kept between visits; a page may not have it. */
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

function read(store: () => Store): Answers {
  try {
    return parseAnswers(store().getItem(KEY) ?? '');
  } catch {
    return NO_ANSWERS;
  }
}

/** The answers of one visitor; `store` may throw where the browser keeps nothing for this page. */
export function createInstrument(store: () => Store) {
  const answers = signal(read(store));
  /** Does the browser keep what is written? */
  const kept = signal(true);

  function keep(change: (store: Store) => void): void {
    try {
      change(store());
      kept.value = true;
    } catch {
      kept.value = false;
    }
  }

  return {
    answers: answers as ReadonlySignal<Answers>,
    kept: kept as ReadonlySignal<boolean>,
    write(when: When, id: QuestionId, text: string): void {
      answers.value = answered(answers.value, when, id, text);
      keep((there) => there.setItem(KEY, JSON.stringify(answers.value)));
    },
    /** Nothing of it is left on this device. */
    forget: (): void => {
      answers.value = NO_ANSWERS;
      keep((there) => there.removeItem(KEY));
    },
  };
}
