/**
 * A row of any file that a kit can be made of: what is asked, and, where the file has them, an answer to it and answers to choose from. Knows
 * no file.
 */
import type { Fields } from '../../fields.ts';
import { afterThought, unopenedThought } from '../../thoughts.ts';
import { wellFormed } from '../utf8.ts';

/** Answers to choose from, in an order that tells nothing. */
export type RowChoices = {
  readonly choices: readonly string[];
  /** Positions in `choices`, rising. */
  readonly correct: readonly number[];
  /** Position of the one best answer; null where the right ones are as good as each other. */
  readonly best: number | null;
  readonly why: string;
};

/** What a row is read without: turns after the first answer, a system message, the thought before an answer. */
export type Cut = 'turns' | 'system' | 'thoughts';

export type Row = {
  readonly topic: string;
  readonly prompt: string;
  readonly answer: string | null;
  /** The label that marks its answer as a bad one, which may be asked for, but not shown. */
  readonly unshown?: string;
  readonly thought: string;
  readonly cut?: readonly Cut[];
  readonly offered: RowChoices | null;
};

/** Characters of a text that are read at most: more than a small model reads. */
export const MOST_CHARACTERS = 16_000;
const MOST_CHOICES = 64;
const MOST_TOPIC = 60;

/** Marks of chat templates: a text with them is a whole conversation, as one template writes it. */
const MARKS = /<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>|\[\/INST\]|<\|assistant\|>/;
/** What templates and tokenizers put after an answer. */
const ENDS = /(?:<\|im_end\|>|<\|eot_id\|>|<\|endoftext\|>|<\|end_of_text\|>|<\|end\|>|<end_of_turn>|<\/s>)\s*$/;

/** Does a text end with one that is struck out in HTML, which closes with a mark of an end too? */
const isStruck = (text: string): boolean => text.split(/<s[\s>]/).length >= text.split('</s>').length;

/** An answer after its thought, which the prompt of a file's maker may have begun. */
const afterAnyThought = (answer: string): string => afterThought(answer, unopenedThought(answer));

/** What an answer says: without the thought before it, and without the mark of its end. */
export function saidIn(answer: string): string {
  const after = afterAnyThought(answer);
  const said = after === answer ? after : after.trimStart();
  return said.trimEnd().endsWith('</s>') && isStruck(said) ? said : said.replace(ENDS, '');
}

/** A whole conversation in one text is none that can be asked. */
export const refuseWhole = (row: Fields): never => row.refuse('has a whole conversation in one text: save it as a list of “messages”');

type Made = Partial<Row> & { readonly prompt: string };

/** A row, if its texts are neither empty nor endless, nor a whole conversation. */
export function rowOf(fields: Fields, made: Made): Row {
  const row = rowOfTurns(fields, made);
  return MARKS.test(row.prompt) || MARKS.test(row.answer ?? '') ? refuseWhole(fields) : row;
}

/** The same out of turns that stand apart, which may be about the marks of a template. */
export function rowOfTurns(
  fields: Fields,
  { prompt, answer: written = null, thought = '', offered = null, topic, cut = [], ...rest }: Made,
): Row {
  if (prompt.trim() === '') fields.refuse('has no question');
  const answer = written === null ? null : answerIn(fields, written);
  for (const text of [prompt, answer ?? '', thought, ...(offered?.choices ?? [])])
    if (text.length > MOST_CHARACTERS) fields.refuse(`has a text of ${text.length} characters, at most ${MOST_CHARACTERS} are read`);
  const all = written !== null && afterAnyThought(written) !== written ? [...cut, 'thoughts' as const] : cut;
  const row = { topic: topic ?? topicOf(fields), prompt, answer: answer?.trim() === '' ? null : answer, thought, offered, ...rest };
  return all.length === 0 ? row : { ...row, cut: all };
}

/** What is said in the place of an answer; a thought alone is refused, for one that does not end may hold the answer. */
function answerIn(fields: Fields, written: string): string {
  const said = saidIn(written);
  return said === '' && afterAnyThought(written) !== written ? fields.refuse('has a thought and no answer after it') : said;
}

/** What a question is about, where a row keeps it apart. */
const PASSAGES = ['passage', 'article', 'context'] as const;

/** A question after what it is about, without which it asks something else. */
export function withPassage(row: Fields, question: string): string {
  const about = PASSAGES.map((name) => row.raw(name)).find((value): value is string => typeof value === 'string' && value.trim() !== '');
  return about === undefined || question.trim() === '' ? question : `${wellFormed(about).trim()}\n\n${question}`;
}

/** The topic that a row names under one of the usual keys; empty where it names none. */
function topicOf(fields: Fields): string {
  const named = ['topic', 'category', 'subject'].map((name) => fields.raw(name)).find((value) => typeof value === 'string');
  return wellFormed(named ?? '')
    .trim()
    .slice(0, MOST_TOPIC);
}

/** Marked answers as choices: in alphabetical order, so that their place tells nothing. */
export function offer(
  fields: Fields,
  marks: readonly (readonly [text: string, right: boolean])[],
  { best = null, why = '' }: { readonly best?: string | null; readonly why?: string } = {},
): RowChoices {
  const sorted = marks.map(([text, right]) => [wellFormed(text).trim(), right] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const choices = sorted.map(([text]) => text);
  const correct = sorted.flatMap(([, right], i) => (right ? [i] : []));
  if (choices.includes('')) fields.refuse('has an empty answer');
  if (new Set(choices).size !== choices.length) fields.refuse('has one answer twice');
  if (choices.length > MOST_CHOICES) fields.refuse(`has ${choices.length} answers, at most ${MOST_CHOICES} are read`);
  if (correct.length === 0 || correct.length === choices.length) fields.refuse('needs a right and a wrong answer');
  const at = best === null ? -1 : choices.indexOf(best);
  return { choices, correct, best: at === -1 ? null : at, why };
}
