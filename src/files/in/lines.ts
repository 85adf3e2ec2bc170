/**
 * JSON lines of strangers: limits first, then structure, then values. Bad lines are listed by number instead of ending the import. Knows no
 * schema; the caller reads the objects.
 */
import { AppError } from '../../errors.ts';
import { Fields } from '../../fields.ts';
import { JsonBudget, JsonLimit, parsedJson } from '../json.ts';
import { utf8, wellFormed } from '../utf8.ts';

type BadLine = { readonly line: number; readonly reason: string };
export type Lines<T> = { readonly rows: readonly T[]; readonly bad: readonly BadLine[] };

/** Bytes of a file that are read at most. */
export const MAX_BYTES = 256 * 1024 * 1024;
const MAX_LINE = 1024 * 1024;
export const MAX_LINES = 200_000;

/** Why a line is bad; never leaves this file. */
class Refusal extends Error {}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** Reads each line by `read`; a line that it refuses is listed. Errors: IMPORT_LIMIT for a file that is too large. */
export function readLines<T>(file: string, bytes: Uint8Array, read: (fields: Fields) => T): Lines<T> {
  return eachLine(file, bytes, (value) => read(fieldsOf(value)));
}

/** The same of lines that hold any value, a text for instance. */
export function eachLine<T>(file: string, bytes: Uint8Array, read: (value: unknown, line: number) => T): Lines<T> {
  checkSize(file, bytes);
  const rows: T[] = [];
  const bad: BadLine[] = [];
  const budget = new JsonBudget();
  let line = 0;
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(0x0a, from);
    const end = found === -1 ? bytes.length : found;
    line += 1;
    if (line > MAX_LINES) throw new AppError('IMPORT_LIMIT', `${file} has more than ${MAX_LINES} lines`);
    const made = tried(() => {
      const value = parseLine(file, bytes.subarray(from, end), budget);
      if (value !== undefined) rows.push(read(value, line));
    });
    if ('reason' in made) bad.push({ line, reason: made.reason });
    from = end + 1;
  }
  return { rows, bad };
}

/** Reads a file that is one JSON array as if each item were a line. Errors: IMPORT_LIMIT, IMPORT_FORMAT. */
export function readArray<T>(file: string, bytes: Uint8Array, read: (fields: Fields) => T): Lines<T> {
  const list = parseFile(file, bytes);
  if (!Array.isArray(list)) throw new AppError('IMPORT_FORMAT', `${file} is not a list`);
  const rows: T[] = [];
  const bad: BadLine[] = [];
  for (const [i, value] of (list as unknown[]).entries()) {
    const made = tried(() => rows.push(read(fieldsOf(value))));
    if ('reason' in made) bad.push({ line: i + 1, reason: made.reason });
  }
  return { rows, bad };
}

/** What `read` makes of a row, or why it refuses it; whatever else it throws is a mistake of the program. */
export function tried<T>(read: () => T): { readonly value: T } | { readonly reason: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { reason: error.message };
  }
}

/** The fields of a row, inside of `tried`. */
export function fieldsOf(value: unknown): Fields {
  return Fields.of(value, '', refuse);
}

/** A whole JSON file. Errors: IMPORT_LIMIT, IMPORT_FORMAT. */
export function parseFile(file: string, bytes: Uint8Array): unknown {
  checkSize(file, bytes);
  const text = utf8(bytes);
  if (text === null) throw new AppError('IMPORT_FORMAT', `${file} is not UTF-8`);
  const budget = new JsonBudget();
  try {
    return parsedJson(text, budget);
  } catch (error) {
    const { message } = error as Error;
    if (budget.left < 0) throw new AppError('IMPORT_LIMIT', `${file} ${message}`);
    throw new AppError('IMPORT_FORMAT', `${file} ${error instanceof JsonLimit ? message : `is not JSON: ${message}`}`);
  }
}

/** The rows, if none was bad. Errors: IMPORT_FORMAT names the file and the first bad lines. */
export function allOf<T>(file: string, { rows, bad }: Lines<T>): readonly T[] {
  if (bad.length === 0) return rows;
  const shown = bad.slice(0, 5).map(({ line, reason }) => `line ${line}: ${reason}`);
  throw new AppError('IMPORT_FORMAT', `${file}: ${shown.join('; ')}${bad.length > 5 ? `; and ${bad.length - 5} more` : ''}`);
}

/** Text of a field with halves of surrogate pairs replaced. */
export function textOf(fields: Fields, name: string, fallback?: string): string {
  return wellFormed(fields.string(name, fallback));
}

/** A text, a number or a yes or no as text; undefined for anything else, as an object of a stranger's may refuse to become one. */
export function plainText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function checkSize(file: string, bytes: Uint8Array): void {
  if (bytes.length > MAX_BYTES) throw new AppError('IMPORT_LIMIT', `${file} has ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
}

/** The value of a line, undefined for an empty one. */
function parseLine(file: string, bytes: Uint8Array, budget: JsonBudget): unknown {
  if (bytes.length > MAX_LINE) refuse(`is longer than ${MAX_LINE} bytes`);
  const text = (utf8(bytes) ?? refuse('is not UTF-8')).trim();
  if (text === '') return undefined;
  try {
    return parsedJson(text, budget);
  } catch (error) {
    if (budget.left < 0) throw new AppError('IMPORT_LIMIT', `${file} ${(error as JsonLimit).message}`);
    return refuse(error instanceof JsonLimit ? error.message : 'is not JSON');
  }
}
