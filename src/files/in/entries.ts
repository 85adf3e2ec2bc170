/**
 * The entries of a stranger's data file, told by its first characters: JSON lines, one JSON list, an object that holds one, or a table with
 * commas, semicolons or tabs between its cells. What is none of these is named for what it is. Knows no row.
 */
import type { LeftEntry } from '../../contracts/kit.ts';
import { AppError } from '../../errors.ts';
import { HEAD, kindOf } from '../kinds.ts';
import { utf8 } from '../utf8.ts';
import { parseCsv } from './csv.ts';
import { eachLine, MAX_BYTES, MAX_LINES, parseFile } from './lines.ts';

export type Entry = { readonly place: string; readonly value: unknown };
export type Entries = { readonly entries: readonly Entry[]; readonly left: readonly LeftEntry[] };

/** Names under which one object holds its entries: BIG-bench, SQuAD and its kin, what Hugging Face's viewer answers. */
const LISTS = ['examples', 'data', 'rows', 'questions', 'prompts'] as const;

/** Names under which a row may hold a list of turns. */
const TALKS = ['messages', 'conversations', 'conversation', 'prompt', 'completion', 'chosen', 'rejected'] as const;

/** Bytes in which a first line is looked for. */
const FIRST_LINE = 1024 * 1024;

/** What begins so is no data file; the cure comes with the name. */
const OTHERS: readonly (readonly [begins: string, is: string])[] = [
  [
    'version https://git-lfs',
    'is a pointer of Git LFS and not the file itself: run `git lfs pull` where it was cloned, or download the file',
  ],
  ['<', 'is a web page: download the file itself, on a hub by the link “raw” or “download”'],
  ['PAR1', 'is a Parquet file: save it as JSON lines, with `to_json` of the library datasets'],
  ['PK\u0003', 'is an archive or a workbook: unpack it, or save it as CSV in UTF-8'],
  ['\u001f\u008b', 'is compressed: unpack it'],
  ['GGUF', 'is a model'],
];

