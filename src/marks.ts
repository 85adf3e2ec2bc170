/**
 * The marks of single questions, kept small: what two measurements of the same questions need to be compared pair by pair. Knows no
 * question and no model.
 */
/** One mark a question, in the order of the questions: a digit 0 or 1 each, or shares where some question counts by a part. */
export type Marks = string | readonly number[];

/** Digits where every mark is 0 or 1, the numbers themselves otherwise. */
export function packMarks(marks: readonly number[]): Marks {
  return marks.every((mark) => mark === 0 || mark === 1) ? marks.join('') : marks;
}

/** The marks as numbers between 0 and 1. */
export function unpackMarks(marks: Marks): readonly number[] {
  return typeof marks === 'string' ? Array.from(marks, Number) : marks;
}

/** Of the questions that one model had right, how many, and how many of them another has right too. Both lists are of the same questions. */
export function stillRight(before: readonly number[], after: readonly number[]): { readonly known: number; readonly still: number } {
  const known = before.flatMap((mark, i) => (mark === 1 ? [after[i] ?? 0] : []));
  return { known: known.length, still: known.reduce((sum, mark) => sum + mark, 0) };
}
