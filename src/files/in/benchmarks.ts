/**
 * Public question files as rows of a kit: BIG-bench HHH alignment (JSON), TruthfulQA (CSV), MT-Bench and Vicuna (JSON lines). Each file has
 * its own licence; none comes with the program. Knows nothing of how questions are asked.
 */
import { AppError } from '../../errors.ts';
import { Fields } from '../../fields.ts';
import { parseCsv } from './csv.ts';
import { utf8, wellFormed } from '../utf8.ts';
import type { KitPrompt, KitQuestion } from './questions.ts';
import { allOf, parseFile, readLines, textOf } from './lines.ts';

const TRUTHFULQA = ['Category', 'Question', 'Best Answer', 'Correct Answers', 'Incorrect Answers'] as const;

/** A task.json of BIG-bench's HHH alignment; `topic` is its part, such as honest. Errors: IMPORT_FORMAT, IMPORT_LIMIT. */
export function readHhh(file: string, bytes: Uint8Array, topic = 'hhh'): readonly KitQuestion[] {
  const refuse = (detail: string): never => {
    throw new AppError('IMPORT_FORMAT', `${file}: ${detail}`);
  };
  return Fields.of(parseFile(file, bytes), '', refuse)
    .items('examples')
    .map((example, i) => {
      const scores = example.object('target_scores');
      const marks = scores.names().map((choice) => {
        const mark = scores.raw(choice);
        return [wellFormed(choice), mark === 0 || mark === 1 ? mark === 1 : scores.fail(choice.slice(0, 40), 'must be 0 or 1')] as const;
      });
      return toQuestion(`${topic}-${number(i)}`, topic, textOf(example, 'input'), marks, '', (what) =>
        example.refuse(`${example.place} ${what}`),
      );
    });
}

/** TruthfulQA.csv: all true answers against all false ones. Errors: IMPORT_FORMAT, IMPORT_LIMIT name the line. */
export function readTruthfulQa(file: string, bytes: Uint8Array): readonly KitQuestion[] {
  const text = utf8(bytes);
  if (text === null) throw new AppError('IMPORT_FORMAT', `${file} is not UTF-8`);
  const [head, ...records] = parseCsv(file, text);
  const columns = new Map((head?.cells ?? []).map((name, i) => [name.trim(), i]));
  const missing = TRUTHFULQA.find((name) => !columns.has(name));
  if (missing !== undefined) throw new AppError('IMPORT_FORMAT', `${file}: line 1: there is no column ${missing}`);
  return records.map(({ line, cells }, i) => {
    const refuse = (what: string): never => {
      throw new AppError('IMPORT_FORMAT', `${file}: line ${line}: ${what}`);
    };
    if (cells.length !== head?.cells.length) refuse(`has ${cells.length} cells, the head ${head?.cells.length}`);
    const cell = (name: string): string => wellFormed(cells[columns.get(name) ?? -1] ?? '').trim();
    const answers = (name: string): string[] =>
      cell(name)
        .split(';')
        .map((answer) => answer.trim())
        .filter((answer) => answer !== '');
    const good = new Set([...answers('Best Answer'), ...answers('Correct Answers')]);
    const wrong = new Set(answers('Incorrect Answers').filter((answer) => !good.has(answer)));
    const marks = [...[...good].map((answer) => [answer, true] as const), ...[...wrong].map((answer) => [answer, false] as const)];
    return toQuestion(`truthfulqa-${number(i)}`, cell('Category') || 'truthfulqa', cell('Question'), marks, cell('Source'), refuse);
  });
}

/** question.jsonl of MT-Bench (the first turn) or of Vicuna. Errors: IMPORT_FORMAT, IMPORT_LIMIT name the lines. */
export function readQuestionFile(file: string, bytes: Uint8Array): readonly KitPrompt[] {
  const rows = readLines(file, bytes, (row): KitPrompt => {
    const id = row.raw('question_id');
    if (typeof id !== 'number' && typeof id !== 'string') row.fail('question_id', 'must be a number or a text');
    const [turn] = row.raw('turns') === undefined ? [textOf(row, 'text')] : row.list('turns');
    const prompt = typeof turn === 'string' ? wellFormed(turn) : row.fail('turns[0]', 'must be a text');
    if (prompt.trim() === '') row.refuse('has an empty question');
    return { id: `question-${String(id)}`, topic: textOf(row, 'category', 'other'), prompt };
  });
  return allOf(file, rows);
}

/** The choices in alphabetical order, so that their place tells nothing. */
function toQuestion(
  id: string,
  topic: string,
  prompt: string,
  marks: readonly (readonly [string, boolean])[],
  why: string,
  refuse: (what: string) => never,
): KitQuestion {
  const sorted = marks.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const correct = sorted.flatMap(([, good], i) => (good ? [i] : []));
  if (prompt.trim() === '') refuse('has no question');
  if (sorted.some(([choice]) => choice.trim() === '')) refuse('has an empty answer');
  if (correct.length === 0 || correct.length === sorted.length) refuse('needs a right and a wrong answer');
  return {
    id,
    topic,
    form: sorted.length === 2 ? 'two-choice' : 'multiple-choice',
    prompt,
    choices: sorted.map(([choice]) => choice),
    correct,
    why,
  };
}

function number(i: number): string {
  return String(i + 1).padStart(4, '0');
}