/** Errors: IMPORT_FORMAT, with the cure; IMPORT_LIMIT for what is too large. `isColumn` tells the head of a table from its rows. */
export function entriesOf(file: string, bytes: Uint8Array, isColumn: (name: string) => boolean): Entries {
  if (bytes.length > MAX_BYTES) throw new AppError('IMPORT_LIMIT', `${file} has ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const head = String.fromCharCode(...bytes.subarray(0, 256));
  const start = head.replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
  if (start === '') throw new AppError('IMPORT_FORMAT', `${file} is empty`);
  const other = OTHERS.find(([begins]) => start.startsWith(begins));
  if (other !== undefined) throw new AppError('IMPORT_FORMAT', `${file} ${other[1]}`);
  // by its content alone: a table may have any name
  const kind = kindOf(bytes.subarray(0, HEAD), '');
  if (kind !== null) throw new AppError('IMPORT_FORMAT', `${file} is ${kind.what}`);
  if (start.startsWith('[')) return listed(file, parseFile(file, bytes) as readonly unknown[], '');
  if (start.startsWith('{')) return isLines(bytes) ? lined(file, bytes) : whole(file, bytes);
  const quoted = /^"([^"]*)"\s*(?:\n|\r|$)/.exec(start)?.[1];
  return quoted !== undefined && !isColumn(nameOf(quoted)) ? lined(file, bytes) : table(file, bytes, isColumn);
}

/** Is the first line a value of its own, with others below it? */
function isLines(bytes: Uint8Array): boolean {
  // leniently: the end of what is looked at may be half a letter
  const text = new TextDecoder().decode(bytes.subarray(0, FIRST_LINE));
  const [first = '', ...more] = text.trimStart().split('\n');
  try {
    JSON.parse(first);
  } catch {
    return false;
  }
  return more.some((line) => line.trim() !== '');
}

function lined(file: string, bytes: Uint8Array): Entries {
  const { rows, bad } = eachLine(file, bytes, (value, line) => ({ place: `line ${line}`, value }));
  return { entries: rows, left: bad.map(({ line, reason }) => ({ place: `line ${line}`, reason })) };
}

/** One object: its list, or itself; a file of lines whose first is broken is none. */
function whole(file: string, bytes: Uint8Array): Entries {
  let value: unknown;
  try {
    value = parseFile(file, bytes);
  } catch (error) {
    const lines = lined(file, bytes);
    if (lines.entries.length === 0) throw error;
    return lines;
  }
  const object = value as Readonly<Record<string, unknown>>;
  const name = LISTS.find((list) => Array.isArray(object[list]));
  if (name === undefined) {
    const rows = columnwise(object);
    if (rows === null) checkEven(file, object);
    return rows === null ? { entries: [{ place: 'line 1', value }], left: [] } : listed(file, rows, '');
  }
  const { entries, left } = listed(file, object[name] as readonly unknown[], name);
  // the viewer of a hub puts each row into one of its own
  return { entries: entries.map(({ place, value: row }) => ({ place, value: isWrapped(row) ? row.row : row })), left };
}

/**
 * The rows of a table that was written column by column: `to_json` of pandas names the cells of each by their rows, `to_dict` of the library datasets
 * lists them. Null for anything else, such as one row of lists of messages.
 */
function columnwise(object: Readonly<Record<string, unknown>>): readonly unknown[] | null {
  if (TALKS.some((name) => isTalk(object[name]))) return null;
  const columns = Object.entries(object).flatMap(([name, column]) => (isObject(column) ? [[name, column] as const] : []));
  const rows = Object.keys(columns[0]?.[1] ?? {});
  const isWhole =
    columns.length === Object.keys(object).length && columns.every(([, column]) => Object.keys(column).join() === rows.join());
  // cells that are all objects are those of one row
  const isPlain = (cell: unknown): boolean => !isObject(cell) || Array.isArray(cell);
  const isTable = isWhole && columns.some(([, column]) => Object.values(column).some(isPlain));
  // rows that pandas has filtered keep their numbers
  if (!isTable || !rows.every((row) => /^\d+$/.test(row))) return null;
  return rows.map((row) => Object.fromEntries(columns.map(([name, column]) => [name, column[row]])));
}

/** Refuses columns of lists that are not as long as each other. */
function checkEven(file: string, object: Readonly<Record<string, unknown>>): void {
  // lists of rows may be parts of a collection, each as long as it likes
  const isTable = Object.values(object).some((column) => Array.isArray(column) && column.some((cell: unknown) => !isObject(cell)));
  if (!isTable || TALKS.some((name) => isTalk(object[name]))) return;
  const columns = Object.entries(object).map(([name, column]) => ({ name, length: Array.isArray(column) ? column.length : -1 }));
  const [first, ...others] = columns;
  const other = others.find(({ length }) => length !== first?.length);
  if (first === undefined || other === undefined || columns.some(({ length }) => length < 0)) return;
  const has = ({ name, length }: typeof first): string => `“${name.slice(0, 40)}” has ${length}`;
  throw new AppError('IMPORT_FORMAT', `${file}: its columns differ in length: ${has(first)} rows, ${has(other)}`);
}

/** Is it a list of turns? As a column it would be a list of such lists. */
const isTalk = (value: unknown): boolean =>
  Array.isArray(value) && value.some((turn: unknown) => isObject(turn) && (Object.hasOwn(turn, 'role') || Object.hasOwn(turn, 'from')));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function isWrapped(value: unknown): value is { readonly row: unknown } {
  return typeof value === 'object' && value !== null && 'row' in value && 'row_idx' in value;
}

function listed(file: string, list: readonly unknown[], name: string): Entries {
  if (list.length > MAX_LINES) throw new AppError('IMPORT_LIMIT', `${file} has ${list.length} entries, at most ${MAX_LINES} are read`);
  return { entries: list.map((value, i) => ({ place: name === '' ? `entry ${i + 1}` : `${name}[${i}]`, value })), left: [] };
}

/** Bytes that no text has, in whatever encoding a table may be. */
const isControl = (byte: number): boolean => byte < 0x09 || (byte > 0x0d && byte < 0x1a);

const nameOf = (cell: string): string =>
  cell
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** A table: a row's names are those of the first line, without capitals and with `_` for a space; an empty cell is none. */
function table(file: string, bytes: Uint8Array, isColumn: (name: string) => boolean): Entries {
  const text = utf8(bytes);
  if (text === null && bytes.subarray(0, HEAD).some(isControl))
    throw new AppError('IMPORT_FORMAT', `${file} is no text: choose a file of JSON lines, of JSON or of CSV`);
  if (text === null) throw new AppError('IMPORT_FORMAT', `${file} is not UTF-8: save it as CSV in UTF-8`);
  // a spreadsheet may say in a line of its own what stands between the cells
  const [said = '', told] = /^\s*"?sep=([,;\t])"?[\r\n]+/i.exec(text) ?? [];
  const rest = text.slice(said.length).trimStart();
  const line = rest
    .slice(0, FIRST_LINE)
    .split(/[\r\n]/, 1)
    .join('');
  const known = (comma: string): number => line.split(comma).filter((cell) => isColumn(nameOf(cell.replaceAll('"', '')))).length;
  const [comma = ','] = told === undefined ? [',', ';', '\t'].toSorted((a, b) => known(b) - known(a)) : [told];
  if (known(comma) === 0)
    throw new AppError(
      'IMPORT_FORMAT',
      `${file}: line 1: is neither JSON nor the head of a table that names a column for its questions: call that column “prompt”`,
    );
  const all = parseCsv(file, rest, comma);
  const [heads, records] = [all.slice(0, 1), all.slice(1)];
  const names = heads.flatMap(({ cells }) => cells.map(nameOf));
  const twice = names.find((name, i) => isColumn(name) && names.indexOf(name) < i);
  if (twice !== undefined) throw new AppError('IMPORT_FORMAT', `${file}: line 1: two columns are called “${twice}”`);
  const above = said === '' ? 0 : 1;
  const entries: Entry[] = [];
  const left: LeftEntry[] = [];
  for (const { line: at, cells } of records) {
    const place = `line ${at + above}`;
    if (cells.length !== names.length) left.push({ place, reason: `has ${cells.length} cells, the head ${names.length}` });
    else
      entries.push({
        place,
        value: Object.fromEntries(cells.flatMap((cell, i) => (cell.trim() === '' ? [] : [[names[i] as string, cell]]))),
      });
  }
  return { entries, left };
}
