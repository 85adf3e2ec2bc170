/** CSV as RFC 4180 has it: quotes doubled inside of quotes, commas and line ends within them; or with another sign for the comma. Knows no columns. */
import { AppError } from '../../errors.ts';
import { MAX_LINES } from './lines.ts';

/** Characters of a cell, cells of a record, and cells of a table. */
const [MAX_CELL, MAX_CELLS, MAX_ALL] = [1_000_000, 1000, 8_000_000];

type CsvRecord = { readonly line: number; readonly cells: readonly string[] };

/** The records of a text, with the line on which each begins. Errors: IMPORT_FORMAT names the file and the line. */
export function parseCsv(file: string, text: string, comma = ','): readonly CsvRecord[] {
  const records: { line: number; cells: string[] }[] = [];
  const refuse = (line: number, what: string): never => {
    throw new AppError('IMPORT_FORMAT', `${file}: line ${line}: ${what}`);
  };
  let [at, line, rows, all] = [0, 1, 0, 0];
  while (at < text.length) {
    const record: { line: number; cells: string[] } = { line, cells: [] };
    for (;;) {
      if (text[at] === '"') {
        let cell = '';
        for (at += 1; ; at += 2) {
          const end = text.indexOf('"', at);
          if (end === -1) refuse(record.line, 'a quote is not closed; a quote inside of a quoted cell is written twice');
          cell += text.slice(at, end);
          at = end;
          if (cell.length > MAX_CELL)
            refuse(record.line, `a cell has more than ${MAX_CELL} characters; a quote before it may not be closed`);
          if (text[at + 1] !== '"') break;
          cell += '"';
        }
        at += 1;
        line += cell.match(/\r\n?|\n/g)?.length ?? 0;
        record.cells.push(cell);
      } else {
        const start = at;
        while (at < text.length && text[at] !== comma && text[at] !== '\n' && text[at] !== '\r') {
          if (text[at] === '"')
            refuse(line, 'a quote stands inside of a cell that has none around it; save it as CSV anew, or put the cell into quotes');
          at += 1;
        }
        record.cells.push(text.slice(start, at));
      }
      if (record.cells.length > MAX_CELLS) refuse(record.line, `has more than ${MAX_CELLS} cells`);
      if (text[at] !== comma) break;
      at += 1;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    // a line may end with a carriage return alone, as old spreadsheets wrote it
    if (at < text.length && text[at] !== '\n' && text[at] !== '\r') refuse(line, 'something follows a closed quote');
    at += 1;
    line += 1;
    if (++rows > MAX_LINES + 1)
      throw new AppError('IMPORT_LIMIT', `${file} has ${MAX_LINES + 1} rows or more, at most ${MAX_LINES} are read`);
    all += record.cells.length;
    if (all > MAX_ALL) throw new AppError('IMPORT_LIMIT', `${file} has more than ${MAX_ALL} cells`);
    if (record.cells.length > 1 || record.cells[0] !== '') records.push(record);
  }
  return records;
}
