/**
 * Rows of public question files: TruthfulQA (as CSV, as Hugging Face has it, or as its mc_task.json), BIG-bench tasks such as HHH alignment,
 * MT-Bench and Vicuna, and multiple choice as MMLU, ARC, RACE, SciQ and their kin write it. Each file has its own licence; none comes with
 * the program. Knows no file, and nothing of how questions are asked.
 */
import type { Fields } from '../../fields.ts';
import { wellFormed } from '../utf8.ts';
import { askedOf, choicesOf, type Counted } from './choices.ts';
import { textOf } from './lines.ts';
import { offer, rowOf, type Row } from './rows.ts';

/**
 * TruthfulQA: all true answers against all false ones, and which of the true is best. An answer without a full stop gets one, as the released
 * code of the paper does (Lin, Hilton, Evans, arXiv 2109.07958, `split_multi_answer`).
 */
export function truthfulQa(row: Fields): Row {
  const closed = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
  const answers = (name: string): readonly string[] => {
    const value = row.raw(name);
    const listed = Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : row.fail(name, 'must be texts'))) : null;
    if (listed === null && textOf(row, name).trim().startsWith('[')) row.fail(name, 'is a list as Python prints it; take the original CSV');
    return (listed ?? textOf(row, name).split(';'))
      .map((answer) => wellFormed(answer).trim())
      .filter((answer) => answer !== '')
      .map(closed);
  };
  const [best] = [textOf(row, 'best_answer', '').trim()].filter((text) => text !== '').map(closed);
  if (best === undefined) row.fail('best_answer', 'must have an answer');
  const good = new Set([best, ...answers('correct_answers')]);
  const wrong = new Set(answers('incorrect_answers').filter((answer) => !good.has(answer)));
  const marks = [...[...good].map((answer) => [answer, true] as const), ...[...wrong].map((answer) => [answer, false] as const)];
  return rowOf(row, { prompt: textOf(row, 'question').trim(), offered: offer(row, marks, { best, why: textOf(row, 'source', '') }) });
}

/** TruthfulQA's mc_task.json: the best answer is the right one of `mc1_targets`, the true ones are those of `mc2_targets`. */
export function truthfulQaTargets(row: Fields): Row {
  const best = targets(row, row.object('mc1_targets')).find(([, right]) => right)?.[0] ?? null;
  const marks = targets(row, row.object(row.raw('mc2_targets') === undefined ? 'mc1_targets' : 'mc2_targets'));
  return rowOf(row, { prompt: textOf(row, 'question'), offered: offer(row, marks, { best }) });
}

/** An example of a BIG-bench task: an input and a mark for each answer. */
export function bigBench(row: Fields): Row {
  const name = row.raw('target_scores') === undefined ? 'targets' : 'target_scores';
  return rowOf(row, { prompt: textOf(row, 'input'), offered: offer(row, targets(row, row.object(name))) });
}

/** Answers with a mark of 0 or 1: as names of an object, or as two lists, `choices` and `labels`. */
function targets(row: Fields, marks: Fields): readonly (readonly [string, boolean])[] {
  if (Array.isArray(marks.raw('choices'))) {
    const labels = marks.list('labels');
    return marks
      .list('choices')
      .map((choice, i) => [typeof choice === 'string' ? choice : marks.fail(`choices[${i}]`, 'must be a text'), labels[i] === 1]);
  }
  return marks.names().map((choice) => {
    const mark = marks.raw(choice);
    return [choice, mark === 0 || mark === 1 ? mark === 1 : marks.fail(choice.slice(0, 40), 'must be 0 or 1')];
  });
}

/** A question of MT-Bench or Vicuna: its first turn. */
export function benchQuestion(row: Fields): Row {
  const turns = row.raw('turns') ?? row.raw('prompt') ?? row.raw('text');
  const [turn] = Array.isArray(turns) ? (turns as readonly unknown[]) : [turns];
  const said = typeof turn === 'object' && turn !== null && 'content' in turn ? turn.content : turn;
  return rowOf(row, { prompt: typeof said === 'string' ? wellFormed(said) : row.fail('turns[0]', 'must be a text') });
}

/** A question with answers to choose from, in any of the ways that choices.ts knows. */
export function choiceQuestion(row: Fields, counted: Counted): Row {
  return rowOf(row, { prompt: askedOf(row), offered: choicesOf(row, counted) });
}

/** A question with its right answer and wrong ones beside it, as SciQ and the Open Trivia Database write it. */
export function triviaQuestion(row: Fields): Row {
  const wrong =
    row.raw('incorrect_answers') === undefined ? DISTRACTORS.map((name) => row.raw(name) ?? null) : row.list('incorrect_answers');
  const texts = [row.raw('correct_answer'), ...wrong.filter((text) => text !== null)];
  const marks = texts.map((text, i) => [typeof text === 'string' ? text : row.refuse('has an answer that is no text'), i === 0] as const);
  return rowOf(row, { prompt: askedOf(row), offered: offer(row, marks) });
}

const DISTRACTORS = ['distractor1', 'distractor2', 'distractor3'] as const;
