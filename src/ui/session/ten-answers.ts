/** A question asked ten times: the answers as they come, and who would say them. Knows no component. */
import type { Signal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { DrawnAnswer, LessonWorker, Voice } from '../../protocol/lesson.ts';
import { heard } from './heard.ts';

export const TEN = 10;

/** What was asked and said so far. */
export type TenAnswers = {
  readonly question: string;
  /** Who would say what; null until it is known, none where the world does not ask the question. */
  readonly voices: readonly Voice[] | null;
  readonly answers: readonly DrawnAnswer[];
  readonly asking: boolean;
  readonly failure: Failure | null;
};

/** Nothing was asked yet. */
export const UNASKED: TenAnswers = { question: '', voices: null, answers: [], asking: false, failure: null };

/** Who would say what to a question, before it is asked. */
export async function lookUp(lm: LessonWorker, ten: Signal<TenAnswers>, question: string): Promise<void> {
  if (ten.value.question === question && ten.value.voices !== null) return;
  ten.value = { ...UNASKED, question };
  const found = await heard(lm.voicesTo(question));
  if (ten.value.question !== question) return;
  ten.value = { ...ten.value, ...(found.ok ? { voices: found.value } : { failure: found.failure }) };
}

/** Asks until there are ten answers, one after the other, as long as `goesOn`. */
export async function askTen(lm: LessonWorker, ten: Signal<TenAnswers>, goesOn: () => boolean): Promise<void> {
  const { question } = ten.value;
  ten.value = { ...ten.value, asking: true, failure: null };
  while (ten.value.answers.length < TEN && ten.value.asking && goesOn()) {
    const answer = await heard(lm.drawAnswer({ question, shown: [] }, ten.value.answers.length + 1));
    if (ten.value.question !== question) return;
    if (answer.ok) ten.value = { ...ten.value, answers: [...ten.value.answers, answer.value] };
    else ten.value = { ...ten.value, asking: false, failure: answer.failure };
  }
  ten.value = { ...ten.value, asking: false };
}
