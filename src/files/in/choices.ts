/**
 * What a row of a question file offers to choose from, and which of it is right, in the ways in which public files write it: a list, answers by
 * letter, or a column for each. Which is right is said by position, by letter or by the answer itself; what could mean two things is refused.
 * Knows no file.
 */
import type { Fields } from '../../fields.ts';
import { plainText, textOf } from './lines.ts';
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

type Place = {
  readonly place: number;
  readonly count: number;
  readonly isNamed: boolean;
  readonly isOurs: boolean;
  readonly isWritten: boolean;
};

/** The number that a row says, as JSON or a table writes it; undefined for anything else. */
function numberIn(said: unknown): number | undefined {
  if (typeof said === 'number') return said;
  const [, digits] = typeof said === 'string' ? (/^\s*\(?(\d{1,9})[).:]?\s*$/.exec(said) ?? []) : [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The numbers by which a row says what is right, each with how many answers there are, and whether one of them is called so or says so.
 * Errors: what is wrong with the answers.
 */
export function placesIn(row: Fields): readonly Place[] {
  const key = keyOf(row) ?? '';
  const said = row.raw(key);
  const numbers = (Array.isArray(said) ? (said as readonly unknown[]) : [said]).flatMap((one) => {
    const place = numberIn(one);
    return place === undefined ? [] : [{ place, isWritten: typeof one === 'string' }];
  });
  if (numbers.length === 0) return [];
  const { labels, texts } = offeredBy(row);
  const isNamed = (place: number): boolean => [...labels, ...texts].some((one) => plainText(one)?.trim() === String(place));
  // a list under this name is a kit's own, which counts from 0
  const isOurs = key === 'correct' && Array.isArray(said);
  return numbers.map(({ place, isWritten }) => ({ place, count: texts.length, isNamed: isNamed(place), isOurs, isWritten }));
}

/** The place of the first answer in a file, or both that it may be; none where it has no places. */
export type Counted = readonly (0 | 1)[];

/**
 * From where a file counts its answers: 0 where one is 0; 1 where none is, one is as many as there are, and none is more; else it may be either, but
 * for a kit's own, and texts of which each is called so or says so are no places.
 */
export function countedIn(places: readonly Place[]): Counted {
  const sure = places.filter(({ isNamed }) => !isNamed);
  if (sure.length === 0 && places.every(({ isWritten }) => isWritten)) return [];
  if (sure.some(({ place }) => place === 0)) return [0];
  // one that is out of both counts may be as wrong in either
  if (sure.some(({ place, count }) => place === count))
    return places.every(({ place, count }) => place >= 1 && place <= count) ? [1] : [0, 1];
  return places.every(({ isOurs }) => isOurs) ? [0] : [0, 1];
}

const keyOf = (row: Fields): (typeof KEYS)[number] | undefined => KEYS.find((name) => (row.raw(name) ?? '') !== '');

/** The answers, marked; null where the row says nowhere which is right. */
export function choicesOf(row: Fields, counted: Counted): RowChoices | null {
  const key = keyOf(row);
  if (key === undefined) return null;
  const offered = offeredBy(row);
  const { texts, place } = offered;
  const said = row.raw(key);
  const right = Array.isArray(said)
    ? said.map((one: unknown, i) => rightOf(row, [`${key}[${i}]`, one], { ...offered, counted }))
    : [rightOf(row, [key, said], { ...offered, counted })];
  // a list of marks, 0 or 1 for each answer, is none of places
  if (new Set(right).size < right.length) row.fail(key, 'names one answer twice: list each right one once, by its letter');
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
  // the number of a column tells nothing: a file may count from 0 for all that
  const named = labels === NUMBERS ? [] : there;
  return { labels: named, texts: there.map((label) => row.raw(before + label)), place: `${before}${there[0]}` };
}

/** The position of an answer that is said to be right. */
function rightOf(
  row: Fields,
  [key, value]: readonly [key: string, value: unknown],
  { counted, ...offered }: Offered & { readonly counted: Counted },
): number {
  if (typeof value !== 'number' && typeof value !== 'string')
    return row.fail(key, 'must be the place, the letter or the text of an answer');
  const said = String(value).trim();
  const [label, text] = namedBy(said, offered);
  const isTold = counted.length === 1;
  const number = numberIn(value);
  // a number is a place, unless the file has labels that are numbers
  const read = number !== undefined && (isTold || label === NONE) ? counted.map((first) => number - first) : [];
  // where it is none in either count, it is none
  const places = read.some((at) => at in offered.texts) ? read : [];
  const isPlace = typeof value === 'number' && isTold;
  const found = [...new Set(isPlace ? places : [label, text, ...places])].filter((at) => at !== NONE);
  const [at, another] = found.length > 1 ? found.filter((place) => besideIn(row, key, offered).includes(place)) : found;
  if (at !== undefined && another === undefined) return at;
  if (found.length === 0 && number !== undefined && isTold)
    return row.fail(key, `is ${number}, and there are ${offered.texts.length} answers, counted from ${counted[0]}`);
  const why = places.length > 1 ? EITHER_COUNT : 'may be either of two';
  return row.fail(key, `is ${JSON.stringify(said.slice(0, 40))}, which ${found.length === 0 ? 'is none of the answers' : why}`);
}

/** The place of what is not there; one before the first is none either. */
const NONE = -1;
const EITHER_COUNT = 'may be either of two, as nothing in the file tells whether it counts from 0 or from 1: write its letter';

/** The answer that is called so, and the one that says so. */
function namedBy(said: string, { labels, texts }: Offered): readonly [label: number, text: number] {
  const [, letter] = /^\(?(\w+)[).:]?$/.exec(said) ?? [];
  const isSaid = (label: unknown): boolean => plainText(label)?.toUpperCase() === letter?.toUpperCase();
  const isText = (one: unknown): boolean => typeof one === 'string' && one.trim() === said;
  return [letter === undefined ? NONE : labels.slice(0, texts.length).findIndex(isSaid), texts.findIndex(isText)];
}

/** What letters and texts beside a place name, as MMLU-Pro has `answer` beside `answer_index`. */
const besideIn = (row: Fields, key: string, offered: Offered): readonly number[] =>
  KEYS.filter((other) => other !== key)
    .map((other) => row.raw(other))
    .flatMap((said) => (typeof said === 'string' ? namedBy(said.trim(), offered) : []));
