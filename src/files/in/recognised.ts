/**
 * A picked file as rows that a kit can be made of: what it is told by its content alone, so its name may be any. Says what it was recognised
 * as, what it can be for, and what was left out. Knows no kit.
 */
import type { KitUse, LeftEntry } from '../../contracts/kit.ts';
import { AppError } from '../../errors.ts';
import { utf8, wellFormed } from '../utf8.ts';
import { countedIn, placesIn } from './choices.ts';
import { entriesOf } from './entries.ts';
import { FORMS, type Form } from './forms.ts';
import { fieldsOf, tried } from './lines.ts';
import type { Cut, Row } from './rows.ts';

export type Recognised = {
  readonly label: string;
  readonly offers: readonly KitUse[];
  readonly rows: readonly (Row & { readonly place: string })[];
  /** Were places of right answers taken to be counted from 1? */
  readonly fromOne: boolean;
  /** The whole text of principles; null for rows. */
  readonly principles: string | null;
  readonly left: readonly LeftEntry[];
  /** What rows that are read are read without, and how many: answers with the label of a bad one, turns, system messages and thoughts. */
  readonly unshown: readonly LeftEntry[];
  /** Names of columns that no row was asked for. */
  readonly unread: readonly string[];
};

/** Entries by which a form is told. */
const LOOKED_AT = 50;
const MOST_PRINCIPLES = 20_000;
/** A principle as a kit writes it: `3 (helpful): When a request is harmless, ...`. */
const PRINCIPLE = /^\s*(?:#[^\n]*\n\s*)?\d+ \([^)]+\): ./;

/** Names of columns by which the head of a table is told. */
const COLUMNS: readonly string[] = ['prompt', 'question', 'instruction', 'query', 'input', 'text', 'messages', 'chosen'];

/** Reads a file. Errors: IMPORT_FORMAT and IMPORT_LIMIT, with the cure, where it is nothing that a kit can be made of. */
export function recognise(file: string, bytes: Uint8Array): Recognised {
  const rules = principlesIn(bytes);
  if (rules !== null)
    return { label: 'principles', offers: ['principles'], rows: [], fromOne: false, principles: rules, left: [], unshown: [], unread: [] };
  const { entries, left: torn } = entriesOf(file, bytes, (name) => COLUMNS.includes(name));
  const values = entries.map(({ place, value }) => ({ place, value: typeof value === 'string' ? { prompt: value } : value }));
  const form = formOf(values.slice(0, LOOKED_AT).map(({ value }) => value));
  if (form === null) throw new AppError('IMPORT_FORMAT', unknown(file, values[0], torn));
  const rows: (Row & { readonly place: string })[] = [];
  const left: LeftEntry[] = [...torn];
  const [asked, unread] = [new Set<string>(), new Set<string>()];
  const places = values.map(({ value }) => tried(() => placesIn(fieldsOf(value))));
  const counted = countedIn(places.flatMap((made) => ('value' in made ? made.value : [])));
  for (const { place, value } of values) {
    const made = tried(() => {
      const fields = fieldsOf(value);
      const row = form.read(fields, counted);
      const over = new Set(fields.unread());
      for (const name of fields.names()) if (!over.has(name)) asked.add(name);
      for (const name of over) unread.add(name);
      return row;
    });
    if ('reason' in made) left.push({ place, reason: made.reason.replace(/^the file must/, 'must') });
    else rows.push({ place, ...made.value });
  }
  return {
    label: form.label,
    offers: offersOf(rows),
    rows,
    fromOne: counted[0] === 1 && rows.some(({ offered }) => offered !== null),
    principles: null,
    left,
    unshown: [...unshownIn(rows), ...cutIn(rows)],
    unread: [...unread].filter((name) => name !== '' && !asked.has(name)),
  };
}

function principlesIn(bytes: Uint8Array): string | null {
  if (bytes.length > 4 * MOST_PRINCIPLES) return null;
  const text = utf8(bytes);
  return text !== null && PRINCIPLE.test(text) && text.length <= MOST_PRINCIPLES ? wellFormed(text) : null;
}

/** The form of most of these entries; of two the first of the list. */
function formOf(values: readonly unknown[]): Form | null {
  const counts = new Map<Form, number>();
  for (const value of values) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    const has = (...names: readonly string[]): boolean => names.every((name) => Object.hasOwn(value, name));
    const form = FORMS.find(({ fits }) => fits(has));
    if (form !== undefined) counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([a, n], [b, m]) => m - n || FORMS.indexOf(a) - FORMS.indexOf(b));
  return most?.[0] ?? null;
}

function unshownIn(rows: readonly Row[]): readonly LeftEntry[] {
  const labels = rows.flatMap(({ unshown }) => (unshown === undefined ? [] : [unshown]));
  return [...new Set(labels)].map((label) => ({
    place: `label ${label}`,
    reason:
      `marks a bad answer, whose prompt is asked while it is shown to nobody (answers: ${labels.filter((one) => one === label).length}); ` +
      'if it is a class, give its column another name',
  }));
}

const CUTS: readonly (readonly [cut: Cut, reason: string])[] = [
  ['turns', 'only the first question and its answer are read'],
  ['system', 'system messages are left out'],
  ['thoughts', 'thoughts are left out'],
];

/** One line about all that is cut. */
function cutIn(rows: readonly Row[]): readonly LeftEntry[] {
  const cut = rows.flatMap((row) => (row.cut === undefined ? [] : [row.cut]));
  if (cut.length === 0) return [];
  const reasons = CUTS.flatMap(([name, reason]) => (cut.some((names) => names.includes(name)) ? [reason] : []));
  return [{ place: cut.length === 1 ? '1 row' : `${cut.length} rows`, reason: `not read whole: ${reasons.join('; ')}` }];
}

function offersOf(rows: readonly Row[]): readonly KitUse[] {
  return [
    ...(rows.some(({ answer }) => answer !== null) ? ['demonstrations' as const] : []),
    ...(rows.length > 0 ? ['prompts' as const] : []),
    ...(rows.some(({ offered }) => offered !== null) ? ['validation' as const, 'test' as const, 'probes' as const] : []),
  ];
}

/** Why nothing is recognised, and what would be. */
function unknown(file: string, first: { readonly place: string; readonly value: unknown } | undefined, torn: readonly LeftEntry[]): string {
  if (first === undefined) return `${file} has no rows${torn[0] === undefined ? '' : `: ${torn[0].place} ${torn[0].reason}`}`;
  const names = typeof first.value === 'object' && first.value !== null ? Object.keys(first.value).slice(0, 8).join(', ') : '';
  return (
    `${file}: ${first.place}: has ${names === '' ? 'no names' : `the names ${names.slice(0, 200)}`}, and none that this page knows. ` +
    'Prompts are rows with “prompt”, conversations with “messages”, “conversations” or “instruction”, questions with “choices” and “correct”'
  );
}
