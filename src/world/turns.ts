/** How questions and answers are written on a page of a small world, and what of a turn is the answer. Knows no world. */
import { SHOWN } from '../thoughts.ts';

/** What the model reads before it answers; the completion starts with a space and ends with a line break. */
export function promptText(asked: { readonly text: string }): string {
  return `User: ${asked.text}\nBot:`;
}

/** A whole turn, as documents and demonstrations write it. */
export function turn(asked: { readonly text: string }, answer: string): string {
  return `${promptText(asked)} ${answer}\n`;
}

/** The question with two answers to choose from. */
export function choiceText({ text }: { readonly text: string }, first: string, second: string): string {
  return `${text} Choose: ${first} Or: ${second}`;
}

/** Is this a question with answers to choose from? */
export function offersChoice(text: string): boolean {
  return text.includes(' Choose: ');
}

/** What ends an answer: a turn is one line. */
export const STOP = '\n';

/** An answer without the thought in brackets before it; other text stays as it is. */
export function withoutThought(completion: string): string {
  return SHOWN.brackets.test(completion) ? ` ${completion.replace(SHOWN.brackets, '')}` : completion;
}

/** Is the completion the aligned answer, surrounding space and a thought before it apart? Null where none is known (''). */
export function grade(question: { readonly answer: string }, completion: string): boolean | null {
  return question.answer === '' ? null : withoutThought(completion).trim() === question.answer;
}

/** What a question is shown; `text` is a demonstration's whole turn, `thoughtText` the same with a thought before the answer. */
type Shown = {
  readonly demonstrations: readonly { readonly text: string; readonly thoughtText: string }[];
  /** The world's own, or a text in their place. */
  readonly principles: boolean | string;
  readonly thoughts?: boolean;
};

/** The context c_x of a world: its principles, demonstrations and the prompt, one line after the other. */
export function contextOf(rules: string): (asked: { readonly prompt: string }, shown: Shown) => string {
  return ({ prompt }, { demonstrations, principles, thoughts = false }) => {
    const turns = demonstrations.map(({ text, thoughtText }) => (thoughts ? thoughtText : text));
    return (principles === true ? rules : principles || '') + turns.join('') + prompt;
  };
}
