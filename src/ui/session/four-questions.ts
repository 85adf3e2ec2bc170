/**
 * The instrument: four open questions before and after the lesson, what somebody wrote to them, and the table to code by hand. Knows neither
 * where answers are kept nor how they are asked.
 */

import { language, say, toSay } from '../language/language.ts';

/** The questions, in their order; an id is a column's word for one. */
export const QUESTIONS = [
  { id: 'why-better', text: toSay('Why can round 2 beat round 1?') },
  { id: 'why-not-for-ever', text: toSay('Why not for ever?') },
  { id: 'example', text: toSay('What does an example change?') },
  { id: 'who-decides', text: toSay('Who decides what is good?') },
] as const;
export type QuestionId = (typeof QUESTIONS)[number]['id'];

export const WHEN = ['before', 'after'] as const;
export type When = (typeof WHEN)[number];

/** What a reader of the answers may write into the coding column. */
export const CODES = [toSay('human corrects it'), toSay('searches the web'), toSay('it understands'), toSay('right mechanism')] as const;

/** What somebody wrote, question by question. */
export type Answers = Readonly<Record<When, Readonly<Partial<Record<QuestionId, string>>>>>;

export const NO_ANSWERS: Answers = { before: {}, after: {} };

/** So many letters are kept of an answer. */
export const LONGEST = 2000;

/** The answers with another one. */
export function answered(answers: Answers, when: When, id: QuestionId, text: string): Answers {
  return { ...answers, [when]: { ...answers[when], [id]: text.slice(0, LONGEST) } };
}

/** Has anything been written? */
export function isEmpty(answers: Answers): boolean {
  return WHEN.every((when) => QUESTIONS.every(({ id }) => (answers[when][id] ?? '').trim() === ''));
}

/** Answers out of stored text; what is not an answer is left out. */
export function parseAnswers(text: string): Answers {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return NO_ANSWERS;
  }
  let answers = NO_ANSWERS;
  for (const when of WHEN)
    for (const { id } of QUESTIONS) {
      const one = field(field(json, when), id);
      if (typeof one === 'string') answers = answered(answers, when, id, one);
    }
  return answers;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A cell of a table that no program takes for a formula: what begins like one has an apostrophe before it. */
function harmless(text: string): string {
  return /^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** A cell as RFC 4180 has it. */
function cell(text: string): string {
  const safe = harmless(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A day as tables sort it: "2026-03-09", where the reader is. */
export function dayOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The name of the table's file, with the class where there is one. */
export function csvName(saved: Date, group: string | null): string {
  return `lesson-answers-${group === null ? '' : `${group.replaceAll(' ', '-')}-`}${dayOf(saved)}.csv`;
}

/**
 * The table: a row an answer, before and after, with the day on which it was saved, the language of the page, the class and an empty column for
 * the code. The names of its columns and of its questions are the same in every language, so that tables can be put together; words are those
 * that were read.
 */
export function csvOf(answers: Answers, saved: Date, group: string | null): string {
  const head = ['date', 'language', 'class', 'when', 'question', 'words', 'answer', `code (${CODES.join(' / ')})`];
  const about = [dayOf(saved), language(), group ?? ''];
  const rows = WHEN.flatMap((when) => QUESTIONS.map(({ id, text }) => [...about, when, id, say(text), answers[when][id] ?? '', '']));
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
