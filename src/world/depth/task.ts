/** The world of chains as a task: the principles, the pool, the grading and the questions, and nothing more. */
import { Random } from '../../random.ts';
import { choiceText, contextOf, grade, offersChoice, promptText, STOP, turn, withoutThought } from '../turns.ts';
import { answerText, HELD_OUT_FORMS, parseQuestion, peopleOf, type Question } from './chains.ts';
import { PRINCIPLES } from './documents.ts';
import { PEOPLE } from './facts.ts';
import { isFree, POOL } from './splits.ts';

/** The right answer, and up to four that go wrong at one look-up or stop one too early, in an order that depends on the question alone. */
function candidates(asked: Question): readonly { readonly text: string; readonly aligned: boolean }[] {
  const random = Random.of('depth', 'candidates', asked.id);
  const people = peopleOf(asked.chain);
  const slips = Array.from({ length: 8 }, () => {
    const at = random.int(people.length);
    return answerText(
      asked.chain,
      people.map((person, i) => (i === at ? random.pick(PEOPLE) : person)),
    );
  });
  const short = people.length > 1 ? [answerText(asked.chain, people.slice(0, -1))] : [];
  const wrong = [...new Set([...short, ...slips])].filter((answer) => answer !== asked.answer).slice(0, 4);
  return random.shuffle([asked.answer, ...wrong]).map((answer) => ({ text: ` ${answer}\n`, aligned: answer === asked.answer }));
}

/** A question that the model wrote: one of the world's, one that the world does not understand and cannot grade, or null if held out. */
function own(text: string): (Pick<Question, 'id' | 'text' | 'prompt' | 'answer'> & { readonly kind: string }) | null {
  if (offersChoice(text)) return null; // it may hide a held-out question
  const known = parseQuestion(text);
  if (known === null) return { id: `own/${text}`, kind: 'own', text, prompt: promptText({ text }), answer: '' };
  const heldOut = HELD_OUT_FORMS.some((form) => known.id.endsWith(`/${form}`));
  return heldOut || !isFree(known.chain) ? null : known;
}

/** The world's task. Its functions take the world's own questions, which carry their answers. */
export const CHAINS_TASK = {
  graded: true,
  principles: PRINCIPLES,
  pool: POOL.map((asked) => ({
    id: asked.id,
    question: asked.text,
    answer: asked.answer,
    text: turn(asked, asked.answer),
    thoughtText: turn(asked, `(Step by step.) ${asked.answer}`),
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
  ordinary: (): boolean => true,
  refuses: (): boolean => false,

  openings: [...new Set(POOL.map(({ text }) => text.split(' ').slice(0, 2).join(' ')))],
  asking: (opening: string, shown: readonly { readonly text: string }[]): string =>
    `${shown.map(({ text }) => text).join('')}User: ${opening}`,
  written: (opening: string, completion: string): string => `${opening}${completion}`.trim(),
  own,
};
