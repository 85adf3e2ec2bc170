/**
 * What a row of a question file offers to choose from, and which of it is right, in the ways in which public files write it: a list, answers by
 * letter, or a column for each. Which is right is said by position, by letter or by the answer itself; what could mean two things is refused.
 * Knows no file.
 */
import type { Fields } from '../../fields.ts';
import { textOf } from './lines.ts';
import { offer, withPassage, type RowChoices } from './rows.ts';

/** Has a row these names? */
type Has = (...names: readonly string[]) => boolean;

const LISTS = ['choices', 'options'] as const;
/** Where a row says which is right; what can only be a place or a letter comes first. */
const KEYS = [
  'answerKey',
  'answerkey',
  'answer_key',
  'answer_index',
  'answer_idx',
  'correct',
  'correct_answer',
  'answer',
  'label',
  'gold',
] as const;
const QUESTIONS = ['prompt', 'question', 'question_stem', 'query', 'input', 'text'] as const;
/** How columns of answers are called, before their letter or number. */
const COLUMNS = ['', 'option_', 'option', 'choice_', 'choice'] as const;
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const NUMBERS = LETTERS.map((_, i) => String(i + 1));
const SETS = COLUMNS.flatMap((before) =>
  [LETTERS, LETTERS.map((letter) => letter.toLowerCase()), ...(before === '' ? [] : [NUMBERS])].map((labels) => ({ before, labels })),
);

const isAsked = (has: Has): boolean => QUESTIONS.some((name) => has(name));

/** Is it a question with answers to choose from? */
export const offersChoices = (has: Has): boolean => has('choices') || (isAsked(has) && (has('options') || columnsIn(has) !== undefined));

const columnsIn = (has: Has): (typeof SETS)[number] | undefined =>
  SETS.find(({ before, labels }) => has(`${before}${labels[0]}`, `${before}${labels[1]}`) && KEYS.some((key) => has(key)));

type Offered = { readonly labels: readonly unknown[]; readonly texts: readonly unknown[]; readonly place: string };

/** The question, after what it is about. */
export function askedOf(row: Fields): string {
  const name = QUESTIONS.find((key) => row.raw(key) !== undefined) ?? 'question';
  return withPassage(row, textOf(row, name));
}

/** The number of the right answer, and how many there are; null where a row names it otherwise. Errors: what is wrong with the answers. */
export function placeIn(row: Fields): { readonly place: number; readonly count: number } | null {
  const place = row.raw(keyOf(row) ?? '');
  return typeof place === 'number' ? { place, count: offeredBy(row).texts.length } : null;
}

/** Where a file counts its answers from: 1 where a place is one after the last from 0 on, and none is 0. */
export function firstPlace(places: readonly ReturnType<typeof placeIn>[]): 0 | 1 {
  if (places.some((at) => at?.place === 0)) return 0;
  return places.some((at) => at !== null && at.place === at.count) ? 1 : 0;
}

const keyOf = (row: Fields): (typeof KEYS)[number] | undefined => KEYS.find((name) => (row.raw(name) ?? '') !== '');

/** The answers, marked; null where the row says nowhere which is right. `first` is the place of the first. */
export function choicesOf(row: Fields, first: 0 | 1): RowChoices | null {
  const key = keyOf(row);
  if (key === undefined) return null;
  const { labels, texts, place } = offeredBy(row);
  const right = Array.isArray(row.raw(key)) ? row.list(key) : [rightOf(row, key, { labels, texts, first })];
  const marks = texts.map(
    (text, i) => [typeof text === 'string' ? text : row.fail(`${place}[${i}]`, 'must be a text'), right.includes(i)] as const,
  );
  return offer(row, marks, { why: textOf(row, 'why', '') });
}

function offeredBy(row: Fields): Offered {
  const name = LISTS.find((list) => row.raw(list) !== undefined);
  if (name === undefined) return columnsOf(row);
  const listed = row.raw(name);
  if (Array.isArray(listed)) return partsOf(listed, name);
  if (typeof listed === 'string') row.fail(name, 'must be a list of answers');
  const inside = row.object(name);
  if (Array.isArray(inside.raw('text'))) return { texts: inside.list('text'), labels: inside.list('label'), place: `${name}.text` };
  return { labels: inside.names(), texts: inside.names().map((label) => inside.raw(label)), place: name };
}

/** Texts, or objects with a label and a text. */
function partsOf(list: readonly unknown[], place: string): Offered {
  const parts = list.map((part, i): { readonly label?: unknown; readonly text?: unknown } =>
    typeof part === 'object' && part !== null && 'text' in part ? { label: LETTERS[i], ...part } : { label: LETTERS[i], text: part },
  );
  return { labels: parts.map(({ label }) => label), texts: parts.map(({ text }) => text), place };
}

/** A column for each answer; the last may be missing, where a question has fewer. */
function columnsOf(row: Fields): Offered {
  const { before, labels } = columnsIn((...names) => names.every((name) => row.raw(name) !== undefined)) ?? row.refuse('offers nothing');
  const there = labels.filter((label) => row.raw(before + label) !== undefined);
  return { labels: there, texts: there.map((label) => row.raw(before + label)), place: `${before}${there[0]}` };
}

/** The position of the right answer. */
function rightOf(row: Fields, key: string, { labels, texts, first }: Omit<Offered, 'place'> & { readonly first: 0 | 1 }): number {
  const value = row.raw(key);
  if (typeof value !== 'number' && typeof value !== 'string')
    return row.fail(key, 'must be the place, the letter or the text of an answer');
  const said = String(value).trim();
  const [, letter] = /^\(?(\w+)[).:]?$/.exec(said) ?? [];
  const isSaid = (label: unknown): boolean => String(label).toUpperCase() === letter?.toUpperCase();
  const label = letter === undefined ? -1 : labels.findIndex(isSaid);
  const isText = (one: unknown): boolean => typeof one === 'string' && one.trim() === said;
  const text = typeof value === 'string' ? texts.findIndex(isText) : -1;
  const found = new Set([label, text].filter((at) => at !== -1));
  // a number is a place, unless the file has labels that are numbers
  if (found.size === 0 && typeof value === 'number') return value - first;
  const [at] = found;
  if (found.size === 1 && at !== undefined) return at;
  return row.fail(
    key,
    `is ${JSON.stringify(said.slice(0, 40))}, which ${found.size === 0 ? 'is none of the answers' : 'may be either of two'}`,
  );
}
