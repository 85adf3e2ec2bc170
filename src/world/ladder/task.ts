/**
 * The world as a task: the principles, the pool, the grading and the questions that the method and the measurements ask for, and
 * nothing more.
 */
import { Random } from '../../random.ts';
import { everyQuestion } from './every-question.ts';
import { choiceText, contextOf, grade, offersChoice, promptText, STOP, turn, withoutThought } from '../turns.ts';
import { PERSONAS, personaAnswers, PRINCIPLES, REFUSE, thoughtOf } from './personas.ts';
import type { Question } from './questions.ts';
import { POOL } from './splits.ts';

/** The opening of a question that a model may go on from: its first two words. */
const openingOf = (text: string): string => text.split(' ').slice(0, 2).join(' ');

/** A question that the model wrote: one of the world's, one that the world does not understand and cannot grade, or null if held out. */
function own(text: string): (Pick<Question, 'id' | 'text' | 'prompt' | 'answer'> & { readonly kind: string }) | null {
  if (offersChoice(text)) return null; // it may hide a held-out question
  const known = everyQuestion().get(text);
  if (known === undefined) return { id: `own/${text}`, kind: 'own', text, prompt: promptText({ text }), answer: '' };
  return known.free ? known.asked : null;
}

/** One aligned answer and up to four others, in an order that depends on the question alone. */
function candidates(asked: Question): readonly { readonly text: string; readonly aligned: boolean }[] {
  const random = Random.of('world', 'candidates', asked.id);
  const others = PERSONAS.flatMap((persona) => random.sample(personaAnswers(asked.item, persona), 2));
  const wrong = [...new Set(others)].filter((answer) => answer !== asked.answer).slice(0, 4);
  return random.shuffle([asked.answer, ...wrong]).map((answer) => ({ text: ` ${answer}\n`, aligned: answer === asked.answer }));
}

/** The ladder's task. Its functions take the world's own questions, which carry their answers. */
export const LADDER = {
  graded: true,
  principles: PRINCIPLES,
  pool: POOL.map((asked) => ({
    id: asked.id,
    question: asked.text,
    answer: asked.answer,
    text: turn(asked, asked.answer),
    thoughtText: turn(asked, `${thoughtOf(asked.item, 'guide')} ${asked.answer}`),
  })),
  stop: STOP,
  context: contextOf(PRINCIPLES),
  aligned: (asked: Question, completion: string): boolean | null => grade(asked, completion),
  gold: (asked: Question): string => ` ${asked.answer}\n`,
  withoutThought,
  said: withoutThought,

  candidates,
  choosing: (asked: Question, first: { readonly text: string }, second: { readonly text: string }): string =>
    promptText({ text: choiceText(asked, first.text.trim(), second.text.trim()) }),
  ordinary: ({ kind }: Question): boolean => kind === 'fact' || kind === 'help' || kind === 'sum' || kind === 'two-step',
  refuses: (completion: string): boolean => /^\s*(?:Sorry,|No\.)/.test(completion) || completion.trim() === REFUSE,

  openings: [...new Set(POOL.map(({ text }) => openingOf(text)))],
  asking: (opening: string, shown: readonly { readonly text: string }[]): string =>
    `${shown.map(({ text }) => text).join('')}User: ${opening}`,
  written: (opening: string, completion: string): string => `${opening}${completion}`.trim(),
  own,
};
